//! From stored bytes to a component that is ready: cache, damage, restarts, crowds.

use std::fs;
use std::sync::Arc;

use gardesh_runtime::{Digest, Error, FaultKind, Limits};

use crate::support::{Sandbox, asking_trigger, completed, echo, fault, job};

#[tokio::test]
async fn a_component_is_compiled_once_for_a_crowd() {
    let sandbox = Arc::new(Sandbox::new(Limits::default()));
    let wasm = echo();
    let digest = sandbox.store(&wasm);
    let runs: Vec<_> = (0..16)
        .map(|_| {
            let sandbox = Arc::clone(&sandbox);
            tokio::spawn(async move {
                sandbox
                    .runtime
                    .run_step(&digest, job("{}"), Arc::default())
                    .await
            })
        })
        .collect();
    for run in runs {
        completed(&run.await.unwrap());
    }
    assert_eq!(sandbox.reads(), 1);
}

#[tokio::test]
async fn an_inspected_component_needs_no_second_compilation() {
    let sandbox = Sandbox::new(Limits::default());
    let info = sandbox.runtime.inspect(&echo()).await.unwrap();
    let report = sandbox
        .runtime
        .run_step(&info.digest, job("{}"), Arc::default())
        .await;
    completed(&report);
    assert_eq!(sandbox.reads(), 0);
}

#[tokio::test]
async fn the_compiled_form_outlives_a_restart() {
    let sandbox = Sandbox::new(Limits::default());
    let digest = sandbox.store(&echo());
    sandbox.runtime.load(&digest).await.unwrap();
    let written = fs::metadata(&sandbox.cached("cwasm")[0])
        .unwrap()
        .modified()
        .unwrap();
    let sandbox = sandbox.restart();
    sandbox.runtime.load(&digest).await.unwrap();
    let after = fs::metadata(&sandbox.cached("cwasm")[0])
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(written, after);
}

#[tokio::test]
async fn a_damaged_compiled_form_is_made_again() {
    let mut sandbox = Sandbox::new(Limits::default());
    let digest = sandbox.store(&echo());
    sandbox.runtime.load(&digest).await.unwrap();
    let whole = fs::read(&sandbox.cached("cwasm")[0]).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damage in [&whole[..whole.len() / 2], &flipped, &[]] {
        let path = sandbox.cached("cwasm").remove(0);
        // A file of its own: the old one is still mapped by the runtime that is ending.
        fs::remove_file(&path).unwrap();
        fs::write(&path, damage).unwrap();
        sandbox = sandbox.restart();
        let report = sandbox
            .runtime
            .run_step(&digest, job("{}"), Arc::default())
            .await;
        completed(&report);
        assert_eq!(fs::read(&path).unwrap().len(), whole.len());
    }
}

#[tokio::test]
async fn what_is_not_stored_is_unavailable() {
    let sandbox = Sandbox::new(Limits::default());
    let digest = Digest::of(b"never uploaded");
    let error = sandbox.runtime.load(&digest).await.unwrap_err();
    assert!(matches!(error, Error::UnknownComponent(found) if found == digest));
    let report = sandbox
        .runtime
        .run_step(&digest, job("{}"), Arc::default())
        .await;
    assert!(fault(&report, FaultKind::Unavailable).kind.is_ours());
}

#[tokio::test]
async fn a_trigger_is_no_step() {
    let sandbox = Sandbox::new(Limits::default());
    let report = sandbox.run(&asking_trigger()).await;
    let message = &fault(&report, FaultKind::Unavailable).message;
    assert!(message.contains("of world trigger"), "{message}");
}

#[tokio::test]
async fn a_forgotten_component_comes_back_from_its_bytes() {
    let sandbox = Sandbox::new(Limits::default());
    let digest = sandbox.store(&echo());
    sandbox.runtime.load(&digest).await.unwrap();
    sandbox.runtime.forget(&digest);
    assert!(sandbox.cached("cwasm").is_empty());
    completed(
        &sandbox
            .runtime
            .run_step(&digest, job("{}"), Arc::default())
            .await,
    );
    assert_eq!(sandbox.reads(), 2);
}

#[test]
fn a_runtime_may_be_dropped_inside_and_outside_of_another() {
    let sandbox = Sandbox::new(Limits::default());
    let inside = tokio::runtime::Runtime::new().unwrap();
    inside.block_on(async { drop(sandbox) });
    drop(Sandbox::new(Limits::default()));
}
