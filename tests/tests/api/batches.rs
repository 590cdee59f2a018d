//! Batch operations: something is done to all that meet a filter, and somebody watches, holds
//! them up, or is refused.

use std::fs;
use std::process::{Command, Stdio};

use gardesh_tests::{Client, Options, Server, binary, eventually};
use serde_json::{Value, json};

use crate::case::{only, text};
use crate::{APPROVAL, CLAIM};

/// All routes that create a batch operation, each with what else it wants.
fn routes() -> Vec<(&'static str, Value)> {
    let moves = json!([{"sourceElementId": "pay", "targetElementId": "approve"}]);
    let plan = json!({"targetProcessDefinitionKey": "1", "mappingInstructions": moves});
    vec![
        ("/v2/process-instances/cancellation", json!({})),
        ("/v2/process-instances/incident-resolution", json!({})),
        (
            "/v2/process-instances/modification",
            json!({"moveInstructions": moves}),
        ),
        (
            "/v2/process-instances/migration",
            json!({"migrationPlan": plan}),
        ),
        ("/v2/process-instances/deletion", json!({})),
        ("/v1/process-instances/suspension", json!({})),
        ("/v1/process-instances/resumption", json!({})),
        (
            "/v1/process-instances/variables",
            json!({"variables": {"a": 1}}),
        ),
        ("/v1/jobs/retries", json!({"retries": 2})),
        ("/v1/jobs/timeout", json!({"timeout": 5_000})),
    ]
}

fn with_filter(body: &Value, filter: Value) -> Value {
    let mut body = body.clone();
    body["filter"] = filter;
    body
}

fn server() -> Server {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    server
}

/// A server with that many cases of the process `leaf`, all called by one.
fn server_with_leaves(count: u64) -> Server {
    let server = Server::start(&Options::default());
    server.deploy(&[
        ("leaf.bpmn", include_str!("leaf.bpmn")),
        ("fan.bpmn", include_str!("fan.bpmn")),
    ]);
    server.start_case("fan", json!({"count": count}));
    let tasks = json!({"filter": {"elementId": "wait"}, "page": {"limit": 1}});
    eventually("all cases to wait", || {
        let found = server.post("/v2/user-tasks/search", &tasks).expect(200);
        (found.json()["page"]["totalItems"] == count).then_some(())
    });
    server
}

#[track_caller]
fn create(server: &Client, path: &str, body: &Value) -> String {
    let created = server.post(path, body).expect(200).json();
    text(&created["batchOperationKey"]).to_owned()
}

fn batch(server: &Client, key: &str) -> Value {
    let path = format!("/v2/batch-operations/{key}");
    server.get(&path).expect(200).json()
}

/// Watches a batch operation to its end: items in all, done, failed.
fn watch(server: &Client, key: &str) -> [u64; 3] {
    let ended = eventually("the batch operation to end", || {
        let found = batch(server, key);
        (found["endDate"] != json!(null)).then_some(found)
    });
    assert_eq!(ended["state"], "COMPLETED", "{ended}");
    assert_eq!(ended["errors"], json!([]));
    counts(&ended)
}

fn counts(batch: &Value) -> [u64; 3] {
    ["Total", "Completed", "Failed"].map(|which| {
        let count = &batch[format!("operations{which}Count")];
        count.as_u64().unwrap_or_else(|| panic!("{batch}"))
    })
}

/// Has something done to cases and watches it to its end.
#[track_caller]
fn done(server: &Client, path: &str, body: &Value, filter: Value) -> [u64; 3] {
    watch(server, &create(server, path, &with_filter(body, filter)))
}

fn set(server: &Server, case: &str, variables: Value) {
    let path = format!("/v2/element-instances/{case}/variables");
    let headers = [("content-type", "application/json")];
    let body = json!({"variables": variables}).to_string();
    server
        .send("PUT", &path, &headers, Some(body.as_bytes()))
        .expect("a reply")
        .expect(204);
}

fn jobs(server: &Server, max: u64) -> Vec<Value> {
    let request = json!({"type": "pay", "worker": "w", "timeout": 60_000,
        "maxJobsToActivate": max, "requestTimeout": -1});
    let reply = server.post("/v2/jobs/activation", &request).expect(200);
    reply.json()["jobs"].as_array().cloned().unwrap_or_default()
}

