//! The bounds on what one command writes, and all that follows from it. The machines here hold no mirror: with variables as
//! large as these it would take most of the time.

use std::sync::Arc;

use gardesh_engine::Request;
use gardesh_engine::command::{
    BroadcastSignal, CreateInstance, Deploy, ProcessRef, Record, ResolveIncident, Tick,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::incident::{Incident, IncidentKind};
use gardesh_engine::event::{Entry, Event, VariableEvent};
use gardesh_engine::key::*;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::variables::Document;
use gardesh_engine::{Budget, Engine};
use gardesh_feel::Value;

use crate::support::{TENANT, diagram, flows, start_and_end};

const MEGABYTE: usize = 1024 * 1024;

/// What may be written before it becomes an incident.
const BOUND: u64 = 64 * MEGABYTE as u64;

/// What one command writes: its budget, and what the step brings that goes past it.
const AT_ONCE: u64 = 10 * MEGABYTE as u64;

struct Large {
    engine: Engine,
    now_ms: u64,
}

impl Large {
    fn with(body: &str) -> Self {
        let mut large = Self {
            engine: Engine::new(Arc::new(Empty), Partition::FIRST).with_budget(Budget {
                chain_bytes: BOUND,
                ..Budget::default()
            }),
            now_ms: 1_000,
        };
        let resources = vec![compile("p.bpmn", &diagram(body)).unwrap()];
        large.run(Deploy { resources });
        large
    }

    fn run(&mut self, command: impl Request) -> Arc<Entry> {
        let processed = self.engine.process(Record {
            tenant: TENANT,
            at_ms: self.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        });
        processed.reply.unwrap();
        processed.entry.unwrap()
    }

    fn start(&mut self, megabytes: usize) -> Arc<Entry> {
        self.run(CreateInstance {
            process: ProcessRef::Id {
                id: "p".into(),
                version: None,
            },
            variables: large(megabytes),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        })
    }

    /// Lets the clock go on until nothing is due. No entry gets large; all that was written comes back.
    fn settle(&mut self, first: &Entry) -> u64 {
        let mut all = written(first);
        while self.engine.next_due().is_some() {
            let entry = self.run(Tick);
            assert!(written(&entry) <= AT_ONCE, "{}", written(&entry));
            all += written(&entry);
        }
        all
    }

    fn incidents(&self) -> Vec<Arc<Incident>> {
        let first = (TENANT, IncidentKey(0));
        let last = (TENANT, IncidentKey(u64::MAX));
        let all = self.engine.state().incidents.range(&first, &last, 100);
        all.into_iter().map(|(_, incident)| incident).collect()
    }

    fn cases(&self) -> usize {
        let first = (TENANT, ProcessInstanceKey(0));
        let last = (TENANT, ProcessInstanceKey(u64::MAX));
        self.engine
            .state()
            .instances
            .range(&first, &last, 10_000)
            .len()
    }
}

fn large(megabytes: usize) -> Document {
    let text = "x".repeat(megabytes * MEGABYTE);
    Document::from([("large".into(), Value::String(text.into()))])
}

fn written(entry: &Entry) -> u64 {
    let sizes = entry.events.iter().map(|event| match event {
        Event::Variable(VariableEvent::Set { value, .. }) => value.extent().size,
        _ => 0,
    });
    sizes.sum()
}

#[test]
fn calls_that_copy_a_large_variable_stop_at_the_bound_and_go_on_when_resolved() {
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="p" /></bpmn:extensionElements></bpmn:callActivity>"#;
    let mut m = Large::with(&(start_and_end() + call + &flows(&["start>call", "call>end"])));
    let bound = BOUND..BOUND + 8 * MEGABYTE as u64;
    let entry = m.start(4);
    assert!(bound.contains(&m.settle(&entry)));
    let incidents = m.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].kind, IncidentKind::ExecutionLimit);
    assert!(
        incidents[0].message.contains("bytes"),
        "{}",
        incidents[0].message
    );
    let before = m.cases();
    let entry = m.run(ResolveIncident {
        incident: incidents[0].key,
    });
    assert!(bound.contains(&m.settle(&entry)));
    assert!(m.cases() >= 2 * before - 2);
}

#[test]
fn a_large_signal_reaches_all_that_wait_in_several_commands() {
    let wait = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:intermediateCatchEvent>"#;
    let body = start_and_end()
        + wait
        + &crate::support::service("a", "")
        + &flows(&["start>wait", "wait>a", "a>end"]);
    let mut m = Large::with(&body);
    for _ in 0..30 {
        m.start(0);
    }
    let mut reached = vec![m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: large(4),
    })];
    while m.engine.next_due().is_some() {
        reached.push(m.run(Tick));
    }
    assert!(m.incidents().is_empty());
    for entry in &reached {
        assert!(written(entry) <= AT_ONCE);
    }
    let all: u64 = reached.iter().map(|entry| written(entry)).sum();
    assert!(all >= 30 * 4 * MEGABYTE as u64);
}
