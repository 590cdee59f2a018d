//! One case from its start to its end, by the calls that a worker, an adjuster and an
//! operator make, each followed by a search that must already see it.

use gardesh_tests::{Options, Server};
use serde_json::{Value, json};

use crate::{APPROVAL, CLAIM};

/// The only item that a search finds.
#[track_caller]
pub fn only(items: Vec<Value>) -> Value {
    match <[Value; 1]>::try_from(items) {
        Ok([item]) => item,
        Err(items) => panic!(
            "Expected one item, but there are {}: {items:?}",
            items.len()
        ),
    }
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("Expected a text, but got {value}"))
}

fn activate(server: &Server) -> Value {
    let request = json!({"type": "pay", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 5});
    let reply = server
        .post("/v2/jobs/activation", &request)
        .expect(200)
        .json();
    only(reply["jobs"].as_array().cloned().unwrap_or_default())
}

#[test]
fn a_case_goes_from_start_to_end() {
    let server = Server::start(&Options::default());
    let deployed = server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    assert_eq!(deployed["tenantId"], "<default>");
    let process = &deployed["deployments"][0]["processDefinition"];
    assert_eq!(process["processDefinitionId"], "claim");
    assert_eq!(process["processDefinitionVersion"], 1);
    assert_eq!(process["resourceName"], "claim.bpmn");
    assert_eq!(deployed["deployments"][1]["form"]["formId"], "approval");

    let definition = text(&process["processDefinitionKey"]);
    let xml = server
        .get(&format!("/v2/process-definitions/{definition}/xml"))
        .expect(200);
    assert_eq!(xml.body, CLAIM);

    let request = json!({
        "processDefinitionKey": definition,
        "businessId": "C-17",
        "variables": {"amount": 1, "person": {"name": "پروین"}},
    });
    let created = server
        .post("/v2/process-instances", &request)
        .expect(200)
        .json();
    assert_eq!(created["businessId"], "C-17");
    let case = text(&created["processInstanceKey"]).to_owned();
    let found = only(server.search("process-instances", json!({"businessId": "C-17"})));
    assert_eq!(
        (&found["state"], &found["processInstanceKey"]),
        (&json!("ACTIVE"), &json!(case))
    );

    pay(&server, &case);
    approve(&server, &case);

    let ended = server
        .get(&format!("/v2/process-instances/{case}"))
        .expect(200)
        .json();
    assert_eq!(ended["state"], "COMPLETED");
    assert!(text(&ended["endDate"]).ends_with('Z'));
    let elements = server.search("element-instances", json!({"processInstanceKey": case}));
    let states: Vec<(&str, &str)> = elements
        .iter()
        .map(|e| (text(&e["elementId"]), text(&e["state"])))
        .collect();
    let expected = ["start", "pay", "approve", "end"].map(|id| (id, "COMPLETED"));
    assert_eq!(states, expected);
    told(&server, &case);
}

