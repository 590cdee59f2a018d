//! The end of a server: who waits is answered at once, and the process ends soon.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use gardesh_tests::{Client, Options, Reply, Server, eventually};
use serde_json::json;

use crate::{APPROVAL, CLAIM};

/// How long a stop may take; promised are two seconds, on a machine that has nothing else to do.
const STOP_TIME: Duration = Duration::from_secs(4);

fn signal(server: &Server, name: &str) {
    let pid = server.pid().expect("a running server").to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.expect("kill").success());
}

/// A request in another thread.
fn asked(
    client: Client,
    path: &'static str,
    body: serde_json::Value,
) -> thread::JoinHandle<Result<Reply, String>> {
    thread::spawn(move || client.try_post(path, &body))
}

#[test]
fn who_waits_is_answered_when_the_server_is_told_to_stop() {
    let mut server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let poll = json!({"type": "never", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": 60_000});
    let start =
        json!({"processDefinitionId": "claim", "awaitCompletion": true, "requestTimeout": 60_000});
    let polls = asked(server.client(), "/v2/jobs/activation", poll);
    let waits = asked(server.client(), "/v2/process-instances", start);
    eventually("the case that is waited for", || {
        let found = server.search("process-instances", json!({}));
        (found.len() == 1).then_some(())
    });
    let began = Instant::now();
    signal(&server, "TERM");
    let ended = server.await_end();
    assert!(ended.success(), "{ended}");
    assert!(began.elapsed() < STOP_TIME, "{:?}", began.elapsed());
    let reply = polls
        .join()
        .expect("a reply")
        .expect("no broken connection");
    assert_eq!(reply.expect(200).json(), json!({"jobs": []}));
    let reply = waits
        .join()
        .expect("a reply")
        .expect("no broken connection");
    let problem = reply.expect(503).json();
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("goes on when the server runs again"),
        "{detail}"
    );

    server.restart();
    let found = server.search("process-instances", json!({"state": "ACTIVE"}));
    assert_eq!(found.len(), 1, "the case is there");
}

#[test]
fn a_second_signal_ends_the_process_where_it_is() {
    let mut server = Server::start(&Options::default());
    // A request that is never whole holds up the end for a moment.
    let mut slow = TcpStream::connect(server.address()).expect("a connection");
    let head = "POST /v2/process-instances HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{";
    slow.write_all(head.as_bytes()).expect("the head");
    // The answer to this one comes after the other has begun to be read.
    server.get("/v1/health").expect(200);
    signal(&server, "TERM");
    signal(&server, "INT");
    let ended = server.await_end();
    assert_eq!(ended.code(), Some(4), "{ended}");
}
