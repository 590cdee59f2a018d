//! Random diagrams: blocks that nest, each with one way in and one way out, so that every
//! token that enters comes out again once everybody has done their part. Here is the file
//! around them and what all blocks are made of; the blocks themselves are in the files below.

mod events;
mod gateways;
mod repetition;
mod scopes;
mod starts;
mod tasks;
mod throws;

use std::fmt::Write as _;

use fastrand::Rng;

/// The job types that generated tasks ask for.
pub const JOB_TYPES: [&str; 3] = ["work", "check", "pay"];

/// The messages that generated events wait for and throw; the correlation key is the
/// variable `k`.
pub const MESSAGES: [&str; 2] = ["paid", "signed"];

/// The signals that generated events wait for and throw.
pub const SIGNALS: [&str; 2] = ["alarm", "stop"];

/// The message and the signal that start cases. No diagram throws them: a process that starts
/// itself has no end.
pub const START_MESSAGE: &str = "ordered";
pub const START_SIGNAL: &str = "opened";

/// The codes of errors that workers throw and boundary events catch.
pub const ERRORS: [&str; 2] = ["REJECTED", "BROKEN"];

/// The tag of the process that is called.
const TAG: &str = "stable";

/// How deep blocks nest.
const MAX_DEPTH: u32 = 4;

/// The decision `rate` that business rule tasks ask.
pub const DECISION: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rates" name="Rates" namespace="t">
<decision id="rate" name="Rate"><decisionTable id="table" hitPolicy="FIRST">
<input id="input"><inputExpression id="expression" typeRef="number"><text>n</text></inputExpression></input>
<output id="output" name="rate" typeRef="number" />
<rule id="high"><inputEntry id="high_in"><text>&gt; 5</text></inputEntry><outputEntry id="high_out"><text>10 / (n - 9)</text></outputEntry></rule>
<rule id="low"><inputEntry id="low_in"><text>-</text></inputEntry><outputEntry id="low_out"><text>n + 1</text></outputEntry></rule>
</decisionTable></decision></definitions>"#;

/// A file with the process `main`, the process `called` that its call activities call, and the
/// process `begun` that things which happen start.
pub fn diagram(rng: &mut Rng) -> String {
    let mut writer = Writer {
        rng: rng.fork(),
        next: 0,
        left: 0,
        xml: String::new(),
        may_call: true,
        repeating: 0,
        compensable: Vec::new(),
        may_end: true,
    };
    let mut processes = String::new();
    for (id, elements) in [("main", 18), ("called", 5), ("begun", 4)] {
        writer.may_call = id == "main";
        writer.left = elements;
        let body = match id {
            "begun" => writer.begun(),
            _ => writer.scope(0),
        };
        let listeners = writer.listeners(&["start", "end"]);
        let tag = match id {
            "called" => format!(r#"<zeebe:versionTag value="{TAG}" />"#),
            _ => String::new(),
        };
        let retention = match writer.rng.u32(..4) {
            0 => {
                r#"<zeebe:properties><zeebe:property name="gardesh:historyTimeToLive" value="PT2M" /></zeebe:properties>"#
            }
            _ => "",
        };
        let _ = write!(
            processes,
            r#"<bpmn:process id="{id}" isExecutable="true"><bpmn:extensionElements>{tag}{retention}{listeners}</bpmn:extensionElements>{body}</bpmn:process>"#
        );
    }
    let roots = roots();
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">{processes}{roots}</bpmn:definitions>"#
    )
}

