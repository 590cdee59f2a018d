//! A component in jobs that want more than variables: as the listener of a user task it
//! corrects and denies, it leads an ad-hoc subprocess, and what it may not say is an incident.

use gardesh_tests::{Options, Server, component, eventually};
use serde_json::{Value, json};

/// A user task with two listeners, then an ad-hoc subprocess that is led; beside it a process
/// whose only task has no use for verdicts.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:test">
  <process id="led" isExecutable="true">
    <startEvent id="start"/>
    <userTask id="approve"><extensionElements>
      <zeebe:userTask/>
      <zeebe:taskListeners>
        <zeebe:taskListener eventType="assigning" type="verdict"/>
        <zeebe:taskListener eventType="completing" type="verdict"/>
      </zeebe:taskListeners>
    </extensionElements></userTask>
    <adHocSubProcess id="visits">
      <extensionElements>
        <zeebe:taskDefinition type="verdict"/>
        <zeebe:adHoc outputCollection="results" outputElement="=seen"/>
      </extensionElements>
      <scriptTask id="visit"><extensionElements><zeebe:script expression="=&quot;room &quot; + string(room)" resultVariable="seen"/></extensionElements></scriptTask>
    </adHocSubProcess>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="approve"/>
    <sequenceFlow id="f2" sourceRef="approve" targetRef="visits"/>
    <sequenceFlow id="f3" sourceRef="visits" targetRef="end"/>
  </process>
  <process id="unasked" isExecutable="true">
    <startEvent id="begin"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="verdict"/></extensionElements></serviceTask>
    <sequenceFlow id="f4" sourceRef="begin" targetRef="work"/>
  </process>
</definitions>"#;

fn server() -> Server {
    let server = Server::start(&Options::default());
    server.push_component(&component("verdict"));
    server.deploy(&[("led.bpmn", PROCESS)]);
    server
}

/// The case's user task, once it looks like this.
fn task_with(server: &Server, case: &str, name: &str, expected: &Value) -> Value {
    eventually("the task to change", || {
        let tasks = server.search("user-tasks", json!({"processInstanceKey": case}));
        tasks.into_iter().find(|task| task[name] == *expected)
    })
}

/// What the history says of events of one type.
fn told(server: &Server, case: &str, event_type: &str) -> Vec<Value> {
    let events = server.list(&format!("/v1/process-instances/{case}/history"));
    events
        .into_iter()
        .filter(|event| event["type"] == event_type)
        .collect()
}

#[test]
fn a_component_corrects_denies_and_leads() {
    let server = server();
    let case = server.start_case("led", json!({}));
    let task = task_with(&server, &case, "state", &json!("CREATED"));
    let path = format!("/v2/user-tasks/{}", task["userTaskKey"].as_str().unwrap());

    let ada = json!({"assignee": "ada"});
    server.post(&format!("{path}/assignment"), &ada).expect(204);
    let task = server.get(&path).expect(200).json();
    assert_eq!(task["assignee"], "grace", "{task}");
    assert_eq!(task["priority"], 90, "{task}");

    let complete = |approved: bool| {
        let request = json!({"variables": {"approved": approved}});
        server.post(&format!("{path}/completion"), &request)
    };
    let denied = complete(false).expect(409).json();
    let detail = denied["detail"].as_str().unwrap();
    assert!(detail.contains("'grace has not approved"), "{detail}");
    let told = told(&server, &case, "UserTaskTransitionDenied");
    assert_eq!(told.len(), 1, "{told:?}");
    task_with(&server, &case, "state", &json!("CREATED"));

    complete(true).expect(204);
    server.await_completed(&case);
    let results = server.search(
        "variables",
        json!({"processInstanceKey": case, "scopeKey": case, "name": "results"}),
    );
    assert_eq!(results[0]["value"], r#"["room 7","room 8"]"#, "{results:?}");
}

#[test]
fn a_verdict_that_nobody_asked_for_is_an_incident() {
    let server = server();
    let case = server.start_case("unasked", json!({}));
    let incident = eventually("an incident", || {
        server
            .search("incidents", json!({"processInstanceKey": case}))
            .pop()
    });
    assert_eq!(incident["errorType"], "JOB_NO_RETRIES");
    let message = incident["errorMessage"].as_str().unwrap();
    assert!(message.contains("BPMN_ELEMENT"), "{message}");
}
