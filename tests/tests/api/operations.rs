//! What operators and people do to a running case besides its own work: modification, starts
//! in the middle, suspension, changes of a task.

use gardesh_tests::{Options, Server};
use serde_json::{Value, json};

use crate::case::{only, text};
use crate::{APPROVAL, CLAIM};

fn server() -> Server {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    server
}

fn task(server: &Server, case: &str) -> Value {
    only(server.search(
        "user-tasks",
        json!({"processInstanceKey": case, "state": "CREATED"}),
    ))
}

#[test]
fn a_token_goes_where_an_operator_puts_it() {
    let server = server();
    let case = server.start_case("claim", json!({}));
    let path = format!("/v2/process-instances/{case}/modification");
    let request = json!({
        "activateInstructions": [{
            "elementId": "approve",
            "variableInstructions": [{"variables": {"paid": true}}],
        }],
        "terminateInstructions": [{"elementId": "pay"}],
    });
    server.post(&path, &request).expect(204);
    let pay = only(server.search(
        "element-instances",
        json!({"processInstanceKey": case, "elementId": "pay"}),
    ));
    assert_eq!(pay["state"], "TERMINATED");
    let paid = only(server.search(
        "variables",
        json!({"processInstanceKey": case, "name": "paid"}),
    ));
    assert_eq!(paid["scopeKey"], *case);

    let key = text(&task(&server, &case)["userTaskKey"]).to_owned();
    server
        .post(&format!("/v2/user-tasks/{key}/completion"), &json!({}))
        .expect(204);
    server.await_completed(&case);
    server.post(&path, &request).expect(404);
    server.post(&path, &json!({})).expect(400);
}

#[test]
fn a_case_begins_where_it_is_told_to() {
    let server = server();
    let request = json!({
        "processDefinitionId": "claim",
        "startInstructions": [{"elementId": "approve"}],
        "runtimeInstructions": [{"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "approve"}],
    });
    let created = server
        .post("/v2/process-instances", &request)
        .expect(200)
        .json();
    let case = text(&created["processInstanceKey"]);
    assert_eq!(
        server
            .search("jobs", json!({"processInstanceKey": case}))
            .len(),
        0
    );
    let key = text(&task(&server, case)["userTaskKey"]).to_owned();
    server
        .post(&format!("/v2/user-tasks/{key}/completion"), &json!({}))
        .expect(204);
    let ended = server
        .get(&format!("/v2/process-instances/{case}"))
        .expect(200)
        .json();
    assert_eq!(ended["state"], "TERMINATED");
}

#[test]
fn a_suspended_case_gives_no_jobs() {
    let server = server();
    let case = server.start_case("claim", json!({}));
    let path = |what: &str| format!("/v1/process-instances/{case}/{what}");
    let jobs = || {
        let request = json!({"type": "pay", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": -1});
        let reply = server.post("/v2/jobs/activation", &request).expect(200);
        reply.json()["jobs"].as_array().map_or(0, Vec::len)
    };
    server.post(&path("suspension"), &json!({})).expect(204);
    server.post(&path("suspension"), &json!({})).expect(409);
    assert_eq!(jobs(), 0);
    server.post(&path("resumption"), &json!({})).expect(204);
    server.post(&path("resumption"), &json!({})).expect(409);
    assert_eq!(jobs(), 1);
}

#[test]
fn a_task_says_something_else_about_itself() {
    let server = server();
    let request = json!({
        "processDefinitionId": "claim",
        "startInstructions": [{"elementId": "approve"}],
    });
    let created = server
        .post("/v2/process-instances", &request)
        .expect(200)
        .json();
    let key = text(&task(&server, text(&created["processInstanceKey"]))["userTaskKey"]).to_owned();
    let path = format!("/v2/user-tasks/{key}");
    let changes = json!({
        "changeset": {
            "priority": 80,
            "dueDate": "2030-01-31T08:00:00Z",
            "candidateUsers": ["ada"],
        },
        "action": "escalate",
    });
    server.patch(&path, &changes).expect(204);
    let found = server.get(&path).expect(200).json();
    assert_eq!(found["priority"], 80);
    assert_eq!(found["candidateUsers"], json!(["ada"]));
    assert_eq!(found["candidateGroups"], json!(["adjusters"]));
    assert!(text(&found["dueDate"]).starts_with("2030-01-31T08:00:00"));
    let emptied = json!({"changeset": {"dueDate": ""}});
    server.patch(&path, &emptied).expect(204);
    let found = server.get(&path).expect(200).json();
    assert_eq!(found["dueDate"], json!(null));
    for mistake in [
        json!({}),
        json!({"changeset": {"priority": 101}}),
        json!({"changeset": {"dueDate": "soon"}}),
    ] {
        server.patch(&path, &mistake).expect(400);
    }
}

#[test]
fn a_person_chooses_in_an_ad_hoc_subprocess() {
    let server = Server::start(&Options::default());
    server.deploy(&[("choice.bpmn", include_str!("choice.bpmn"))]);
    let case = server.start_case("choice", json!({}));
    let choose = only(server.search(
        "element-instances",
        json!({"processInstanceKey": case, "elementId": "choose"}),
    ));
    let key = text(&choose["elementInstanceKey"]);
    let path = format!("/v2/element-instances/ad-hoc-activities/{key}/activation");
    let unknown = json!({"elements": [{"elementId": "sing"}]});
    server.post(&path, &unknown).expect(404);
    let call = json!({"elements": [{"elementId": "call", "variables": {"number": 7}}]});
    server.post(&path, &call).expect(204);

    let request = json!({"type": "call", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 5});
    let jobs = server.post("/v2/jobs/activation", &request).expect(200);
    let job = only(jobs.json()["jobs"].as_array().cloned().unwrap_or_default());
    assert_eq!(job["variables"]["number"], 7);
    assert_eq!(job["kind"], "BPMN_ELEMENT");
    let key = text(&job["jobKey"]);
    server
        .post(&format!("/v2/jobs/{key}/completion"), &json!({}))
        .expect(204);
    server.await_completed(&case);
}
