//! What events wait for: catch events, boundary events, links and event subprocesses.

use super::{Block, ERRORS, MESSAGES, Maker, SIGNALS, Writer, escaped};

pub(super) const KINDS: &[(u32, Maker)] = &[(3, Writer::catch), (1, Writer::link)];

impl Writer {
    /// What something waits for; every kind comes up sooner or later in a simulation. Only
    /// events that go on waiting may have a cycle.
    pub(super) fn awaited(&mut self, repeats: bool) -> String {
        match self.rng.u32(..5) {
            0 | 1 => self.timer(repeats),
            2 => self.condition(),
            _ => self.message_or_signal(),
        }
    }

    pub(super) fn timer(&mut self, repeats: bool) -> String {
        match self.rng.u32(..if repeats { 6 } else { 3 }) {
            0 => self.date(),
            1 | 2 => {
                let text = escaped(self.pick(&["PT1S", "PT1M", "=duration(\"PT5S\")"]));
                format!(
                    "<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"
                )
            }
            _ => self.cycle(),
        }
    }

    pub(super) fn date(&mut self) -> String {
        let text = escaped(self.pick(&[
            "2020-01-01T00:00:00Z",
            "2024-01-01T08:01:00+00:00",
            "=now() + duration(\"PT20S\")",
        ]));
        format!(
            "<bpmn:timerEventDefinition><bpmn:timeDate>{text}</bpmn:timeDate></bpmn:timerEventDefinition>"
        )
    }

    pub(super) fn cycle(&mut self) -> String {
        let text = self.pick(&[
            "R3/PT10S",
            "R/PT2M",
            "R2/2024-01-01T08:00:30Z/PT1M",
            "0 */5 * * * *",
            "TZ=Asia/Tehran 30 * * * * *",
            "@hourly",
        ]);
        format!(
            "<bpmn:timerEventDefinition><bpmn:timeCycle>{text}</bpmn:timeCycle></bpmn:timerEventDefinition>"
        )
    }

    pub(super) fn message_or_signal(&mut self) -> String {
        if self.rng.bool() {
            let name = self.pick(&MESSAGES);
            format!(r#"<bpmn:messageEventDefinition messageRef="m_{name}" />"#)
        } else {
            let name = self.pick(&SIGNALS);
            format!(r#"<bpmn:signalEventDefinition signalRef="s_{name}" />"#)
        }
    }

    fn catch(&mut self, _: u32) -> Block {
        let event = self.awaited(false);
        let points = ["start", "end"];
        Block::of(self.event("catch", "intermediateCatchEvent", "", &points, &event))
    }

    /// A jump from a throwing link event to a catching one.
    fn link(&mut self, _: u32) -> Block {
        let name = self.id("link");
        let definition = format!(r#"<bpmn:linkEventDefinition name="{name}" />"#);
        let throw = self.event("jump", "intermediateThrowEvent", "", &[], &definition);
        let catch = self.event("land", "intermediateCatchEvent", "", &[], &definition);
        Block {
            first: throw,
            last: catch,
        }
    }

    fn escalation(&mut self) -> String {
        match self.rng.bool() {
            true => "<bpmn:escalationEventDefinition />".to_owned(),
            false => format!(
                r#"<bpmn:escalationEventDefinition escalationRef="x_{}" />"#,
                self.pick(&ERRORS)
            ),
        }
    }

    /// What a boundary event or an event subprocess waits for, and whether it interrupts.
    fn trigger(&mut self, holds_events: bool) -> (String, bool) {
        match self.rng.u32(..6) {
            0 if self.once_in(3) => ("<bpmn:errorEventDefinition />".to_owned(), true),
            0 => (self.error(), true),
            1 if holds_events => (self.escalation(), self.rng.bool()),
            _ => {
                let interrupting = self.rng.bool();
                (self.awaited(!interrupting), interrupting)
            }
        }
    }

    /// An activity with one boundary event or two, whose interrupting ways join its own.
    pub(super) fn guarded(&mut self, activity: Block, holds_events: bool) -> Block {
        let mut events = vec![self.trigger(holds_events)];
        if self.once_in(3) {
            // A second one must catch something else.
            let (timer, interrupting) = (self.timer(false), self.rng.bool());
            if !events[0].0.contains("timer") {
                events.push((timer, interrupting));
            }
        }
        self.guarded_by(activity, events)
    }

    /// An activity with these boundary events.
    pub(super) fn guarded_by(&mut self, activity: Block, events: Vec<(String, bool)>) -> Block {
        let join = self.exclusive();
        self.flow(&activity.last, &join, None);
        for (event, interrupting) in events {
            let attributes = format!(
                r#" attachedToRef="{}" cancelActivity="{interrupting}""#,
                activity.first
            );
            let id = self.event("guard", "boundaryEvent", &attributes, &["end"], &event);
            if interrupting {
                self.flow(&id, &join, None);
            } else {
                let end = match self.may_end {
                    true => self.event("end", "endEvent", "", &["start", "end"], ""),
                    false => self.event("told", "intermediateThrowEvent", "", &[], ""),
                };
                self.flow(&id, &end, None);
            }
        }
        Block {
            first: activity.first,
            last: join,
        }
    }

    pub(super) fn event_subprocess(&mut self) {
        let (event, interrupting) = self.trigger(true);
        self.event_subprocess_for(&event, interrupting);
    }

    pub(super) fn event_subprocess_for(&mut self, event: &str, interrupting: bool) {
        let id = self.id("on");
        let listeners = self.listeners(&["start", "end"]);
        let inner = self.inside(|writer| {
            let attributes = format!(r#" isInterrupting="{interrupting}""#);
            let start = writer.event("start", "startEvent", &attributes, &["end"], event);
            let body = writer.service_task(0);
            // It may undo what was done in the scope around it.
            let last = match writer.once_in(4) {
                true => {
                    let undo = writer.event(
                        "undo",
                        "intermediateThrowEvent",
                        "",
                        &[],
                        "<bpmn:compensateEventDefinition />",
                    );
                    writer.flow(&body.last, &undo, None);
                    undo
                }
                false => body.last,
            };
            let end = writer.event("end", "endEvent", "", &["start", "end"], "");
            writer.flow(&start, &body.first, None);
            writer.flow(&last, &end, None);
        });
        self.add(&format!(
            r#"<bpmn:subProcess id="{id}" triggeredByEvent="true"><bpmn:extensionElements>{listeners}</bpmn:extensionElements>{inner}</bpmn:subProcess>"#
        ));
    }
}
