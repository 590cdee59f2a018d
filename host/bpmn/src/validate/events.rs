//! Events that catch: no two at one place for the same thing, interrupting where they must be; and link pairs.
//! Compensation is in `compensation.rs`, the values of timers in `timers.rs`.

use std::collections::BTreeSet;

use crate::model::{Element, ElementIdx, ElementKind, EventDefinition};

use crate::read::quote;

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn events(&mut self) {
        for (idx, element) in self.elements() {
            self.different(&element.boundary, &format!("on {:?}", element.id));
            if element.kind.is_scope() {
                let starts = element.event_subprocesses.iter();
                let starts: Vec<_> = starts
                    .filter_map(|&inner| self.process.start_events(inner).next())
                    .collect();
                self.different(
                    &starts,
                    &format!("for event subprocesses in {:?}", element.id),
                );
                self.different_links(element);
            }
            if element.kind == ElementKind::Process {
                let starts: Vec<_> = self.process.start_events(idx).collect();
                self.different(&starts, "to start the process");
            }
            match &element.kind {
                ElementKind::BoundaryEvent {
                    attached_to,
                    interrupting,
                    event,
                } => {
                    self.boundary(element, &self.process[*attached_to], *interrupting, event);
                }
                ElementKind::IntermediateThrowEvent {
                    event: EventDefinition::Link { name, target: None },
                } if !name.is_empty() => {
                    let message = format!(
                        "Expected a catching link event named {} in the same scope, but there is none.",
                        quote(name)
                    );
                    self.error(element, "unpaired-link", message);
                }
                _ => {}
            }
        }
    }

    /// Two events at one place must not catch the same thing: it would be left to chance which one does.
    fn different(&mut self, events: &[ElementIdx], place: &str) {
        let mut seen = BTreeSet::new();
        for &idx in events {
            let event = &self.process[idx];
            let Some(caught) = event.kind.event().and_then(caught) else {
                continue;
            };
            if !seen.insert(caught) {
                let (kind, key) = caught;
                let what = key.map_or(format!("any {kind}"), |key| {
                    format!("the {kind} {}", quote(key))
                });
                let message = format!(
                    "Expected at most one event {place} that catches {what}, but this is another one."
                );
                self.error(event, "duplicate-event", message);
            }
        }
    }

    fn different_links(&mut self, scope: &Element) {
        let mut seen = BTreeSet::new();
        for &child in &scope.children {
            let element = &self.process[child];
            if let ElementKind::IntermediateCatchEvent {
                event: EventDefinition::Link { name, .. },
            } = &element.kind
                && !name.is_empty()
                && !seen.insert(name)
            {
                let message = format!(
                    "Expected one catching link event named {} in a scope, but this is another one.",
                    quote(name)
                );
                self.error(element, "duplicate-event", message);
            }
        }
    }

    fn boundary(
        &mut self,
        event: &Element,
        host: &Element,
        interrupting: bool,
        definition: &EventDefinition,
    ) {
        let must_interrupt = match definition {
            EventDefinition::Error(_) => "error",
            EventDefinition::Cancel => "cancel",
            _ => "",
        };
        if !must_interrupt.is_empty() && !interrupting {
            let message = format!(
                "Expected {must_interrupt} boundary events to be interrupting, but cancelActivity is false."
            );
            self.error(event, "must-interrupt", message);
        }
        if *definition == EventDefinition::Cancel && host.kind != ElementKind::Transaction {
            let message = format!(
                "Expected a cancel boundary event on a transaction, but {:?} is a {}.",
                host.id,
                host.kind.tag()
            );
            self.error(event, "cancel-outside-transaction", message);
        }
        if matches!(definition, EventDefinition::Escalation(_))
            && matches!(host.kind, ElementKind::Task(_))
        {
            let message = format!(
                "Expected an escalation boundary event on a subprocess or call activity, but {:?} is a {}. \
                 Hint: nothing in a task throws an escalation.",
                host.id,
                host.kind.tag()
            );
            self.error(event, "invalid-attachment", message);
        }
    }
}

/// What an event catches, if it is of a kind that must not be caught twice at one place.
/// No key means that everything of the kind is caught.
fn caught(event: &EventDefinition) -> Option<(&'static str, Option<&str>)> {
    match event {
        EventDefinition::Message(message) if !message.name.is_empty() => {
            Some(("message", Some(message.name.text())))
        }
        EventDefinition::Signal(signal) if !signal.name.is_empty() => {
            Some(("signal", Some(signal.name.text())))
        }
        EventDefinition::Error(None) => Some(("error", None)),
        EventDefinition::Error(Some(error)) => Some(("error", Some(error.code.text()))),
        EventDefinition::Escalation(None) => Some(("escalation", None)),
        EventDefinition::Escalation(Some(escalation)) => {
            Some(("escalation", Some(escalation.code.text())))
        }
        EventDefinition::Compensation(_) => Some(("compensation", None)),
        EventDefinition::Cancel => Some(("cancel", None)),
        _ => None,
    }
}
