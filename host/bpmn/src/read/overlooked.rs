//! What stands in a file and has no effect, as warnings: Camunda passes it over, so it is no reason to refuse the file.
//! Zeebe elements that an element of a process does not use are found where that is read (`element.rs`).

use gardesh_xml::Report;

use crate::stage::Stage;
use crate::xml::{self, BPMN, Node, ZEEBE, bpmn_tag, is_bpmn};

use super::link::way;
use super::process::{is_drawing, is_scope};
use super::value::quote;
use super::vocabulary::{self, near_element, nearest};

/// The engines whose extensions look as if they were meant for this one.
const ENGINES: [(&str, &str); 4] = [
    ("http://camunda.org/schema/1.0/bpmn", "Camunda 7"),
    ("http://operaton.org/schema/1.0/bpmn", "Operaton"),
    ("http://activiti.org/bpmn", "Activiti"),
    ("http://flowable.org/bpmn", "Flowable"),
];

/// What modelers note for themselves.
const MODELERS: [&str; 4] = [
    "modelerTemplate",
    "modelerTemplateVersion",
    "modelerTemplateIcon",
    "diagramRelationId",
];

/// What takes the place of some extensions of other engines.
const INSTEAD: [(&[&str], &str); 8] = [
    (
        &["assignee", "candidateGroups", "candidateUsers"],
        "zeebe:assignmentDefinition",
    ),
    (
        &["type", "topic", "class", "delegateExpression", "expression"],
        "zeebe:taskDefinition",
    ),
    (&["formKey", "formRef", "formData"], "zeebe:formDefinition"),
    (&["dueDate", "followUpDate"], "zeebe:taskSchedule"),
    (&["priority"], "zeebe:priorityDefinition"),
    (&["inputOutput", "in", "out"], "zeebe:ioMapping"),
    (&["decisionRef"], "zeebe:calledDecision"),
    (
        &["historyTimeToLive"],
        "the zeebe:property gardesh:historyTimeToLive",
    ),
];

/// Elements of BPMN that are read nowhere, though they look as if they decided something, with what does.
const PASSED_OVER: [(&str, &str); 11] = [
    ("potentialOwner", "zeebe:assignmentDefinition"),
    ("humanPerformer", "zeebe:assignmentDefinition"),
    ("performer", "zeebe:assignmentDefinition"),
    ("resourceRole", "zeebe:assignmentDefinition"),
    ("script", "zeebe:script"),
    ("rendering", "zeebe:formDefinition"),
    (
        "correlationSubscription",
        "zeebe:subscription on the message",
    ),
    ("loopDataInputRef", "zeebe:loopCharacteristics"),
    ("loopDataOutputRef", "zeebe:loopCharacteristics"),
    ("inputDataItem", "zeebe:loopCharacteristics"),
    ("outputDataItem", "zeebe:loopCharacteristics"),
];

/// Warns of what has no effect in the executable processes of a file and in what they can refer to.
pub(super) fn find<'x>(root: Node<'x>, report: &mut Report<'x>) {
    let parts = root.children().filter(|node| match bpmn_tag(*node) {
        Some("process") => is_executable(*node),
        tag => tag.is_some(),
    });
    for node in parts.flat_map(|part| part.descendants()) {
        match node.tag_name().namespace() {
            Some(BPMN) => bpmn_element(node, report),
            Some(ZEEBE) => zeebe_element(node, report),
            _ => {}
        }
    }
}

pub(super) fn is_executable(process: Node<'_>) -> bool {
    xml::boolean(process, "isExecutable") == Some(true)
}

fn bpmn_element<'x>(node: Node<'x>, report: &mut Report<'x>) {
    let tag = node.tag_name().name();
    if let Some((_, instead)) = PASSED_OVER.iter().find(|(name, _)| *name == tag) {
        let message = format!("Expected {instead} instead of {tag}, which has no effect.");
        silence(node, "ignored-element", message, report);
    }
    for attribute in node.attributes() {
        let name = attribute.name();
        if attribute.namespace() == Some(ZEEBE) && !MODELERS.contains(&name) {
            let message = format!(
                "Expected zeebe attributes on zeebe elements in extensionElements, but {} is on {} and has no effect.",
                quote(name),
                called(node)
            );
            silence(node, "ignored-attribute", message, report);
        }
    }
    for (namespace, engine) in ENGINES {
        of_other_engine(node, namespace, engine, report);
    }
}

