//! The compiler as a process of its own: what is too much for it, and what becomes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gardesh_runtime::{FaultKind, HelperProgram, Limits, Refusal};

use crate::support::{Sandbox, completed, echo, fault, step, step_with};

/// A step with a function of which each variable lives to its end.
fn many_live_variables(count: usize) -> Vec<u8> {
    let locals = "(local i32)".repeat(count);
    let set: String = (0..count)
        .map(|n| {
            format!(
                "(local.set {n} (i32.load offset={} (i32.const 0)))",
                n % 60_000
            )
        })
        .collect();
    let mix = |n: usize| {
        let other = n * 7_919 % count;
        format!("(local.set {n} (i32.add (local.get {n}) (local.get {other})))")
    };
    let mixed: String = (0..count).chain(0..count).map(mix).collect();
    let sum = format!(
        "(i32.const 0) {}",
        (0..count)
            .map(|n| format!("(local.get {n}) (i32.add)"))
            .collect::<String>()
    );
    let function = format!("(func $many (result i32) {locals} {set} (loop $l {mixed}) {sum})");
    step_with("", &function, "(drop (call $many)) (call $empty)")
}

async fn refusal(sandbox: &Sandbox, wasm: &[u8]) -> Refusal {
    let refusal = sandbox.runtime.inspect(wasm).await.unwrap_err();
    assert!(refusal.to_string().starts_with("Expected "), "{refusal}");
    assert!(
        sandbox.cached("cwasm").is_empty(),
        "nothing is kept of {refusal}"
    );
    refusal
}

#[tokio::test]
async fn processor_time_is_bounded_by_size() {
    let sandbox = Sandbox::new(Limits {
        compile_cpu_time: Duration::from_secs(1),
        compile_cpu_time_per_mib: Duration::ZERO,
        ..Limits::default()
    });
    let refused = refusal(&sandbox, &many_live_variables(12_000)).await;
    assert!(matches!(refused, Refusal::Compilation { .. }), "{refused}");
    assert!(
        refused.to_string().contains("1s of processor time"),
        "{refused}"
    );
    // The compiler is there for the next.
    sandbox.runtime.inspect(&echo()).await.unwrap();
}

#[tokio::test]
async fn memory_and_machine_code_are_bounded() {
    let little_memory = Limits {
        compile_memory_bytes: 96 << 20,
        ..Limits::default()
    };
    let little_code = Limits {
        code_bytes: 10_000,
        ..Limits::default()
    };
    for (limits, wasm, part) in [
        (little_memory, many_live_variables(3_000), "of memory"),
        (little_code, echo(), "of machine code"),
    ] {
        let sandbox = Sandbox::new(limits);
        let refused = refusal(&sandbox, &wasm).await;
        assert!(matches!(refused, Refusal::Compilation { .. }), "{refused}");
        assert!(refused.to_string().contains(part), "{refused}");
    }
}

#[tokio::test]
async fn a_busy_machine_or_compiler_is_nobodys_fault() {
    let sandbox = Sandbox::new(Limits {
        compile_wall_time: Duration::from_millis(1),
        ..Limits::default()
    });
    let refused = refusal(&sandbox, &echo()).await;
    assert!(matches!(refused, Refusal::Busy(_)), "{refused}");
    // A step that is stored already waits rather than fails.
    fault(&sandbox.run(&echo()).await, FaultKind::Shortage);

    let missing = HelperProgram {
        path: "/nowhere/compiler".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
    };
    let sandbox = Sandbox::with(Limits::default(), |config| config.helper = missing);
    let refused = refusal(&sandbox, &echo()).await;
    assert!(
        refused.to_string().contains("/nowhere/compiler"),
        "{refused}"
    );
    fault(&sandbox.run(&echo()).await, FaultKind::Shortage);
}

#[tokio::test]
async fn a_program_that_is_no_compiler_is_told_from_one() {
    for (program, arguments) in [
        ("/bin/false", &[][..]),
        ("/bin/sh", &["-c", "kill -SEGV $$"]),
    ] {
        let program = HelperProgram {
            path: program.into(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: Vec::new(),
        };
        let sandbox = Sandbox::with(Limits::default(), |config| config.helper = program);
        let refused = refusal(&sandbox, &echo()).await;
        assert!(matches!(refused, Refusal::Compilation { .. }), "{refused}");
    }
}

#[tokio::test]
async fn several_compile_at_once_and_a_run_does_not_wait_for_uploads() {
    let sandbox = Arc::new(Sandbox::new(Limits::default()));
    let bombs: Vec<_> = (0..3)
        .map(|n| {
            let sandbox = Arc::clone(&sandbox);
            let wasm = many_live_variables(15_000 + n);
            tokio::spawn(async move { sandbox.runtime.inspect(&wasm).await.map(drop) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    completed(&sandbox.run(&step("(call $empty)")).await);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(
        bombs.iter().all(|bomb| !bomb.is_finished()),
        "they were no bombs"
    );
    // Whoever goes takes the compiler along.
    for bomb in bombs {
        bomb.abort();
        assert!(bomb.await.unwrap_err().is_cancelled());
    }
    let began = Instant::now();
    sandbox.runtime.inspect(&echo()).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}
