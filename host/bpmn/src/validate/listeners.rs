//! Execution and task listeners: which element may have which, and none twice.

use std::collections::BTreeSet;

use crate::model::{
    Element, ElementKind, EventDefinition, Listener, ListenerEvent, Task, UserTaskImplementation,
};

use crate::read::quote;

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn listeners(&mut self) {
        for (_, element) in self.elements() {
            self.different_listeners(element, &element.execution_listeners);
            self.different_listeners(element, &element.task_listeners);
            self.execution_listeners(element);
            if !element.task_listeners.is_empty() && !is_native_user_task(&element.kind) {
                let message = "Expected task listeners only on user tasks with zeebe:userTask, but this is none.";
                self.error(element, "invalid-listener", message.to_owned());
            }
        }
    }

    fn different_listeners(&mut self, element: &Element, listeners: &[Listener]) {
        let mut seen = BTreeSet::new();
        for listener in listeners {
            if !seen.insert((listener.event, &listener.job.job_type)) {
                let message = format!(
                    "Expected each listener once, but the type {} is given twice for the same event in line {}.",
                    quote(listener.job.job_type.text()),
                    listener.line
                );
                self.error(element, "duplicate-listener", message);
            }
        }
    }

    fn execution_listeners(&mut self, element: &Element) {
        let allowed: &[ListenerEvent] = match &element.kind {
            ElementKind::BoundaryEvent {
                event: EventDefinition::Compensation(_),
                ..
            } => &[],
            ElementKind::StartEvent { .. } | ElementKind::BoundaryEvent { .. } => {
                &[ListenerEvent::End]
            }
            // A gateway is left as soon as it is entered, and an error end event is ended by
            // its own error.
            ElementKind::Gateway(_)
            | ElementKind::EndEvent {
                event: EventDefinition::Error(_),
            } => &[ListenerEvent::Start],
            ElementKind::Process => &[
                ListenerEvent::Start,
                ListenerEvent::End,
                ListenerEvent::Cancel,
            ],
            _ => &[ListenerEvent::Start, ListenerEvent::End],
        };
        for listener in &element.execution_listeners {
            if !allowed.contains(&listener.event) {
                let message = format!(
                    "Expected no execution listener for {:?} on a {}, but there is one in line {}.",
                    listener.event,
                    element.kind.tag(),
                    listener.line
                );
                self.error(element, "invalid-listener", message);
            }
        }
    }
}

fn is_native_user_task(kind: &ElementKind) -> bool {
    matches!(kind, ElementKind::Task(Task::User(task)) if task.implementation == UserTaskImplementation::Native)
}