#[test]
fn cases_that_meet_a_filter_are_cancelled_and_the_others_are_not() {
    let server = server();
    let start = |group: &str| server.start_case("claim", json!({"group": group}));
    let doomed: Vec<String> = (0..5).map(|_| start("a")).collect();
    let spared: Vec<String> = (0..3).map(|_| start("b")).collect();
    let path = "/v2/process-instances/cancellation";
    let filter = json!({"variables": [{"name": "group", "value": "\"a\""}]});

    let counting = json!({"filter": filter, "dryRun": true});
    let counted = server.post(path, &counting).expect(200).json();
    assert_eq!(counted["operationsTotalCount"], 5);
    assert!(server.search("batch-operations", json!({})).is_empty());

    let created = server
        .post(path, &json!({"filter": filter}))
        .expect(200)
        .json();
    assert_eq!(created["batchOperationType"], "CANCEL_PROCESS_INSTANCE");
    let key = text(&created["batchOperationKey"]);
    assert_eq!(watch(&server, key), [5, 5, 0]);
    let state = |case: &str| {
        let found = server.get(&format!("/v2/process-instances/{case}"));
        text(&found.expect(200).json()["state"]).to_owned()
    };
    assert!(doomed.iter().all(|case| state(case) == "TERMINATED"));
    assert!(spared.iter().all(|case| state(case) == "ACTIVE"));

    let items = server.search("batch-operation-items", json!({"batchOperationKey": key}));
    assert_eq!(items.len(), 5);
    for item in &items {
        assert_eq!(item["state"], "COMPLETED");
        assert_eq!(item["itemKey"], item["processInstanceKey"]);
        assert!(item["processedDate"].is_string() && item["errorMessage"].is_null());
    }
    let touched = server.search("process-instances", json!({"batchOperationKey": key}));
    assert_eq!(touched.len(), 5);
    let listed = server.search(
        "batch-operations",
        json!({"operationType": "CANCEL_PROCESS_INSTANCE", "state": {"$in": ["COMPLETED"]}}),
    );
    assert_eq!(only(listed), batch(&server, key));

    // Nobody meets it any more: it is done to nothing.
    assert_eq!(done(&server, path, &json!({}), filter), [0, 0, 0]);
}

#[test]
fn incidents_are_resolved_and_jobs_get_retries() {
    let server = server();
    let cases: Vec<String> = (0..4)
        .map(|_| server.start_case("claim", json!({})))
        .collect();
    let fail = |message: &str| {
        for job in jobs(&server, 10) {
            let path = format!("/v2/jobs/{}/failure", text(&job["jobKey"]));
            let body = json!({"retries": 0, "errorMessage": message});
            server.post(&path, &body).expect(204);
        }
    };
    fail("the bank is closed");
    let open = || server.search("incidents", json!({"state": "ACTIVE"})).len();
    assert_eq!(open(), 4);
    let path = "/v2/process-instances/incident-resolution";
    let some =
        json!({"processInstanceKey": {"$in": cases[..3]}, "errorMessage": {"$like": "*bank*"}});
    assert_eq!(done(&server, path, &json!({}), some), [3, 3, 0]);
    assert_eq!(open(), 1);
    let found = server.search(
        "batch-operation-items",
        json!({"processInstanceKey": cases[0]}),
    );
    assert_ne!(
        only(found.clone())["itemKey"],
        found[0]["processInstanceKey"]
    );
    // Each job has one retry now, so it can be tried again.
    assert_eq!(jobs(&server, 10).len(), 3);

    let path = format!("/v2/process-instances/{}/incident-resolution", cases[3]);
    let key = create(&server, &path, &json!({}));
    assert_eq!(watch(&server, &key), [1, 1, 0]);
    server
        .post("/v2/process-instances/7/incident-resolution", &json!({}))
        .expect(404);

    let filter = json!({"type": "pay", "processInstanceKey": {"$in": cases}});
    let body = json!({"retries": 9});
    assert_eq!(done(&server, "/v1/jobs/retries", &body, filter), [4, 4, 0]);
    let found = server.search("jobs", json!({"retries": 9, "kind": "BPMN_ELEMENT"}));
    assert_eq!(found.len(), 4);

    // Only jobs that a worker has can get another timeout.
    let filter = json!({"type": "pay", "processInstanceKey": {"$in": cases}});
    let body = json!({"timeout": 10_u64 * 366 * 24 * 60 * 60 * 1_000});
    assert_eq!(done(&server, "/v1/jobs/timeout", &body, filter), [3, 3, 0]);
    let years_ahead = json!({"deadline": {"$gt": "2035-01-01T00:00:00.000Z"}});
    assert_eq!(server.search("jobs", years_ahead).len(), 3);
}

