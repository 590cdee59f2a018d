//! Components share the processors by turns: who loops does not hold up who works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gardesh_runtime::{FaultKind, Limits};

use crate::support::{Sandbox, completed, echo, event, facts, fault, job, spinning_trigger, step};

const LOOP: &str = "(loop $l (br $l)) unreachable";

#[tokio::test]
async fn jobs_finish_while_eight_loops_spin() {
    let sandbox = Arc::new(Sandbox::new(Limits {
        step_cpu_time: Duration::from_secs(1),
        ..Limits::default()
    }));
    let spinning = sandbox.store(&step(LOOP));
    let working = sandbox.store(&echo());
    sandbox.runtime.load(&spinning).await.unwrap();
    sandbox.runtime.load(&working).await.unwrap();
    let loops: Vec<_> = (0..8)
        .map(|_| {
            let sandbox = Arc::clone(&sandbox);
            tokio::spawn(async move {
                sandbox
                    .runtime
                    .run_step(&spinning, job("{}"), Arc::default())
                    .await
            })
        })
        .collect();
    let started = Instant::now();
    for _ in 0..20 {
        let report = sandbox
            .runtime
            .run_step(&working, job("{}"), Arc::default())
            .await;
        completed(&report);
    }
    let finished = started.elapsed();
    assert!(
        loops.iter().all(|task| !task.is_finished()),
        "the loops ended before the jobs"
    );
    assert!(
        finished < Duration::from_secs(3),
        "20 jobs took {finished:?}"
    );
    for task in loops {
        fault(&task.await.unwrap(), FaultKind::Timeout);
    }
}

#[tokio::test]
async fn a_dropped_run_ends_and_frees_its_place() {
    let sandbox = Sandbox::new(Limits {
        step_cpu_time: Duration::from_secs(600),
        ..Limits::default()
    });
    let spinning = sandbox.store(&step(LOOP));
    let working = sandbox.store(&echo());
    sandbox.runtime.load(&working).await.unwrap();
    // Three times as many as there are places.
    for _ in 0..96 {
        let run = sandbox
            .runtime
            .run_step(&spinning, job("{}"), Arc::default());
        let ended = tokio::time::timeout(Duration::from_millis(10), run).await;
        assert!(ended.is_err(), "an endless loop ended");
    }
    let run = sandbox
        .runtime
        .run_step(&working, job("{}"), Arc::default());
    let report = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .unwrap();
    completed(&report);
}

#[tokio::test]
async fn compiling_does_not_hold_up_what_runs() {
    let sandbox = Arc::new(Sandbox::new(Limits::default()));
    let working = sandbox.store(&echo());
    sandbox.runtime.load(&working).await.unwrap();
    let large = sandbox.store(&step(&large_body()));
    let compiling = {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move { sandbox.runtime.load(&large).await })
    };
    let mut runs = 0;
    let mut slowest = Duration::ZERO;
    while !compiling.is_finished() {
        let started = Instant::now();
        completed(
            &sandbox
                .runtime
                .run_step(&working, job("{}"), Arc::default())
                .await,
        );
        slowest = slowest.max(started.elapsed());
        runs += 1;
    }
    compiling.await.unwrap().unwrap();
    assert!(runs > 10, "only {runs} jobs ran during the compilation");
    assert!(slowest < Duration::from_secs(1), "one took {slowest:?}");
}

#[tokio::test]
async fn sharing_the_processors_costs_no_processor_time() {
    let sandbox = Arc::new(Sandbox::new(Limits {
        step_cpu_time: Duration::from_millis(500),
        ..Limits::default()
    }));
    // Some 0.1 s of work on a processor of its own; together they take far more than 0.5 s.
    let count = "(local $i i32)
        (loop $l
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 200000000))))
        (call $empty)";
    let working = sandbox.store(&step(count));
    sandbox.runtime.load(&working).await.unwrap();
    let runs: Vec<_> = (0..20)
        .map(|_| {
            let sandbox = Arc::clone(&sandbox);
            tokio::spawn(async move {
                sandbox
                    .runtime
                    .run_step(&working, job("{}"), Arc::default())
                    .await
            })
        })
        .collect();
    for run in runs {
        let report = run.await.unwrap();
        completed(&report);
        assert!(
            report.usage.cpu_us <= report.usage.wall_us,
            "{:?}",
            report.usage
        );
    }
}

#[tokio::test]
async fn a_run_that_waits_too_long_for_a_processor_is_nobodys_fault() {
    let sandbox = Sandbox::new(Limits {
        wall_time: Duration::from_millis(200),
        ..Limits::default()
    });
    let report = sandbox.run(&step(LOOP)).await;
    let message = &fault(&report, FaultKind::Shortage).message;
    assert!(message.contains("200ms"), "{message}");
}

#[tokio::test]
async fn spinning_triggers_leave_the_places_of_steps_alone() {
    let sandbox = Arc::new(Sandbox::with(Limits::default(), |config| {
        config.places.steps = 2;
        config.places.triggers = 1;
    }));
    let trigger = sandbox.store(&spinning_trigger());
    let working = sandbox.store(&echo());
    sandbox.runtime.load(&trigger).await.unwrap();
    sandbox.runtime.load(&working).await.unwrap();
    let firings: Vec<_> = (0..4)
        .map(|_| {
            let sandbox = Arc::clone(&sandbox);
            tokio::spawn(async move {
                let runtime = &sandbox.runtime;
                runtime
                    .run_trigger(&trigger, event(), facts(), Arc::default())
                    .await
            })
        })
        .collect();
    let began = Instant::now();
    for _ in 0..20 {
        let run = sandbox
            .runtime
            .run_step(&working, job("{}"), Arc::default());
        completed(&run.await);
    }
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(firings.iter().all(|firing| !firing.is_finished()));
    firings.iter().for_each(tokio::task::JoinHandle::abort);
}

/// Enough code to keep Cranelift busy for a good while.
fn large_body() -> String {
    let term = "(local.set $a (i32.add (i32.mul (local.get $a) (i32.const 31)) (i32.load offset=16 (local.get $a))))";
    format!("(local $a i32) {} (call $empty)", term.repeat(20_000))
}
