//! Faults of the engine itself: what they stop, and that the clock gets past them. They are made
//! by a store that fails in the middle of a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use gardesh_engine::Request;
use gardesh_engine::command::{
    CreateBatch, CreateInstance, Deploy, Deployed, ProcessRef, PublishMessage, Record, ResumeBatch,
    ResumeDefinition, SuspendBatch, Tick,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::batch_operation::{BatchItem, BatchOperation};
use gardesh_engine::entities::due::Due;
use gardesh_engine::event::{
    BatchOperationEvent, DueEvent, Entry, Event, IncidentEvent, ProcessDefinitionEvent,
    RetentionEvent,
};
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_engine::table::backing::{Backing, Empty, Rows};
use gardesh_engine::table::layout::TableKey;
use gardesh_engine::{Engine, Processed};

use crate::support::{TENANT, diagram, dump, flows, json, service};

const HOUR_MS: u64 = 3_600_000;

/// Fails when a variable `boom` is looked up, and where messages wait, when it is asked who
/// judges a case, and where items of batch operations are, once that is asked for.
#[derive(Default)]
struct Cracked {
    messages: AtomicBool,
    /// The case.
    judged: AtomicU64,
    /// How often the items cannot be read.
    items: AtomicU32,
}

impl Backing for Cracked {
    fn get(&self, table: &'static str, key: &[u8]) -> Option<Vec<u8>> {
        if table == "variables" && key.ends_with(b"boom\0") {
            panic!("crack at {table}");
        }
        None
    }

    fn range(&self, table: &'static str, first: &[u8], _: &[u8], _: usize) -> Rows {
        let judged = ProcessInstanceKey(self.judged.load(Ordering::Relaxed));
        let cracks = match table {
            "buffered_messages" => self.messages.load(Ordering::Relaxed),
            "firings_by_case" if judged.0 > 0 => first == (TENANT, judged, FiringKey(0)).to_bytes(),
            "batch_items" => {
                let once_less = |left: u32| left.checked_sub(1);
                let items = &self.items;
                items
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, once_less)
                    .is_ok()
            }
            _ => false,
        };
        assert!(!cracks, "crack at {table}");
        Rows::new()
    }
}

struct Shaky {
    engine: Engine,
    crack: Arc<Cracked>,
    journal: Vec<Arc<Entry>>,
    now_ms: u64,
}

impl Shaky {
    fn new() -> Self {
        let crack = Arc::new(Cracked::default());
        Self {
            engine: Engine::new(crack.clone(), Partition::FIRST),
            crack,
            journal: Vec::new(),
            now_ms: 1_000,
        }
    }

