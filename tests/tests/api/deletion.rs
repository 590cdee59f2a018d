//! What was deployed is deleted as in Camunda, a case that something stops answers who waits for
//! it, and the command line does both.

use gardesh_tests::{Options, Server};
use serde_json::{Value, json};

use crate::case::{only, text};
use crate::{APPROVAL, CLAIM};

fn deploy(server: &Server, xml: &str) -> String {
    let deployed = server.deploy(&[("claim.bpmn", xml), ("approval.form", APPROVAL)]);
    let definition = &deployed["deployments"][0]["processDefinition"];
    text(&definition["processDefinitionKey"]).to_owned()
}

fn latest(server: &Server) -> Vec<Value> {
    let found = server.search("process-definitions", json!({"isLatestVersion": true}));
    found.iter().map(|row| row["version"].clone()).collect()
}

#[test]
fn a_deleted_version_starts_nothing_and_its_cases_and_their_history_stay() {
    let server = Server::start(&Options::default());
    let first = deploy(&server, CLAIM);
    let second = deploy(&server, &CLAIM.replace("name=\"Pay\"", "name=\"Pay out\""));
    let case = server.start_case("claim", json!({}));
    let path = format!("/v2/resources/{second}/deletion");
    let deleted = server.post(&path, &json!({})).expect(200).json();
    assert_eq!(deleted["resourceKey"], *second);
    assert_eq!(deleted["batchOperation"], Value::Null);
    server.post(&path, &json!({})).expect(404);
    assert_eq!(latest(&server), [json!(1)]);
    let start = |request: Value| server.post("/v2/process-instances", &request);
    start(json!({"processDefinitionKey": second})).expect(404);
    let begun = start(json!({"processDefinitionId": "claim"}))
        .expect(200)
        .json();
    assert_eq!(begun["processDefinitionKey"], *first);

    // Its case ends by its own diagram, which can still be read, as can the history.
    server
        .post(
            &format!("/v2/process-instances/{case}/cancellation"),
            &json!({}),
        )
        .expect(204);
    let row = server
        .get(&format!("/v2/process-instances/{case}"))
        .expect(200)
        .json();
    assert_eq!(
        (&row["state"], &row["processDefinitionVersion"]),
        (&json!("TERMINATED"), &json!(2))
    );
    server
        .get(&format!("/v2/process-definitions/{second}/xml"))
        .expect(200);
    let history = server
        .get(&format!("/v1/process-instances/{case}/history"))
        .expect(200)
        .json();
    assert!(
        history["items"]
            .as_array()
            .is_some_and(|items| items.len() > 3),
        "{history}"
    );
    let row = only(server.search("process-definitions", json!({"state": "DELETED"})));
    assert_eq!(row["processDefinitionKey"], *second);

    // With its history: only what has ended goes.
    let path = format!("/v2/resources/{first}/deletion");
    let deleted = server
        .post(&path, &json!({"deleteHistory": true}))
        .expect(200)
        .json();
    assert_eq!(
        deleted["batchOperation"]["batchOperationType"],
        "DELETE_PROCESS_INSTANCE"
    );
    assert_eq!(latest(&server), Vec::<Value>::new());
    let running = text(&begun["processInstanceKey"]).to_owned();
    server
        .get(&format!("/v2/process-instances/{running}"))
        .expect(200);
}

#[test]
fn who_waits_for_the_end_is_told_what_stops_the_case() {
    let server = Server::start(&Options::default());
    let stuck = CLAIM.replace(
        "<bpmn:extensionElements>",
        "<bpmn:extensionElements>\n<zeebe:ioMapping><zeebe:input source=\"=assert(amount, amount > 1)\" target=\"size\"/></zeebe:ioMapping>",
    );
    assert_ne!(stuck, CLAIM);
    deploy(&server, &stuck);
    let request = json!({
        "processDefinitionId": "claim", "variables": {"amount": 0},
        "awaitCompletion": true, "requestTimeout": 30_000,
    });
    let path = "/v2/process-instances?untilStopped=true";
    let stopped = server.post(path, &request).expect(409).json();
    let incident = only(server.search("incidents", json!({"state": "ACTIVE"})));
    assert_eq!(stopped["title"], "STOPPED");
    assert_eq!(stopped["type"], "/docs/errors#process-instance-stopped");
    assert_eq!(stopped["incidentKey"], incident["incidentKey"]);
    assert_eq!(
        stopped["processInstanceKey"],
        incident["processInstanceKey"]
    );
    let detail = text(&stopped["detail"]);
    assert!(detail.contains(text(&incident["errorMessage"])), "{detail}");
    // Others wait as in Camunda, until their time is over.
    let brief = json!({
        "processDefinitionId": "claim", "variables": {"amount": 0},
        "awaitCompletion": true, "requestTimeout": 600,
    });
    let late = server
        .post("/v2/process-instances", &brief)
        .expect(504)
        .json();
    assert!(late["processInstanceKey"].is_string(), "{late}");
}
