//! Tenants: created, listed and deleted, and that none sees or moves anything of another, over
//! every route that there is.

use std::collections::BTreeSet;

use gardesh_tests::{Client, Options, Reply, Server, component, repository};
use serde_json::{Value, json};

use crate::case::{only, text};
use crate::{APPROVAL, CLAIM};

/// What is in everything that the first tenant has, and in nothing else.
const MARK: &str = "only-in-one";

fn create(server: &Server, name: &str) -> Client {
    let request = json!({"tenantId": name, "name": name, "description": null});
    server.post("/v2/tenants", &request).expect(201);
    server.in_tenant(name)
}

#[test]
fn tenants_are_created_listed_changed_and_deleted() {
    let server = Server::start(&Options::default());
    create(&server, "claims");
    let again = json!({"tenantId": "claims", "name": "again"});
    server.post("/v2/tenants", &again).expect(409);
    let names = |found: Vec<Value>| -> Vec<String> {
        let ids = found
            .iter()
            .map(|tenant| text(&tenant["tenantId"]).to_owned());
        ids.collect()
    };
    let all = names(server.search("tenants", json!({})));
    assert_eq!(all, ["<default>", "claims"]);
    let words = json!({"name": "Claims department", "description": "since 1402"});
    let body = words.to_string();
    let json = [("content-type", "application/json")];
    let changed = server.send("PUT", "/v2/tenants/claims", &json, Some(body.as_bytes()));
    changed.unwrap().expect(200);
    let found = server.get("/v2/tenants/claims").expect(200).json();
    assert_eq!(found["name"], "Claims department");
    let me = server.get("/v2/authentication/me").expect(200).json();
    assert_eq!(me["tenants"].as_array().map(Vec::len), Some(2));
    // One that is used stays.
    let claims = server.in_tenant("claims");
    let deployed = claims.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    assert_eq!(deployed["tenantId"], "claims");
    let delete = || {
        server
            .send("DELETE", "/v2/tenants/claims", &[], None)
            .unwrap()
    };
    delete().expect(409);
    for deployed in deployed["deployments"].as_array().into_iter().flatten() {
        let keys = [
            &deployed["processDefinition"]["processDefinitionKey"],
            &deployed["form"]["formKey"],
        ];
        for key in keys.into_iter().filter_map(Value::as_str) {
            let path = format!("/v2/resources/{key}/deletion");
            claims.post(&path, &json!({})).expect(200);
        }
    }
    delete().expect(204);
    server.get("/v2/tenants/claims").expect(404);
    claims
        .post("/v2/process-instances/search", &json!({}))
        .expect(404);
}

#[test]
fn a_request_names_one_tenant() {
    let server = Server::start(&Options::default());
    let one = create(&server, "one");
    create(&server, "two");
    one.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let start = |tenant: Value| json!({"processDefinitionId": "claim", "tenantId": tenant});
    let path = "/v2/process-instances";
    server.post(path, &start(json!("one"))).expect(200);
    one.post(path, &start(json!("one"))).expect(200);
    one.post(path, &start(Value::Null)).expect(200);
    one.post(path, &start(json!("two"))).expect(400);
    server.post(path, &start(Value::Null)).expect(404);
    server.post(path, &start(json!("nobody"))).expect(404);
    let jobs = |tenants: Value| {
        json!({"type": "pay", "timeout": 60_000, "maxJobsToActivate": 9, "requestTimeout": -1,
               "tenantIds": tenants})
    };
    let path = "/v2/jobs/activation";
    let taken = server.post(path, &jobs(json!(["one"]))).expect(200).json();
    assert_eq!(taken["jobs"].as_array().map(Vec::len), Some(3));
    server.post(path, &jobs(json!(["one", "two"]))).expect(400);
    server.post(path, &jobs(json!(["nobody"]))).expect(404);
    let none = server.post(path, &jobs(json!([]))).expect(200).json();
    assert_eq!(none["jobs"], json!([]));
}

#[test]
fn a_start_can_be_sent_again() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let start = |amount: u32| {
        let body = json!({"processDefinitionId": "claim", "variables": {"amount": amount}});
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "a9f1"),
        ];
        let body = body.to_string();
        let reply = server.send(
            "POST",
            "/v2/process-instances",
            &headers,
            Some(body.as_bytes()),
        );
        reply.unwrap()
    };
    let key = |reply: Reply| text(&reply.expect(200).json()["processInstanceKey"]).to_owned();
    let first = key(start(1));
    assert_eq!(key(start(1)), first);
    start(2).expect(409);
    assert_eq!(server.search("process-instances", json!({})).len(), 1);
}

/// A route with its method.
struct Route {
    method: &'static str,
    path: String,
}

/// All routes, as the server's source lists them.
fn routes() -> Vec<Route> {
    let mut found = Vec::new();
    for version in ["v1", "v2"] {
        let file = format!("host/server/src/http/{version}/mod.rs");
        let source = std::fs::read_to_string(repository().join(file)).expect("the routes");
        for route in source.split(".route(").skip(1) {
            let path = route.split('"').nth(1).expect("a path").to_owned();
            let end = route.find(".merge(").unwrap_or(route.len());
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let call = format!("{}(", method.to_lowercase());
                let mut calls = route[..end].match_indices(&call);
                let is_call = |at: usize| {
                    let before = route[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
                };
                if calls.any(|(at, _)| is_call(at)) {
                    let path = path.clone();
                    found.push(Route { method, path });
                }
            }
        }
    }
    assert!(found.len() > 80, "the routes were misread: {}", found.len());
    found
}

