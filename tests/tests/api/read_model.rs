//! A read model that cannot be written: what was acknowledged is found by its key all the same,
//! and the server says what is not well until it has mended itself.

use gardesh_tests::{Options, Server, eventually};
use rusqlite::Connection;
use serde_json::json;

use crate::case::text;
use crate::{APPROVAL, CLAIM};

#[test]
fn what_was_acknowledged_is_found_while_another_process_holds_the_lock() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let before = server.start_case("claim", json!({}));
    let path = |key: &str| format!("/v2/process-instances/{key}");
    server.get(&path(&before)).expect(200);

    let other = Connection::open(server.data().join("query.sqlite")).expect("the read model");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let key = server.start_case("claim", json!({"amount": 7}));
    // The case, and what has come up in it.
    server.get(&path(&key)).expect(200);
    let request = json!({"type": "pay", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 5});
    let jobs = server
        .post("/v2/jobs/activation", &request)
        .expect(200)
        .json();
    let jobs = jobs["jobs"].as_array().cloned().unwrap_or_default();
    let job = jobs.iter().find(|job| job["processInstanceKey"] == *key);
    let element = text(&job.expect("the job of the case")["elementInstanceKey"]).to_owned();
    let path_of_element = format!("/v2/element-instances/{element}");
    let element = server.get(&path_of_element).expect(200).json();
    assert_eq!(element["state"], "ACTIVE");
    server
        .post(&format!("{}/cancellation", path(&key)), &json!({}))
        .expect(204);
    assert_eq!(
        server.get(&path(&key)).expect(200).json()["state"],
        "TERMINATED"
    );
    let element = server.get(&path_of_element).expect(200).json();
    assert_eq!(element["state"], "TERMINATED");
    server.get(&path("4711")).expect(404);

    // A search says what it misses, and so does whoever watches over the server.
    let search = || {
        server
            .post("/v2/process-instances/search", &json!({}))
            .expect(200)
    };
    let found = search();
    assert_eq!(found.json()["page"]["totalItems"], 1);
    let position = |name: &str| found.header(name).parse::<u64>().expect("a position");
    let (seen, all) = (
        position("gardesh-read-model-position"),
        position("gardesh-journal-position"),
    );
    assert!(seen < all, "{seen} of {all}");
    assert!(position("gardesh-read-model-lag-ms") > 0);
    let health = server.get("/v1/health").expect(200).json();
    assert_eq!(health["status"], "degraded", "{health}");
    let topology = server.get("/v2/topology").expect(200).json();
    assert_eq!(
        topology["brokers"][0]["partitions"][0]["health"],
        "unhealthy"
    );

    // It goes on by itself: no further command is needed.
    other
        .execute_batch("COMMIT")
        .expect("the end of the transaction");
    eventually("a server that is well", || {
        let health = server.get("/v1/health").expect(200).json();
        (health["status"] == "ok").then_some(())
    });
    let found = search();
    assert_eq!(found.json()["page"]["totalItems"], 2);
    assert_eq!(found.header("gardesh-journal-position"), "");
}