/// A worker fails until nobody may try any more; an operator gives it another try.
fn pay(server: &Server, case: &str) {
    let job = activate(server);
    assert_eq!(job["customHeaders"], json!({"currency": "EUR"}));
    assert_eq!(job["variables"]["person"]["name"], "پروین");
    assert_eq!(
        (&job["elementId"], &job["processInstanceKey"]),
        (&json!("pay"), &json!(case))
    );
    let key = text(&job["jobKey"]);
    let failure = json!({"retries": 0, "errorMessage": "Expected funds, but there are none."});
    server
        .post(&format!("/v2/jobs/{key}/failure"), &failure)
        .expect(204);

    let incident = only(server.search(
        "incidents",
        json!({"processInstanceKey": case, "state": "ACTIVE"}),
    ));
    assert_eq!(incident["errorType"], "JOB_NO_RETRIES");
    assert_eq!(
        (&incident["elementId"], &incident["jobKey"]),
        (&json!("pay"), &json!(key))
    );
    let stopped = server
        .get(&format!("/v2/process-instances/{case}"))
        .expect(200)
        .json();
    assert_eq!(stopped["hasIncident"], true);

    server
        .patch(
            &format!("/v2/jobs/{key}"),
            &json!({"changeset": {"retries": 1}}),
        )
        .expect(204);
    let incident = text(&incident["incidentKey"]);
    server
        .post(&format!("/v2/incidents/{incident}/resolution"), &json!({}))
        .expect(204);
    assert_eq!(
        server
            .search(
                "incidents",
                json!({"processInstanceKey": case, "state": "ACTIVE"})
            )
            .len(),
        0
    );

    let again = activate(server);
    assert_eq!(again["jobKey"], key);
    let body = r#"{"variables": {"paid": 12345678901234567890.12}}"#;
    server
        .post_bytes(
            &format!("/v2/jobs/{key}/completion"),
            "application/json",
            body.as_bytes(),
        )
        .expect(204);
    let late = server
        .post(&format!("/v2/jobs/{key}/completion"), &json!({}))
        .expect(404)
        .json();
    assert_eq!(late["title"], "NOT_FOUND");

    let paid = only(server.search(
        "variables",
        json!({"processInstanceKey": case, "name": "paid"}),
    ));
    assert_eq!(paid["value"], "12345678901234567890.12");
}

fn approve(server: &Server, case: &str) {
    let task = only(server.search(
        "user-tasks",
        json!({"processInstanceKey": case, "state": "CREATED"}),
    ));
    assert_eq!(
        (&task["elementId"], &task["candidateGroups"]),
        (&json!("approve"), &json!(["adjusters"]))
    );
    let key = text(&task["userTaskKey"]);
    let path = |what: &str| format!("/v2/user-tasks/{key}{what}");
    let form = server.get(&path("/form")).expect(200).json();
    assert_eq!(form["schema"], APPROVAL);

    server
        .post(&path("/assignment"), &json!({"assignee": "ada"}))
        .expect(204);
    let taken = server.post(
        &path("/assignment"),
        &json!({"assignee": "bob", "allowOverride": false}),
    );
    assert_eq!(taken.expect(409).json()["title"], "INVALID_STATE");
    assert_eq!(server.get(&path("")).expect(200).json()["assignee"], "ada");
    let seen = server
        .post(
            &path("/variables/search"),
            &json!({"filter": {"name": "paid"}}),
        )
        .expect(200)
        .json();
    assert_eq!(seen["items"][0]["scopeKey"], *case);

    server
        .post(
            &path("/completion"),
            &json!({"variables": {"approved": true}}),
        )
        .expect(204);
    server.post(&path("/completion"), &json!({})).expect(404);
}

/// The history tells the same story.
fn told(server: &Server, case: &str) {
    let events = server.list(&format!("/v1/process-instances/{case}/history"));
    let types: Vec<&str> = events.iter().map(|event| text(&event["type"])).collect();
    let story = [
        "ProcessInstanceCreated",
        "JobCreated",
        "JobActivated",
        "JobFailed",
        "IncidentCreated",
        "IncidentResolved",
        "JobCompleted",
        "UserTaskCreated",
        "UserTaskAssigned",
        "UserTaskCompleted",
        "ProcessInstanceCompleted",
    ];
    let mut rest = types.iter();
    for expected in story {
        assert!(
            rest.any(|found| *found == expected),
            "Expected {expected} in its place in {types:?}"
        );
    }
}

#[test]
fn a_cancelled_case_is_over() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let case = server.start_case("claim", json!({}));
    let path = format!("/v2/process-instances/{case}/cancellation");
    server.post(&path, &json!({})).expect(204);
    server.post(&path, &json!({})).expect(404);
    let found = server
        .get(&format!("/v2/process-instances/{case}"))
        .expect(200)
        .json();
    assert_eq!(found["state"], "TERMINATED");
    assert_eq!(
        server
            .search(
                "jobs",
                json!({"processInstanceKey": case, "state": "CANCELED"})
            )
            .len(),
        1
    );
}
