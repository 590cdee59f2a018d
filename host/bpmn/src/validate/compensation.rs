//! Compensation: handlers, the boundary events that lead to them, and what may be compensated.

use std::collections::BTreeSet;

use crate::model::{Compensation, Element, ElementIdx, ElementKind, EventDefinition};

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn compensation(&mut self) {
        let mut handlers: BTreeSet<ElementIdx> = BTreeSet::new();
        for (_, element) in self.elements() {
            match element.kind.event() {
                Some(EventDefinition::Compensation(Compensation::Catch { handler })) => {
                    handlers.extend(handler);
                    match element.kind {
                        ElementKind::BoundaryEvent { .. } => self.handler_of(element, *handler),
                        ElementKind::StartEvent { .. } => self.begun_by_compensation(element),
                        // Elsewhere, catching compensation is refused as such.
                        _ => {}
                    }
                }
                Some(EventDefinition::Compensation(Compensation::Throw {
                    activity: Some(activity),
                })) => {
                    self.compensated(element, &self.process[*activity]);
                }
                _ => {}
            }
        }
        for (idx, element) in self
            .elements()
            .filter(|(_, element)| element.for_compensation)
        {
            self.handler(element);
            if !handlers.contains(&idx) {
                let message = "Expected an association from a compensation boundary event to this handler, \
                               but there is none; it never runs.";
                self.warning(element, "unused-handler", message.to_owned());
            }
        }
    }

    fn handler_of(&mut self, event: &Element, handler: Option<ElementIdx>) {
        let Some(handler) = handler.map(|idx| &self.process[idx]) else {
            let message = "Expected an association from the compensation boundary event to its handler, but there is none.";
            self.error(event, "missing-handler", message.to_owned());
            return;
        };
        let fault = if !handler.kind.is_activity() {
            format!("{:?} is a {}", handler.id, handler.kind.tag())
        } else if !handler.for_compensation {
            format!("{:?} is not marked isForCompensation", handler.id)
        } else if handler.parent != event.parent {
            format!("{:?} lies in another scope", handler.id)
        } else {
            return;
        };
        let message = format!(
            "Expected the handler to be a compensation activity of the same scope, but {fault}."
        );
        self.error(event, "invalid-handler", message);
    }

    /// An event subprocess that undoes the scope that it is in.
    fn begun_by_compensation(&mut self, start: &Element) {
        let subprocess = start.parent.map(|scope| &self.process[scope]);
        let Some(around) = subprocess.and_then(|subprocess| subprocess.parent) else {
            return;
        };
        let around = &self.process[around];
        if around.kind == ElementKind::Process {
            let message = "Expected a compensation start event inside a subprocess, but this one is in the process itself, \
                           which nothing compensates; it never runs.";
            self.warning(start, "unused-handler", message.to_owned());
        } else if self.has_compensation_boundary(around) {
            let message = format!(
                "Expected one way to compensate {:?}, but it has a compensation boundary event and an event subprocess with a \
                 compensation start event. Hint: leave one of them out.",
                around.id
            );
            self.error(start, "duplicate-event", message);
        }
    }

    fn has_compensation_boundary(&self, activity: &Element) -> bool {
        activity.boundary.iter().any(|&boundary| {
            matches!(
                self.process[boundary].kind.event(),
                Some(EventDefinition::Compensation(_))
            )
        })
    }

    fn handler(&mut self, element: &Element) {
        if !element.incoming.is_empty() || !element.outgoing.is_empty() {
            let message =
                "Expected a compensation handler without sequence flows, but it has some.";
            self.error(element, "handler-with-flows", message.to_owned());
        }
        if !element.boundary.is_empty() {
            let message =
                "Expected a compensation handler without boundary events, but it has some.";
            self.error(element, "handler-with-boundary", message.to_owned());
        }
    }

    fn compensated(&mut self, event: &Element, activity: &Element) {
        let holds = matches!(
            activity.kind,
            ElementKind::SubProcess | ElementKind::Transaction | ElementKind::AdHocSubProcess(_)
        );
        if !holds && !self.has_compensation_boundary(activity) {
            let message = format!(
                "Expected {:?} to be a subprocess or to have a compensation boundary event, but it does not.",
                activity.id
            );
            self.error(event, "nothing-to-compensate", message);
        } else if !self.in_sight(event).contains(&activity.parent) {
            let message = format!(
                "Expected {:?} in the scope of this event, but it lies in another one.",
                activity.id
            );
            self.error(event, "nothing-to-compensate", message);
        }
    }

    /// The scope of an event that throws compensation; in an event subprocess the scope around
    /// that, too.
    fn in_sight(&self, event: &Element) -> Vec<Option<ElementIdx>> {
        let mut scopes = vec![event.parent];
        while let Some(Some(scope)) = scopes.last()
            && self.process[*scope].kind == ElementKind::EventSubProcess
        {
            scopes.push(self.process[*scope].parent);
        }
        scopes
    }
}