/// The messages, signals, errors and escalations that events refer to.
fn roots() -> String {
    let mut roots = String::new();
    for name in MESSAGES {
        let _ = write!(
            roots,
            r#"<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=k" /></bpmn:extensionElements></bpmn:message>"#
        );
    }
    let _ = write!(
        roots,
        r#"<bpmn:message id="m_{START_MESSAGE}" name="{START_MESSAGE}" />"#
    );
    for name in SIGNALS.into_iter().chain([START_SIGNAL]) {
        let _ = write!(roots, r#"<bpmn:signal id="s_{name}" name="{name}" />"#);
    }
    for code in ERRORS {
        let _ = write!(roots, r#"<bpmn:error id="e_{code}" errorCode="{code}" />"#);
        let _ = write!(
            roots,
            r#"<bpmn:escalation id="x_{code}" escalationCode="{code}" />"#
        );
    }
    roots
}

/// The first and the last element of a block.
struct Block {
    first: String,
    last: String,
}

impl Block {
    fn of(id: String) -> Self {
        Self {
            first: id.clone(),
            last: id,
        }
    }
}

struct Writer {
    rng: Rng,
    next: u32,
    /// Blocks that may still be made.
    left: u32,
    /// The scope that is being written.
    xml: String,
    may_call: bool,
    /// Repeating activities around what is being written.
    repeating: u32,
    /// Activities of the scope that can be undone.
    compensable: Vec<String>,
    /// Whether the scope may have end events; an ad-hoc subprocess may not.
    may_end: bool,
}

type Maker = fn(&mut Writer, u32) -> Block;

/// What a block can be, with how often it is chosen.
const KINDS: &[&[(u32, Maker)]] = &[
    tasks::KINDS,
    gateways::KINDS,
    events::KINDS,
    throws::KINDS,
    scopes::KINDS,
];

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.rng.usize(..texts.len())]
    }

    /// Whether something happens that does once in so many times.
    fn once_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }

    fn add(&mut self, xml: &str) {
        self.xml.push_str(xml);
    }

    fn flow(&mut self, from: &str, to: &str, condition: Option<&str>) -> String {
        let id = self.id("f");
        let condition = condition.map_or_else(String::new, |text| {
            let text = escaped(text);
            format!("<bpmn:conditionExpression>={text}</bpmn:conditionExpression>")
        });
        let xml = format!(
            r#"<bpmn:sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}">{condition}</bpmn:sequenceFlow>"#
        );
        self.add(&xml);
        id
    }

    /// What is written while `write` runs, as the inside of a scope of its own.
    fn inside(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let around = std::mem::take(&mut self.xml);
        let compensable = std::mem::take(&mut self.compensable);
        let may_end = std::mem::replace(&mut self.may_end, true);
        write(self);
        self.may_end = may_end;
        self.compensable = compensable;
        std::mem::replace(&mut self.xml, around)
    }

    /// The elements of a whole scope, from its start event to its end event.
    fn scope(&mut self, depth: u32) -> String {
        self.inside(|writer| {
            let start = writer.event("start", "startEvent", "", &["end"], "");
            writer.body(depth, &start);
        })
    }

    /// What follows a start event.
    fn body(&mut self, depth: u32, start: &str) {
        let body = self.sequence(depth);
        let end = self.end_event();
        self.flow(start, &body.first, None);
        self.flow(&body.last, &end, None);
        if self.once_in(3) {
            self.event_subprocess();
        }
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
        let kinds = || KINDS.iter().copied().flatten();
        let all: u32 = kinds().map(|(weight, _)| weight).sum();
        let mut chosen = self.rng.u32(..all);
        for (weight, make) in kinds() {
            match chosen.checked_sub(*weight) {
                Some(rest) => chosen = rest,
                None => return make(self, depth),
            }
        }
        self.service_task(depth)
    }

    /// An element that is no activity, perhaps with listeners for the given points.
    fn event(
        &mut self,
        prefix: &str,
        tag: &str,
        attributes: &str,
        points: &[&str],
        inner: &str,
    ) -> String {
        let id = self.id(prefix);
        let listeners = self.listeners(points);
        self.add(&format!(
            r#"<bpmn:{tag} id="{id}"{attributes}><bpmn:extensionElements>{listeners}</bpmn:extensionElements>{inner}</bpmn:{tag}>"#
        ));
        id
    }
}

/// A text as it stands in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A list of FEEL texts.
fn list(ids: &[String]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    escaped(&format!("=[{}]", quoted.join(",")))
}
