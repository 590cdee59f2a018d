//! What messages, signals and decisions outside of cases carried goes when the retention of
//! their tenant is over, and not before nobody needs it; the journal that is left always gives
//! the state that is stored.

use std::sync::Arc;

use gardesh_engine::Engine;
use gardesh_engine::Request;
use gardesh_engine::command::{
    BroadcastSignal, CreateInstance, DecisionRef, Deploy, EvaluateDecision, ProcessRef,
    PublishMessage, Record, SetRetention, Tick,
};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::event::{DecisionEvent, Entry, Event, MessageEvent, SignalEvent};
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::variables::parse_document;
use gardesh_store::Store;
use tempfile::TempDir;

const TENANT: TenantId = TenantId::DEFAULT;
const MINUTE_MS: u64 = 60_000;

/// A process that publishes two messages in one command, one of which lives for an hour; and
/// one that a signal goes on.
const DIAGRAM: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <bpmn:signal id="alarm" name="alarm" /><bpmn:message id="short" name="short" /><bpmn:message id="long" name="long" />
  <bpmn:process id="p" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:sendTask id="a" messageRef="short"><bpmn:extensionElements><zeebe:publishMessage correlationKey="=&quot;k&quot;" /><zeebe:ioMapping><zeebe:input source="=1" target="x" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>
    <bpmn:sendTask id="b" messageRef="long"><bpmn:extensionElements><zeebe:publishMessage correlationKey="=&quot;k&quot;" timeToLive="PT1H" /><zeebe:ioMapping><zeebe:input source="=1" target="x" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="a" /><bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="b" /><bpmn:sequenceFlow id="f3" sourceRef="b" targetRef="end" />
  </bpmn:process>
  <bpmn:process id="s" isExecutable="true">
    <bpmn:startEvent id="begin" /><bpmn:intermediateCatchEvent id="wait"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:intermediateCatchEvent><bpmn:endEvent id="over" />
    <bpmn:sequenceFlow id="g1" sourceRef="begin" targetRef="wait" /><bpmn:sequenceFlow id="g2" sourceRef="wait" targetRef="over" />
  </bpmn:process>
</bpmn:definitions>"#;

const DECISION: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="g" name="g" namespace="n"><decision id="d" name="d"><literalExpression><text>x</text></literalExpression></decision></definitions>"#;

struct Platform {
    engine: Engine,
    store: Store,
    _folder: TempDir,
    pending: Vec<Arc<Entry>>,
    now_ms: u64,
    unconfirmed_ms: u64,
}

impl Platform {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let mut platform = Self {
            engine: Engine::new(store.backing(), Partition::FIRST),
            store,
            _folder: folder,
            pending: Vec::new(),
            now_ms: 1_000_000,
            unconfirmed_ms: 0,
        };
        platform.run(Deploy {
            resources: vec![
                compile("p.bpmn", DIAGRAM).unwrap(),
                compile_decisions("d.dmn", DECISION).unwrap(),
            ],
        });
        platform
    }

    /// Runs a command and commits it.
    fn run(&mut self, command: impl Request) {
        let processed = self.engine.process(Record {
            tenant: TENANT,
            at_ms: self.now_ms,
            unconfirmed_ms: self.unconfirmed_ms,
            identity: None,
            entropy: [0; 32],
            command,
        });
        processed.reply.unwrap();
        self.pending.extend(processed.entry);
        let batch = self.engine.freeze(std::mem::take(&mut self.pending));
        self.store.commit(&batch).unwrap();
        self.engine.written();
    }

    /// Holds the journal that is left against the state.
    fn check(&self) {
        let mut replayed = Engine::new(Arc::new(Empty), Partition::FIRST);
        for entry in self.store.entries(0, usize::MAX).unwrap() {
            replayed.replay(&entry);
        }
        replayed.freeze(Vec::new());
        let stored = State::new(self.store.backing(), Partition::FIRST);
        assert_eq!(dump(replayed.state()), dump(&stored));
    }

    fn tick(&mut self, after_ms: u64) {
        self.now_ms += after_ms;
        while self
            .engine
            .next_due()
            .is_some_and(|(due_ms, _)| due_ms <= self.now_ms)
        {
            self.run(Tick);
        }
    }

    fn retain(&mut self, history_ms: Option<u64>) {
        self.run(SetRetention { history_ms });
    }

    fn publish(&mut self, name: &str, time_to_live_ms: u64) {
        self.run(PublishMessage {
            name: name.into(),
            correlation_key: "k".into(),
            message_id: None,
            time_to_live_ms,
            variables: parse_document(r#"{"x": 1}"#).unwrap(),
        });
    }

    fn start(&mut self, id: &str) {
        self.run(CreateInstance {
            process: ProcessRef::Id {
                id: id.into(),
                version: None,
            },
            variables: parse_document("{}").unwrap(),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        });
    }

    /// The names of messages and signals in the journal that still carry something once all that
    /// is to go has gone, and `d` for the decision.
    fn carrying(&self) -> Vec<String> {
        while self.store.is_erasing().unwrap() {
            self.store.erase_some().unwrap();
            self.check();
        }
        self.check();
        let entries = self.store.entries(0, usize::MAX).unwrap();
        let carried = entries.iter().flat_map(|entry| &entry.events);
        let carried = carried.filter_map(|event| match event {
            Event::Message(MessageEvent::Published { message })
                if !message.variables.is_empty() =>
            {
                Some(message.name.to_string())
            }
            Event::Signal(SignalEvent::Advanced { broadcast })
                if !broadcast.variables.is_empty() =>
            {
                Some(broadcast.name.to_string())
            }
            Event::Decision(DecisionEvent::Evaluated { .. }) => Some("d".to_owned()),
            _ => None,
        });
        carried.collect()
    }
}

