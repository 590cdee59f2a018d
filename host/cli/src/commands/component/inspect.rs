//! `gardesh component inspect`: what a component is and wants. A file is looked at here,
//! by the same rules as at upload; a name is asked of the server.

use std::path::Path;

use clap::Args;
use gardesh_runtime::{ComponentInfo, Description};
use serde_json::{Value, json};

use super::trial;
use crate::client::segment;
use crate::commands::Session;
use crate::failure::Failure;
use crate::input::file_bytes;
use crate::output::{cell, text};
use crate::progress::Progress;
use crate::table::{clean_lines, facts, size};

/// The arguments of `gardesh component inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component inspect finance.wasm
  gardesh component inspect claim-finance
  gardesh component inspect finance.wasm --json")]
pub struct Inspect {
    /// A component's file, or the name of one on the server
    #[arg(value_name = "FILE|NAME")]
    component: String,
}

impl Inspect {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let path = Path::new(&self.component);
        let is_path =
            path.components().count() > 1 || path.extension().is_some_and(|e| e == "wasm");
        if is_path || path.is_file() {
            let bytes = file_bytes(path)?;
            let line = Progress::start(session.out.quiet, format!("Compiling {}…", self.component));
            let info = trial::inspect(bytes)?;
            drop(line);
            let view = view(&info);
            return session.out.own_result(&view, || human(&view));
        }
        let path = format!("/v1/components/{}", segment(&self.component));
        let answer = session.client()?.get(&path, &[])?;
        let view: Value = answer.json()?;
        session.out.result(&answer.body, || human(&view))
    }
}

/// A component in the words of the API.
fn view(info: &ComponentInfo) -> Value {
    let mut view = json!({
        "name": info.description.name(),
        "version": info.description.version(),
        "title": info.description.title(),
        "world": info.world,
        "digest": info.digest,
        "size": info.size,
        "imports": info.imports,
        "exports": info.exports,
        "configurationSchema": info.description.configuration_schema().map(json_or_text),
        "pure": info.pure,
    });
    match &info.description {
        Description::Step(step) => {
            view["inputSchema"] = json_or_text(&step.input_schema);
            view["outputSchema"] = json_or_text(&step.output_schema);
            view["icon"] = json!(step.icon);
            view["capabilities"] = json!(step.capabilities);
        }
        Description::Trigger(trigger) => view["subscriptions"] = json!(trigger.subscriptions),
    }
    view
}

/// JSON that travels as text; the text itself where it is none.
fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn human(view: &Value) -> String {
    let bytes = view.get("size").and_then(Value::as_u64).unwrap_or(0);
    let mut shown = facts(&[
        ("name", cell(view, "name")),
        ("version", cell(view, "version")),
        ("title", cell(view, "title")),
        ("world", world(&cell(view, "world"))),
        ("size", format!("{} ({bytes} bytes)", size(bytes))),
        ("digest", cell(view, "digest")),
        ("pure", cell(view, "pure")),
        ("icon", icon(&cell(view, "icon"))),
        ("capabilities", cell(view, "capabilities")),
        ("configuration", configuration(view.get("configuration"))),
        ("uploaded", cell(view, "registeredAt")),
        ("disabled", disabled(view.get("disabled"))),
    ]);
    for (title, member) in [("Imports", "imports"), ("Exports", "exports")] {
        lines(&mut shown, title, view.get(member));
    }
    subscriptions(&mut shown, view.get("subscriptions"));
    for (title, member) in [
        ("Input", "inputSchema"),
        ("Output", "outputSchema"),
        ("Configuration", "configurationSchema"),
    ] {
        schema(&mut shown, title, view.get(member));
    }
    shown
}

/// The world's full name.
fn world(name: &str) -> String {
    match name {
        "step" => "gardesh:step/step".to_owned(),
        "trigger" => "gardesh:cx/trigger".to_owned(),
        other => other.to_owned(),
    }
}

