//! What a step learns of the job that it is called for, and what it says about it beside
//! its output: verdicts of listeners, choices for ad-hoc subprocesses, and their bounds.

use gardesh_runtime::{
    ChosenElement, Corrections, FaultKind, JobContext, JobKind, JobResult, Limits, ListenerEvent,
    StepOutcome, StepReport, UserTaskProperties,
};

use crate::support::{Sandbox, describes_with, fault, job, step_with};

/// Corrections are passed by their address, and so are results of more than one value.
const IMPORTS: &str = r#"
    (import "gardesh:step/context@0.1.0" "kind" (func $kind (result i32)))
    (import "gardesh:step/context@0.1.0" "listener-event" (func $event (param i32)))
    (import "gardesh:step/context@0.1.0" "user-task" (func $task (param i32)))
    (import "gardesh:step/verdict@0.1.0" "deny" (func $deny (param i32 i32)))
    (import "gardesh:step/verdict@0.1.0" "correct" (func $correct (param i32)))
    (import "gardesh:step/ad-hoc@0.1.0" "activate-element"
        (func $activate (param i32 i32 i32 i32)))
    (import "gardesh:step/ad-hoc@0.1.0" "fulfil-completion-condition" (func $fulfil))
    (import "gardesh:step/ad-hoc@0.1.0" "cancel-remaining-instances" (func $cancel))"#;

/// Texts for the bodies below: "too late" at 2048, "ada" at 2056, "{}" at 2059, "[]" at 2061.
const TEXTS: &str = r#"(data (i32.const 2048) "too lateada{}[]")"#;

async fn run(body: &str) -> StepReport {
    let sandbox = Sandbox::new(Limits::default());
    sandbox.run(&step_with(IMPORTS, TEXTS, body)).await
}

#[track_caller]
fn result(report: &StepReport) -> Option<&JobResult> {
    match &report.outcome {
        StepOutcome::Completed { result, .. } => result.as_ref(),
        other => panic!("expected a completed step, got {other:?}"),
    }
}

#[tokio::test]
async fn who_says_nothing_has_no_result() {
    let report = run("(call $empty)").await;
    assert_eq!(result(&report), None);
}

