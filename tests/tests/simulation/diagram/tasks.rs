//! Tasks of every kind, with what all activities share: mappings, listeners, how they are
//! repeated and undone.

use super::{Block, ERRORS, JOB_TYPES, MESSAGES, Maker, Writer, escaped};

pub(super) const KINDS: &[(u32, Maker)] = &[
    (8, Writer::service_task),
    (4, Writer::user_task),
    (1, Writer::user_task_job),
    (2, Writer::passing_task),
    (2, Writer::script),
    (2, Writer::other_job),
    (2, Writer::decision),
    (1, Writer::send),
    (2, Writer::receive),
];

/// An activity before its common parts are added.
#[derive(Default)]
pub(super) struct Activity {
    pub prefix: &'static str,
    pub tag: &'static str,
    pub attributes: String,
    /// Extension elements of its kind.
    pub extension: String,
    pub inner: String,
    /// Whether escalations can come out of it.
    pub holds_events: bool,
}

impl Writer {
    /// An activity, perhaps with mappings, listeners, boundary events and a handler that
    /// undoes it.
    pub(super) fn activity(&mut self, activity: Activity, repetition: &str) -> Block {
        let id = self.id(activity.prefix);
        self.activity_named(id, activity, repetition)
    }

    pub(super) fn activity_named(
        &mut self,
        id: String,
        activity: Activity,
        repetition: &str,
    ) -> Block {
        let Activity {
            tag,
            attributes,
            extension,
            inner,
            holds_events,
            ..
        } = activity;
        let mapping = self.mapping();
        let listeners = self.listeners(&["start", "end"]);
        self.add(&format!(
            r#"<bpmn:{tag} id="{id}"{attributes}><bpmn:extensionElements>{extension}{mapping}{listeners}</bpmn:extensionElements>{inner}{repetition}</bpmn:{tag}>"#
        ));
        if self.once_in(7) {
            self.undone(&id);
        }
        match self.once_in(if holds_events { 2 } else { 6 }) {
            true => self.guarded(Block::of(id), holds_events),
            false => Block::of(id),
        }
    }

    fn task(&mut self, tag: &'static str, extension: String) -> Block {
        let repetition = self.repetition(5);
        let activity = Activity {
            prefix: "task",
            tag,
            extension,
            ..Activity::default()
        };
        self.activity(activity, &repetition)
    }

