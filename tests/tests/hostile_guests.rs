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

/// The sandbox's limit of processor time for each that loops, with room for a busy machine.
const WITHIN: Duration = Duration::from_secs(120);

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

/// One service task run by the component `score`, which behaves well.
fn neighbour() -> String {
    PROCESS
        .replace("id=\"p\"", "id=\"n\"")
        .replace("\"hostile\"", "\"score\"")
}

/// Starts a case of the neighbour, waits for its end, and says how long that took.
fn neighbour_takes(server: &Server) -> Duration {
    let began = Instant::now();
    let body = json!({"processDefinitionId": "n", "variables": {"amount": 12},
                      "awaitCompletion": true, "requestTimeout": 60_000});
    server.post("/v2/process-instances", &body).expect(200);
    began.elapsed()
}

#[test]
fn work_that_shares_the_processors_ends_and_neighbours_do_not_wait_for_it() {
    let server = Server::start(&Options::default());
    for name in ["hostile", "score"] {
        server.push_component(&component(name));
    }
    let neighbour = neighbour();
    server.deploy(&[("p.bpmn", PROCESS), ("n.bpmn", &neighbour)]);
    neighbour_takes(&server);
    // Far more than 10 s of work together; each has one attempt. Those that hoard memory
    // want more than there is.
    let work = (0..40).map(|_| json!({"mode": "work", "size": 700_000_000}));
    let hoards = (0..12).map(|_| json!({"mode": "hoard"}));
    let cases: Vec<String> = work
        .chain(hoards)
        .map(|variables| server.start_case("p", variables))
        .collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        slowest = slowest.max(neighbour_takes(&server));
    }
    assert!(
        slowest < Duration::from_secs(2),
        "a neighbour took {slowest:?}"
    );
    let left = || {
        server
            .search("process-instances", json!({"state": "ACTIVE"}))
            .len()
    };
    assert!(left() > 0, "the work was done before the neighbour was");
    for case in &cases {
        server.await_completed(case);
    }
    assert!(server.search("incidents", json!({})).is_empty());
}

#[test]
fn a_component_made_to_burst_the_compiler_is_refused_at_once() {
    let server = Server::start(&Options::default());
    let mut body = "(component $c0)".to_owned();
    for level in 1..=30 {
        let before = level - 1;
        body += &format!(
            "(component $c{level} (alias outer 1 $c{before} (component $x)) \
             (instance (instantiate $x)) (instance (instantiate $x)))"
        );
    }
    let bomb = wat::parse_str(format!("(component {body} (instance (instantiate $c30)))"));
    let began = Instant::now();
    let refused = server
        .post_bytes("/v1/components", "application/wasm", &bomb.unwrap())
        .expect(422)
        .json();
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("at most 256 component instances"),
        "{detail}"
    );
    server.push_component(&component("score"));
}

#[test]
fn a_version_is_not_taken_over_by_other_bytes_unless_that_is_meant() {
    let server = Server::start(&Options::default());
    let mine = component("score");
    // The same component with a custom section at its end.
    let foreign = [&mine[..], &[0, 3, 1, b'x', 0]].concat();
    let push = |query: &str, wasm: &[u8]| {
        let path = format!("/v1/components{query}");
        server.post_bytes(&path, "application/wasm", wasm)
    };
    let first = push("", &mine).expect(201).json();
    assert!(first.get("replaced").is_none(), "{first}");
    push("", &mine).expect(200);
    let refused = push("", &foreign).expect(409).json();
    let detail = refused["detail"].as_str().unwrap();
    for part in ["Expected", "score", first["digest"].as_str().unwrap()] {
        assert!(detail.contains(part), "{detail}");
    }
    let served = || server.get("/v1/components/score").expect(200).json()["digest"].clone();
    assert_eq!(served(), first["digest"]);
    let replaced = push("?replace=true", &foreign).expect(201).json();
    assert_eq!(replaced["replaced"]["digest"], first["digest"]);
    assert_eq!(served(), replaced["digest"]);
}
