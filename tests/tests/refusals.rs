//! What the server refuses, and how it says so: components that are none, diagrams that
//! cannot run. Nothing of what is refused is stored.

use gardesh_tests::{Options, Server, component};
use serde_json::{Value, json};

fn detail_of_upload(server: &Server, wasm: &[u8]) -> String {
    let reply = server
        .post_bytes("/v1/components", "application/wasm", wasm)
        .expect(422);
    reply.json()["detail"]
        .as_str()
        .expect("a detail")
        .to_owned()
}

#[test]
fn a_component_that_does_not_fit_is_refused_with_expected_and_found() {
    let server = Server::start(&Options::default());
    let good = component("assessment");
    let core_module = b"\0asm\x01\0\0\0";
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (
            "ungranted import",
            component("ungranted"),
            &["acme:secret/vault", "gardesh:step/host"],
        ),
        ("text", b"print('hello')".to_vec(), &["component"]),
        ("nothing", Vec::new(), &["component"]),
        (
            "core module",
            core_module.to_vec(),
            &["component", "module"],
        ),
        ("truncated", good[..good.len() / 2].to_vec(), &["component"]),
        (
            "wrong world",
            empty_component(),
            &["gardesh:step/handler", "gardesh:cx/handler"],
        ),
    ];
    for (name, wasm, parts) in cases {
        let detail = detail_of_upload(&server, &wasm);
        assert!(detail.starts_with("Expected"), "{name}: {detail}");
        for part in parts {
            assert!(
                detail.contains(part),
                "{name}: Expected '{part}' in: {detail}"
            );
        }
    }
    assert_eq!(server.list("/v1/components"), Vec::<Value>::new());
    server.push_component(&good);
}

/// A component that imports and exports nothing.
fn empty_component() -> Vec<u8> {
    b"\0asm\x0d\0\x01\0".to_vec()
}

#[test]
fn a_diagram_that_cannot_run_is_refused_with_all_that_is_wrong() {
    let server = Server::start(&Options::default());
    let broken = r#"<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="no-start" isExecutable="true">
    <exclusiveGateway id="choice"/>
    <sequenceFlow id="to-nowhere" sourceRef="choice" targetRef="missing"/>
    <serviceTask id="without-type"/>
  </process>
</definitions>"#;
    let reply = server
        .try_deploy(&[
            ("broken.bpmn", broken),
            ("torn.bpmn", "<definitions><process"),
        ])
        .expect(400)
        .json();
    let diagnostics = reply["diagnostics"].as_array().expect("diagnostics");
    let found = |element: &str, line: u64| {
        diagnostics.iter().any(|d| {
            d["elementId"] == element && d["line"] == line && d["resource"] == "broken.bpmn"
        })
    };
    assert!(
        found("no-start", 3),
        "the missing start event: {diagnostics:#?}"
    );
    assert!(
        found("to-nowhere", 5),
        "the unknown target: {diagnostics:#?}"
    );
    assert!(
        found("without-type", 6),
        "the missing job type: {diagnostics:#?}"
    );
    assert!(
        diagnostics.iter().any(|d| d["resource"] == "torn.bpmn"),
        "the broken XML: {diagnostics:#?}"
    );
    let detail = reply["detail"].as_str().unwrap();
    assert!(
        detail.contains("to-nowhere") && detail.contains("torn.bpmn"),
        "{detail}"
    );
    assert_eq!(
        server.search("process-definitions", json!({})),
        Vec::<Value>::new()
    );
}
