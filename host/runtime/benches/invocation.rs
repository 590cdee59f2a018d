//! What one invocation costs: a fresh instance and a call, alone and through the queue.
//!
//! `GARDESH_BENCH_COMPONENT=path/to/step.wasm` measures a real step too; its input is in
//! `GARDESH_BENCH_INPUT` (a JSON object; `{}` by default).

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use gardesh_runtime::{Digest, HelperProgram, Runtime, RuntimeConfig, StepJob, StepOutcome};

#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

fn main() {
    divan::main();
}

/// A runtime with one component made ready.
struct Ready {
    executor: tokio::runtime::Runtime,
    runtime: Runtime,
    digest: Digest,
    job: StepJob,
    _dir: tempfile::TempDir,
}

impl Ready {
    fn new(wasm: Vec<u8>, variables: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the cache");
        let digest = Digest::of(&wasm);
        let source = move |_: &Digest| Ok(Some(wasm.clone()));
        let helper = HelperProgram {
            path: env!("CARGO_BIN_EXE_gardesh-helper").into(),
            arguments: Vec::new(),
            environment: Vec::new(),
        };
        let config = RuntimeConfig::new(dir.path().to_owned(), Arc::new(source), helper);
        let runtime = Runtime::new(config).expect("a runtime");
        let executor = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .expect("an executor");
        executor
            .block_on(runtime.load(&digest))
            .expect("a valid component");
        let ready = Self {
            executor,
            runtime,
            digest,
            job: support::job(variables),
            _dir: dir,
        };
        ready.check();
        ready
    }

    /// A benchmark of faults would be a fast one.
    fn check(&self) {
        let run = self
            .runtime
            .run_step(&self.digest, self.job.clone(), Arc::default());
        let report = self.executor.block_on(run);
        let completed = matches!(report.outcome, StepOutcome::Completed { .. });
        assert!(completed, "{:?}", report.outcome);
    }

    fn one_at_a_time(&self, bencher: Bencher<'_, '_>) {
        bencher.bench(|| {
            let run = self
                .runtime
                .run_step(&self.digest, self.job.clone(), Arc::default());
            self.executor.block_on(run)
        });
    }

    fn sixteen_at_a_time(&self, bencher: Bencher<'_, '_>) {
        const JOBS: usize = 1_600;
        let crowd = async || {
            let workers: Vec<_> = (0..16)
                .map(|_| {
                    let (runtime, digest, job) =
                        (self.runtime.clone(), self.digest, self.job.clone());
                    tokio::spawn(async move {
                        for _ in 0..JOBS / 16 {
                            runtime.run_step(&digest, job.clone(), Arc::default()).await;
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.await.expect("no panic");
            }
        };
        bencher
            .counter(ItemsCount::new(JOBS))
            .bench(|| self.executor.block_on(crowd()));
    }
}

#[divan::bench(sample_count = 2_000)]
fn small_alone(bencher: Bencher<'_, '_>) {
    Ready::new(support::echo(), r#"{"amount":1200}"#).one_at_a_time(bencher);
}

#[divan::bench(sample_count = 20)]
fn small_crowd(bencher: Bencher<'_, '_>) {
    Ready::new(support::echo(), r#"{"amount":1200}"#).sixteen_at_a_time(bencher);
}

#[divan::bench(sample_count = 1_000)]
fn given_alone(bencher: Bencher<'_, '_>) {
    if let Some(ready) = given() {
        ready.one_at_a_time(bencher);
    }
}

#[divan::bench(sample_count = 20)]
fn given_crowd(bencher: Bencher<'_, '_>) {
    if let Some(ready) = given() {
        ready.sixteen_at_a_time(bencher);
    }
}

fn given() -> Option<Ready> {
    let path = std::env::var_os("GARDESH_BENCH_COMPONENT")?;
    let input = std::env::var("GARDESH_BENCH_INPUT").unwrap_or_else(|_| "{}".into());
    let wasm = std::fs::read(path).expect("GARDESH_BENCH_COMPONENT can be read");
    Some(Ready::new(wasm, &input))
}
