//! The zeebe elements that are understood here, with their attributes and what stands inside them. Which of them an
//! element uses is known where that is read.

/// Attributes and inner elements of a zeebe element.
pub(super) struct Known {
    name: &'static str,
    pub attributes: &'static [&'static str],
    pub children: &'static [&'static str],
}

const fn known(
    name: &'static str,
    attributes: &'static [&'static str],
    children: &'static [&'static str],
) -> Known {
    Known {
        name,
        attributes,
        children,
    }
}

const VOCABULARY: &[Known] = &[
    known(
        "adHoc",
        &[
            "activeElementsCollection",
            "outputCollection",
            "outputElement",
        ],
        &[],
    ),
    known(
        "assignmentDefinition",
        &["assignee", "candidateGroups", "candidateUsers"],
        &[],
    ),
    known(
        "calledDecision",
        &["decisionId", "resultVariable", "bindingType", "versionTag"],
        &[],
    ),
    known(
        "calledElement",
        &[
            "processId",
            "bindingType",
            "versionTag",
            "propagateAllChildVariables",
            "propagateAllParentVariables",
            "businessId",
        ],
        &[],
    ),
    known(
        "conditionalFilter",
        &["variableNames", "variableEvents"],
        &[],
    ),
    known("executionListeners", &[], &["executionListener"]),
    known(
        "executionListener",
        &["eventType", "type", "retries"],
        &["taskHeaders"],
    ),
    known(
        "formDefinition",
        &[
            "formId",
            "formKey",
            "externalReference",
            "bindingType",
            "versionTag",
        ],
        &[],
    ),
    known("header", &["key", "value"], &[]),
    known("input", &["source", "target"], &[]),
    known("ioMapping", &[], &["input", "output"]),
    known(
        "linkedResource",
        &[
            "resourceId",
            "resourceType",
            "linkName",
            "bindingType",
            "versionTag",
        ],
        &[],
    ),
    known("jobPriorityDefinition", &["priority"], &[]),
    known("linkedResources", &[], &["linkedResource"]),
    known(
        "loopCharacteristics",
        &[
            "inputCollection",
            "inputElement",
            "outputCollection",
            "outputElement",
        ],
        &[],
    ),
    known("output", &["source", "target"], &[]),
    known("priorityDefinition", &["priority"], &[]),
    known("properties", &[], &["property"]),
    known("property", &["name", "value"], &[]),
    known(
        "publishMessage",
        &["correlationKey", "messageId", "timeToLive"],
        &[],
    ),
    known("script", &["expression", "resultVariable"], &[]),
    known("subscription", &["correlationKey"], &[]),
    known("taskDefinition", &["type", "retries"], &[]),
    known("taskHeaders", &[], &["header"]),
    known(
        "taskListener",
        &["eventType", "type", "retries"],
        &["taskHeaders"],
    ),
    known("taskListeners", &[], &["taskListener"]),
    known("taskSchedule", &["dueDate", "followUpDate"], &[]),
    known("userTask", &[], &[]),
    known("userTaskForm", &["id"], &[]),
    known("versionTag", &["value"], &[]),
];

/// From this similarity on a name is taken for a misspelling: `retry` of `retries` is, `topic` of `type` is not.
const ALIKE: f64 = 0.83;

/// A zeebe element by its name.
pub(super) fn element(name: &str) -> Option<&'static Known> {
    VOCABULARY.iter().find(|known| known.name == name)
}

/// The zeebe element that an unknown name was perhaps meant to be.
pub(super) fn near_element(name: &str) -> Option<&'static str> {
    match element(name) {
        Some(_) => None,
        None => nearest(name, VOCABULARY.iter().map(|known| known.name)),
    }
}

/// The one of some names that another was perhaps meant to be.
pub(super) fn nearest<'c>(name: &str, among: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let name = name.to_lowercase();
    let alike = among.map(|other| (strsim::jaro_winkler(&name, &other.to_lowercase()), other));
    let alike = alike.filter(|(likeness, _)| *likeness >= ALIKE);
    alike
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_told_from_other_names() {
        let attributes = |name: &str| element(name).unwrap().attributes.iter().copied();
        for (holder, name, expected) in [
            ("taskDefinition", "retry", Some("retries")),
            ("taskDefinition", "Type", Some("type")),
            ("taskDefinition", "tpye", Some("type")),
            ("taskDefinition", "topic", None),
            (
                "assignmentDefinition",
                "candidateGroup",
                Some("candidateGroups"),
            ),
            ("assignmentDefinition", "asignee", Some("assignee")),
            ("subscription", "key", None),
        ] {
            assert_eq!(nearest(name, attributes(holder)), expected, "{name}");
        }
        for (name, expected) in [
            ("taskDefinitions", Some("taskDefinition")),
            ("ioMappings", Some("ioMapping")),
            ("executionlistener", Some("executionListener")),
            ("taskDefinition", None),
            ("colour", None),
        ] {
            assert_eq!(near_element(name), expected, "{name}");
        }
    }
}
