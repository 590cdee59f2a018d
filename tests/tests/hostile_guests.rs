//! Steps that misbehave inside a running server: each ends as a failed job with a reason,
//! within its limit, and the cases of others go on meanwhile.

use std::time::{Duration, Instant};

use gardesh_tests::{Options, Server, component, eventually};
use serde_json::{Value, json};

/// One service task run by the hostile component, without retries.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:test">
  <process id="p" isExecutable="true">
    <startEvent id="start"/>
    <serviceTask id="step"><extensionElements><zeebe:taskDefinition type="hostile" retries="1"/></extensionElements></serviceTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="step"/>
    <sequenceFlow id="f2" sourceRef="step" targetRef="end"/>
  </process>
</definitions>"#;

/// The sandbox's wall-time limit, with room for a busy machine.
const WITHIN: Duration = Duration::from_secs(45);

/// What a well-behaved case may take while others misbehave on both cores.
const STILL_SERVED: Duration = Duration::from_secs(8);

#[test]
fn each_ends_as_an_incident_with_its_reason_while_others_are_served() {
    let server = Server::start(&Options::default());
    server.push_component(&component("hostile"));
    server.deploy(&[("p.bpmn", PROCESS)]);
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({"mode": "loop"}), &["Expected", "s"]),
        (json!({"mode": "loop"}), &["Expected", "s"]),
        (json!({"mode": "loop"}), &["Expected", "s"]),
        (json!({"mode": "allocate"}), &["memory"]),
        (
            json!({"mode": "panic", "text": "the ledger is gone"}),
            &["the ledger is gone"],
        ),
        (json!({"mode": "output"}), &["Expected"]),
        (json!({"mode": "recurse"}), &["Expected"]),
    ];
    let began = Instant::now();
    let bad: Vec<String> = cases
        .iter()
        .map(|(variables, _)| server.start_case("p", variables.clone()))
        .collect();
    let asked = Instant::now();
    let good = server.start_case("p", json!({"mode": "echo", "text": "still here"}));
    server.await_completed(&good);
    assert!(
        asked.elapsed() < STILL_SERVED,
        "a well-behaved case took {:?}",
        asked.elapsed()
    );
    for (case, (variables, parts)) in bad.iter().zip(&cases) {
        let incident = eventually("an incident", || {
            server
                .search("incidents", json!({"processInstanceKey": case}))
                .pop()
        });
        assert_eq!(incident["errorType"], "JOB_NO_RETRIES");
        let message = incident["errorMessage"].as_str().unwrap();
        for part in *parts {
            assert!(
                message.contains(part),
                "{variables}: Expected '{part}' in: {message}"
            );
        }
        println!("{variables}: {message}");
    }
    assert!(began.elapsed() < WITHIN, "it took {:?}", began.elapsed());
    server.start_case("p", json!({"mode": "echo", "text": "and afterwards"}));
}
