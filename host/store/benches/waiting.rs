//! What cases that wait cost: space on the disk, memory, and the speed of new ones beside
//! them. Engine and store only: no sandbox, no HTTP.
//!
//! `cargo bench -p gardesh-store`. `GARDESH_WAITING` says how many wait, instead of a million.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gardesh_engine::Engine;
use gardesh_engine::Request;
use gardesh_engine::command::{
    ActivateJobs, CompleteJob, CreateInstance, Deploy, ProcessRef, Record,
};
use gardesh_engine::definition::compile;
use gardesh_engine::event::Entry;
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::variables::{Document, parse_document};
use gardesh_store::Store;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Commands that share a commit, as with a busy server.
const BATCH: usize = 1_000;

/// New cases that are measured, each from its start to its end.
const MEASURED: usize = 20_000;

const DIAGRAM: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="bench">
  <bpmn:process id="p" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:serviceTask id="task"><bpmn:extensionElements><zeebe:taskDefinition type="=worker" /></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="task" />
    <bpmn:sequenceFlow id="f2" sourceRef="task" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"#;

fn main() {
    let waiting: usize = std::env::var("GARDESH_WAITING")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bench.redb");
    let mut bench = Bench::new(&path);
    println!("new cases, none waiting:  {}", bench.new_cases());
    let variables = document("nobody");
    let size = json_size(&variables);
    let before = (bytes_used(&path), resident_mb());
    let start = Instant::now();
    for _ in 0..waiting {
        bench.start(&variables);
    }
    bench.commit();
    let took = start.elapsed();
    let per_case = (bytes_used(&path) - before.0) as f64 / waiting as f64;
    println!(
        "{waiting} cases that wait:  {:.0} bytes of file a case, journal included, for {size} bytes of variables; {:.0} MB of memory, {:.0} before; {:.1} µs each",
        per_case,
        resident_mb(),
        before.1,
        took.as_secs_f64() * 1e6 / waiting as f64,
    );
    println!("new cases beside them:    {}", bench.new_cases());
    drop(bench);
    let start = Instant::now();
    let mut bench = Bench::open(&path);
    println!(
        "opened again in {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    println!("new cases after that:     {}", bench.new_cases());
}

/// 200 bytes of variables.
fn document(worker: &str) -> Document {
    let note = "x".repeat(110);
    let text = format!(
        r#"{{"worker":"{worker}","amount":1250,"customer":{{"name":"Maryam Rahimi","tier":"gold"}},"note":"{note}"}}"#
    );
    parse_document(&text).expect("JSON")
}

fn json_size(document: &Document) -> usize {
    gardesh_engine::variables::write_document(document).len()
}

struct Bench {
    engine: Engine,
    store: Store,
    entries: Vec<Arc<Entry>>,
    commands: usize,
}

impl Bench {
    fn open(path: &Path) -> Self {
        let store = Store::open(path).expect("a store");
        Self {
            engine: Engine::new(store.backing(), Partition::FIRST),
            store,
            entries: Vec::new(),
            commands: 0,
        }
    }

    fn new(path: &Path) -> Self {
        let mut bench = Self::open(path);
        let resource = compile("p.bpmn", DIAGRAM).expect("a diagram without mistakes");
        bench.run(Deploy {
            resources: vec![resource],
        });
        bench
    }

    fn run<R: Request>(&mut self, command: R) -> R::Answer {
        let processed = self.engine.process(Record {
            tenant: TenantId::DEFAULT,
            at_ms: 1_000_000,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        });
        self.entries.extend(processed.entry);
        self.commands += 1;
        if self.commands == BATCH {
            self.commit();
        }
        processed.reply.expect("a command that is carried out")
    }

    fn commit(&mut self) {
        self.commands = 0;
        let batch = self.engine.freeze(std::mem::take(&mut self.entries));
        self.store.commit(&batch).expect("a disk that works");
        self.engine.written();
    }

    fn start(&mut self, variables: &Document) {
        self.run(CreateInstance {
            process: ProcessRef::Id {
                id: "p".into(),
                version: None,
            },
            variables: variables.clone(),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        });
    }

    /// Starts cases and does their work, in batches, and says what one took.
    fn new_cases(&mut self) -> String {
        let variables = document("bench");
        let start = Instant::now();
        for _ in 0..MEASURED / BATCH {
            for _ in 0..BATCH {
                self.start(&variables);
            }
            self.work();
        }
        self.commit();
        per_case(start.elapsed(), MEASURED)
    }

    fn work(&mut self) {
        loop {
            let activate = ActivateJobs {
                job_type: "bench".into(),
                worker: "bench".into(),
                timeout_ms: 60_000,
                max_jobs: 100,
                fetch: Vec::new(),
            };
            let jobs = self.run(activate);
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                self.run(CompleteJob {
                    job: job.key,
                    attempt: Some(job.job.attempt),
                    variables: Document::new(),
                    result: None,
                });
            }
        }
    }
}

fn per_case(took: Duration, cases: usize) -> String {
    let us = took.as_secs_f64() * 1e6 / cases as f64;
    format!("{us:.1} µs a case with its commits")
}

/// What the file takes of the disk: it may have holes.
fn bytes_used(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map_or(0, |file| file.blocks() * 512)
}

/// Memory of this process, as Linux counts it.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|text| text.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}