#[test]
fn tokens_are_moved_and_cases_migrated() {
    let server = server();
    let other = CLAIM.replace("\"pay\"", "\"pay-out\"").replace(
        "<bpmn:process id=\"claim\" name=\"Claim\"",
        "<bpmn:process id=\"claim\" name=\"Claim again\"",
    );
    let cases: Vec<String> = (0..3)
        .map(|_| server.start_case("claim", json!({})))
        .collect();
    let deployed = server.deploy(&[("claim.bpmn", &other)]);
    let target = deployed
        .pointer("/deployments/0/processDefinition/processDefinitionKey")
        .unwrap_or_else(|| panic!("{deployed}"));
    let plan = json!({"migrationPlan": {
        "targetProcessDefinitionKey": target,
        "mappingInstructions": [{"sourceElementId": "pay", "targetElementId": "pay-out"}],
    }});
    let filter = json!({"processDefinitionId": "claim", "processDefinitionVersion": 1});
    let path = "/v2/process-instances/migration";
    assert_eq!(done(&server, path, &plan, filter.clone()), [3, 3, 0]);
    let active = json!({"elementId": "pay-out", "state": "ACTIVE", "processDefinitionKey": target});
    assert_eq!(server.search("element-instances", active).len(), 3);
    let on_two = json!({"processDefinitionVersion": 2, "processDefinitionName": "Claim again"});
    assert_eq!(server.search("process-instances", on_two.clone()).len(), 3);
    assert_eq!(
        server.search("jobs", json!({"elementId": "pay-out"})).len(),
        3
    );
    let history = server.list(&format!("/v1/process-instances/{}/history", cases[0]));
    assert!(
        history
            .iter()
            .any(|event| event["type"] == "ProcessInstanceMigrated")
    );
    assert_eq!(done(&server, path, &plan, filter), [0, 0, 0]);

    let moves =
        json!({"moveInstructions": [{"sourceElementId": "pay-out", "targetElementId": "approve"}]});
    let path = "/v2/process-instances/modification";
    assert_eq!(done(&server, path, &moves, on_two.clone()), [3, 3, 0]);
    let tasks = server.search("user-tasks", json!({"state": "CREATED"}));
    assert_eq!(tasks.len(), 3);
    let last = server.list(&format!("/v1/process-instances/{}/history", cases[0]));
    let left = last.iter().filter(|event| event["elementId"] == "pay-out");
    assert!(
        left.count() > 0,
        "the history goes on by the new definition"
    );
    // The source is gone: each item fails and says why.
    let key = create(&server, path, &with_filter(&moves, on_two));
    let [total, completed, failed] = watch(&server, &key);
    assert_eq!((total, completed + failed), (3, 3));
    let items = server.search(
        "batch-operation-items",
        json!({"batchOperationKey": key, "state": "FAILED"}),
    );
    assert_eq!(items.len() as u64, failed);
    assert!(items.iter().all(|item| item["errorMessage"].is_string()));
}

