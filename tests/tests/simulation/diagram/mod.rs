//! Random diagrams: blocks that nest, each with one way in and one way out, so that every
//! token that enters comes out again once everybody has done their part.

use std::fmt::Write as _;

use fastrand::Rng;

/// The job types that generated tasks ask for.
pub const JOB_TYPES: [&str; 3] = ["work", "check", "pay"];

/// The messages that generated events wait for; the correlation key is the variable `k`.
pub const MESSAGES: [&str; 2] = ["paid", "signed"];

/// The signals that generated events wait for and throw.
pub const SIGNALS: [&str; 2] = ["alarm", "stop"];

/// The codes of errors that workers throw and boundary events catch.
pub const ERRORS: [&str; 2] = ["REJECTED", "BROKEN"];

/// How deep blocks nest.
const MAX_DEPTH: u32 = 4;

/// A file with the process `main` and the process `called` that its call activities call.
pub fn diagram(rng: &mut Rng) -> String {
    let mut writer = Writer {
        rng: rng.fork(),
        next: 0,
        left: 0,
        xml: String::new(),
        may_call: true,
    };
    let mut processes = String::new();
    for (id, elements) in [("main", 18), ("called", 5)] {
        writer.may_call = id == "main";
        writer.left = elements;
        let body = writer.scope(0);
        let _ = write!(
            processes,
            r#"<bpmn:process id="{id}" isExecutable="true">{body}</bpmn:process>"#
        );
    }
    let mut roots = String::new();
    for name in MESSAGES {
        let _ = write!(
            roots,
            r#"<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=k" /></bpmn:extensionElements></bpmn:message>"#
        );
    }
    for name in SIGNALS {
        let _ = write!(roots, r#"<bpmn:signal id="s_{name}" name="{name}" />"#);
    }
    for code in ERRORS {
        let _ = write!(roots, r#"<bpmn:error id="e_{code}" errorCode="{code}" />"#);
        let _ = write!(
            roots,
            r#"<bpmn:escalation id="x_{code}" escalationCode="{code}" />"#
        );
    }
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">{processes}{roots}</bpmn:definitions>"#
    )
}

/// The first and the last element of a block.
struct Block {
    first: String,
    last: String,
}

struct Writer {
    rng: Rng,
    next: u32,
    /// Blocks that may still be made.
    left: u32,
    /// The scope that is being written.
    xml: String,
    may_call: bool,
}

type Maker = fn(&mut Writer, u32) -> Block;

/// What a block can be, with how often it is chosen.
const KINDS: &[(u32, Maker)] = &[
    (8, Writer::service_task),
    (3, Writer::user_task),
    (2, Writer::passing_task),
    (3, Writer::choice),
    (3, Writer::fork),
    (3, Writer::subprocess),
    (2, Writer::race),
    (2, Writer::catch),
    (2, Writer::throw),
    (2, Writer::guarded_task),
    (2, Writer::script),
    (2, Writer::inclusive),
    (1, Writer::call),
    (1, Writer::receive),
    (1, Writer::transaction),
];

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.rng.usize(..texts.len())]
    }

    fn add(&mut self, xml: &str) {
        self.xml.push_str(xml);
    }

    fn flow(&mut self, from: &str, to: &str, condition: Option<&str>) -> String {
        let id = self.id("f");
        let condition = condition.map_or_else(String::new, |text| {
            format!("<bpmn:conditionExpression>={text}</bpmn:conditionExpression>")
        });
        let xml = format!(
            r#"<bpmn:sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}">{condition}</bpmn:sequenceFlow>"#
        );
        self.add(&xml);
        id
    }

    /// The elements of a whole scope, from its start event to its end event.
    fn scope(&mut self, depth: u32) -> String {
        let around = std::mem::take(&mut self.xml);
        let start = self.id("start");
        self.add(&format!(r#"<bpmn:startEvent id="{start}" />"#));
        let body = self.sequence(depth);
        let end = self.id("end");
        self.add(&format!(r#"<bpmn:endEvent id="{end}" />"#));
        self.flow(&start, &body.first, None);
        self.flow(&body.last, &end, None);
        if self.rng.u32(..4) == 0 {
            self.event_subprocess();
        }
        std::mem::replace(&mut self.xml, around)
    }

    fn sequence(&mut self, depth: u32) -> Block {
        let mut whole = self.block(depth);
        for _ in 0..self.rng.u32(..3) {
            let next = self.block(depth);
            self.flow(&whole.last, &next.first, None);
            whole.last = next.last;
        }
        whole
    }

    fn block(&mut self, depth: u32) -> Block {
        if depth >= MAX_DEPTH || self.left == 0 {
            return self.service_task(depth);
        }
        self.left -= 1;
        let all: u32 = KINDS.iter().map(|(weight, _)| weight).sum();
        let mut chosen = self.rng.u32(..all);
        for (weight, make) in KINDS {
            match chosen.checked_sub(*weight) {
                Some(rest) => chosen = rest,
                None => return make(self, depth),
            }
        }
        self.service_task(depth)
    }

    fn single(&mut self, prefix: &str, tag: &str, inner: &str) -> Block {
        let id = self.id(prefix);
        self.add(&format!(r#"<bpmn:{tag} id="{id}">{inner}</bpmn:{tag}>"#));
        Block {
            first: id.clone(),
            last: id,
        }
    }

    fn service_task(&mut self, _: u32) -> Block {
        let job_type = self.pick(&JOB_TYPES);
        let mapping = self.pick(&[
            "",
            r#"<zeebe:ioMapping><zeebe:input source="=n + 1" target="local" /></zeebe:ioMapping>"#,
            r#"<zeebe:ioMapping><zeebe:output source="=n + 1" target="n" /></zeebe:ioMapping>"#,
        ]);
        let inner = format!(
            r#"<bpmn:extensionElements><zeebe:taskDefinition type="{job_type}" />{mapping}</bpmn:extensionElements>"#
        );
        self.single("task", "serviceTask", &inner)
    }

    fn user_task(&mut self, _: u32) -> Block {
        self.single(
            "user",
            "userTask",
            "<bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements>",
        )
    }

    fn passing_task(&mut self, _: u32) -> Block {
        let tag = self.pick(&["task", "manualTask"]);
        self.single("pass", tag, "")
    }

    fn choice(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("x"), self.id("x"));
        let left = self.sequence(depth + 1);
        let right = self.sequence(depth + 1);
        let taken = self.flow(&split, &left.first, None);
        self.flow(&split, &right.first, Some("n - 2 * floor(n / 2) = 0"));
        self.flow(&left.last, &join, None);
        self.flow(&right.last, &join, None);
        self.add(&format!(
            r#"<bpmn:exclusiveGateway id="{split}" default="{taken}" /><bpmn:exclusiveGateway id="{join}" />"#
        ));
        Block {
            first: split,
            last: join,
        }
    }

    fn fork(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("fork"), self.id("join"));
        self.add(&format!(
            r#"<bpmn:parallelGateway id="{split}" /><bpmn:parallelGateway id="{join}" />"#
        ));
        for _ in 0..self.rng.u32(2..4) {
            let branch = self.sequence(depth + 1);
            self.flow(&split, &branch.first, None);
            self.flow(&branch.last, &join, None);
        }
        Block {
            first: split,
            last: join,
        }
    }

    fn script(&mut self, _: u32) -> Block {
        let inner = r#"<bpmn:extensionElements><zeebe:script expression="=n + 1" resultVariable="n" /></bpmn:extensionElements>"#;
        self.single("script", "scriptTask", inner)
    }

    fn receive(&mut self, _: u32) -> Block {
        let id = self.id("receive");
        let message = self.pick(&MESSAGES);
        self.add(&format!(
            r#"<bpmn:receiveTask id="{id}" messageRef="m_{message}" />"#
        ));
        Block {
            first: id.clone(),
            last: id,
        }
    }

    fn call(&mut self, depth: u32) -> Block {
        if !self.may_call {
            return self.service_task(depth);
        }
        let inner = r#"<bpmn:extensionElements><zeebe:calledElement processId="called" /></bpmn:extensionElements>"#;
        let call = self.single("call", "callActivity", inner);
        self.maybe_guard(call)
    }

    fn inclusive(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("or"), self.id("or"));
        let mut default = String::new();
        for n in 0..3 {
            let branch = self.sequence(depth + 1);
            let condition = format!("n &gt; {}", 3 * n);
            let flow = self.flow(&split, &branch.first, (n > 0).then_some(&*condition));
            if n == 0 {
                default = flow;
            }
            self.flow(&branch.last, &join, None);
        }
        self.add(&format!(
            r#"<bpmn:inclusiveGateway id="{split}" default="{default}" /><bpmn:inclusiveGateway id="{join}" />"#
        ));
        Block {
            first: split,
            last: join,
        }
    }

    /// Work that may be cancelled, and is undone then.
    fn transaction(&mut self, depth: u32) -> Block {
        let (id, cancelled, join) = (self.id("tx"), self.id("cancelled"), self.id("x"));
        let (start, end, give_up) = (self.id("start"), self.id("end"), self.id("giveup"));
        let (choice, undone, undo) = (self.id("x"), self.id("undone"), self.id("undo"));
        let around = std::mem::take(&mut self.xml);
        let task = self.service_task(depth);
        self.add(&format!(
            r#"<bpmn:startEvent id="{start}" /><bpmn:endEvent id="{end}" /><bpmn:endEvent id="{give_up}"><bpmn:cancelEventDefinition /></bpmn:endEvent>
<bpmn:boundaryEvent id="{undone}" attachedToRef="{}"><bpmn:compensateEventDefinition /></bpmn:boundaryEvent>
<bpmn:serviceTask id="{undo}" isForCompensation="true"><bpmn:extensionElements><zeebe:taskDefinition type="{}" /></bpmn:extensionElements></bpmn:serviceTask>
<bpmn:association id="{undone}_{undo}" associationDirection="One" sourceRef="{undone}" targetRef="{undo}" />"#,
            task.first, JOB_TYPES[0]
        ));
        self.flow(&start, &task.first, None);
        self.flow(&task.last, &choice, None);
        let default = self.flow(&choice, &end, None);
        self.flow(&choice, &give_up, Some("n - 2 * floor(n / 2) = 0"));
        self.add(&format!(
            r#"<bpmn:exclusiveGateway id="{choice}" default="{default}" />"#
        ));
        let inner = std::mem::replace(&mut self.xml, around);
        self.add(&format!(
            r#"<bpmn:transaction id="{id}">{inner}</bpmn:transaction><bpmn:boundaryEvent id="{cancelled}" attachedToRef="{id}"><bpmn:cancelEventDefinition /></bpmn:boundaryEvent><bpmn:exclusiveGateway id="{join}" />"#
        ));
        self.flow(&id, &join, None);
        self.flow(&cancelled, &join, None);
        Block {
            first: id,
            last: join,
        }
    }

    fn subprocess(&mut self, depth: u32) -> Block {
        let id = self.id("sub");
        let body = self.scope(depth + 1);
        self.add(&format!(
            r#"<bpmn:subProcess id="{id}">{body}</bpmn:subProcess>"#
        ));
        self.maybe_guard(Block {
            first: id.clone(),
            last: id,
        })
    }

    /// What something waits for; every kind comes up sooner or later in a simulation.
    fn awaited(&mut self) -> String {
        match self.rng.u32(..3) {
            0 => self.timer(),
            _ => self.message_or_signal(),
        }
    }

    fn timer(&mut self) -> String {
        let text = self
            .pick(&["PT1S", "PT1M", "=duration(\"PT5S\")"])
            .replace('"', "&quot;");
        format!(
            "<bpmn:timerEventDefinition><bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        )
    }

    fn message_or_signal(&mut self) -> String {
        if self.rng.bool() {
            let name = self.pick(&MESSAGES);
            format!(r#"<bpmn:messageEventDefinition messageRef="m_{name}" />"#)
        } else {
            let name = self.pick(&SIGNALS);
            format!(r#"<bpmn:signalEventDefinition signalRef="s_{name}" />"#)
        }
    }

    fn catch(&mut self, _: u32) -> Block {
        let event = self.awaited();
        self.single("catch", "intermediateCatchEvent", &event)
    }

    fn throw(&mut self, _: u32) -> Block {
        let event = match self.rng.u32(..3) {
            0 => String::new(),
            1 => format!(
                r#"<bpmn:signalEventDefinition signalRef="s_{}" />"#,
                self.pick(&SIGNALS)
            ),
            _ => self.escalation(),
        };
        self.single("throw", "intermediateThrowEvent", &event)
    }

    fn escalation(&mut self) -> String {
        format!(
            r#"<bpmn:escalationEventDefinition escalationRef="x_{}" />"#,
            self.pick(&ERRORS)
        )
    }

    fn error(&mut self) -> String {
        format!(
            r#"<bpmn:errorEventDefinition errorRef="e_{}" />"#,
            self.pick(&ERRORS)
        )
    }

    /// What a boundary event or an event subprocess waits for, and whether it interrupts.
    fn trigger(&mut self) -> (String, bool) {
        match self.rng.u32(..3) {
            0 => (self.error(), true),
            1 => (self.escalation(), self.rng.bool()),
            _ => (self.awaited(), self.rng.bool()),
        }
    }

    fn race(&mut self, _: u32) -> Block {
        let (gateway, join) = (self.id("race"), self.id("x"));
        self.add(&format!(
            r#"<bpmn:eventBasedGateway id="{gateway}" /><bpmn:exclusiveGateway id="{join}" />"#
        ));
        // They must differ, so one of them is a timer.
        for event in [self.timer(), self.message_or_signal()] {
            let caught = self.single("catch", "intermediateCatchEvent", &event);
            self.flow(&gateway, &caught.first, None);
            self.flow(&caught.last, &join, None);
        }
        Block {
            first: gateway,
            last: join,
        }
    }

    fn guarded_task(&mut self, depth: u32) -> Block {
        let task = self.service_task(depth);
        let (event, interrupting) = match self.rng.bool() {
            true => (self.error(), true),
            false => (self.awaited(), self.rng.bool()),
        };
        self.guard(task, &event, interrupting)
    }

    fn maybe_guard(&mut self, block: Block) -> Block {
        if self.rng.bool() {
            let (event, interrupting) = self.trigger();
            self.guard(block, &event, interrupting)
        } else {
            block
        }
    }

    /// A boundary event whose way joins the activity's own.
    fn guard(&mut self, activity: Block, event: &str, interrupting: bool) -> Block {
        let (id, join, end) = (self.id("guard"), self.id("x"), self.id("end"));
        self.add(&format!(
            r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{}" cancelActivity="{interrupting}">{event}</bpmn:boundaryEvent><bpmn:exclusiveGateway id="{join}" />"#,
            activity.first
        ));
        self.flow(&activity.last, &join, None);
        if interrupting {
            self.flow(&id, &join, None);
        } else {
            self.add(&format!(r#"<bpmn:endEvent id="{end}" />"#));
            self.flow(&id, &end, None);
        }
        Block {
            first: activity.first,
            last: join,
        }
    }

    fn event_subprocess(&mut self) {
        let (id, start, end) = (self.id("on"), self.id("start"), self.id("end"));
        let (event, interrupting) = self.trigger();
        let around = std::mem::take(&mut self.xml);
        self.add(&format!(
            r#"<bpmn:startEvent id="{start}" isInterrupting="{interrupting}">{event}</bpmn:startEvent><bpmn:endEvent id="{end}" />"#
        ));
        let body = self.service_task(0);
        self.flow(&start, &body.first, None);
        self.flow(&body.last, &end, None);
        let inner = std::mem::replace(&mut self.xml, around);
        self.add(&format!(
            r#"<bpmn:subProcess id="{id}" triggeredByEvent="true">{inner}</bpmn:subProcess>"#
        ));
    }
}
