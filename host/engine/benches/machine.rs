//! What the engine itself costs: no disk, no sandbox, no HTTP. Prints microseconds per
//! command and per case of a three-task process, and per deployment of 200 elements.
//!
//! `cargo bench -p gardesh-engine`. Each figure is the best of several runs, because the
//! machine has other work, too.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gardesh_engine::Engine;
use gardesh_engine::Request;
use gardesh_engine::command::{
    ActivateJobs, CompleteJob, CreateInstance, Deploy, ProcessRef, Record,
};
use gardesh_engine::definition::compile;
use gardesh_engine::key::*;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::variables::{Document, parse_document};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 20;

/// Cases that begin and end within one batch, as in a busy server.
const CASES_PER_RUN: usize = 1_000;

fn main() {
    three_tasks();
    deployment();
}

/// A diagram with service tasks in a row.
fn chain(tasks: usize) -> String {
    let mut body = String::from(r#"<bpmn:startEvent id="t0" />"#);
    for i in 1..=tasks {
        let _ = write!(
            body,
            r#"<bpmn:serviceTask id="t{i}"><bpmn:extensionElements><zeebe:taskDefinition type="work" /><zeebe:ioMapping><zeebe:input source="=amount * 2" target="double" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"#
        );
    }
    let _ = write!(body, r#"<bpmn:endEvent id="t{}" />"#, tasks + 1);
    for i in 0..=tasks {
        let _ = write!(
            body,
            r#"<bpmn:sequenceFlow id="f{i}" sourceRef="t{i}" targetRef="t{}" />"#,
            i + 1
        );
    }
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="bench"><bpmn:process id="p" isExecutable="true">{body}</bpmn:process></bpmn:definitions>"#
    )
}

struct Bench {
    engine: Engine,
    entries: Vec<Arc<gardesh_engine::event::Entry>>,
    commands: usize,
}

impl Bench {
    fn new(xml: &str) -> Self {
        let mut bench = Self {
            engine: Engine::new(Arc::new(Empty), Partition::FIRST),
            entries: Vec::new(),
            commands: 0,
        };
        let resource = compile("p.bpmn", xml).expect("a diagram without mistakes");
        bench.run(Deploy {
            resources: vec![resource],
        });
        bench
    }

    fn run<R: Request>(&mut self, command: R) -> R::Answer {
        self.commands += 1;
        let processed = self.engine.process(Record {
            tenant: TenantId::DEFAULT,
            at_ms: 1_000_000,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        });
        self.entries.extend(processed.entry);
        processed.reply.expect("a command that is carried out")
    }

    /// What the driver does between two batches.
    fn batch(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        drop(self.engine.freeze(entries));
        self.engine.written();
    }
}

fn three_tasks() {
    let mut bench = Bench::new(&chain(3));
    let variables: Document = parse_document(
        r#"{"amount":1250,"customer":{"name":"Maryam Rahimi","tier":"gold"},"note":"a small note"}"#,
    )
    .expect("JSON");
    let result = parse_document(r#"{"score":12}"#).expect("JSON");
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        bench.commands = 0;
        let start = Instant::now();
        for _ in 0..CASES_PER_RUN {
            bench.run(CreateInstance {
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
        let mut open = CASES_PER_RUN * 3;
        while open > 0 {
            let jobs = bench.run(ActivateJobs {
                job_type: "work".into(),
                worker: "bench".into(),
                timeout_ms: 60_000,
                max_jobs: 100,
                fetch: Vec::new(),
            });
            open -= jobs.len();
            for job in jobs {
                bench.run(CompleteJob {
                    job: job.key,
                    attempt: Some(job.job.attempt),
                    variables: result.clone(),
                    result: None,
                });
            }
        }
        bench.batch();
        best = best.min(start.elapsed());
    }
    let us = best.as_secs_f64() * 1e6;
    println!(
        "three-task case: {:.1} µs of engine a case, {:.2} µs a command, {:.0} commands/s ({} commands for {CASES_PER_RUN} cases)",
        us / CASES_PER_RUN as f64,
        us / bench.commands as f64,
        bench.commands as f64 / best.as_secs_f64(),
        bench.commands
    );
}

fn deployment() {
    let xml = chain(98);
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        let bench = Bench::new(&xml);
        best = best.min(start.elapsed());
        drop(bench);
    }
    println!(
        "deployment of 199 elements and flows ({} KB): {:.2} ms",
        xml.len() / 1024,
        best.as_secs_f64() * 1e3
    );
}
