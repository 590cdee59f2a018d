//! How scopes begin and what they may contain: processes, subprocesses, event subprocesses, transactions, ad-hoc.

use crate::model::{AdHoc, Element, ElementIdx, ElementKind, EventDefinition};

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn scopes(&mut self) {
        for (idx, element) in self.elements() {
            match &element.kind {
                ElementKind::Process => self.process_starts(idx, element),
                ElementKind::SubProcess | ElementKind::Transaction => {
                    self.one_start(idx, element, "one none start event");
                }
                ElementKind::EventSubProcess => {
                    self.one_start(idx, element, "one start event");
                    self.event_subprocess(idx, element);
                }
                ElementKind::AdHocSubProcess(ad_hoc) => self.ad_hoc(element, ad_hoc),
                ElementKind::EndEvent {
                    event: EventDefinition::Cancel,
                } => {
                    self.cancel_end(element);
                }
                _ => {}
            }
        }
    }

    fn process_starts(&mut self, idx: ElementIdx, element: &Element) {
        let starts: Vec<_> = self.process.start_events(idx).collect();
        if starts.is_empty() {
            let message = "Expected at least one start event in the process, but there is none.";
            self.error(element, "missing-start-event", message.to_owned());
        }
        let none = starts
            .iter()
            .filter(|&&start| self.process[start].kind.event() == Some(&EventDefinition::None));
        for &extra in none.skip(1) {
            let message = "Expected at most one none start event in the process, but this is another one. \
                           Hint: an instance would not know where to begin.";
            self.error(
                &self.process[extra],
                "several-start-events",
                message.to_owned(),
            );
        }
    }

    fn one_start(&mut self, idx: ElementIdx, element: &Element, what: &str) {
        let starts: Vec<_> = self.process.start_events(idx).collect();
        let Some((_, extra)) = starts.split_first() else {
            let message = format!(
                "Expected exactly {what} in the {}, but there is none.",
                element.kind.tag()
            );
            self.error(element, "missing-start-event", message);
            return;
        };
        for &extra in extra {
            let message = format!(
                "Expected exactly {what} in {:?}, but this is another one.",
                element.id
            );
            self.error(&self.process[extra], "several-start-events", message);
        }
    }

    fn event_subprocess(&mut self, idx: ElementIdx, element: &Element) {
        if !element.incoming.is_empty() || !element.outgoing.is_empty() {
            let message = "Expected an event subprocess without sequence flows, but it has some. \
                           Hint: its start event begins it, and nothing follows it.";
            self.error(element, "event-subprocess-with-flows", message.to_owned());
        }
        if element.repetition.is_some() {
            let message = "Expected an event subprocess without repetition, but it has one.";
            self.error(element, "event-subprocess-repeats", message.to_owned());
        }
        let Some(start) = self.process.start_events(idx).next() else {
            return;
        };
        let start = &self.process[start];
        let ElementKind::StartEvent {
            event,
            interrupting,
            ..
        } = &start.kind
        else {
            return;
        };
        if matches!(event, EventDefinition::Error(_)) && !interrupting {
            let message =
                "Expected an error start event to be interrupting, but isInterrupting is false.";
            self.error(start, "must-interrupt", message.to_owned());
        }
        let inside_ad_hoc = element.parent.is_some_and(|parent| {
            matches!(self.process[parent].kind, ElementKind::AdHocSubProcess(_))
        });
        // What undoes the subprocess begins when that is over: it interrupts nothing.
        let undoes = matches!(event, EventDefinition::Compensation(_));
        if inside_ad_hoc && *interrupting && !undoes {
            let message = "Expected event subprocesses in an ad-hoc subprocess to be non-interrupting, \
                           but this start event is interrupting.";
            self.error(start, "must-not-interrupt", message.to_owned());
        }
    }

    fn ad_hoc(&mut self, element: &Element, ad_hoc: &AdHoc) {
        let children = || element.children.iter().map(|&child| &self.process[child]);
        let holds_activity = children()
            .any(|child| child.kind.is_activity() && child.kind != ElementKind::EventSubProcess);
        let events: Vec<&Element> = children()
            .filter(|c| {
                matches!(
                    c.kind,
                    ElementKind::StartEvent { .. } | ElementKind::EndEvent { .. }
                )
            })
            .collect();
        for event in events {
            let message = format!(
                "Expected an ad-hoc subprocess without start and end events, but it holds this {}.",
                event.kind.tag()
            );
            self.error(event, "ad-hoc-with-event", message);
        }
        if !holds_activity {
            let message =
                "Expected at least one activity in the ad-hoc subprocess, but there is none.";
            self.error(element, "empty-ad-hoc", message.to_owned());
        }
        if ad_hoc.output_collection.is_some() != ad_hoc.output_element.is_some() {
            let message =
                "Expected outputCollection and outputElement together, but only one is given.";
            self.error(element, "incomplete-output", message.to_owned());
        }
        let by_hand = [
            (ad_hoc.active_elements.is_some(), "activeElementsCollection"),
            (ad_hoc.completion_condition.is_some(), "completionCondition"),
            (
                !ad_hoc.cancel_remaining,
                "cancelRemainingInstances=\"false\"",
            ),
        ];
        for (_, name) in by_hand
            .iter()
            .filter(|(given, _)| *given && ad_hoc.job.is_some())
        {
            let message = format!(
                "Expected an ad-hoc subprocess that a job leads to do without {name}, but it is given. \
                 Hint: the job's result decides."
            );
            self.error(element, "ambiguous-implementation", message);
        }
    }

    fn cancel_end(&mut self, element: &Element) {
        let scope = element.parent.map(|parent| &self.process[parent].kind);
        if scope != Some(&ElementKind::Transaction) {
            let message =
                "Expected a cancel end event directly in a transaction, but it lies elsewhere.";
            self.error(element, "cancel-outside-transaction", message.to_owned());
        }
    }
}