    fn mapping(&mut self) -> &'static str {
        if !self.once_in(3) {
            return "";
        }
        self.pick(&[
            r#"<zeebe:ioMapping><zeebe:input source="=n + 1" target="local" /></zeebe:ioMapping>"#,
            r#"<zeebe:ioMapping><zeebe:input source="=n" target="n" /></zeebe:ioMapping>"#,
            r#"<zeebe:ioMapping><zeebe:output source="=n + 1" target="n" /></zeebe:ioMapping>"#,
            r#"<zeebe:ioMapping><zeebe:input source="=items" target="a.b" /><zeebe:output source="=a" target="got" /></zeebe:ioMapping>"#,
        ])
    }

    /// Execution listeners for some of the points, mostly none.
    pub(super) fn listeners(&mut self, points: &[&str]) -> String {
        if points.is_empty() || !self.once_in(10) {
            return String::new();
        }
        let point = self.pick(points);
        let job_type = self.pick(&JOB_TYPES);
        format!(
            r#"<zeebe:executionListeners><zeebe:executionListener eventType="{point}" type="{job_type}" /></zeebe:executionListeners>"#
        )
    }

    pub(super) fn job(&mut self) -> String {
        let job_type = self.pick(&JOB_TYPES);
        let retries = self.pick(&["", r#" retries="1""#, r#" retries="=n""#]);
        format!(r#"<zeebe:taskDefinition type="{job_type}"{retries} />"#)
    }

    pub(super) fn service_task(&mut self, _: u32) -> Block {
        let job = self.job();
        self.task("serviceTask", job)
    }

    fn other_job(&mut self, _: u32) -> Block {
        let job = self.job();
        let tag = match self.rng.u32(..3) {
            0 => "sendTask",
            1 => "scriptTask",
            _ => "businessRuleTask",
        };
        self.task(tag, job)
    }

    fn user_task(&mut self, _: u32) -> Block {
        let people = self.pick(&[
            "",
            r#"<zeebe:assignmentDefinition assignee="maryam" />"#,
            r#"<zeebe:assignmentDefinition candidateGroups="=[&quot;a&quot;]" candidateUsers="ali, sara" />"#,
            r#"<zeebe:taskSchedule dueDate="2030-01-31T08:00:00Z" followUpDate="=now()" /><zeebe:priorityDefinition priority="=n" />"#,
            r#"<zeebe:formDefinition formId="ask" />"#,
            r#"<zeebe:formDefinition formId="ask" bindingType="deployment" />"#,
            r#"<zeebe:formDefinition externalReference="there" />"#,
        ]);
        let listeners = match self.rng.bool() {
            true => self.task_listeners(),
            false => String::new(),
        };
        self.task("userTask", format!("<zeebe:userTask />{people}{listeners}"))
    }

    fn task_listeners(&mut self) -> String {
        let points = [
            "creating",
            "assigning",
            "updating",
            "completing",
            "canceling",
        ];
        let mut all = String::new();
        for point in points {
            if self.rng.bool() {
                let job_type = self.pick(&JOB_TYPES);
                all += &format!(r#"<zeebe:taskListener eventType="{point}" type="{job_type}" />"#);
            }
        }
        format!("<zeebe:taskListeners>{all}</zeebe:taskListeners>")
    }

    fn user_task_job(&mut self, _: u32) -> Block {
        self.task("userTask", String::new())
    }

    fn passing_task(&mut self, _: u32) -> Block {
        let tag = match self.rng.bool() {
            true => "task",
            false => "manualTask",
        };
        self.task(tag, String::new())
    }

    pub(super) fn script(&mut self, _: u32) -> Block {
        let script = r#"<zeebe:script expression="=n + 1" resultVariable="n" />"#;
        self.task("scriptTask", script.to_owned())
    }

    fn decision(&mut self, _: u32) -> Block {
        let binding = self.pick(&["", r#" bindingType="deployment""#]);
        let called =
            format!(r#"<zeebe:calledDecision decisionId="rate" resultVariable="rate"{binding} />"#);
        self.task("businessRuleTask", called)
    }

    fn send(&mut self, _: u32) -> Block {
        let repetition = self.repetition(5);
        let activity = Activity {
            prefix: "send",
            tag: "sendTask",
            attributes: format!(r#" messageRef="m_{}""#, self.pick(&MESSAGES)),
            extension: self.publication().to_owned(),
            ..Activity::default()
        };
        self.activity(activity, &repetition)
    }

    /// How a message is published by the engine.
    pub(super) fn publication(&mut self) -> &'static str {
        self.pick(&[
            r#"<zeebe:publishMessage correlationKey="=k" />"#,
            r#"<zeebe:publishMessage correlationKey="=k" timeToLive="PT1M" />"#,
            r#"<zeebe:publishMessage correlationKey="key-1" timeToLive="PT10S" messageId="=string(n)" />"#,
        ])
    }

    fn receive(&mut self, _: u32) -> Block {
        let repetition = self.repetition(2);
        let activity = Activity {
            prefix: "receive",
            tag: "receiveTask",
            attributes: format!(r#" messageRef="m_{}""#, self.pick(&MESSAGES)),
            ..Activity::default()
        };
        self.activity(activity, &repetition)
    }

    /// A boundary event and a handler that undo an activity.
    pub(super) fn undone(&mut self, activity: &str) {
        let (event, handler) = (self.id("undone"), self.id("undo"));
        let job = self.job();
        let task = match self.rng.u32(..3) {
            0 => format!(
                r#"<bpmn:userTask id="{handler}" isForCompensation="true"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>"#
            ),
            1 => {
                let inner = self.scope(super::MAX_DEPTH);
                format!(
                    r#"<bpmn:subProcess id="{handler}" isForCompensation="true">{inner}</bpmn:subProcess>"#
                )
            }
            _ => format!(
                r#"<bpmn:serviceTask id="{handler}" isForCompensation="true"><bpmn:extensionElements>{job}</bpmn:extensionElements></bpmn:serviceTask>"#
            ),
        };
        self.add(&format!(
            r#"<bpmn:boundaryEvent id="{event}" attachedToRef="{activity}"><bpmn:compensateEventDefinition /></bpmn:boundaryEvent>{task}
<bpmn:association id="{event}_{handler}" associationDirection="One" sourceRef="{event}" targetRef="{handler}" />"#
        ));
        self.compensable.push(activity.to_owned());
    }

    pub(super) fn error(&mut self) -> String {
        let code = self.pick(&ERRORS);
        format!(r#"<bpmn:errorEventDefinition errorRef="e_{code}" />"#)
    }

    pub(super) fn condition(&mut self) -> String {
        let text = escaped(self.pick(&["n > 4", "n > 7 or done", "n = 3"]));
        let filter = self.pick(&[
            "",
            r#"<bpmn:extensionElements><zeebe:conditionalFilter variableNames="n, done" /></bpmn:extensionElements>"#,
            r#"<bpmn:extensionElements><zeebe:conditionalFilter variableEvents="create, update" /></bpmn:extensionElements>"#,
        ]);
        format!(
            "<bpmn:conditionalEventDefinition>{filter}<bpmn:condition>={text}</bpmn:condition></bpmn:conditionalEventDefinition>"
        )
    }
}
