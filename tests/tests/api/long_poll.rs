//! Requests that wait: for jobs to come up, for a case to end.

use std::thread;

use gardesh_tests::{Options, Server};
use serde_json::json;

use crate::{APPROVAL, CLAIM};

#[test]
fn a_waiting_worker_gets_the_job_when_it_comes_up() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let request = json!({
        "type": "pay", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 20_000,
    });
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (client, request) = (server.client(), &request);
                scope.spawn(move || {
                    client
                        .post("/v2/jobs/activation", request)
                        .expect(200)
                        .json()
                })
            })
            .collect();
        // Whether a worker is early or late must make no difference, so nobody waits here.
        for _ in 0..4 {
            server.start_case("claim", json!({}));
        }
        let mut keys: Vec<String> = workers
            .into_iter()
            .map(|worker| worker.join().expect("a reply")["jobs"][0]["jobKey"].to_string())
            .collect();
        keys.sort();
        keys.dedup();
        assert_eq!(
            keys.len(),
            4,
            "Expected each worker to have a job of its own, but got {keys:?}"
        );
    });
}

#[test]
fn a_worker_that_does_not_wait_is_answered_at_once() {
    let server = Server::start(&Options::default());
    let request =
        json!({"type": "nothing", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": -1});
    let reply = server
        .post("/v2/jobs/activation", &request)
        .expect(200)
        .json();
    assert_eq!(reply, json!({"jobs": []}));
}

#[test]
fn whoever_starts_a_case_can_wait_for_its_end() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let patience =
        json!({"processDefinitionId": "claim", "awaitCompletion": true, "requestTimeout": 50});
    let problem = server
        .post("/v2/process-instances", &patience)
        .expect(504)
        .json();
    assert_eq!(problem["title"], "DEADLINE_EXCEEDED");
    assert_eq!(problem["type"], "/docs/errors#process-instance-timeout");

    let straight = CLAIM
        .replace("targetRef=\"pay\"", "targetRef=\"end\"")
        .replace("id=\"claim\"", "id=\"straight\"");
    // What is left of the diagram would never be reached; cut it out.
    let from = straight.find("<bpmn:serviceTask").expect("the first task");
    let to = straight.find("<bpmn:endEvent").expect("the end");
    let straight = format!(
        "{}{}",
        &straight[..from],
        straight[to..].replace(">f3<", ">f1<")
    );
    server.deploy(&[("straight.bpmn", &straight)]);
    let request = json!({
        "processDefinitionId": "straight",
        "awaitCompletion": true,
        "variables": {"a": 1, "b": [2]},
        "fetchVariables": ["b"],
    });
    let reply = server
        .post("/v2/process-instances", &request)
        .expect(200)
        .json();
    assert_eq!(reply["variables"], json!({"b": [2]}));
}