#[test]
fn cases_are_suspended_changed_resumed_and_deleted() {
    let server = server();
    let cases: Vec<String> = (0..3)
        .map(|_| server.start_case("claim", json!({"round": 1})))
        .collect();
    let all = json!({"processDefinitionId": "claim"});
    let suspended = |yes: bool| {
        let filter = json!({"suspended": yes, "state": "ACTIVE"});
        server.search("process-instances", filter).len()
    };
    let path = |what: &str| format!("/v1/process-instances/{what}");
    server
        .post(&path(&format!("{}/suspension", cases[0])), &json!({}))
        .expect(204);
    assert_eq!((suspended(true), suspended(false)), (1, 2));
    // One is suspended already and is left out.
    let suspension = path("suspension");
    assert_eq!(
        done(&server, &suspension, &json!({}), all.clone()),
        [2, 2, 0]
    );
    assert_eq!(suspended(true), 3);
    assert!(jobs(&server, 5).is_empty());
    let found = server.get(&format!("/v2/process-instances/{}", cases[1]));
    assert_eq!(found.expect(200).json()["suspended"], true);

    let body = json!({"variables": {"round": 2, "rate": 1.25}});
    assert_eq!(
        done(&server, &path("variables"), &body, all.clone()),
        [3, 3, 0]
    );
    let rates = server.search("variables", json!({"name": "rate"}));
    assert!(rates.len() == 3 && rates.iter().all(|rate| rate["value"] == "1.25"));
    set(&server, &cases[2], json!({"round": 3}));
    let second = json!({"variables": [{"name": "round", "value": "2"}]});
    assert_eq!(
        done(&server, &path("resumption"), &json!({}), second),
        [2, 2, 0]
    );
    assert_eq!(jobs(&server, 5).len(), 2);

    let deletion = "/v2/process-instances/deletion";
    assert_eq!(done(&server, deletion, &json!({}), all.clone()), [0, 0, 0]);
    let cancellation = "/v2/process-instances/cancellation";
    assert_eq!(
        done(&server, cancellation, &json!({}), all.clone()),
        [3, 3, 0]
    );
    let one = format!("/v2/process-instances/{}/deletion", cases[0]);
    server.post(&one, &json!({})).expect(204);
    assert_eq!(done(&server, deletion, &json!({}), all.clone())[2], 0);
    eventually("the cases to be gone", || {
        server
            .search("process-instances", all.clone())
            .is_empty()
            .then_some(())
    });
    server.post(&one, &json!({})).expect(404);
}

#[test]
fn a_batch_is_paused_goes_on_and_is_cancelled() {
    let server = server_with_leaves(5_000);
    let change = |key: &str, what: &str| {
        server
            .post(&format!("/v2/batch-operations/{key}/{what}"), &json!({}))
            .status
    };
    // It takes some ticks, but may be done before anybody could hold it up.
    let paused = eventually("a batch operation that is paused in time", || {
        let body = json!({"filter": {"processDefinitionId": "leaf"}, "variables": {"a": 1}});
        let key = create(&server, "/v1/process-instances/variables", &body);
        match change(&key, "suspension") {
            204 => Some(key),
            status => {
                assert_eq!(status, 404);
                None
            }
        }
    });
    let before = batch(&server, &paused);
    assert_eq!(before["state"], "SUSPENDED");
    assert_eq!(change(&paused, "suspension"), 409);
    // The clock goes on for others.
    let nobody = json!({"processDefinitionId": "nobody"});
    let path = "/v2/process-instances/cancellation";
    assert_eq!(done(&server, path, &json!({}), nobody), [0, 0, 0]);
    assert_eq!(batch(&server, &paused), before);
    assert_eq!(change(&paused, "resumption"), 204);
    assert_eq!(watch(&server, &paused), [5_000, 5_000, 0]);
    for what in ["suspension", "resumption", "cancellation"] {
        assert_eq!(change(&paused, what), 404);
        assert_eq!(change("7", what), 404);
    }
    server.get("/v2/batch-operations/7").expect(404);

    let cancelled = eventually("a batch operation that is cancelled in time", || {
        let body = json!({"filter": {"processDefinitionId": "leaf"}, "variables": {"b": 1}});
        let key = create(&server, "/v1/process-instances/variables", &body);
        (change(&key, "cancellation") == 204).then_some(key)
    });
    let ended = batch(&server, &cancelled);
    assert_eq!(
        (&ended["state"], &ended["errors"]),
        (&json!("CANCELED"), &json!([]))
    );
    let [total, completed, failed] = counts(&ended);
    let of = |state: &str| {
        let request = json!({
            "filter": {"batchOperationKey": cancelled, "state": state},
            "page": {"limit": 1},
        });
        let found = server.post("/v2/batch-operation-items/search", &request);
        found.expect(200).json()["page"]["totalItems"].clone()
    };
    assert_eq!((total, failed), (5_000, 0));
    assert_eq!(of("COMPLETED"), completed);
    assert_eq!(of("CANCELED"), total - completed);
    assert_eq!(of("ACTIVE"), 0);
}

