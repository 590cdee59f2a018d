//! One flow node: what all kinds share, and which reader knows its own part.

use std::collections::BTreeSet;

use crate::model::{
    BusinessRule, Element, ElementIdx, ElementKind, Expression, Gateway, IoMapping, LinkedResource,
    Listener, ListenerEvent, Mapping, Script, Send, Task,
};
use crate::xml::{self, Node, children};

use super::extension::{Extensions, zeebe_children};
use super::overlooked::unknown_name;
use super::process::ProcessReader;
use super::value::{Need, quote};
use super::{attribute, documentation};

impl<'x> ProcessReader<'_, 'x> {
    /// What only this kind of flow node has.
    pub(super) fn read_kind(
        &mut self,
        node: Node<'x>,
        tag: &str,
        scope: ElementIdx,
        idx: ElementIdx,
        extensions: &mut Extensions<'x>,
    ) -> ElementKind {
        if node
            .attribute("default")
            .is_some_and(|flow| !flow.is_empty())
        {
            self.pending.defaults.push((idx, node));
        }
        match tag {
            "startEvent"
            | "endEvent"
            | "intermediateCatchEvent"
            | "intermediateThrowEvent"
            | "boundaryEvent" => self.read_event(node, tag, scope, idx, extensions),
            "exclusiveGateway" => ElementKind::Gateway(Gateway::Exclusive { default: None }),
            "inclusiveGateway" => ElementKind::Gateway(Gateway::Inclusive { default: None }),
            "parallelGateway" => ElementKind::Gateway(Gateway::Parallel),
            "eventBasedGateway" => self.read_event_based_gateway(node),
            _ => self.read_activity(node, tag, extensions),
        }
    }

    fn read_event_based_gateway(&mut self, node: Node<'x>) -> ElementKind {
        if xml::boolean(node, "instantiate") == Some(true) {
            self.unsupported(node, "an event-based gateway that starts the process", "");
        }
        if node.attribute("eventGatewayType") == Some("Parallel") {
            self.unsupported(node, "a parallel event-based gateway", "");
        }
        ElementKind::Gateway(Gateway::EventBased)
    }

    /// Adds an element with what all kinds share, and joins it to its scope.
    pub(super) fn push_element(
        &mut self,
        node: Node<'x>,
        kind: ElementKind,
        parent: Option<ElementIdx>,
        mut extensions: Extensions<'x>,
    ) -> ElementIdx {
        let idx = ElementIdx(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
        let id = self.read_id(node, idx);
        let repetition = if kind.is_activity() {
            self.read_repetition(node)
        } else {
            None
        };
        self.check_data_associations(node);
        let mappings = self.read_mappings(&mut extensions);
        let headers = self.read_pairs(extensions.take_list("taskHeaders", "header"), "key");
        let job_priority = extensions
            .take("jobPriorityDefinition")
            .and_then(|node| self.optional_number(node, "priority", i32::MIN..=i32::MAX));
        let properties = self.read_pairs(extensions.take_list("properties", "property"), "name");
        let execution_listeners =
            self.read_listeners(extensions.take_list("executionListeners", "executionListener"));
        let task_listeners =
            self.read_listeners(extensions.take_list("taskListeners", "taskListener"));
        let linked = extensions.take_list("linkedResources", "linkedResource");
        let linked_resources = self.read_linked_resources(&kind, linked);
        self.keep_leftovers(&extensions);
        let (line, column) = self.report.locate(node);
        if let Some(parent) = parent {
            let scope = &mut self.elements[parent.0 as usize];
            scope.children.push(idx);
            if matches!(kind, ElementKind::EventSubProcess) {
                scope.event_subprocesses.push(idx);
            }
        }
        self.elements.push(Element {
            id,
            name: attribute(node, "name"),
            kind,
            line,
            column,
            parent,
            children: Vec::new(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            boundary: Vec::new(),
            event_subprocesses: Vec::new(),
            mappings,
            headers,
            job_priority,
            properties,
            repetition,
            execution_listeners,
            task_listeners,
            linked_resources,
            for_compensation: xml::boolean(node, "isForCompensation") == Some(true),
            documentation: documentation(node),
            lane: None,
            extensions: std::mem::take(&mut self.leftovers),
        });
        idx
    }

    fn read_id(&mut self, node: Node<'x>, idx: ElementIdx) -> String {
        let id = node.attribute("id").unwrap_or_default();
        if id.trim().is_empty() {
            self.missing(node, "an id");
        } else {
            self.index.insert(id, idx);
        }
        id.to_owned()
    }

    fn read_mappings(&mut self, extensions: &mut Extensions<'x>) -> IoMapping {
        let Some(node) = extensions.take("ioMapping") else {
            return IoMapping::default();
        };
        let mut side = |name| -> Vec<Mapping> {
            let nodes = zeebe_children(node, name);
            nodes
                .into_iter()
                .map(|node| self.read_mapping(node))
                .collect()
        };
        IoMapping {
            inputs: side("input"),
            outputs: side("output"),
        }
    }

    /// An input without a source sets its target to null, as Camunda does from 8.8 on.
    fn read_mapping(&mut self, node: Node<'x>) -> Mapping {
        let source = if node.has_tag_name((xml::ZEEBE, "input")) {
            let source = self.optional(node, "source", Need::Some);
            source.unwrap_or_else(|| Expression::Feel("null".to_owned()))
        } else {
            self.required(node, "source", "what to map", Need::Some)
        };
        let target = self.required_variable(node, "target");
        Mapping {
            source,
            target,
            line: self.report.locate(node).0,
        }
    }

    /// Pairs of a key and a value; a key without a value is dropped, as Camunda does.
    fn read_pairs(&mut self, nodes: Vec<Node<'x>>, key: &'static str) -> Vec<(String, String)> {
        let mut pairs = Vec::with_capacity(nodes.len());
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(name) = node.attribute(key).filter(|name| !name.is_empty()) else {
                self.advise(
                    node,
                    "missing-key",
                    format!(
                        "Expected the attribute {key}, but it is missing; the entry is ignored."
                    ),
                );
                continue;
            };
            if !seen.insert(name) {
                let message = format!(
                    "Expected each {key} once, but {} is given twice.",
                    quote(name)
                );
                self.advise(node, "duplicate-key", message);
            }
            pairs.push((
                name.to_owned(),
                node.attribute("value").unwrap_or_default().to_owned(),
            ));
        }
        pairs
    }

    fn read_listeners(&mut self, nodes: Vec<Node<'x>>) -> Vec<Listener> {
        nodes
            .into_iter()
            .filter_map(|node| self.read_listener(node))
            .collect()
    }

    fn read_listener(&mut self, node: Node<'x>) -> Option<Listener> {
        let for_task = node.has_tag_name((xml::ZEEBE, "taskListener"));
        let text = node.attribute("eventType").unwrap_or_default();
        let Some(event) = listener_event(text, for_task) else {
            let known = if for_task {
                "creating, assigning, updating, completing or canceling"
            } else {
                "start, end or (on the process) cancel"
            };
            let message = format!("Expected the eventType {known}, but found {}.", quote(text));
            self.require(node, "invalid-listener", message);
            return None;
        };
        let headers = zeebe_children(node, "taskHeaders")
            .into_iter()
            .flat_map(|headers| zeebe_children(headers, "header"))
            .collect();
        Some(Listener {
            event,
            job: self.job(node),
            headers: self.read_pairs(headers, "key"),
            line: self.report.locate(node).0,
        })
    }

    fn read_linked_resources(
        &mut self,
        kind: &ElementKind,
        nodes: Vec<Node<'x>>,
    ) -> Vec<LinkedResource> {
        let read = |node| {
            let resource_type = attribute(node, "resourceType");
            if !(is_done_as_job(kind) && resource_type.as_deref() == Some(COMPONENT)) {
                let message = format!(
                    "Expected linked resources of the resourceType {COMPONENT} on a task that is done as a job, \
                     but this one is not so and has no effect."
                );
                self.advise(node, "ignored-resource", message);
            }
            LinkedResource {
                resource_id: self.required(node, "resourceId", "a resource id", Need::Some),
                resource_type,
                link_name: attribute(node, "linkName"),
                binding: self.binding(node),
            }
        };
        nodes.into_iter().map(read).collect()
    }

    /// Keeps what is left of some extension elements; zeebe's own should have been understood.
    pub(super) fn keep_leftovers(&mut self, extensions: &Extensions<'x>) {
        for node in extensions.zeebe() {
            let (owner, name) = (self.owner.tag_name().name(), node.tag_name().name());
            if extensions.is_second(node) {
                let message = format!(
                    "Expected each zeebe element once in a {owner}, but {name} is there again."
                );
                self.require(node, "duplicate-extension", message);
                continue;
            }
            let (stage, hint) = unknown_name(name);
            let message = format!(
                "Expected only zeebe elements that a {owner} uses, but {name} is not so and is ignored.{hint}"
            );
            let before = self.report.enter(stage as u8);
            self.advise(node, "ignored-extension", message);
            self.report.enter(before);
        }
        let raw = extensions.raw(self.owner.document().input_text(), self.report);
        self.leftovers.extend(raw);
    }

    /// Data associations are documentation; one that computes would have to be executed.
    fn check_data_associations(&mut self, node: Node<'x>) {
        let inward = children(node, "dataInputAssociation");
        for association in inward.chain(children(node, "dataOutputAssociation")) {
            for tag in ["transformation", "assignment"] {
                if let Some(computes) = xml::child(association, tag) {
                    let what = format!("a data association with {tag}");
                    self.unsupported(computes, &what, " Hint: use zeebe:ioMapping.");
                }
            }
        }
    }
}

/// The type of a linked resource that says which component does a task's job.
const COMPONENT: &str = "component";

fn is_done_as_job(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::Task(
            Task::Service(_)
                | Task::Send(Send::Job(_))
                | Task::BusinessRule(BusinessRule::Job(_))
                | Task::Script(Script::Job(_))
        )
    )
}

fn listener_event(text: &str, for_task: bool) -> Option<ListenerEvent> {
    Some(match (text, for_task) {
        ("start", false) => ListenerEvent::Start,
        ("end", false) => ListenerEvent::End,
        ("cancel", false) => ListenerEvent::Cancel,
        ("creating", true) => ListenerEvent::Creating,
        ("assigning", true) => ListenerEvent::Assigning,
        ("updating", true) => ListenerEvent::Updating,
        ("completing", true) => ListenerEvent::Completing,
        ("canceling", true) => ListenerEvent::Canceling,
        _ => return None,
    })
}