/// One warning for all that an element has of another engine.
fn of_other_engine<'x>(node: Node<'x>, namespace: &str, engine: &str, report: &mut Report<'x>) {
    let attributes = node.attributes();
    let attributes = attributes
        .filter(|attribute| attribute.namespace() == Some(namespace))
        .map(|attribute| attribute.name());
    let extensions = xml::children(node, "extensionElements").flat_map(|node| node.children());
    let extensions = extensions
        .filter(|extension| extension.tag_name().namespace() == Some(namespace))
        .map(|extension| extension.tag_name().name());
    let mut names: Vec<&str> = attributes.chain(extensions).collect();
    names.retain(|name| !MODELERS.contains(name));
    names.dedup();
    if names.is_empty() {
        return;
    }
    let instead: Vec<&str> = INSTEAD
        .iter()
        .filter(|(old, _)| names.iter().any(|name| old.contains(name)))
        .map(|(_, instead)| *instead)
        .collect();
    let hint = match instead[..] {
        [] => String::new(),
        _ => format!(" Hint: use {}.", instead.join(" and ")),
    };
    let message = format!(
        "Expected extensions of Camunda 8, but on {} those of {engine} have no effect: {}.{hint}",
        called(node),
        quote(&names.join(", "))
    );
    silence(node, "foreign-extension", message, report);
}

fn zeebe_element<'x>(node: Node<'x>, report: &mut Report<'x>) {
    let (name, parent) = (
        node.tag_name().name(),
        node.parent_element().unwrap_or(node),
    );
    if parent.tag_name().namespace() == Some(ZEEBE) {
        // What is unknown itself was warned of, and what is inside it with it.
        let Some(around) = vocabulary::element(parent.tag_name().name()) else {
            return;
        };
        if !around.children.contains(&name) {
            unknown_child(node, around.children, report);
            return;
        }
    } else if !is_read(node, parent) {
        let place = if is_bpmn(parent, "extensionElements") {
            parent.parent_element().unwrap_or(parent)
        } else {
            parent
        };
        let message = format!(
            "Expected zeebe elements only in the extensionElements of what uses them, but {name} is on {} and has no effect.",
            called(place)
        );
        silence(node, "ignored-extension", message, report);
        return;
    }
    if let Some(known) = vocabulary::element(name) {
        attributes(node, known.attributes, report);
    }
}

/// Whether a zeebe element stands where elements of its kind are read; one that is of no use there is found then.
fn is_read(node: Node<'_>, parent: Node<'_>) -> bool {
    let Some(owner) = parent
        .parent_element()
        .filter(|_| is_bpmn(parent, "extensionElements"))
    else {
        return false;
    };
    let inside = |of: fn(Node<'_>) -> bool| owner.parent_element().is_some_and(of);
    match bpmn_tag(owner) {
        None | Some("sequenceFlow" | "association" | "laneSet") => false,
        Some("process" | "multiInstanceLoopCharacteristics") => true,
        Some("message") => node.has_tag_name((ZEEBE, "subscription")),
        Some(tag) if tag.ends_with("EventDefinition") => {
            inside(|event| !is_bpmn(event, "definitions"))
        }
        Some(tag) => !is_drawing(tag) && inside(is_scope),
    }
}

fn unknown_child<'x>(node: Node<'x>, known: &[&str], report: &mut Report<'x>) {
    let name = node.tag_name().name();
    let around = node
        .parent_element()
        .map_or("", |parent| parent.tag_name().name());
    let near = nearest(name, known.iter().copied());
    let message = format!(
        "Expected {} inside zeebe:{around}, but {} is there and has no effect.{}",
        listed(known, "no other element"),
        quote(name),
        hint(near)
    );
    misspelt(node, near, "ignored-extension", message, report);
}

fn attributes<'x>(node: Node<'x>, known: &[&str], report: &mut Report<'x>) {
    for attribute in node.attributes() {
        let name = attribute.name();
        if attribute.namespace().is_some() || name == "id" || known.contains(&name) {
            continue;
        }
        let near = nearest(name, known.iter().copied());
        let message = format!(
            "Expected {} as attributes of zeebe:{}, but {} is there and has no effect.{}",
            listed(known, "none"),
            node.tag_name().name(),
            quote(name),
            hint(near)
        );
        misspelt(node, near, "ignored-attribute", message, report);
    }
}

/// What a message says of a zeebe element that is not known at all, and how that weighs in the order of findings.
pub(super) fn unknown_name(name: &str) -> (Stage, String) {
    let near = near_element(name);
    (stage(near), hint(near))
}

fn stage(near: Option<&str>) -> Stage {
    near.map_or(Stage::Silence, |_| Stage::Spelling)
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" Hint: did you mean {near:?}?"))
}

fn listed(known: &[&str], none: &str) -> String {
    match known {
        [] => none.to_owned(),
        known => known.join(", "),
    }
}

/// An element in a message.
fn called(node: Node<'_>) -> String {
    match bpmn_tag(node) {
        Some("sequenceFlow") => way(node),
        _ => format!("the {}", node.tag_name().name()),
    }
}

fn misspelt<'x>(
    node: Node<'x>,
    near: Option<&str>,
    code: &'static str,
    message: String,
    report: &mut Report<'x>,
) {
    stage(near).within(report, |report| report.warning(node, code, message));
}

fn silence<'x>(node: Node<'x>, code: &'static str, message: String, report: &mut Report<'x>) {
    misspelt(node, None, code, message, report);
}