#[tokio::test]
async fn the_last_denial_counts() {
    let report = run("(call $deny (i32.const 2056) (i32.const 3))
        (call $deny (i32.const 2048) (i32.const 8))
        (call $empty)")
    .await;
    let expected = JobResult::UserTask {
        denied: Some("too late".into()),
        corrections: Corrections::default(),
    };
    assert_eq!(result(&report), Some(&expected));
    assert_eq!(report.usage.host_calls, 2);
}

#[tokio::test]
async fn corrections_add_up() {
    // First the assignee and an empty list of groups, then a priority alone.
    let report = run("(i32.store8 (i32.const 4096) (i32.const 1))
        (i32.store (i32.const 4100) (i32.const 2056))
        (i32.store (i32.const 4104) (i32.const 3))
        (i32.store8 (i32.const 4108) (i32.const 1))
        (call $correct (i32.const 4096))
        (i32.store8 (i32.const 4096) (i32.const 0))
        (i32.store8 (i32.const 4108) (i32.const 0))
        (i32.store8 (i32.const 4156) (i32.const 1))
        (i32.store8 (i32.const 4157) (i32.const 80))
        (call $correct (i32.const 4096))
        (call $empty)")
    .await;
    let expected = JobResult::UserTask {
        denied: None,
        corrections: Corrections {
            assignee: Some("ada".into()),
            candidate_groups: Some(Vec::new()),
            priority: Some(80),
            ..Corrections::default()
        },
    };
    assert_eq!(result(&report), Some(&expected));
}

#[tokio::test]
async fn a_choice_keeps_its_order() {
    let activate = |at, length| {
        format!(
            "(call $activate (i32.const {at}) (i32.const {length}) (i32.const 2059) (i32.const 2))"
        )
    };
    let body = format!(
        "{} {} (call $cancel) (call $cancel) (call $empty)",
        activate(2056, 3),
        activate(2048, 3)
    );
    let report = run(&body).await;
    let element = |id: &str| ChosenElement {
        element_id: id.into(),
        variables: "{}".into(),
    };
    let expected = JobResult::AdHocSubProcess {
        elements: vec![element("ada"), element("too")],
        is_fulfilled: false,
        cancel_remaining: true,
    };
    assert_eq!(result(&report), Some(&expected));
    let report = run("(call $fulfil) (call $empty)").await;
    let expected = JobResult::AdHocSubProcess {
        elements: Vec::new(),
        is_fulfilled: true,
        cancel_remaining: false,
    };
    assert_eq!(result(&report), Some(&expected));
}

#[tokio::test]
async fn a_listener_learns_what_it_listens_to() {
    // The digits of kind and event, and the first letter of the assignee, as the reason.
    let body = "(i32.store8 (i32.const 4096) (i32.add (i32.const 48) (call $kind)))
        (call $event (i32.const 4200))
        (i32.store8 (i32.const 4097) (i32.add (i32.const 48) (i32.load8_u (i32.const 4201))))
        (call $task (i32.const 4304))
        (i32.store8 (i32.const 4098) (i32.load8_u (i32.load (i32.const 4332))))
        (i32.store8 (i32.const 4099) (i32.load8_u (i32.const 4408)))
        (call $deny (i32.const 4096) (i32.const 4))
        (call $empty)";
    let sandbox = Sandbox::new(Limits::default());
    let mut job = job("{}");
    job.context = JobContext {
        kind: JobKind::TaskListener,
        listener_event: Some(ListenerEvent::Completing),
        user_task: Some(UserTaskProperties {
            key: 7,
            assignee: Some("grace".into()),
            changed_attributes: vec!["priority".into()],
            form_key: Some(9),
            priority: b'P',
            ..UserTaskProperties::default()
        }),
    };
    let wasm = step_with(IMPORTS, TEXTS, body);
    let report = sandbox.run_job(&wasm, job).await;
    let Some(JobResult::UserTask {
        denied: Some(reason),
        ..
    }) = result(&report)
    else {
        panic!("{:?}", report.outcome);
    };
    assert_eq!(reason, "26gP");
}

#[tokio::test]
async fn a_step_that_fails_has_said_nothing() {
    // The result at 512 is a failure (1), a fatal one (2), with "ada" as its message.
    let report = run("(call $deny (i32.const 2048) (i32.const 8))
        (i32.store8 (i32.const 512) (i32.const 1))
        (i32.store8 (i32.const 520) (i32.const 2))
        (i32.store (i32.const 528) (i32.const 2056))
        (i32.store (i32.const 532) (i32.const 3))
        (i32.const 512)")
    .await;
    let expected = StepOutcome::Fatal {
        message: "ada".into(),
    };
    assert_eq!(report.outcome, expected);
}

#[tokio::test]
async fn what_is_said_is_bounded() {
    let repeat = |call: &str| format!("(loop $l {call} (br $l)) unreachable");
    let cases = [
        (
            repeat("(call $deny (i32.const 20000) (i32.const 40000))"),
            FaultKind::OutputTooLarge,
            "fit into 1048576 bytes",
        ),
        (
            repeat("(call $deny (i32.const 2048) (i32.const 0))"),
            FaultKind::HostLimit,
            "calls into the host",
        ),
        (
            repeat(
                "(call $activate (i32.const 2056) (i32.const 3) (i32.const 2059) (i32.const 2))",
            ),
            FaultKind::HostLimit,
            "at most 100 elements",
        ),
        (
            // 1,001 candidates without a name.
            "(i32.store8 (i32.const 4108) (i32.const 1))
                (i32.store (i32.const 4112) (i32.const 65536))
                (i32.store (i32.const 4116) (i32.const 1001))
                (call $correct (i32.const 4096)) (call $empty)"
                .to_owned(),
            FaultKind::HostLimit,
            "at most 1000 candidates",
        ),
        (
            "(call $activate (i32.const 2056) (i32.const 3) (i32.const 2061) (i32.const 2))
                (call $empty)"
                .to_owned(),
            FaultKind::InvalidOutput,
            "an array",
        ),
        (
            "(call $activate (i32.const 2056) (i32.const 0) (i32.const 2059) (i32.const 2))
                (call $empty)"
                .to_owned(),
            FaultKind::InvalidOutput,
            "it is empty",
        ),
        (
            "(call $deny (i32.const 2048) (i32.const 8)) (call $fulfil) (call $empty)".to_owned(),
            FaultKind::InvalidOutput,
            "No job takes both",
        ),
    ];
    for (body, kind, part) in cases {
        let report = run(&body).await;
        let message = &fault(&report, kind).message;
        assert!(message.contains(part), "{message}");
        assert!(report.usage.peak_memory_bytes < 1 << 20);
    }
}

#[tokio::test]
async fn there_is_no_job_while_a_step_describes_itself() {
    let sandbox = Sandbox::new(Limits::default());
    for call in ["(drop (call $kind))", "(call $fulfil)"] {
        let wasm = describes_with(IMPORTS, &format!("{call} (i32.const 0)"));
        let refusal = sandbox.runtime.inspect(&wasm).await.unwrap_err();
        let message = refusal.to_string();
        assert!(message.contains("Expected a job, but"), "{message}");
    }
}