    fn deploy(&mut self, id: &str, body: &str) -> ProcessDefinitionKey {
        let xml = diagram(body).replace(r#"process id="p""#, &format!(r#"process id="{id}""#));
        let resources = vec![compile(&format!("{id}.bpmn"), &xml).unwrap()];
        match self.run(Deploy { resources }) {
            Ok(Deployed { processes, .. }) => processes[0],
            other => panic!("{other:?}"),
        }
    }

    fn run<R: Request>(&mut self, command: R) -> Result<R::Answer, Rejection> {
        let Processed { entry, reply, .. } = self.engine.process(Record {
            tenant: TENANT,
            at_ms: self.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        });
        self.journal.extend(entry);
        reply
    }

    fn start(&mut self, id: &str) -> Result<ProcessInstanceKey, Rejection> {
        let reply = self.run(CreateInstance {
            process: ProcessRef::Id {
                id: id.into(),
                version: None,
            },
            variables: json("{}"),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        })?;
        Ok(reply.instance)
    }

    /// Lets the clock go on until nothing is due, and gives how often it failed.
    fn tick(&mut self, after_ms: u64) -> usize {
        self.now_ms += after_ms;
        let (mut ticks, mut failed) = (0, 0);
        while self
            .engine
            .next_due()
            .is_some_and(|(at_ms, _)| at_ms <= self.now_ms)
        {
            if let Err(rejection) = self.run(Tick) {
                assert_eq!(rejection.kind, RejectionKind::Internal);
                failed += 1;
            }
            ticks += 1;
            assert!(ticks < 20, "the clock does not get past the fault");
        }
        failed
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().flat_map(|entry| &entry.events)
    }

    fn cases(&self) -> usize {
        let first = (TENANT, ProcessInstanceKey(0));
        let last = (TENANT, ProcessInstanceKey(u64::MAX));
        self.engine
            .state()
            .instances
            .range(&first, &last, 100)
            .len()
    }

    fn assert_replays(&self) {
        let mut again = Engine::new(Arc::new(Empty), Partition::FIRST);
        for entry in &self.journal {
            again.replay(entry);
        }
        assert_eq!(dump(again.state()), dump(self.engine.state()));
    }
}

fn started_by(definition: &str) -> String {
    format!(
        r#"<bpmn:startEvent id="start">{definition}</bpmn:startEvent><bpmn:endEvent id="end" />"#
    )
}

const HOURLY: &str = "<bpmn:timerEventDefinition><bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>";

/// A process in which the engine fails.
fn poisoned(start: &str) -> String {
    let boom = r#"<zeebe:ioMapping><zeebe:input source="=1" target="boom" /></zeebe:ioMapping>"#;
    started_by(start) + &service("a", boom) + &flows(&["start>a", "a>end"])
}

fn sound(start: &str) -> String {
    started_by(start) + &service("b", "") + &flows(&["start>b", "b>end"])
}

fn calling(start: &str) -> String {
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="bad" /></bpmn:extensionElements></bpmn:callActivity>"#;
    started_by(start) + call + &flows(&["start>call", "call>end"])
}

#[test]
fn a_client_is_told_of_a_fault_and_nothing_else_changes() {
    let mut m = Shaky::new();
    m.deploy("bad", &poisoned(""));
    let before = m.journal.len();
    assert_eq!(m.start("bad").unwrap_err().kind, RejectionKind::Internal);
    assert_eq!(m.journal.len(), before);
    m.assert_replays();
}

#[test]
fn a_timer_that_starts_a_poisoned_case_stops_its_definition_alone() {
    let mut m = Shaky::new();
    let bad = m.deploy("bad", &poisoned(HOURLY));
    m.deploy("good", &sound(HOURLY));
    assert_eq!(m.tick(HOUR_MS), 1);
    assert_eq!(m.cases(), 1);
    let failed = |event: &&Event| matches!(event, Event::ProcessDefinition(ProcessDefinitionEvent::Failed { definition, reason }) if *definition == bad && reason.contains("crack"));
    assert_eq!(m.events().filter(failed).count(), 1);
    // From now on its turns are skipped, until somebody resumes it.
    assert_eq!(m.tick(HOUR_MS), 0);
    assert_eq!(m.cases(), 2);
    m.run(ResumeDefinition { definition: bad }).unwrap();
    assert_eq!(m.tick(HOUR_MS), 1);
    assert_eq!(m.cases(), 3);
    m.assert_replays();
}

#[test]
fn a_poisoned_case_that_was_only_just_called_stops_its_caller() {
    let mut m = Shaky::new();
    m.deploy("bad", &poisoned(""));
    m.deploy("caller", &calling(""));
    assert!(m.start("caller").is_err());
    let wait = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#;
    let body = calling("").replace(
        "<bpmn:sequenceFlow id=\"start_call\" sourceRef=\"start\"",
        "<bpmn:sequenceFlow id=\"start_call\" sourceRef=\"wait\"",
    ) + wait
        + &flows(&["start>wait"]);
    m.deploy("caller", &body);
    let caller = m.start("caller").unwrap();
    assert_eq!(m.tick(HOUR_MS), 1);
    let row = m.engine.state().instances.get(&(TENANT, caller)).unwrap();
    assert!(row.banned.is_some());
    m.assert_replays();
}

#[test]
fn a_poisoned_process_that_the_clock_calls_becomes_an_incident_of_its_callers() {
    let mut m = Shaky::new();
    m.deploy("bad", &poisoned(""));
    m.deploy("caller", &calling(HOURLY));
    assert_eq!(m.tick(HOUR_MS), 1);
    assert_eq!(m.cases(), 1);
    let called = |event: &&Event| matches!(event, Event::Incident(IncidentEvent::Created { incident }) if incident.message.contains("suspended"));
    assert_eq!(m.events().filter(called).count(), 1);
    m.assert_replays();
}

#[test]
fn what_is_due_and_fails_by_itself_is_dropped_and_named() {
    let mut m = Shaky::new();
    m.deploy("good", &sound(HOURLY));
    m.run(PublishMessage {
        name: "n".into(),
        correlation_key: "k".into(),
        message_id: None,
        time_to_live_ms: HOUR_MS + 1,
        variables: json("{}"),
    })
    .unwrap();
    m.crack.messages.store(true, Ordering::Relaxed);
    assert!(m.tick(HOUR_MS + 1) > 0);
    assert_eq!(m.cases(), 1);
    let dropped = |event: &&Event| {
        matches!(
            event,
            Event::Due(DueEvent::Dropped {
                due: Due::MessageExpiry(_),
                ..
            })
        )
    };
    assert_eq!(m.events().filter(dropped).count(), 1);
    m.crack.messages.store(false, Ordering::Relaxed);
    assert_eq!(m.tick(HOUR_MS), 0);
    m.assert_replays();
}

impl Shaky {
    /// Has the history of cases deleted, or the items still on their way when there are more.
    fn delete_history(&mut self, cases: &[ProcessInstanceKey], more: bool) -> BatchOperationKey {
        let items: Vec<BatchItem> = cases.iter().map(|case| (*case).into()).collect();
        let command = CreateBatch {
            operation: Box::new(BatchOperation::DeleteHistory),
            items,
            more,
        };
        match self.run(command) {
            Ok(key) => key,
            other => panic!("{other:?}"),
        }
    }