#[test]
fn very_many_are_collected_in_parts_and_a_crash_leaves_all_or_nothing() {
    let mut server = server_with_leaves(10_100);
    let body = json!({"filter": {"processDefinitionId": "leaf"}, "variables": {"a": 1}});
    let key = create(&server, "/v1/process-instances/variables", &body);
    assert_eq!(watch(&server, &key), [10_100, 10_100, 0]);

    let key = create(&server, "/v1/process-instances/variables", &body);
    server.restart();
    let found = eventually("the batch operation", || {
        let reply = server.get(&format!("/v2/batch-operations/{key}"));
        (reply.status == 200).then(|| reply.json())
    });
    if found["state"] == "CREATED" {
        assert_eq!(counts(&found), [10_000, 0, 0]);
        assert_eq!(found["startDate"], json!(null));
        let path = format!("/v2/batch-operations/{key}/cancellation");
        server.post(&path, &json!({})).expect(204);
        assert_eq!(batch(&server, &key)["state"], "CANCELED");
    } else {
        assert_eq!(watch(&server, &key), [10_100, 10_100, 0]);
    }
}

#[test]
fn what_is_too_broad_or_malformed_does_nothing() {
    let server = server();
    server.start_case("claim", json!({}));
    let hostile = [
        json!({}),
        json!(null),
        json!([]),
        json!("all"),
        json!({"state": "ACTIVE"}),
        json!({"state": {"$neq": "COMPLETED"}}),
        json!({"processInstanceKey": {}}),
        json!({"processInstanceKey": "x"}),
        json!({"processInstanceKey": {"$in": vec!["1"; 1_001]}}),
        json!({"processDefinitionId": {"$like": "*".repeat(2_000)}}),
        json!({"nothing": 1}),
        json!({"ofCases": {}}),
        json!({"processDefinitionId": {"$regex": "."}}),
    ];
    for (path, body) in routes() {
        server.post(path, &body).expect(400);
        for filter in &hostile {
            server
                .post(path, &with_filter(&body, filter.clone()))
                .expect(400);
        }
    }
    for filter in [
        json!({"$or": []}),
        json!({"$or": [{}]}),
        json!({"$or": [{"processDefinitionId": "claim"}, {}]}),
        json!({"$or": vec![json!({"processDefinitionId": "claim"}); 17]}),
        json!({"variables": []}),
        json!({"parentProcessInstanceKey": {"$exists": false}}),
    ] {
        server
            .post(
                "/v2/process-instances/cancellation",
                &json!({"filter": filter}),
            )
            .expect(400);
    }
    let mistakes = [
        ("/v2/process-instances/migration", json!({})),
        (
            "/v2/process-instances/modification",
            json!({"moveInstructions": []}),
        ),
        ("/v1/process-instances/variables", json!({"variables": []})),
        ("/v1/process-instances/variables", json!({})),
        ("/v1/jobs/retries", json!({"retries": 0})),
        ("/v1/jobs/retries", json!({"retries": "many"})),
        ("/v1/jobs/retries", json!({})),
        ("/v1/jobs/timeout", json!({"timeout": -1})),
        ("/v1/jobs/timeout", json!({})),
    ];
    for (path, body) in mistakes {
        let body = with_filter(&body, json!({"processDefinitionId": "claim"}));
        server.post(path, &body).expect(400);
    }
    let (path, unknown) = routes().remove(3);
    let body = with_filter(&unknown, json!({"processDefinitionId": "claim"}));
    server.post(path, &body).expect(404);
    assert!(server.search("batch-operations", json!({})).is_empty());

    // Text stays text: nobody meets it.
    let attack = json!({"processDefinitionId": "claim' OR '1'='1"});
    let path = "/v2/process-instances/cancellation";
    assert_eq!(done(&server, path, &json!({}), attack), [0, 0, 0]);
    // A state that cannot be cancelled does not widen what is meant.
    let completed = json!({"processDefinitionId": "claim", "state": "COMPLETED"});
    assert_eq!(done(&server, path, &json!({}), completed), [0, 0, 0]);
    let running = server.search("process-instances", json!({"state": "ACTIVE"}));
    assert_eq!(running.len(), 1);
}