fn dump(state: &State) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    state.dump(&mut |table, key, row| rows.push((table, key.to_vec(), row.to_vec())));
    rows
}

#[test]
fn what_a_message_carried_goes_after_the_retention_but_not_while_it_lives() {
    let mut p = Platform::new();
    p.publish("short", 0);
    p.publish("long", 60 * MINUTE_MS);
    p.retain(Some(10 * MINUTE_MS));
    p.tick(9 * MINUTE_MS);
    p.publish("later", 0);
    assert_eq!(p.carrying(), ["short", "long", "later"]);
    p.tick(MINUTE_MS);
    p.retain(Some(10 * MINUTE_MS + 1));
    p.retain(Some(10 * MINUTE_MS));
    assert_eq!(p.carrying(), ["long", "later"]);
    p.tick(55 * MINUTE_MS);
    assert_eq!(p.carrying(), ["long"]);
    p.tick(10 * MINUTE_MS);
    p.publish("end", 0);
    assert_eq!(p.carrying(), ["end"]);
}

#[test]
fn without_a_retention_everything_stays() {
    let mut p = Platform::new();
    p.publish("short", 0);
    p.retain(Some(1_000 * MINUTE_MS));
    p.retain(None);
    p.tick(10_000 * MINUTE_MS);
    p.publish("later", 0);
    assert_eq!(p.carrying(), ["short", "later"]);
    p.retain(Some(0));
    assert_eq!(p.carrying(), Vec::<String>::new());
}

#[test]
fn of_two_messages_in_one_entry_only_the_one_that_is_over_goes() {
    let mut p = Platform::new();
    p.start("p");
    assert_eq!(p.carrying(), ["short", "long"]);
    p.retain(Some(0));
    assert_eq!(p.carrying(), ["long"]);
    p.tick(60 * MINUTE_MS);
    assert_eq!(p.carrying(), Vec::<String>::new());
}

#[test]
fn what_a_signal_carries_stays_until_all_have_heard_it() {
    let mut p = Platform::new();
    for _ in 0..250 {
        p.start("s");
    }
    p.retain(Some(0));
    p.run(BroadcastSignal {
        name: "alarm".into(),
        variables: parse_document(r#"{"x": 1}"#).unwrap(),
    });
    assert_eq!(p.carrying(), ["alarm"]);
    p.run(Tick);
    assert_eq!(p.carrying(), ["alarm"]);
    p.tick(0);
    assert_eq!(p.carrying(), Vec::<String>::new());
    p.tick(MINUTE_MS);
}

#[test]
fn what_was_asked_of_a_decision_outside_of_cases_goes_whole() {
    let mut p = Platform::new();
    let ask = || EvaluateDecision {
        decision: DecisionRef::Id("d".into()),
        variables: parse_document(r#"{"x": 1}"#).unwrap(),
    };
    for _ in 0..100 {
        p.run(ask());
    }
    let before = p.store.entries(0, usize::MAX).unwrap().len();
    p.now_ms += MINUTE_MS;
    p.run(ask());
    p.retain(Some(MINUTE_MS));
    assert_eq!(p.carrying(), ["d"]);
    let after = p.store.entries(0, usize::MAX).unwrap().len();
    assert_eq!(after, before - 100 + 2);
}

#[test]
fn nothing_goes_because_the_clock_jumped_ahead() {
    let mut p = Platform::new();
    p.retain(Some(10 * MINUTE_MS));
    p.publish("short", 0);
    p.unconfirmed_ms = 1_000 * MINUTE_MS;
    p.tick(1_000 * MINUTE_MS);
    p.publish("ahead", 0);
    assert_eq!(p.carrying(), ["short", "ahead"]);
    p.unconfirmed_ms = 0;
    p.publish("confirmed", 0);
    assert_eq!(p.carrying(), ["ahead", "confirmed"]);
}
