//! Each way in which a step can misbehave ends within its limit, as a fault that says why.

use std::time::Duration;

use gardesh_runtime::{FaultKind, Limits, LogLevel, StepOutcome};

use crate::support::{Sandbox, completed, fault, job, step, step_with};

fn quick() -> Limits {
    Limits {
        step_cpu_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_step_that_works_completes() {
    let sandbox = Sandbox::new(Limits::default());
    let report = sandbox.run(&step("(call $echo (local.get $job))")).await;
    assert_eq!(completed(&report), r#"{"a":1}"#);
    assert_eq!(report.usage.output_bytes, 7);
    assert_eq!(report.usage.peak_memory_bytes, 2 * 65_536);
    assert!(report.log.is_empty());
}

#[tokio::test]
async fn an_endless_loop_times_out() {
    let sandbox = Sandbox::new(quick());
    let report = sandbox.run(&step("(loop $l (br $l)) unreachable")).await;
    let message = &fault(&report, FaultKind::Timeout).message;
    assert!(
        message.contains("within 300ms of processor time"),
        "{message}"
    );
    let used = report.usage.cpu_us;
    assert!((300_000..600_000).contains(&used), "{used} µs");
}

#[tokio::test]
async fn a_start_function_is_bounded_too() {
    let sandbox = Sandbox::new(quick());
    let spins = "(func $spin (loop $l (br $l))) (start $spin)";
    let report = sandbox.run(&step_with("", spins, "(call $empty)")).await;
    fault(&report, FaultKind::Timeout);
}

#[tokio::test]
async fn an_allocation_of_4_gib_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    // As language runtimes do: abort when memory is refused.
    let body = "(if (i32.eq (memory.grow (i32.const 65000)) (i32.const -1)) (then unreachable))
        (call $empty)";
    let report = sandbox.run(&step(body)).await;
    let message = &fault(&report, FaultKind::Memory).message;
    assert!(message.contains("at most 256 MiB of memory"), "{message}");
    assert!(message.contains("asked for 3.9 GiB"), "{message}");
    assert!(report.usage.peak_memory_bytes < 1 << 20);
}

#[tokio::test]
async fn memory_in_small_pieces_is_bounded_too() {
    let sandbox = Sandbox::new(Limits::default());
    let body = "(loop $l
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
            (br $l))
        unreachable";
    let report = sandbox.run(&step(body)).await;
    fault(&report, FaultKind::Memory);
    let peak = report.usage.peak_memory_bytes;
    assert!(peak > 255 << 20 && peak <= 256 << 20, "{peak}");
}

#[tokio::test]
async fn a_component_that_copes_with_refused_memory_is_no_fault() {
    let sandbox = Sandbox::new(Limits::default());
    let body = "(drop (memory.grow (i32.const 65000))) (call $empty)";
    assert_eq!(completed(&sandbox.run(&step(body)).await), "{}");
}

#[tokio::test]
async fn all_components_together_are_bounded() {
    let sandbox = Sandbox::new(Limits {
        reserved_memory_bytes: 1 << 20,
        total_memory_bytes: 2 << 20,
        ..Limits::default()
    });
    // Whatever it makes of a refusal, it has no say: on another day it would go well.
    let body = "(drop (memory.grow (i32.const 100))) (call $empty)";
    let report = sandbox.run(&step(body)).await;
    let message = &fault(&report, FaultKind::Shortage).message;
    assert!(message.contains("of one component"), "{message}");
    // What was taken is given back.
    let small = "(drop (memory.grow (i32.const 10))) (call $empty)";
    for _ in 0..10 {
        completed(&sandbox.run(&step(small)).await);
    }
}

#[tokio::test]
async fn a_panic_is_explained_by_the_last_error_line() {
    let sandbox = Sandbox::new(Limits::default());
    let data = r#"(data (i32.const 2048) "panicked at src/lib.rs:7: no such tariff")"#;
    let body = "(call $log (i32.const 3) (i32.const 2048) (i32.const 40)) unreachable";
    let report = sandbox.run(&step_with("", data, body)).await;
    let message = &fault(&report, FaultKind::Trap).message;
    assert!(message.contains("unreachable"), "{message}");
    assert!(message.ends_with("no such tariff"), "{message}");
    assert_eq!(report.log[0].level, LogLevel::Error);
}

#[tokio::test]
async fn deep_recursion_overflows_only_the_component() {
    let sandbox = Sandbox::new(Limits::default());
    let deep = "(func $deep (param i32) (result i32)
        (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))";
    let report = sandbox
        .run(&step_with("", deep, "(call $deep (i32.const 0))"))
        .await;
    let message = &fault(&report, FaultKind::StackOverflow).message;
    assert!(message.contains("1 MiB"), "{message}");
    completed(&sandbox.run(&step("(call $empty)")).await);
}

#[tokio::test]
async fn an_output_of_100_mb_is_refused_without_copying_it() {
    let sandbox = Sandbox::new(Limits::default());
    // 1,600 pages are 100 MiB, all of it claimed as the output.
    let body = "(drop (memory.grow (i32.const 1600)))
        (call $complete (i32.const 0) (i32.const 104857600))";
    let wasm = step(body);
    completed(&sandbox.run(&step("(call $empty)")).await);
    let digest = sandbox.store(&wasm);
    sandbox.runtime.load(&digest).await.unwrap();
    let report = sandbox.run(&wasm).await;
    let message = &fault(&report, FaultKind::OutputTooLarge).message;
    assert!(message.contains("at most 1 MiB"), "{message}");
    assert!(report.usage.wall_us < 1_000_000, "{:?}", report.usage);
}

