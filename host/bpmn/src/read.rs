//! From the XML tree to the model: the definitions element and what stands directly in it.
//! Here and below, each element is judged by itself (is a value missing, does a reference lead anywhere);
//! how elements fit together is judged in `validate/`.

mod activity;
mod element;
mod event;
mod extension;
mod flow_id;
mod link;
mod overlooked;
mod process;
mod value;
mod vocabulary;

pub(crate) use value::quote;

use std::collections::BTreeMap;

use gardesh_xml::{At, Report, Severity};

use crate::limits::{MAX_ID_BYTES, MAX_NAME_BYTES};
use crate::model::{ErrorDefinition, Escalation, Expression, Message, Model, Participant, Signal};
use crate::xml::{self, BPMN, Node, bpmn_tag, child, children};

use extension::Extensions;
use process::ProcessReader;

/// What processes refer to by id.
#[derive(Default)]
struct Globals<'x> {
    messages: BTreeMap<&'x str, Message>,
    signals: BTreeMap<&'x str, Signal>,
    errors: BTreeMap<&'x str, ErrorDefinition>,
    escalations: BTreeMap<&'x str, Escalation>,
}

/// Reads a whole file. None when it is not BPMN at all; everything wrong with it is in the report.
pub(crate) fn read<'x>(root: Node<'x>, report: &mut Report<'x>) -> Option<Model> {
    if !is_definitions(root, report) {
        return None;
    }
    let mut model = Model {
        id: attribute(root, "id"),
        name: attribute(root, "name"),
        target_namespace: attribute(root, "targetNamespace"),
        exporter: attribute(root, "exporter"),
        exporter_version: attribute(root, "exporterVersion"),
        ..Model::default()
    };
    if !ids_fit(root, report) {
        return None;
    }
    check_unique_ids(root, report);
    let globals = read_globals(root, &mut model, report);
    for node in root.children() {
        match bpmn_tag(node) {
            Some("process") => {
                model
                    .processes
                    .push(ProcessReader::new(&globals, report, node).read(node));
            }
            Some("collaboration") => read_participants(node, &mut model),
            _ => {}
        }
    }
    if model.executable().next().is_some() {
        overlooked::find(root, report);
    }
    Some(model)
}

fn is_definitions<'x>(root: Node<'x>, report: &mut Report<'x>) -> bool {
    let name = root.tag_name();
    if name.name() != "definitions" {
        let message = format!(
            "Expected the root element bpmn:definitions, but found {:?}. Hint: is this a BPMN file?",
            name.name()
        );
        report.error(report.at_node(root, root), "no-definitions", message);
        return false;
    }
    if name.namespace() != Some(BPMN) {
        let found = name
            .namespace()
            .map_or("no namespace".to_owned(), |ns| format!("{ns:?}"));
        let message = format!("Expected definitions in the namespace {BPMN:?}, but found {found}.");
        report.error(report.at_node(root, root), "wrong-namespace", message);
        return false;
    }
    true
}

/// Whether all ids are short enough. Otherwise reading would repeat them in diagnostics, and keys would break later.
fn ids_fit<'x>(root: Node<'x>, report: &mut Report<'x>) -> bool {
    let mut fit = true;
    for node in root.descendants().filter(|node| bpmn_tag(*node).is_some()) {
        let length = node.attribute("id").map_or(0, str::len);
        if length > MAX_ID_BYTES {
            let (line, column) = report.locate(node);
            let message =
                format!("Expected an id of at most {MAX_ID_BYTES} bytes, but it has {length}.");
            report.error(
                At::Place {
                    id: None,
                    line,
                    column,
                },
                "id-too-long",
                message,
            );
            fit = false;
        }
    }
    fit
}

/// Reports ids that are used twice. Diagram information has ids of its own and is left out.
fn check_unique_ids<'x>(root: Node<'x>, report: &mut Report<'x>) {
    let executable = children(root, "process").any(overlooked::is_executable);
    let severity = if executable {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut seen: BTreeMap<&str, Node<'x>> = BTreeMap::new();
    for node in root.descendants().filter(|node| bpmn_tag(*node).is_some()) {
        let Some(id) = node.attribute("id") else {
            continue;
        };
        if let Some(first) = seen.insert(id, node) {
            let (line, _) = report.locate(first);
            let tag = first.tag_name().name();
            let message =
                format!("Expected each id once, but {id:?} already names a {tag} in line {line}.");
            report.add(
                severity,
                report.at_node(node, node),
                "duplicate-id",
                message,
            );
        }
    }
}