/// The values that were set at the push, if any were.
fn configuration(values: Option<&Value>) -> String {
    match values {
        Some(Value::Object(members)) if !members.is_empty() => text(&members.clone().into()),
        _ => String::new(),
    }
}

/// Since when a trigger looks at no events, and why.
fn disabled(disabled: Option<&Value>) -> String {
    let Some(disabled) = disabled.filter(|disabled| disabled.is_object()) else {
        return String::new();
    };
    let reason = cell(disabled, "reason");
    let because = if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    };
    format!("since {}{because}", cell(disabled, "since"))
}

/// A catalogue name as it is; of an SVG document only that it is one.
fn icon(icon: &str) -> String {
    if icon.trim_start().starts_with('<') {
        format!("SVG, {} bytes", icon.len())
    } else {
        icon.to_owned()
    }
}

fn lines(shown: &mut String, title: &str, list: Option<&Value>) {
    let Some(Value::Array(list)) = list else {
        return;
    };
    shown.push_str(&format!("\n{title}\n"));
    if list.is_empty() {
        shown.push_str("  none\n");
    }
    for item in list {
        shown.push_str(&format!("  {}\n", crate::table::clean(&text(item))));
    }
}

fn subscriptions(shown: &mut String, list: Option<&Value>) {
    let Some(Value::Array(list)) = list else {
        return;
    };
    if list.is_empty() {
        return;
    }
    shown.push_str("\nLooks at\n");
    for subscription in list {
        let mut line = format!("  {}", cell(subscription, "eventType"));
        for (words, member) in [(" of process ", "processId"), (" at element ", "elementId")] {
            let value = cell(subscription, member);
            if !value.is_empty() {
                line.push_str(words);
                line.push_str(&value);
            }
        }
        shown.push_str(&crate::table::clean(&line));
        shown.push('\n');
    }
}

fn schema(shown: &mut String, title: &str, schema: Option<&Value>) {
    let schema = match schema {
        None | Some(Value::Null) => return,
        Some(Value::String(text)) => json_or_text(text),
        Some(schema) => schema.clone(),
    };
    shown.push_str(&format!("\n{title} (JSON Schema)\n"));
    for line in format!("{schema:#}").lines() {
        shown.push_str(&format!("  {}\n", clean_lines(line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gardesh_runtime::{Digest, StepDescription, World};

    #[test]
    fn a_component_reads_the_same_from_a_file_and_from_the_server() {
        let info = ComponentInfo {
            digest: Digest::of(b"x"),
            world: World::Step,
            size: 2048,
            imports: vec!["gardesh:step/host@0.1.0".into()],
            exports: vec!["gardesh:step/handler@0.1.0".into()],
            description: Description::Step(StepDescription {
                name: "claim-finance".into(),
                version: "1.2.0".into(),
                title: "Checks\x1b the money".into(),
                input_schema: r#"{"type":"object"}"#.into(),
                output_schema: "{}".into(),
                configuration_schema: None,
                icon: Some("<svg/>".into()),
                capabilities: Vec::new(),
            }),
            pure: true,
        };
        let shown = human(&view(&info));
        let expected = "\
name     claim-finance\n\
version  1.2.0\n\
title    Checks\u{fffd} the money\n\
world    gardesh:step/step\n\
size     2.0 KiB (2048 bytes)\n\
digest   2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n\
pure     yes\n\
icon     SVG, 6 bytes\n\
\n\
Imports\n  gardesh:step/host@0.1.0\n\
\n\
Exports\n  gardesh:step/handler@0.1.0\n\
\n\
Input (JSON Schema)\n  {\n    \"type\": \"object\"\n  }\n\
\n\
Output (JSON Schema)\n  {}\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_trigger_says_what_it_looks_at() {
        let view = json!({"subscriptions": [{"eventType": "element.completed",
            "processId": "claim", "elementId": null}]});
        assert!(human(&view).contains("Looks at\n  element.completed of process claim\n"));
    }
}