/// Keys of everything in a tenant, as its own searches tell them.
fn keys_of(client: &Client) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for what in [
        "process-definitions",
        "process-instances",
        "element-instances",
        "jobs",
        "user-tasks",
        "incidents",
        "variables",
    ] {
        let found = client.search(what, json!({}));
        assert!(!found.is_empty(), "{what}");
        for item in found.iter().filter_map(Value::as_object) {
            let named = item.iter().filter(|(name, _)| name.ends_with("Key"));
            keys.extend(named.filter_map(|(_, key)| Some(key.as_str()?.to_owned())));
        }
    }
    keys
}

fn ask(client: &Client, route: &Route, path: &str) -> Reply {
    let body: Option<&[u8]> = (route.method != "GET").then_some(b"{}");
    let headers = [("content-type", "application/json")];
    client.send(route.method, path, &headers, body).unwrap()
}

#[test]
fn no_route_shows_or_moves_anything_of_another_tenant() {
    let server = Server::start(&Options::default());
    let one = create(&server, "one");
    let two = create(&server, "two");
    let claim = CLAIM.replace("id=\"claim\"", &format!("id=\"{MARK}\""));
    one.deploy(&[("claim.bpmn", &*claim), ("approval.form", APPROVAL)]);
    one.save_survey(&json!({
        "id": MARK, "title": {"en": MARK},
        "questions": [{"id": "q", "type": "nps", "title": {"en": MARK}}],
    }));
    let request = json!({
        "processDefinitionId": MARK, "businessId": MARK,
        "variables": {"amount": 1, "person": {"name": MARK}},
    });
    one.post("/v2/process-instances", &request).expect(200);
    one.post("/v2/process-instances", &request).expect(200);
    let activation =
        json!({"type": "pay", "worker": MARK, "timeout": 60_000, "maxJobsToActivate": 2});
    let jobs = one
        .post("/v2/jobs/activation", &activation)
        .expect(200)
        .json();
    let key = |n: usize| text(&jobs["jobs"][n]["jobKey"]).to_owned();
    let failure = json!({"retries": 0, "errorMessage": MARK});
    one.post(&format!("/v2/jobs/{}/failure", key(0)), &failure)
        .expect(204);
    one.post(&format!("/v2/jobs/{}/completion", key(1)), &json!({}))
        .expect(204);
    let keys = keys_of(&one);
    let state = || -> Vec<Value> {
        [
            "process-instances",
            "element-instances",
            "jobs",
            "user-tasks",
            "incidents",
            "variables",
        ]
        .iter()
        .flat_map(|what| one.search(what, json!({})))
        .collect()
    };
    let before = state();
    one.push_component(&component("assessment"));
    let kept = br#"{"historyTimeToLive": "P7D"}"#;
    let json_body = [("content-type", "application/json")];
    one.send("PUT", "/v1/retention", &json_body, Some(kept))
        .unwrap()
        .expect(200);
    // What is the server's own, and what a tenant in which nothing is sees of the server.
    let empty = create(&server, "empty");
    let told = |client: &Client| {
        ["surveys", "components", "retention", "metrics"]
            .map(|what| client.get(&format!("/v1/{what}")).expect(200).body)
    };
    for (own, of_nobody) in told(&one).iter().zip(&told(&empty)) {
        assert_ne!(
            own, of_nobody,
            "nothing to be seen that others must not see"
        );
    }
    assert_eq!(told(&two), told(&empty));
    assert_eq!(told(&server.client()), told(&empty));

    for stranger in [&two, &server.client()] {
        for route in routes() {
            for path in addresses(&route, &keys) {
                let reply = ask(stranger, &route, &path);
                let asked = format!("{} {path}: {} {}", route.method, reply.status, reply.body);
                assert!(reply.status < 500, "{asked}");
                // What the stranger has sent may come back in the words of the refusal.
                let told = reply
                    .body
                    .replace(&path, "")
                    .replace(&format!("'{MARK}'"), "");
                assert!(!told.contains(MARK), "{asked}");
                if path == route.path {
                    let shown = keys.iter().find(|key| reply.body.contains(&***key));
                    assert_eq!(shown, None, "{asked}");
                } else {
                    assert!((400..500).contains(&reply.status), "{asked}");
                }
            }
        }
    }
    assert_eq!(state(), before);
    let task = only(one.search("user-tasks", json!({})));
    one.get(&format!("/v2/user-tasks/{}", text(&task["userTaskKey"])))
        .expect(200);
}

/// The addresses of a route: with each key of the first tenant, with its names, or as it is.
fn addresses(route: &Route, keys: &BTreeSet<String>) -> Vec<String> {
    let Some((before, rest)) = route.path.split_once('{') else {
        return vec![route.path.clone()];
    };
    let (parameter, after) = rest.split_once('}').expect("the end of a parameter");
    match parameter {
        "key" => keys
            .iter()
            .map(|key| format!("{before}{key}{after}"))
            .collect(),
        _ => vec![format!("{before}{MARK}{after}")],
    }
}
