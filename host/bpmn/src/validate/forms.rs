//! Forms that a key says to be embedded in the file must be there.

use crate::model::{Element, ElementKind, Form, FormReference, Task};

use super::Check;

/// How a form key names a form that is embedded in the same process.
const EMBEDDED: &str = "camunda-forms:bpmn:";

impl<'p> Check<'p, '_, '_> {
    pub(super) fn forms(&mut self) {
        for (_, element) in self.elements() {
            match &element.kind {
                ElementKind::StartEvent {
                    form: Some(form), ..
                } => self.embedded(element, form),
                ElementKind::Task(Task::User(task)) => {
                    task.form
                        .iter()
                        .for_each(|form| self.embedded(element, form));
                }
                _ => {}
            }
        }
    }

    fn embedded(&mut self, element: &Element, form: &Form) {
        let FormReference::Key(key) = &form.reference else {
            return;
        };
        let Some(id) = key.as_static().and_then(|key| key.strip_prefix(EMBEDDED)) else {
            return;
        };
        if !self
            .process
            .embedded_forms
            .iter()
            .any(|(known, _)| known == id)
        {
            let message = format!(
                "Expected a zeebe:userTaskForm with the id {} in the process, but there is none.",
                crate::read::quote(id)
            );
            self.error(element, "unknown-reference", message);
        }
    }
}
