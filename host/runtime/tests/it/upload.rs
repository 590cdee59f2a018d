//! What is refused at upload, and what is learnt of what is not.

use std::time::Duration;

use gardesh_runtime::{
    Configuration, Decision, Description, Digest, Limits, Refusal, TriggerOutcome, World,
};
use std::sync::Arc;

use crate::support::{
    Sandbox, asking_trigger, described, describes, echo, event, facts, step_with,
};

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
async fn a_step_is_described() {
    let sandbox = Sandbox::new(Limits::default());
    let wasm = echo();
    let info = sandbox.runtime.inspect(&wasm).await.unwrap();
    assert_eq!(info.digest, Digest::of(&wasm));
    assert_eq!((info.world, info.size), (World::Step, wasm.len() as u64));
    assert_eq!(info.exports, ["gardesh:step/handler@0.1.0"]);
    let Description::Step(step) = &info.description else {
        panic!("{:?}", info.description);
    };
    assert_eq!(
        (step.name.as_str(), step.version.as_str()),
        ("test-step", "1.0.0")
    );
    assert_eq!(step.input_schema, r#"{"type":"object"}"#);
    assert!(info.pure);
    assert_eq!(sandbox.cached("cwasm").len(), 1);
}

#[tokio::test]
async fn a_trigger_is_described_and_decides() {
    let sandbox = Sandbox::new(Limits::default());
    let wasm = asking_trigger();
    let info = sandbox.runtime.inspect(&wasm).await.unwrap();
    assert_eq!(info.world, World::Trigger);
    let Description::Trigger(trigger) = &info.description else {
        panic!("{:?}", info.description);
    };
    assert_eq!(
        trigger.subscriptions[0].event_type,
        "process-instance.completed"
    );
    let config = Arc::new(Configuration::new());
    let runtime = &sandbox.runtime;
    let report = runtime
        .run_trigger(&info.digest, event(), facts(), config)
        .await;
    let ask = Decision::Ask {
        survey_id: "csat".into(),
        channel: "link".into(),
        delay_ms: 60_000,
        reason: "closed".into(),
    };
    assert_eq!(report.outcome, TriggerOutcome::Decided(vec![ask]));
}

#[tokio::test]
async fn cut_off_or_damaged_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    let wasm = echo();
    for length in [0, 4, 9, wasm.len() / 3, wasm.len() / 2] {
        refusal(&sandbox, &wasm[..length]).await;
    }
    let mut damaged = wasm.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 32].fill(0xff);
    refusal(&sandbox, &damaged).await;
}

#[tokio::test]
async fn a_host_function_of_another_type_is_named() {
    let sandbox = Sandbox::new(Limits::default());
    for (import, found) in [
        (
            r#"(import "gardesh:step/host@0.1.0" (instance (export "now" (func (result u32)))))"#,
            "now",
        ),
        (
            r#"(import "gardesh:step/host@0.1.9" (instance (export "delete-all" (func))))"#,
            "delete-all",
        ),
    ] {
        let wat = format!(
            r#"(component {import} (instance $h)
                (export "gardesh:step/handler@0.1.0" (instance $h)))"#
        );
        let refusal = refusal(&sandbox, &wat::parse_str(wat).unwrap()).await;
        assert!(
            matches!(refusal, Refusal::ImportMismatch { .. }),
            "{refusal}"
        );
        assert!(refusal.to_string().contains(found), "{refusal}");
    }
}

#[tokio::test]
async fn a_handler_of_another_shape_is_named() {
    let sandbox = Sandbox::new(Limits::default());
    let wat = r#"(component
        (core module $m (func (export "f") (result i32) i32.const 1))
        (core instance $i (instantiate $m))
        (func $f (result u32) (canon lift (core func $i "f")))
        (instance $h (export "describe" (func $f)) (export "run" (func $f)))
        (export "gardesh:step/handler@0.1.0" (instance $h)))"#;
    let refusal = refusal(&sandbox, &wat::parse_str(wat).unwrap()).await;
    assert!(
        matches!(refusal, Refusal::ExportMismatch { .. }),
        "{refusal}"
    );
    assert!(
        refusal.to_string().contains("`describe` differs"),
        "{refusal}"
    );
    let wat = r#"(component (instance $h) (export "gardesh:cx/handler@0.1.0" (instance $h)))"#;
    let refusal = self::refusal(&sandbox, &wat::parse_str(wat).unwrap()).await;
    assert!(
        refusal.to_string().contains("no function `describe`"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_component_that_cannot_describe_itself_is_refused() {
    let sandbox = Sandbox::new(Limits {
        describe_cpu_time: Duration::from_millis(100),
        ..Limits::default()
    });
    for (body, expected) in [
        ("unreachable", "trapped"),
        ("(loop $l (br $l)) unreachable", "within 100ms"),
        ("(i32.const -4)", "failed"),
    ] {
        let refusal = refusal(&sandbox, &describes(body)).await;
        assert!(matches!(refusal, Refusal::Describe { .. }), "{refusal}");
        assert!(refusal.to_string().contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn an_invalid_description_is_refused_with_all_its_problems() {
    let sandbox = Sandbox::new(Limits::default());
    let refusal = refusal(&sandbox, &described("No Name", "one", "{")).await;
    let Refusal::Description { problems } = &refusal else {
        panic!("{refusal}");
    };
    assert_eq!(problems.len(), 3, "{refusal}");
}

#[tokio::test]
async fn further_exports_and_wasi_imports_are_fine() {
    let sandbox = Sandbox::new(Limits::default());
    let imports = r#"(import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall (param i32)))"#;
    let wasm = step_with(imports, "", "(call $wall (i32.const 2048)) (call $empty)");
    let info = sandbox.runtime.inspect(&wasm).await.unwrap();
    let clock = "wasi:clocks/wall-clock@0.2.0".to_owned();
    assert!(info.imports.contains(&clock), "{:?}", info.imports);
}

#[tokio::test]
async fn what_implements_no_world_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    let module = wat::parse_str("(module)").unwrap();
    let refused = refusal(&sandbox, &module).await;
    assert!(refused.to_string().contains("core module"), "{refused}");
    let empty = wat::parse_str("(component)").unwrap();
    let refused = refusal(&sandbox, &empty).await;
    assert!(matches!(refused, Refusal::WrongWorld { .. }), "{refused}");
}
