//! Forms that a key says to be embedded in the file must be there.

use std::collections::BTreeSet;

use crate::model::{Element, ElementKind, Form, FormReference, Task};

use crate::read::quote;

use super::Check;

/// How a form key names a form that is embedded in the same process.
const EMBEDDED: &str = "camunda-forms:bpmn:";

impl<'p> Check<'p, '_, '_> {
    pub(super) fn forms(&mut self) {
        let forms: BTreeSet<&str> = self
            .process
            .embedded_forms
            .iter()
            .map(|(id, _)| id.as_str())
            .collect();
        for (_, element) in self.elements() {
            match &element.kind {
                ElementKind::StartEvent {
                    form: Some(form), ..
                } => self.embedded(element, form, &forms),
                ElementKind::Task(Task::User(task)) => {
                    task.form
                        .iter()
                        .for_each(|form| self.embedded(element, form, &forms));
                }
                _ => {}
            }
        }
    }

    fn embedded(&mut self, element: &Element, form: &Form, forms: &BTreeSet<&str>) {
        let FormReference::Key(key) = &form.reference else {
            return;
        };
        let Some(id) = key.as_static().and_then(|key| key.strip_prefix(EMBEDDED)) else {
            return;
        };
        if !forms.contains(id) {
            let message = format!(
                "Expected a zeebe:userTaskForm with the id {} in the process, but there is none.",
                quote(id)
            );
            self.error(element, "unknown-reference", message);
        }
    }
}
