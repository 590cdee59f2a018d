//! Turns references by id into indices, once all elements of a process are read:
//! sequence flows, boundary events, default flows, lanes, compensation and link events.

use std::collections::BTreeMap;

use crate::model::{
    Compensation, ElementIdx, ElementKind, EventDefinition, FlowIdx, Gateway, SequenceFlow,
};
use crate::stage::Stage;
use crate::xml::{self, Node, child, children};

use super::flow_id::FlowIds;
use super::process::{Pending, ProcessReader};
use super::value::{Need, quote};
use super::{attribute, local_name};

impl<'x> ProcessReader<'_, 'x> {
    /// Resolves all that is pending and returns the sequence flows.
    pub(super) fn link(&mut self) -> Vec<SequenceFlow> {
        let mut flows = Vec::new();
        let mut by_id = BTreeMap::new();
        if self.flows_fit() {
            self.link_flows(&mut flows, &mut by_id);
        }
        self.report.enter(Stage::SecondReference as u8);
        let pending = std::mem::take(&mut self.pending);
        self.link_defaults(&pending, &mut flows, &by_id);
        self.link_boundary_events(&pending);
        self.link_lanes(&pending);
        self.link_compensation(&pending);
        self.link_link_events();
        flows
    }

    fn link_flows(
        &mut self,
        flows: &mut Vec<SequenceFlow>,
        by_id: &mut BTreeMap<&'x str, FlowIdx>,
    ) {
        let nodes = std::mem::take(&mut self.pending.flows);
        let mut ids = FlowIds::of(&nodes);
        for node in nodes {
            self.owner = node;
            let id = ids.id(node);
            let source = self.flow_end(node, "sourceRef");
            let target = self.flow_end(node, "targetRef");
            let (Some(source), Some(target)) = (source, target) else {
                continue;
            };
            let idx = FlowIdx(u32::try_from(flows.len()).unwrap_or(u32::MAX));
            let flow = self.read_flow(node, id, source, target);
            self.elements[source.0 as usize].outgoing.push(idx);
            self.elements[target.0 as usize].incoming.push(idx);
            if let Some(id) = node.attribute("id") {
                by_id.insert(id, idx);
            }
            flows.push(flow);
        }
    }

    fn read_flow(
        &mut self,
        node: Node<'x>,
        id: String,
        source: ElementIdx,
        target: ElementIdx,
    ) -> SequenceFlow {
        let [from, to] = [source, target].map(|idx| &self.elements[idx.0 as usize]);
        if from.parent != to.parent {
            let message = format!(
                "Expected source and target in the same scope, but {:?} and {:?} lie in different ones. \
                 Hint: a flow cannot cross the border of a subprocess.",
                from.id, to.id
            );
            self.require(node, "flow-crosses-scope", message);
        }
        let condition = child(node, "conditionExpression").map(|condition| {
            let what = format!("a condition on {}", way(node));
            self.required_text(condition, &what, Need::Feel)
        });
        let (line, column) = self.report.locate(node);
        let name = attribute(node, "name");
        SequenceFlow {
            id,
            name,
            line,
            column,
            source,
            target,
            condition,
            is_default: false,
        }
    }

    /// An end of a sequence flow; reports one that is missing or leads nowhere.
    fn flow_end(&mut self, node: Node<'x>, name: &'static str) -> Option<ElementIdx> {
        self.referred_element(node, name, &format!("{name} of {}", way(node)))
    }

    /// The element that an attribute refers to; reports one that is missing or leads nowhere.
    fn element(&mut self, node: Node<'x>, name: &'static str) -> Option<ElementIdx> {
        self.referred_element(node, name, name)
    }

    fn referred_element(
        &mut self,
        node: Node<'x>,
        name: &'static str,
        what: &str,
    ) -> Option<ElementIdx> {
        let reference = node.attribute(name).unwrap_or_default();
        let found = self.find(reference);
        if found.is_none() {
            let message = if reference.is_empty() {
                format!("Expected an element as {what}, but the attribute is missing.")
            } else {
                format!(
                    "Expected an element with the id {} as {what}, but there is none.",
                    quote(reference)
                )
            };
            self.refuse(node, "unknown-reference", message);
        }
        found
    }

    fn find(&self, reference: &str) -> Option<ElementIdx> {
        let reference = reference.trim();
        let found = self
            .index
            .get(reference)
            .or_else(|| self.index.get(local_name(reference)));
        found.copied().filter(|idx| *idx != ElementIdx(0))
    }

    fn link_defaults(
        &mut self,
        pending: &Pending<'x>,
        flows: &mut [SequenceFlow],
        by_id: &BTreeMap<&str, FlowIdx>,
    ) {
        for &(idx, node) in &pending.defaults {
            self.owner = node;
            let reference = node.attribute("default").unwrap_or_default();
            let found = by_id
                .get(reference)
                .or_else(|| by_id.get(local_name(reference)));
            let Some(&flow) = found.filter(|flow| flows[flow.0 as usize].source == idx) else {
                let message = format!(
                    "Expected one of its own outgoing sequence flows as default, but {} is none.",
                    quote(reference)
                );
                self.refuse(node, "default-not-outgoing", message);
                continue;
            };
            flows[flow.0 as usize].is_default = true;
            if let ElementKind::Gateway(
                Gateway::Exclusive { default } | Gateway::Inclusive { default },
            ) = &mut self.elements[idx.0 as usize].kind
            {
                *default = Some(flow);
            }
        }
    }

    fn link_boundary_events(&mut self, pending: &Pending<'x>) {
        for &(idx, node) in &pending.attachments {
            self.owner = node;
            let host = self.element(node, "attachedToRef");
            let Some(host) = host.filter(|host| self.check_host(node, idx, *host)) else {
                // A boundary event that hangs on nothing stays in the model as a drawing.
                let tag = "boundaryEvent".to_owned();
                self.elements[idx.0 as usize].kind = ElementKind::Unsupported { tag };
                continue;
            };
            self.elements[host.0 as usize].boundary.push(idx);
            if let ElementKind::BoundaryEvent { attached_to, .. } =
                &mut self.elements[idx.0 as usize].kind
            {
                *attached_to = host;
            }
        }
    }

    fn check_host(&mut self, node: Node<'x>, event: ElementIdx, host: ElementIdx) -> bool {
        let [event, host] = [event, host].map(|idx| &self.elements[idx.0 as usize]);
        let fault = if !host.kind.is_activity() || host.kind == ElementKind::EventSubProcess {
            format!("{:?} is a {}", host.id, host.kind.tag())
        } else if event.parent != host.parent {
            format!("{:?} lies in another scope", host.id)
        } else {
            return true;
        };
        let message =
            format!("Expected a boundary event on an activity of the same scope, but {fault}.");
        self.refuse(node, "invalid-attachment", message);
        false
    }

    /// Inner lanes come after outer ones, so that the innermost lane stays.
    fn link_lanes(&mut self, pending: &Pending<'x>) {
        for &lane in &pending.lanes {
            self.owner = lane;
            for reference in children(lane, "flowNodeRef") {
                let id = xml::text(reference);
                match self.find(&id) {
                    Some(idx) => {
                        self.elements[idx.0 as usize].lane =
                            lane.attribute("id").map(str::to_owned);
                    }
                    None => self.advise(
                        reference,
                        "unknown-reference",
                        format!(
                            "Expected a flow node with the id {} in the lane, but there is none.",
                            quote(id.trim())
                        ),
                    ),
                }
            }
        }
    }

    fn link_compensation(&mut self, pending: &Pending<'x>) {
        for &(idx, node) in &pending.compensations {
            self.owner = node.parent_element().unwrap_or(node);
            let found = self.element(node, "activityRef");
            if let Some(Compensation::Throw { activity }) = self.compensation(idx) {
                *activity = found;
            }
        }
        for &node in &pending.associations {
            let [source, target] = ["sourceRef", "targetRef"].map(|name| {
                node.attribute(name)
                    .and_then(|reference| self.find(reference))
            });
            let (Some(source), Some(target)) = (source, target) else {
                continue;
            };
            if let Some(Compensation::Catch { handler }) = self.compensation(source) {
                *handler = handler.or(Some(target));
            }
        }
    }

    fn compensation(&mut self, idx: ElementIdx) -> Option<&mut Compensation> {
        match &mut self.elements[idx.0 as usize].kind {
            ElementKind::IntermediateThrowEvent { event }
            | ElementKind::EndEvent { event }
            | ElementKind::BoundaryEvent { event, .. } => match event {
                EventDefinition::Compensation(compensation) => Some(compensation),
                _ => None,
            },
            _ => None,
        }
    }

    /// A throwing link event continues at the catching one of its name in its scope.
    fn link_link_events(&mut self) {
        let mut catching = BTreeMap::new();
        for (idx, element) in (0..).map(ElementIdx).zip(&self.elements) {
            if let ElementKind::IntermediateCatchEvent {
                event: EventDefinition::Link { name, .. },
            } = &element.kind
            {
                catching
                    .entry((element.parent, name.clone()))
                    .or_insert(idx);
            }
        }
        for element in &mut self.elements {
            let parent = element.parent;
            if let ElementKind::IntermediateThrowEvent {
                event: EventDefinition::Link { name, target },
            } = &mut element.kind
            {
                *target = catching.get(&(parent, name.clone())).copied();
            }
        }
    }
}

/// A sequence flow in a message, which may have no id that its author knows.
pub(super) fn way(flow: Node<'_>) -> String {
    let [source, target] = ["sourceRef", "targetRef"].map(|name| {
        flow.attribute(name)
            .map_or_else(|| "nowhere".to_owned(), |id| quote(id.trim()))
    });
    format!("the flow from {source} to {target}")
}
