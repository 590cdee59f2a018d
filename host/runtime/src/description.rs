//! Checks on what a component says of itself at upload. All problems are found at once.

use crate::limits::{
    MAX_DESCRIBED_LIST, MAX_DESCRIBED_NAME_BYTES, MAX_ICON_BYTES, MAX_SCHEMA_BYTES,
    MAX_SHOWN_NAME_CHARS, MAX_TITLE_BYTES,
};
use crate::output::json_object;
use crate::{Description, EVENT_TYPES, Limits, StepDescription, Subscription, TriggerDescription};

/// What is wrong with `description`; nothing, if it is fine.
pub fn problems(description: &Description, limits: &Limits) -> Vec<String> {
    let mut problems = Problems {
        found: Vec::new(),
        max_depth: limits.output_depth,
    };
    match description {
        Description::Step(step) => problems.step(step),
        Description::Trigger(trigger) => problems.trigger(trigger),
    }
    problems.found
}

struct Problems {
    found: Vec<String>,
    max_depth: usize,
}

impl Problems {
    fn step(&mut self, step: &StepDescription) {
        self.common(&step.name, &step.version, &step.title);
        self.schema("input-schema", &step.input_schema);
        self.schema("output-schema", &step.output_schema);
        if let Some(schema) = &step.configuration_schema {
            self.schema("configuration-schema", schema);
        }
        if let Some(icon) = &step.icon {
            self.icon(icon);
        }
        self.list("capabilities", step.capabilities.len());
        for capability in step.capabilities.iter().take(MAX_DESCRIBED_LIST) {
            self.text("a capability", capability, MAX_DESCRIBED_NAME_BYTES);
        }
    }

    fn trigger(&mut self, trigger: &TriggerDescription) {
        self.common(&trigger.name, &trigger.version, &trigger.title);
        if let Some(schema) = &trigger.configuration_schema {
            self.schema("configuration-schema", schema);
        }
        self.list("subscriptions", trigger.subscriptions.len());
        for subscription in trigger.subscriptions.iter().take(MAX_DESCRIBED_LIST) {
            self.subscription(subscription);
        }
        if trigger.subscriptions.is_empty() {
            self.add("it subscribes to nothing, so that it would never run".into());
        }
    }

    fn common(&mut self, name: &str, version: &str, title: &str) {
        if !is_name(name) {
            self.add(format!(
                "its name is {} (lower-case letters, digits, `-`, `_` and `.`; at most \
                 {MAX_DESCRIBED_NAME_BYTES})",
                quote(name)
            ));
        }
        if let Err(error) = semver::Version::parse(version) {
            let quoted = quote(version);
            self.add(format!(
                "its version is {quoted}, no semantic version: {error}"
            ));
        }
        self.text("its title", title, MAX_TITLE_BYTES);
    }