#[test]
fn nobody_without_the_token_gets_anywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let token = "0123456789abcdef0123456789abcdef";
    fs::write(&file, token).expect("a token file");
    let server = Server::start(&Options {
        arguments: vec!["--api-token-file".into(), file.display().to_string()],
        token: Some(token.into()),
        ..Options::default()
    });
    let stranger = Client::new(&format!("http://{}", server.address()), None);
    let filter = json!({"processInstanceKey": {"$exists": true}});
    for (path, body) in routes() {
        stranger
            .post(path, &with_filter(&body, filter.clone()))
            .expect(401);
    }
    for path in [
        "/v2/batch-operations/search",
        "/v2/batch-operation-items/search",
        "/v2/batch-operations/1/cancellation",
        "/v2/batch-operations/1/suspension",
        "/v2/batch-operations/1/resumption",
        "/v2/process-instances/1/deletion",
        "/v2/process-instances/1/incident-resolution",
    ] {
        stranger.post(path, &json!({})).expect(401);
    }
    stranger.get("/v2/batch-operations/1").expect(401);
    assert!(server.search("batch-operations", json!({})).is_empty());
}

/// Runs `gardesh batch …`: the exit code, and what it wrote.
fn gardesh(server: &Server, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new(binary())
        .arg("batch")
        .args(line.split(' '))
        .env("GARDESH_SERVER", server.url(""))
        .stdin(Stdio::null())
        .output()
        .expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_command_line_counts_asks_and_watches() {
    let server = server();
    for _ in 0..3 {
        server.start_case("claim", json!({}));
    }
    let read = |text: &str| -> Value { serde_json::from_str(text).expect(text) };
    let (code, out, _) = gardesh(&server, "create cancel --process claim --dry-run --json");
    assert_eq!(code, Some(0));
    assert_eq!(read(&out)["operationsTotalCount"], 3);
    let (code, _, error) = gardesh(&server, "create cancel --process claim");
    assert_eq!(code, Some(2));
    assert!(error.contains("Cancel 3 process instances?") && error.contains("--yes"));
    let (code, _, error) = gardesh(&server, "create cancel --yes");
    assert_eq!(code, Some(2));
    assert!(error.contains("--all"), "{error}");

    let moves = "create move --process claim --map nowhere=approve --yes --watch";
    let (code, out, _) = gardesh(&server, moves);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("could not be done to"), "{out}");

    let cancel = "create cancel --process claim --yes --watch --json";
    let (code, out, error) = gardesh(&server, cancel);
    assert_eq!(code, Some(0), "{error}");
    let ended = read(&out);
    assert_eq!(
        (&ended["state"], counts(&ended)),
        (&json!("COMPLETED"), [3, 3, 0])
    );
    let (code, _, error) = gardesh(&server, cancel);
    assert_eq!(code, Some(1));
    assert!(error.contains("none"), "{error}");

    let (code, out, _) = gardesh(&server, "list --state COMPLETED");
    assert_eq!(code, Some(0));
    assert!(out.contains("CANCEL_PROCESS_INSTANCE") && out.contains("MODIFY_PROCESS_INSTANCE"));
    let key = text(&ended["batchOperationKey"]);
    for (line, expected) in [
        (format!("show {key} --watch"), 0),
        ("show 7".to_owned(), 1),
        (format!("pause {key}"), 1),
        (format!("resume {key}"), 1),
        (format!("cancel {key}"), 1),
    ] {
        let (code, out, error) = gardesh(&server, &line);
        assert_eq!(code, Some(expected), "{line}: {out}{error}");
    }
}
