//! kill -9 under load, again and again: what was acknowledged is there afterwards and goes
//! on, no recorded result is doubled, and the journal still gives the stored state. The
//! seed of the moments is printed; GARDESH_SEED sets it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use gardesh_tests::{Client, Options, Server, binary, component, eventually};
use serde_json::{Value, json};

const KILLS: u32 = 50;

/// The least and the greatest time between a healthy server and its end, in milliseconds.
const ALIVE_MS: (u64, u64) = (20, 250);

/// Cases kept open at most, so that the end of the test does not wait for a backlog.
const MAX_CASES: usize = 2_000;

/// Three steps in the sandbox, then one for an outside worker.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:test">
  <process id="crash" isExecutable="true">
    <startEvent id="start"/>
    <serviceTask id="one"><extensionElements><zeebe:taskDefinition type="hostile"/></extensionElements></serviceTask>
    <parallelGateway id="fork"/>
    <serviceTask id="two"><extensionElements><zeebe:taskDefinition type="hostile"/></extensionElements></serviceTask>
    <serviceTask id="three"><extensionElements><zeebe:taskDefinition type="hostile"/></extensionElements></serviceTask>
    <serviceTask id="outside"><extensionElements><zeebe:taskDefinition type="outside"/></extensionElements></serviceTask>
    <parallelGateway id="join"/>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="one"/>
    <sequenceFlow id="f2" sourceRef="one" targetRef="fork"/>
    <sequenceFlow id="f3" sourceRef="fork" targetRef="two"/>
    <sequenceFlow id="f4" sourceRef="two" targetRef="three"/>
    <sequenceFlow id="f5" sourceRef="fork" targetRef="outside"/>
    <sequenceFlow id="f6" sourceRef="three" targetRef="join"/>
    <sequenceFlow id="f7" sourceRef="outside" targetRef="join"/>
    <sequenceFlow id="f8" sourceRef="join" targetRef="end"/>
  </process>
</definitions>"#;

/// What the server acknowledged.
#[derive(Default)]
struct Acknowledged {
    cases: Mutex<BTreeSet<String>>,
    jobs: Mutex<BTreeSet<String>>,
}

fn add(set: &Mutex<BTreeSet<String>>, key: &Value) -> usize {
    let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
    set.insert(key.as_str().expect("a key").to_owned());
    set.len()
}

