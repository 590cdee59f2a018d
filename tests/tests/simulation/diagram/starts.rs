//! A process that things which happen start: messages, signals, times and conditions.

use super::{START_MESSAGE, START_SIGNAL, Writer};

impl Writer {
    /// The elements of a process with a start event of each kind.
    pub(super) fn begun(&mut self) -> String {
        self.inside(|writer| {
            let condition = writer.condition();
            let events = [
                format!(r#"<bpmn:messageEventDefinition messageRef="m_{START_MESSAGE}" />"#),
                format!(r#"<bpmn:signalEventDefinition signalRef="s_{START_SIGNAL}" />"#),
                writer.date(),
                writer.cycle(),
                condition,
            ];
            let join = writer.exclusive();
            for event in events {
                let start = writer.event("start", "startEvent", "", &["end"], &event);
                writer.flow(&start, &join, None);
            }
            writer.body(0, &join);
        })
    }
}