    fn text(&mut self, what: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.add(format!("{what} is empty"));
        } else if text.len() > max {
            self.add(format!("{what} has {} bytes (at most {max})", text.len()));
        }
    }

    fn schema(&mut self, what: &str, schema: &str) {
        if schema.len() > MAX_SCHEMA_BYTES {
            let found = schema.len();
            self.add(format!(
                "its {what} has {found} bytes (at most {MAX_SCHEMA_BYTES})"
            ));
        } else if let Err(found) = json_object(schema, self.max_depth) {
            self.add(format!("its {what} is no JSON Schema: {found}"));
        }
    }

    fn icon(&mut self, icon: &str) {
        if icon.len() > MAX_ICON_BYTES {
            let found = icon.len();
            self.add(format!(
                "its icon has {found} bytes (at most {MAX_ICON_BYTES})"
            ));
        } else if !icon.trim_start().starts_with('<') && !is_name(icon) {
            self.add(format!(
                "its icon is {}, neither a name from the catalogue nor an SVG document",
                quote(icon)
            ));
        }
    }

    fn subscription(&mut self, subscription: &Subscription) {
        let event_type = subscription.event_type.as_str();
        if !EVENT_TYPES.contains(&event_type) {
            self.add(format!(
                "it subscribes to {} (one of {})",
                quote(event_type),
                EVENT_TYPES.join(", ")
            ));
        }
        if subscription.element_id.is_some() && event_type != "element.completed" {
            self.add(format!(
                "it wants {event_type} of one element, which has none"
            ));
        }
        let filters = [&subscription.process_id, &subscription.element_id];
        for filter in filters.into_iter().flatten() {
            self.text("a filter of a subscription", filter, MAX_TITLE_BYTES);
        }
    }

    fn list(&mut self, what: &str, length: usize) {
        if length > MAX_DESCRIBED_LIST {
            self.add(format!(
                "it lists {length} {what} (at most {MAX_DESCRIBED_LIST})"
            ));
        }
    }

    fn add(&mut self, problem: String) {
        self.found.push(problem);
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=MAX_DESCRIBED_NAME_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// The text in quotes, cut short.
fn quote(text: &str) -> String {
    let short: String = text.chars().take(MAX_SHOWN_NAME_CHARS).collect();
    match short.len() < text.len() {
        true => format!("{short:?}…"),
        false => format!("{short:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> StepDescription {
        StepDescription {
            name: "assess-damage_v2.1".into(),
            version: "1.2.3-rc.1".into(),
            title: "ارزیابی خسارت".into(),
            input_schema: r#"{"type": "object"}"#.into(),
            output_schema: "{}".into(),
            configuration_schema: None,
            icon: Some("car".into()),
            capabilities: vec![],
        }
    }

    fn found(change: impl FnOnce(&mut StepDescription)) -> String {
        let mut step = step();
        change(&mut step);
        problems(&Description::Step(step), &Limits::default()).join("; ")
    }

    #[test]
    fn a_step_may_say_this() {
        assert_eq!(found(|_| {}), "");
        assert_eq!(found(|step| step.icon = Some("<svg/>".into())), "");
    }

    #[test]
    fn each_part_is_checked() {
        type Change = fn(&mut StepDescription);
        let cases: [(Change, &str); 9] = [
            (|step| step.name = String::new(), "its name is \"\""),
            (|step| step.name = "Assess Damage".into(), "lower-case"),
            (|step| step.name = "x".repeat(101), "its name"),
            (|step| step.version = "1.2".into(), "no semantic version"),
            (|step| step.title = " ".into(), "its title is empty"),
            (
                |step| step.input_schema = "{".into(),
                "input-schema is no JSON Schema",
            ),
            (|step| step.output_schema = "[]".into(), "it is an array"),
            (
                |step| step.icon = Some("<".repeat(9_000)),
                "its icon has 9000 bytes",
            ),
            (
                |step| step.capabilities = vec!["x".into(); 33],
                "33 capabilities",
            ),
        ];
        for (change, expected) in cases {
            let found = found(change);
            assert!(found.contains(expected), "{found}");
        }
        let both = found(|step| {
            step.name = "A".into();
            step.version = "?".into();
        });
        assert!(both.contains("name") && both.contains("version"), "{both}");
    }

    #[test]
    fn subscriptions_are_checked() {
        let trigger = |event_type: &str, element_id: Option<&str>| {
            let trigger = TriggerDescription {
                name: "after-closing".into(),
                version: "1.0.0".into(),
                title: "After closing".into(),
                configuration_schema: None,
                subscriptions: vec![Subscription {
                    event_type: event_type.into(),
                    process_id: None,
                    element_id: element_id.map(Into::into),
                }],
            };
            problems(&Description::Trigger(trigger), &Limits::default()).join("; ")
        };
        assert_eq!(trigger("process-instance.completed", None), "");
        assert_eq!(trigger("element.completed", Some("task")), "");
        assert!(trigger("case.closed", None).contains("one of process-instance.completed"));
        assert!(trigger("process-instance.completed", Some("task")).contains("has none"));
    }
}
