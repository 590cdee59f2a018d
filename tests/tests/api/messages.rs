//! What the world outside tells the cases: messages, signals, conditions.

use gardesh_tests::{Options, Server};
use serde_json::json;

use crate::case::text;

/// A process that waits for the message `paid` of its `order`, then for the signal `open`.
const ORDER: &str = include_str!("order.bpmn");

fn server() -> Server {
    let server = Server::start(&Options::default());
    server.deploy(&[("order.bpmn", ORDER)]);
    server
}

#[test]
fn a_waiting_case_takes_its_message_and_the_signal() {
    let server = server();
    let case = server.start_case("order", json!({"order": "C-1"}));
    let other = json!({"name": "paid", "correlationKey": "C-2"});
    let nobody = server.post("/v2/messages/correlation", &other).expect(404);
    assert_eq!(nobody.json()["title"], "NOT_FOUND");

    let paid = json!({"name": "paid", "correlationKey": "C-1", "variables": {"amount": 12.50}});
    let taken = server
        .post("/v2/messages/correlation", &paid)
        .expect(200)
        .json();
    assert_eq!(taken["processInstanceKey"], *case);
    assert_eq!(taken["tenantId"], "<default>");
    assert!(!text(&taken["messageKey"]).is_empty());
    server.post("/v2/messages/correlation", &paid).expect(404);

    let open = json!({"signalName": "open", "variables": {"by": "ada"}});
    let sent = server
        .post("/v2/signals/broadcast", &open)
        .expect(200)
        .json();
    assert_eq!(sent["tenantId"], "<default>");
    assert!(!text(&sent["signalKey"]).is_empty());
    server.await_completed(&case);
    let by = server.search(
        "variables",
        json!({"processInstanceKey": case, "name": "by"}),
    );
    assert_eq!(by[0]["value"], "\"ada\"");
}

#[test]
fn a_published_message_waits_for_its_case() {
    let server = server();
    let paid = json!({
        "name": "paid",
        "correlationKey": "C-1",
        "timeToLive": 600_000,
        "messageId": "payment-1",
    });
    let sent = server
        .post("/v2/messages/publication", &paid)
        .expect(200)
        .json();
    assert!(!text(&sent["messageKey"]).is_empty());
    assert_eq!(sent["tenantId"], "<default>");
    let twice = server.post("/v2/messages/publication", &paid).expect(409);
    let twice = twice.json();
    assert_eq!(twice["title"], "ALREADY_EXISTS");
    assert_eq!(twice["type"], "/docs/errors#already-exists");

    let case = server.start_case("order", json!({"order": "C-1"}));
    let elements = server.search(
        "element-instances",
        json!({"processInstanceKey": case, "elementId": "payment"}),
    );
    assert_eq!(elements[0]["state"], "COMPLETED");
}

#[test]
fn conditions_that_nobody_waits_for_start_nothing() {
    let server = server();
    let request = json!({"variables": {"temperature": 40}});
    let answer = server
        .post("/v2/conditionals/evaluation", &request)
        .expect(200)
        .json();
    assert_eq!(answer["processInstances"], json!([]));
    let unknown = json!({"processDefinitionKey": "1", "variables": {}});
    server
        .post("/v2/conditionals/evaluation", &unknown)
        .expect(404);
}