    fn ended_cases(&mut self, count: usize) -> Vec<ProcessInstanceKey> {
        self.deploy("short", &(started_by("") + &flows(&["start>end"])));
        (0..count).map(|_| self.start("short").unwrap()).collect()
    }

    /// What became of batch operations: the items that failed and how each ended.
    fn batch_events(&self) -> String {
        let told = self.events().filter_map(|event| match event {
            Event::BatchOperation(BatchOperationEvent::ItemFailed { failure, .. }) => {
                assert!(failure.reason.contains("crack"), "{}", failure.reason);
                Some(format!("item {} failed", failure.item))
            }
            Event::BatchOperation(BatchOperationEvent::Completed { done, failed, .. }) => {
                Some(format!("{done} done, {failed} not"))
            }
            Event::BatchOperation(BatchOperationEvent::Canceled { reason, done, .. }) => {
                let reason = reason.as_deref().unwrap_or_default();
                assert!(reason.contains("crack"), "{reason}");
                Some(format!("given up after {done}"))
            }
            _ => None,
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

#[test]
fn a_batch_goes_past_an_item_in_which_the_engine_fails() {
    for at in [0, 3, 6] {
        let mut m = Shaky::new();
        let cases = m.ended_cases(7);
        let bad = cases[at];
        m.crack.judged.store(bad.0, Ordering::Relaxed);
        m.delete_history(&cases, false);
        m.tick(0);
        assert_eq!(
            m.batch_events(),
            format!("item {bad} failed; 6 done, 1 not")
        );
        let gone = |event: &&Event| {
            matches!(
                event,
                Event::Retention(RetentionEvent::HistoryExpired { .. })
            )
        };
        assert_eq!(m.events().filter(gone).count(), 6, "each once");
        assert_eq!(m.engine.next_due(), None);
        m.assert_replays();
    }
}

#[test]
fn a_batch_that_fails_by_itself_ends_and_says_so() {
    for more in [false, true] {
        let mut m = Shaky::new();
        let cases = m.ended_cases(7);
        m.delete_history(&cases, more);
        // When the clock tries all that is due, when it tries this alone, and no more.
        m.crack.items.store(2, Ordering::Relaxed);
        assert_eq!(m.tick(HOUR_MS), 1);
        assert_eq!(m.batch_events(), "given up after 0");
        assert_eq!(m.engine.next_due(), None);
        m.assert_replays();
    }
}

#[test]
fn a_batch_that_cannot_even_be_ended_is_left_where_it_is() {
    let mut m = Shaky::new();
    let cases = m.ended_cases(7);
    let batch = m.delete_history(&cases, false);
    m.crack.items.store(3, Ordering::Relaxed);
    assert_eq!(m.tick(0), 1);
    let dropped = |event: &&Event| {
        matches!(
            event,
            Event::Due(DueEvent::Dropped {
                due: Due::BatchOperation(_),
                ..
            })
        )
    };
    assert_eq!(m.events().filter(dropped).count(), 1);
    // Somebody who resumes it has it tried again.
    m.run(SuspendBatch { batch }).unwrap();
    m.run(ResumeBatch { batch }).unwrap();
    m.tick(0);
    assert_eq!(m.batch_events(), "7 done, 0 not");
    m.assert_replays();
}
