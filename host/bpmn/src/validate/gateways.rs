//! Gateways: conditions and default flows of exclusive and inclusive ones, targets of event-based ones.

use std::collections::BTreeSet;

use crate::model::{Element, ElementKind, EventDefinition, FlowIdx, Gateway};

use crate::read::quote;

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn gateways(&mut self) {
        for (_, element) in self.elements() {
            match element.kind {
                ElementKind::Gateway(
                    Gateway::Exclusive { default } | Gateway::Inclusive { default },
                ) => {
                    self.branches(element, default);
                }
                ElementKind::Gateway(Gateway::EventBased) => self.event_based(element),
                _ => {}
            }
        }
    }

    /// With several ways out, each needs a condition, except the default.
    fn branches(&mut self, gateway: &Element, default: Option<FlowIdx>) {
        for &idx in &gateway.outgoing {
            let flow = &self.process[idx];
            if Some(idx) == default {
                if flow.condition.is_some() {
                    let message = format!(
                        "Expected the default flow without a condition, but {} has one, which is ignored.",
                        self.process.way(flow)
                    );
                    self.warning(flow, "condition-on-default", message);
                }
            } else if flow.condition.is_none() && gateway.outgoing.len() > 1 {
                let message = format!(
                    "Expected a condition on each flow that leaves {:?} and is not its default, but {} has none.",
                    gateway.id,
                    self.process.way(flow)
                );
                self.error(flow, "missing-condition", message);
            }
        }
    }

    fn event_based(&mut self, gateway: &Element) {
        if gateway.outgoing.len() < 2 {
            let message = format!(
                "Expected at least two flows to leave an event-based gateway, but there are {}.",
                gateway.outgoing.len()
            );
            self.error(gateway, "too-few-outgoing", message);
        }
        let mut waited_for = BTreeSet::new();
        for &flow in &gateway.outgoing {
            let target = &self.process[self.process[flow].target];
            self.event_based_target(gateway, target);
            let key = match target.kind.event() {
                Some(EventDefinition::Message(message)) => ("message", &message.name),
                Some(EventDefinition::Signal(signal)) => ("signal", &signal.name),
                _ => continue,
            };
            if !waited_for.insert(key) {
                let message = format!(
                    "Expected different events after {:?}, but the {} {} is waited for twice.",
                    gateway.id,
                    key.0,
                    quote(key.1.text())
                );
                self.error(target, "duplicate-event", message);
            }
        }
    }

    fn event_based_target(&mut self, gateway: &Element, target: &Element) {
        let waits = matches!(
            target.kind,
            ElementKind::IntermediateCatchEvent {
                event: EventDefinition::Message(_)
                    | EventDefinition::Timer(_)
                    | EventDefinition::Signal(_)
                    | EventDefinition::Conditional(_)
            }
        );
        if !waits {
            let message = format!(
                "Expected message, timer, signal or conditional catch events after {:?}, but this is a {}.",
                gateway.id,
                target.kind.tag()
            );
            self.error(target, "event-based-target", message);
        } else if target.incoming.len() > 1 {
            let message = format!(
                "Expected the flow from {:?} to be the only incoming one, but there are {}.",
                gateway.id,
                target.incoming.len()
            );
            self.error(target, "event-based-target", message);
        }
    }
}