#[test]
fn fifty_kills_lose_nothing_and_double_nothing() {
    let mut random = Moments::new();
    let mut server = Server::start(&Options::default());
    server.push_component(&component("hostile"));
    server.deploy(&[("crash.bpmn", PROCESS)]);
    let acknowledged = Acknowledged::default();
    let stop = AtomicBool::new(false);
    let clients: Vec<Client> = (0..3).map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for client in &clients[..2] {
            scope.spawn(|| start_cases(client, &acknowledged, &stop));
        }
        scope.spawn(|| work(&clients[2], &acknowledged, &stop));
        for _ in 0..KILLS {
            std::thread::sleep(random.next());
            server.kill9();
            server.restart();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let cases = acknowledged.cases.into_inner().unwrap();
    let jobs = acknowledged.jobs.into_inner().unwrap();
    assert!(
        cases.len() > KILLS as usize,
        "the server was hardly under load: {} cases",
        cases.len()
    );
    finish_all(&server);
    check_histories(&server, &cases, &jobs);
    println!(
        "{} cases and {} outside jobs were acknowledged over {KILLS} kills",
        cases.len(),
        jobs.len()
    );
    server.kill9();
    verify(&server);
}

/// Starts cases and notes those that were acknowledged. A request that fails says nothing.
fn start_cases(client: &Client, acknowledged: &Acknowledged, stop: &AtomicBool) {
    let body = json!({"processDefinitionId": "crash", "variables": {"mode": "echo", "text": "x"}});
    while !stop.load(Ordering::Relaxed) {
        match client.try_post("/v2/process-instances", &body) {
            Ok(reply) if reply.status == 200 => {
                if add(&acknowledged.cases, &reply.json()["processInstanceKey"]) >= MAX_CASES {
                    return;
                }
            }
            _ => std::thread::park_timeout(Duration::from_millis(2)),
        }
    }
}

/// An outside worker that notes the completions that were acknowledged.
fn work(client: &Client, acknowledged: &Acknowledged, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if !work_once(client, acknowledged) {
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

fn work_once(client: &Client, acknowledged: &Acknowledged) -> bool {
    let ask = json!({"type": "outside", "worker": "w", "timeout": 1_000, "maxJobsToActivate": 20, "requestTimeout": -1});
    let Ok(reply) = client.try_post("/v2/jobs/activation", &ask) else {
        return false;
    };
    if reply.status != 200 {
        return false;
    }
    let jobs = reply.json()["jobs"].as_array().cloned().unwrap_or_default();
    for job in &jobs {
        let path = format!(
            "/v2/jobs/{}/completion",
            job["jobKey"].as_str().expect("a job key")
        );
        if client
            .try_post(&path, &json!({"variables": {}}))
            .is_ok_and(|reply| reply.status == 204)
        {
            // The case may be one whose start nobody could acknowledge any more.
            add(&acknowledged.cases, &job["processInstanceKey"]);
            add(&acknowledged.jobs, &job["jobKey"]);
        }
    }
    !jobs.is_empty()
}

/// Does what is left to do, until no case is open.
fn finish_all(server: &Server) {
    let rest = Acknowledged::default();
    eventually("every case to complete", || {
        while work_once(server, &rest) {}
        let open = server.post(
            "/v2/process-instances/search",
            &json!({"filter": {"state": "ACTIVE"}, "page": {"limit": 1}}),
        );
        (open.expect(200).json()["page"]["totalItems"] == 0).then_some(())
    });
    assert_eq!(server.search("incidents", json!({})), Vec::<Value>::new());
}

/// Each acknowledged case is complete, with each step's result recorded exactly once.
fn check_histories(server: &Server, cases: &BTreeSet<String>, jobs: &BTreeSet<String>) {
    let mut recorded = BTreeSet::new();
    for case in cases {
        let instance = server
            .get(&format!("/v2/process-instances/{case}"))
            .expect(200)
            .json();
        assert_eq!(instance["state"], "COMPLETED", "case {case}");
        let mut results: BTreeMap<String, u32> = BTreeMap::new();
        for event in server.list(&format!("/v1/process-instances/{case}/history")) {
            if event["type"] == "JobCompleted" {
                *results.entry(text(&event, "elementId")).or_default() += 1;
                let new = recorded.insert(text(&event, "jobKey"));
                assert!(new, "a result twice: {event}");
            }
        }
        let once = |id: &str| (id.to_owned(), 1);
        assert_eq!(
            results,
            BTreeMap::from(["one", "outside", "three", "two"].map(once)),
            "case {case}"
        );
    }
    let lost: Vec<_> = jobs.difference(&recorded).collect();
    assert!(
        lost.is_empty(),
        "acknowledged completions that are not in the journal: {lost:?}"
    );
}

fn text(event: &Value, name: &str) -> String {
    let text = event[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {event}"))
        .to_owned()
}

fn verify(server: &Server) {
    let output = Command::new(binary())
        .args(["data", "verify", "--json", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        report["differing"],
        json!([]),
        "replayed state differs from stored state"
    );
}

/// Moments to kill at: xorshift64 (Marsaglia, 2003), for which a seed is all one needs to
/// come back to a failure.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_nanos() as u64;
        let seed = std::env::var("GARDESH_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or(now | 1);
        println!("GARDESH_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(ALIVE_MS.0 + self.0 % (ALIVE_MS.1 - ALIVE_MS.0))
    }
}
