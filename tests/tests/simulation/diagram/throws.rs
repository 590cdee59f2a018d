//! What events make happen, on the way and at the end.

use super::{Block, ERRORS, MESSAGES, Maker, SIGNALS, Writer};

pub(super) const KINDS: &[(u32, Maker)] = &[
    (3, Writer::throw),
    (2, Writer::undo),
    (2, Writer::escalates),
    (1, Writer::fails),
];

impl Writer {
    /// What an event throws, besides what only some may: extension elements and definition.
    fn thrown(&mut self) -> (String, String) {
        let none = String::new;
        match self.rng.u32(..7) {
            0 => (none(), none()),
            1 => {
                let signal = self.pick(&SIGNALS);
                let event = format!(r#"<bpmn:signalEventDefinition signalRef="s_{signal}" />"#);
                (none(), event)
            }
            2 | 3 => (none(), self.thrown_escalation()),
            4 => (self.job(), self.message_definition()),
            5 => (self.publication().to_owned(), self.message_definition()),
            _ => (none(), self.compensation()),
        }
    }

    fn message_definition(&mut self) -> String {
        let name = self.pick(&MESSAGES);
        format!(r#"<bpmn:messageEventDefinition messageRef="m_{name}" />"#)
    }

    fn thrown_escalation(&mut self) -> String {
        let code = self.pick(&ERRORS);
        format!(r#"<bpmn:escalationEventDefinition escalationRef="x_{code}" />"#)
    }

    /// Undoes one activity of the scope, or all that were completed in it.
    fn compensation(&mut self) -> String {
        if self.compensable.is_empty() || self.once_in(3) {
            return "<bpmn:compensateEventDefinition />".to_owned();
        }
        let place = self.rng.usize(..self.compensable.len());
        format!(
            r#"<bpmn:compensateEventDefinition activityRef="{}" />"#,
            self.compensable[place]
        )
    }

    /// An event with extension elements of its kind.
    fn thrower(&mut self, prefix: &str, tag: &str, extension: &str, event: &str) -> String {
        let id = self.id(prefix);
        let listeners = match event.contains("error") {
            true => self.listeners(&["start"]),
            false => self.listeners(&["start", "end"]),
        };
        self.add(&format!(
            r#"<bpmn:{tag} id="{id}"><bpmn:extensionElements>{extension}{listeners}</bpmn:extensionElements>{event}</bpmn:{tag}>"#
        ));
        id
    }

    fn throw(&mut self, _: u32) -> Block {
        let (extension, event) = self.thrown();
        Block::of(self.thrower("throw", "intermediateThrowEvent", &extension, &event))
    }

    /// Work that is undone right after it was done.
    fn undo(&mut self, depth: u32) -> Block {
        let task = self.service_task(depth);
        if !self.compensable.contains(&task.first) {
            self.undone(&task.first);
        }
        let event = self.compensation();
        let undo = self.thrower("undo", "intermediateThrowEvent", "", &event);
        self.flow(&task.last, &undo, None);
        Block {
            first: task.first,
            last: undo,
        }
    }

    /// A subprocess in which something is thrown that is caught there or on it.
    fn thrown_inside(
        &mut self,
        depth: u32,
        throw: &str,
        events: &str,
        interrupting: bool,
    ) -> Block {
        let caught_inside = self.rng.bool();
        let inner = self.inside(|writer| {
            let start = writer.event("start", "startEvent", "", &["end"], "");
            let task = writer.service_task(depth);
            writer.flow(&start, &task.first, None);
            let tag = match throw.contains("error") {
                true => "endEvent",
                false => "intermediateThrowEvent",
            };
            let thrown = writer.thrower("throw", tag, "", throw);
            writer.flow(&task.last, &thrown, None);
            if tag == "intermediateThrowEvent" {
                let (task, end) = (writer.service_task(depth), writer.end_event());
                writer.flow(&thrown, &task.first, None);
                writer.flow(&task.last, &end, None);
            }
            if caught_inside {
                writer.event_subprocess_for(events, interrupting);
            }
        });
        let id = self.id("sub");
        self.add(&format!(
            r#"<bpmn:subProcess id="{id}">{inner}</bpmn:subProcess>"#
        ));
        match caught_inside {
            true => Block::of(id),
            false => self.guarded_by(Block::of(id), vec![(events.to_owned(), interrupting)]),
        }
    }

    fn escalates(&mut self, depth: u32) -> Block {
        let throw = self.thrown_escalation();
        let caught = match self.once_in(3) {
            true => "<bpmn:escalationEventDefinition />".to_owned(),
            false => throw.clone(),
        };
        let interrupting = self.rng.bool();
        self.thrown_inside(depth, &throw, &caught, interrupting)
    }

    fn fails(&mut self, depth: u32) -> Block {
        let throw = self.error();
        let caught = match self.once_in(3) {
            true => "<bpmn:errorEventDefinition />".to_owned(),
            false => throw.clone(),
        };
        self.thrown_inside(depth, &throw, &caught, true)
    }

    /// The end of a scope.
    pub(super) fn end_event(&mut self) -> String {
        let (extension, event) = match self.rng.u32(..16) {
            0 => (String::new(), self.error()),
            1 => (
                String::new(),
                "<bpmn:terminateEventDefinition />".to_owned(),
            ),
            2 if !self.compensable.is_empty() => (String::new(), self.compensation()),
            2..7 => self.thrown(),
            _ => (String::new(), String::new()),
        };
        self.thrower("end", "endEvent", &extension, &event)
    }
}
