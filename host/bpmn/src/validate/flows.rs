//! Sequence flows at elements that are not gateways: what may come in and go out, and where conditions may stand.

use crate::model::{Element, ElementKind, EventDefinition, Gateway};

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn flows(&mut self) {
        for (_, element) in self.elements() {
            if let Some(why) = no_incoming(&element.kind)
                && !element.incoming.is_empty()
            {
                let message =
                    format!("Expected no incoming sequence flow, but there is one. Hint: {why}.");
                self.error(element, "unexpected-incoming", message);
            }
            if let Some(why) = no_outgoing(&element.kind)
                && !element.outgoing.is_empty()
            {
                let message =
                    format!("Expected no outgoing sequence flow, but there is one. Hint: {why}.");
                self.error(element, "unexpected-outgoing", message);
            }
            if !branches(&element.kind) {
                self.conditions_without_branch(element);
            }
        }
    }

    fn conditions_without_branch(&mut self, element: &Element) {
        for &flow in &element.outgoing {
            let flow = &self.process[flow];
            if flow.condition.is_some() {
                let message = format!(
                    "Expected conditions only on flows that leave an exclusive or inclusive gateway, \
                     but {} leaves a {}. Hint: put a gateway in between.",
                    self.process.way(flow),
                    element.kind.tag()
                );
                self.error(flow, "condition-not-allowed", message);
            }
        }
    }
}

/// Whether the flows that leave may have conditions.
fn branches(kind: &ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::Gateway(Gateway::Exclusive { .. } | Gateway::Inclusive { .. })
    )
}

/// Why nothing may come in, where that is so.
fn no_incoming(kind: &ElementKind) -> Option<&'static str> {
    match kind {
        ElementKind::StartEvent { .. } => Some("a start event begins its scope"),
        ElementKind::BoundaryEvent { .. } => {
            Some("a boundary event is reached through its activity")
        }
        ElementKind::IntermediateCatchEvent {
            event: EventDefinition::Link { .. },
        } => Some("a catching link event is reached through the throwing one"),
        _ => None,
    }
}

/// Why nothing may go out, where that is so.
fn no_outgoing(kind: &ElementKind) -> Option<&'static str> {
    match kind {
        ElementKind::EndEvent { .. } => {
            Some("an end event ends its path; use an intermediate throw event")
        }
        ElementKind::IntermediateThrowEvent {
            event: EventDefinition::Link { .. },
        } => Some("a throwing link event goes on at the catching one"),
        ElementKind::BoundaryEvent {
            event: EventDefinition::Compensation(_),
            ..
        } => Some("an association joins the compensation handler"),
        _ => None,
    }
}