#[tokio::test]
async fn an_output_just_over_the_bound_is_refused() {
    let sandbox = Sandbox::new(Limits {
        output_bytes: 7,
        ..Limits::default()
    });
    let echo = step("(call $echo (local.get $job))");
    completed(&sandbox.run_job(&echo, job(r#"{"a":1}"#)).await);
    let report = sandbox.run_job(&echo, job(r#"{"a":12}"#)).await;
    fault(&report, FaultKind::OutputTooLarge);
}

#[tokio::test]
async fn an_output_that_breaks_the_contract_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    for (text, expected) in [
        ("[1]", "an array"),
        ("{\"a\"", "not JSON"),
        ("", "not JSON"),
    ] {
        let data = format!("(data (i32.const 2048) {text:?})");
        let body = format!(
            "(call $complete (i32.const 2048) (i32.const {}))",
            text.len()
        );
        let report = sandbox.run(&step_with("", &data, &body)).await;
        let message = &fault(&report, FaultKind::InvalidOutput).message;
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_and_pointers_out_of_memory_are_faults() {
    let sandbox = Sandbox::new(Limits::default());
    let not_utf8 = r#"(data (i32.const 2048) "\ff\fe")"#;
    let body = "(call $complete (i32.const 2048) (i32.const 2))";
    fault(
        &sandbox.run(&step_with("", not_utf8, body)).await,
        FaultKind::Trap,
    );
    let outside = "(call $complete (i32.const -8) (i32.const 100))";
    fault(&sandbox.run(&step(outside)).await, FaultKind::Trap);
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut() {
    let sandbox = Sandbox::new(Limits::default());
    let body = "(local $n i32)
        (loop $l
            (call $log (i32.const 1) (i32.const 600) (i32.const 2))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 50000))))
        (call $empty)";
    let report = sandbox.run(&step(body)).await;
    completed(&report);
    assert_eq!(report.log.len(), 1_000);
    assert_eq!(report.log_dropped, 49_000);
    assert_eq!(report.usage.host_calls, 50_000);
}

#[tokio::test]
async fn a_huge_log_line_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    let body = "(drop (memory.grow (i32.const 1600)))
        (call $log (i32.const 1) (i32.const 0) (i32.const 104857600))
        (call $empty)";
    fault(&sandbox.run(&step(body)).await, FaultKind::OutputTooLarge);
}

#[tokio::test]
async fn endless_calls_into_the_host_are_bounded() {
    let sandbox = Sandbox::new(Limits {
        host_calls: 1_000,
        ..Limits::default()
    });
    let report = sandbox
        .run(&step("(loop $l (drop (call $now)) (br $l)) unreachable"))
        .await;
    let message = &fault(&report, FaultKind::HostLimit).message;
    assert!(message.contains("at most 1000 calls"), "{message}");
}

#[tokio::test]
async fn a_request_for_too_much_randomness_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    let too_much = step("(call $random (i32.const 65537) (i32.const 0)) (call $empty)");
    let report = sandbox.run(&too_much).await;
    let message = &fault(&report, FaultKind::HostLimit).message;
    assert!(message.contains("at most 65536"), "{message}");
    let most = step("(call $random (i32.const 65536) (i32.const 0)) (call $empty)");
    completed(&sandbox.run(&most).await);
}

#[tokio::test]
async fn input_is_checked_before_it_is_copied() {
    let sandbox = Sandbox::new(Limits {
        input_bytes: 100,
        ..Limits::default()
    });
    let echo = step("(call $echo (local.get $job))");
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(100));
    for variables in [large.as_str(), "[]", "{", ""] {
        let report = sandbox.run_job(&echo, job(variables)).await;
        fault(&report, FaultKind::InvalidInput);
    }
}

#[tokio::test]
async fn what_a_step_reports_itself_is_passed_on() {
    let sandbox = Sandbox::new(Limits::default());
    // result: err at 512; failure at 520; its payload at 528.
    let data = r#"(data (i32.const 2048) "NO_COVERnot insured{\"x\":1}")"#;
    let text = |at: u32, offset: u32, length: u32| {
        format!(
            "(i32.store (i32.const {at}) (i32.const {}))
            (i32.store (i32.const {}) (i32.const {length}))",
            2048 + offset,
            at + 4
        )
    };
    let failure = |case: u32, payload: String| {
        format!(
            "(i32.store8 (i32.const 512) (i32.const 1))
            (i32.store8 (i32.const 520) (i32.const {case})) {payload} (i32.const 512)"
        )
    };
    let error = failure(
        0,
        text(528, 0, 8)
            + &text(536, 8, 11)
            + "(i32.store8 (i32.const 544) (i32.const 1))"
            + &text(548, 19, 7),
    );
    let retry = failure(
        1,
        text(528, 8, 11)
            + "(i32.store8 (i32.const 536) (i32.const 1)) (i64.store (i32.const 544) (i64.const 1500))",
    );
    let fatal = failure(2, text(528, 8, 11));
    let message = "not insured".to_owned();
    let cases = [
        (
            error,
            StepOutcome::BusinessError {
                code: "NO_COVER".into(),
                message: message.clone(),
                variables: Some(r#"{"x":1}"#.into()),
            },
        ),
        (
            retry,
            StepOutcome::Retry {
                message: message.clone(),
                delay_ms: Some(1_500),
            },
        ),
        (fatal, StepOutcome::Fatal { message }),
    ];
    for (body, expected) in cases {
        let report = sandbox.run(&step_with("", data, &body)).await;
        assert_eq!(report.outcome, expected);
    }
}
