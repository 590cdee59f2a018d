//! Times that stand in the diagram as literals: timers, due dates and follow-up dates. The grammar is in `time.rs`.

use crate::model::{Element, ElementKind, EventDefinition, Expression, Task, Timer};

use crate::read::quote;

use super::{Check, time};

impl<'p> Check<'p, '_, '_> {
    pub(super) fn timers(&mut self) {
        for (_, element) in self.elements() {
            if let Some(EventDefinition::Timer(timer)) = element.kind.event() {
                match timer {
                    Timer::Date(text) => self.date(element, text, "timeDate"),
                    Timer::Duration(text) => self.literal(
                        element,
                        text,
                        time::is_duration,
                        "an ISO 8601 duration such as PT15M as timeDuration",
                    ),
                    Timer::Cycle(text) => self.literal(
                        element,
                        text,
                        time::is_cycle,
                        "a repeating interval such as R3/PT1H or a cron expression of six fields as timeCycle",
                    ),
                }
            }
            if let ElementKind::Task(Task::User(task)) = &element.kind {
                task.due_date
                    .iter()
                    .for_each(|text| self.date(element, text, "dueDate"));
                task.follow_up_date
                    .iter()
                    .for_each(|text| self.date(element, text, "followUpDate"));
            }
        }
    }

    fn date(&mut self, element: &Element, text: &Expression, name: &str) {
        let what =
            format!("an ISO 8601 date and time with a zone such as 2030-01-31T08:00:00Z as {name}");
        self.literal(element, text, time::is_date_time, &what);
    }

    fn literal(
        &mut self,
        element: &Element,
        text: &Expression,
        valid: fn(&str) -> bool,
        what: &str,
    ) {
        let Some(text) = text
            .as_static()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        else {
            return;
        };
        if !valid(text) {
            let message = format!("Expected {what}, but found {}.", quote(text));
            self.error(element, "invalid-time", message);
        }
    }
}
