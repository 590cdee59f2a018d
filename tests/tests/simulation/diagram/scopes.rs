//! What holds other elements: subprocesses, transactions, ad-hoc subprocesses, and calls of
//! other processes.

use super::tasks::Activity;
use super::{Block, Maker, TAG, Writer, escaped, list};

pub(super) const KINDS: &[(u32, Maker)] = &[
    (3, Writer::subprocess),
    (3, Writer::call),
    (2, Writer::transaction),
    (3, Writer::ad_hoc),
];

impl Writer {
    /// What is inside of something that perhaps repeats, and how.
    fn repeated(&mut self, write: impl FnOnce(&mut Self) -> String) -> (String, String) {
        let repetition = self.repetition(2);
        self.repeating += u32::from(!repetition.is_empty());
        let inner = write(self);
        self.repeating -= u32::from(!repetition.is_empty());
        (inner, repetition)
    }

    fn subprocess(&mut self, depth: u32) -> Block {
        let (inner, repetition) = self.repeated(|writer| writer.scope(depth + 1));
        self.subprocess_around(inner, &repetition)
    }

    pub(super) fn subprocess_around(&mut self, inner: String, repetition: &str) -> Block {
        let activity = Activity {
            prefix: "sub",
            tag: "subProcess",
            inner,
            holds_events: true,
            ..Activity::default()
        };
        self.activity(activity, repetition)
    }

    fn call(&mut self, depth: u32) -> Block {
        if !self.may_call {
            return self.service_task(depth);
        }
        let binding = match self.rng.u32(..4) {
            0 => r#" bindingType="deployment""#.to_owned(),
            1 => format!(r#" bindingType="versionTag" versionTag="{TAG}""#),
            _ => String::new(),
        };
        let more = self.pick(&[
            "",
            r#" propagateAllChildVariables="false""#,
            r#" propagateAllParentVariables="false""#,
            r#" businessId="=string(n)""#,
        ]);
        let repetition = self.repetition(2);
        let activity = Activity {
            prefix: "call",
            tag: "callActivity",
            extension: format!(r#"<zeebe:calledElement processId="called"{binding}{more} />"#),
            holds_events: true,
            ..Activity::default()
        };
        self.activity(activity, &repetition)
    }

    /// Work that may be cancelled, and is undone then.
    fn transaction(&mut self, depth: u32) -> Block {
        let (inner, repetition) = self.repeated(|writer| {
            writer.inside(|writer| {
                let start = writer.event("start", "startEvent", "", &["end"], "");
                let end = writer.end_event();
                let give_up = writer.event(
                    "giveup",
                    "endEvent",
                    "",
                    &[],
                    "<bpmn:cancelEventDefinition />",
                );
                let choice = writer.id("x");
                let task = writer.service_task(depth);
                if !writer.compensable.contains(&task.first) {
                    writer.undone(&task.first);
                }
                writer.flow(&start, &task.first, None);
                writer.flow(&task.last, &choice, None);
                let default = writer.flow(&choice, &end, None);
                writer.flow(&choice, &give_up, Some("n - 2 * floor(n / 2) = 0"));
                writer.add(&format!(
                    r#"<bpmn:exclusiveGateway id="{choice}" default="{default}" />"#
                ));
            })
        });
        let id = self.id("tx");
        let activity = Activity {
            tag: "transaction",
            inner,
            holds_events: true,
            ..Activity::default()
        };
        let block = self.activity_named(id.clone(), activity, &repetition);
        let join = self.exclusive();
        let attributes = format!(r#" attachedToRef="{id}""#);
        let cancelled = self.event(
            "cancelled",
            "boundaryEvent",
            &attributes,
            &["end"],
            "<bpmn:cancelEventDefinition />",
        );
        self.flow(&block.last, &join, None);
        self.flow(&cancelled, &join, None);
        Block {
            first: block.first,
            last: join,
        }
    }

    /// Elements that run as they are chosen: by the diagram, by people, or by a worker.
    fn ad_hoc(&mut self, depth: u32) -> Block {
        let mut choices = Vec::new();
        let (inner, repetition) = self.repeated(|writer| {
            writer.inside(|writer| {
                writer.may_end = false;
                // One of them is an activity for sure.
                choices.push(writer.service_task(depth).first);
                for _ in 0..writer.rng.u32(..3) {
                    choices.push(writer.sequence(depth + 1).first);
                }
                if writer.once_in(4) {
                    let event = writer.message_or_signal();
                    writer.event_subprocess_for(&event, false);
                }
            })
        });
        let output = self.pick(&[
            "",
            r#" outputCollection="results" outputElement="=n""#,
            r#" outputCollection="results" outputElement="=note""#,
        ]);
        let mut activity = Activity {
            prefix: "adhoc",
            tag: "adHocSubProcess",
            holds_events: true,
            ..Activity::default()
        };
        if self.once_in(3) {
            activity.extension = format!("{}<zeebe:adHoc{output} />", self.job());
            activity.inner = inner;
        } else {
            let (attributes, condition) = self.completion();
            activity.attributes = attributes;
            let chosen = self.chosen(&choices);
            activity.extension =
                format!(r#"<zeebe:adHoc activeElementsCollection="{chosen}"{output} />"#);
            activity.inner = inner + &condition;
        }
        self.activity(activity, &repetition)
    }

    fn chosen(&mut self, choices: &[String]) -> String {
        match self.rng.u32(..4) {
            0 => list(&choices[..1]),
            1 => "=[]".to_owned(),
            _ => list(choices),
        }
    }

    /// When an ad-hoc subprocess is done, where that is not when nothing in it is active.
    fn completion(&mut self) -> (String, String) {
        if self.rng.bool() {
            return (String::new(), String::new());
        }
        let text = escaped(self.pick(&["done or n > 4", "n > 2 or done", "done"]));
        let cancels = self.rng.bool();
        (
            format!(r#" cancelRemainingInstances="{cancels}""#),
            format!("<bpmn:completionCondition>={text}</bpmn:completionCondition>"),
        )
    }
}