fn read_globals<'x>(root: Node<'x>, model: &mut Model, report: &mut Report<'x>) -> Globals<'x> {
    let mut globals = Globals::default();
    for node in root.children() {
        let Some(tag @ ("message" | "signal" | "error" | "escalation")) = bpmn_tag(node) else {
            continue;
        };
        let key = node.attribute("id").unwrap_or_default();
        let (id, line) = (key.to_owned(), report.locate(node).0);
        let name = bounded(node, "name", report);
        match tag {
            "message" => {
                let subscription = Extensions::of(node).take("subscription");
                let correlation_key =
                    subscription.and_then(|node| bounded(node, "correlationKey", report));
                let correlation_key = correlation_key.map(Expression::read);
                let name = name.map(Expression::read).unwrap_or_default();
                let message = Message {
                    id,
                    name,
                    correlation_key,
                    line,
                };
                model.messages.push(message.clone());
                globals.messages.insert(key, message);
            }
            "signal" => {
                let name = name.map(Expression::read).unwrap_or_default();
                let signal = Signal { id, name, line };
                model.signals.push(signal.clone());
                globals.signals.insert(key, signal);
            }
            "error" => {
                let code = bounded(node, "errorCode", report)
                    .map(Expression::read)
                    .unwrap_or_default();
                let error = ErrorDefinition {
                    id,
                    name: name.map(str::to_owned),
                    code,
                    line,
                };
                model.errors.push(error.clone());
                globals.errors.insert(key, error);
            }
            _ => {
                let code = bounded(node, "escalationCode", report)
                    .map(Expression::read)
                    .unwrap_or_default();
                let escalation = Escalation {
                    id,
                    name: name.map(str::to_owned),
                    code,
                    line,
                };
                model.escalations.push(escalation.clone());
                globals.escalations.insert(key, escalation);
            }
        }
    }
    globals
}

/// An attribute of a root element; none when it is absent, blank or too long.
fn bounded<'x>(node: Node<'x>, name: &str, report: &mut Report<'x>) -> Option<&'x str> {
    let text = node
        .attribute(name)
        .filter(|text| !text.trim().is_empty())?;
    if text.len() <= MAX_NAME_BYTES {
        return Some(text);
    }
    let message = format!(
        "Expected at most {MAX_NAME_BYTES} bytes in the attribute {name}, but it has {}.",
        text.len()
    );
    report.error(report.at_node(node, node), "text-too-long", message);
    None
}

fn read_participants(collaboration: Node<'_>, model: &mut Model) {
    for node in children(collaboration, "participant") {
        model.participants.push(Participant {
            id: node.attribute("id").unwrap_or_default().to_owned(),
            name: attribute(node, "name"),
            process_id: node
                .attribute("processRef")
                .map(|name| local_name(name).to_owned()),
        });
    }
}

fn attribute(node: Node<'_>, name: &str) -> Option<String> {
    node.attribute(name).map(str::to_owned)
}

/// All documentation texts of an element, joined by blank lines.
fn documentation(node: Node<'_>) -> Option<String> {
    child(node, "documentation")?;
    let texts: Vec<String> = children(node, "documentation")
        .map(|node| xml::text(node).trim().to_owned())
        .collect();
    Some(texts.join("\n\n"))
}

/// References are qualified names in BPMN: the part after the prefix.
fn local_name(reference: &str) -> &str {
    reference.rsplit(':').next().unwrap_or(reference)
}

/// Looks a reference up: as it stands, then without its prefix.
fn resolve<'m, V>(map: &'m BTreeMap<&str, V>, reference: &str) -> Option<&'m V> {
    let reference = reference.trim();
    map.get(reference)
        .or_else(|| map.get(local_name(reference)))
}
