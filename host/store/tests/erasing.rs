//! What erasing costs: an entry that tells of many cases is read and written once for
//! all that wait, not once for each of them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gardesh_engine::Engine;
use gardesh_engine::Request;
use gardesh_engine::command::{CreateInstance, Deploy, ProcessRef, Record, SetRetention, Tick};
use gardesh_engine::definition::compile;
use gardesh_engine::event::{Entry, Event, ProcessInstanceEvent};
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::variables::parse_document;
use gardesh_store::Store;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;

/// A case calls two more of its own process until `n` is used up; each publishes a message
/// that is over at once. And a process whose cases wait for a person.
const DIAGRAM: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <bpmn:message id="hello" name="hello" />
  <bpmn:process id="tree" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:inclusiveGateway id="fork" default="leaf" /><bpmn:endEvent id="end" />
    <bpmn:sendTask id="send" messageRef="hello"><bpmn:extensionElements><zeebe:publishMessage correlationKey="=&quot;k&quot;" /><zeebe:ioMapping><zeebe:input source="=&quot;secret&quot;" target="x" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>
    <bpmn:callActivity id="left"><bpmn:extensionElements><zeebe:calledElement processId="tree" propagateAllChildVariables="false" /><zeebe:ioMapping><zeebe:input source="=n - 1" target="n" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:callActivity>
    <bpmn:callActivity id="right"><bpmn:extensionElements><zeebe:calledElement processId="tree" propagateAllChildVariables="false" /><zeebe:ioMapping><zeebe:input source="=n - 1" target="n" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:callActivity>
    <bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="send" /><bpmn:sequenceFlow id="f1" sourceRef="send" targetRef="fork" />
    <bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="left"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=n &gt; 0</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="right"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=n &gt; 0</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="leaf" sourceRef="fork" targetRef="end" />
    <bpmn:sequenceFlow id="f4" sourceRef="left" targetRef="end" /><bpmn:sequenceFlow id="f5" sourceRef="right" targetRef="end" />
  </bpmn:process>
  <bpmn:process id="other" isExecutable="true">
    <bpmn:startEvent id="begin" /><bpmn:userTask id="wait"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask><bpmn:endEvent id="over" />
    <bpmn:sequenceFlow id="g1" sourceRef="begin" targetRef="wait" /><bpmn:sequenceFlow id="g2" sourceRef="wait" targetRef="over" />
  </bpmn:process>
</bpmn:definitions>"#;

/// A disk in memory that counts what is written to it.
#[derive(Debug, Default)]
struct Disk {
    memory: InMemoryBackend,
    written: Arc<AtomicU64>,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let bytes = data.len() as u64;
        self.written.fetch_add(bytes, Ordering::Relaxed);
        self.memory.write(offset, data)
    }
}

struct Platform {
    engine: Engine,
    store: Store,
    written: Arc<AtomicU64>,
    pending: Vec<Arc<Entry>>,
}

impl Platform {
    fn new() -> Self {
        let disk = Disk::default();
        let written = Arc::clone(&disk.written);
        let store = Store::on(disk).unwrap();
        let mut platform = Self {
            engine: Engine::new(store.backing(), Partition::FIRST),
            store,
            written,
            pending: Vec::new(),
        };
        let resources = vec![compile("tree.bpmn", DIAGRAM).unwrap()];
        platform.run(Deploy { resources });
        platform
    }

    fn run(&mut self, command: impl Request) {
        let processed = self.engine.process(Record {
            tenant: TenantId::DEFAULT,
            at_ms: 1_000_000,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        });
        processed.reply.unwrap();
        self.pending.extend(processed.entry);
    }

    fn start(&mut self, id: &str, n: u32) {
        self.run(CreateInstance {
            process: ProcessRef::Id {
                id: id.into(),
                version: None,
            },
            variables: parse_document(&format!(r#"{{"n": {n}}}"#)).unwrap(),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        });
    }

    /// All that has ended expires, in ticks that share a commit.
    fn expire(&mut self) {
        self.run(SetRetention {
            history_ms: Some(0),
        });
        self.tick();
        self.commit();
    }

    /// All that is due, the rest of commands that were too long included.
    fn tick(&mut self) {
        while self
            .engine
            .next_due()
            .is_some_and(|(due_ms, _)| due_ms <= 1_000_000)
        {
            self.run(Tick);
        }
    }

    fn commit(&mut self) {
        let batch = self.engine.freeze(std::mem::take(&mut self.pending));
        self.store.commit(&batch).unwrap();
        self.engine.written();
    }

    /// Bytes written by all steps that are left, and how many steps that were.
    fn erase(&self) -> (u64, u64) {
        let before = self.written.load(Ordering::Relaxed);
        let mut steps = 1;
        while self.store.erase_some().unwrap() {
            if steps % 16 == 0 {
                self.check();
            }
            steps += 1;
        }
        self.check();
        (self.written.load(Ordering::Relaxed) - before, steps)
    }

    /// The journal that is left gives the state that is stored.
    fn check(&self) {
        let mut replayed = Engine::new(Arc::new(Empty), Partition::FIRST);
        let journal = self.store.entries(0, usize::MAX).unwrap();
        journal.iter().for_each(|entry| replayed.replay(entry));
        replayed.freeze(Vec::new());
        let stored = State::new(self.store.backing(), Partition::FIRST);
        assert_eq!(dump(replayed.state()), dump(&stored));
    }

    fn cases(&self) -> usize {
        let journal = self.store.entries(0, usize::MAX).unwrap();
        let events = journal.iter().flat_map(|entry| &entry.events);
        events
            .filter(|event| {
                matches!(
                    event,
                    Event::ProcessInstance(ProcessInstanceEvent::Created { .. })
                )
            })
            .count()
    }
}

fn dump(state: &State) -> BTreeMap<(&'static str, Vec<u8>), Vec<u8>> {
    let mut rows = BTreeMap::new();
    state.dump(&mut |table, key, row| {
        rows.insert((table, key.to_vec()), row.to_vec());
    });
    rows
}

#[test]
fn entries_that_tell_of_thousands_of_cases_are_written_once_for_all_of_them() {
    let mut p = Platform::new();
    p.start("other", 0);
    p.start("tree", 10);
    p.tick();
    let before = p.written.load(Ordering::Relaxed);
    p.commit();
    let once = p.written.load(Ordering::Relaxed) - before;
    assert_eq!(p.cases(), 2_048);
    p.expire();
    assert!(p.store.is_erasing().unwrap());
    assert_eq!(p.cases(), 1, "what has expired is not shown");
    let (written, steps) = p.erase();
    assert!(!p.store.is_erasing().unwrap());
    assert_eq!(p.cases(), 1);
    assert!(
        steps < 20 && written < 2 * once,
        "{written} bytes in {steps} steps, where {once} were written at first"
    );
}
