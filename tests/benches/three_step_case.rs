//! The three-step case against the real server: a start over HTTP with 200 bytes of JSON,
//! three Rust steps one after the other, the reply when the case is complete and everything
//! is on the disk. Prints throughput, latency, and what the server spent on it.
//!
//! `cargo bench -p gardesh-tests` after `make build hostile-guests`, or `make bench`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gardesh_tests::{Options, Server, component};

/// Clients at once, one line of figures for each.
const CLIENTS: [usize; 3] = [1, 16, 256];

/// How long each line is measured, after a warm-up of a quarter of it.
const MEASURED: Duration = Duration::from_secs(8);

const DIAGRAM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="bench">
  <bpmn:process id="three-steps" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:endEvent id="end" />
    <bpmn:serviceTask id="one"><bpmn:extensionElements><zeebe:taskDefinition type="score" /></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:serviceTask id="two"><bpmn:extensionElements><zeebe:taskDefinition type="score" /></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:serviceTask id="three"><bpmn:extensionElements><zeebe:taskDefinition type="score" /></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="one" />
    <bpmn:sequenceFlow id="f2" sourceRef="one" targetRef="two" />
    <bpmn:sequenceFlow id="f3" sourceRef="two" targetRef="three" />
    <bpmn:sequenceFlow id="f4" sourceRef="three" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>"#;

fn main() {
    let server = Server::start(&Options::default());
    server.push_component(&component("score"));
    server.deploy(&[("three-steps.bpmn", DIAGRAM)]);
    println!(
        "{:>8} {:>10} {:>9} {:>9} {:>12} {:>9} {:>10} {:>12} {:>12}",
        "clients",
        "cases/s",
        "p50 ms",
        "p99 ms",
        "CPU ms/case",
        "RSS MB",
        "peak MB",
        "bytes/case",
        "fsyncs/case"
    );
    for clients in CLIENTS {
        let line = measure(&server, clients);
        println!(
            "{clients:>8} {:>10.0} {:>9.2} {:>9.2} {:>12.3} {:>9.0} {:>10.0} {:>12.0} {:>12.3}",
            line.rate,
            line.p50_ms,
            line.p99_ms,
            line.cpu_ms,
            line.rss_mb,
            line.peak_mb,
            line.bytes,
            line.fsyncs
        );
    }
}

/// One line of figures.
struct Line {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms: f64,
    rss_mb: f64,
    peak_mb: f64,
    bytes: f64,
    fsyncs: f64,
}

fn measure(server: &Server, clients: usize) -> Line {
    let request = Arc::new(request(&server.address()));
    let pid = server.pid().expect("a running server");
    run(&server.address(), &request, clients, MEASURED / 4);
    let before = Usage::of(pid);
    let commits_before = commits(server);
    let start = Instant::now();
    let mut times = run(&server.address(), &request, clients, MEASURED);
    let took = start.elapsed();
    let after = Usage::of(pid);
    let commits = commits(server) - commits_before;
    times.sort_unstable();
    let cases = times.len() as f64;
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share) as usize;
        times[index].as_secs_f64() * 1e3
    };
    Line {
        rate: cases / took.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        cpu_ms: (after.cpu_ms - before.cpu_ms) / cases,
        rss_mb: after.rss_mb,
        peak_mb: after.peak_mb,
        bytes: (after.written - before.written) / cases,
        fsyncs: commits / cases,
    }
}

/// Commits of the server until now; each is one fsync.
fn commits(server: &Server) -> f64 {
    let health = server.get("/v1/health").expect(200).json();
    health["commits"].as_f64().expect("a number of commits")
}

/// A keep-alive request with 200 bytes of variables.
fn request(address: &str) -> Vec<u8> {
    let mut variables =
        r#"{"amount":1250,"customer":{"name":"Maryam Rahimi","tier":"gold"},"note":""#.to_owned();
    while variables.len() < 198 {
        variables.push('x');
    }
    variables.push_str("\"}");
    let body = format!(
        r#"{{"processDefinitionId":"three-steps","awaitCompletion":true,"variables":{variables}}}"#
    );
    format!(
        "POST /v2/process-instances HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Lets clients start one case after the other for a while, and gives the time of each.
fn run(address: &str, request: &Arc<Vec<u8>>, clients: usize, time: Duration) -> Vec<Duration> {
    let over = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let (over, request, address) =
                (Arc::clone(&over), Arc::clone(request), address.to_owned());
            std::thread::Builder::new()
                .stack_size(128 * 1024)
                .spawn(move || client(&address, &request, &over))
                .expect("a thread")
        })
        .collect();
    std::thread::sleep(time);
    over.store(true, Ordering::Relaxed);
    threads
        .into_iter()
        .flat_map(|thread| thread.join().expect("a client that ends well"))
        .collect()
}

fn client(address: &str, request: &[u8], over: &AtomicBool) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("an open connection");
    let mut replies = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut times = Vec::new();
    let (mut line, mut body) = (String::new(), Vec::new());
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        stream.write_all(request).expect("a server that reads");
        let status = read_reply(&mut replies, &mut line, &mut body);
        assert!(
            status.starts_with("HTTP/1.1 200") && body.ends_with(b"}"),
            "{status}{}",
            String::from_utf8_lossy(&body)
        );
        times.push(start.elapsed());
    }
    times
}

fn read_reply(replies: &mut impl BufRead, line: &mut String, body: &mut Vec<u8>) -> String {
    line.clear();
    replies.read_line(line).expect("a status line");
    let status = line.clone();
    let mut length = 0;
    loop {
        line.clear();
        replies.read_line(line).expect("a header");
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
    }
    body.resize(length, 0);
    replies.read_exact(body).expect("a whole body");
    status
}

/// What Linux says of a process.
struct Usage {
    cpu_ms: f64,
    rss_mb: f64,
    peak_mb: f64,
    /// Bytes that it caused to be written to the disk.
    written: f64,
}

impl Usage {
    fn of(pid: u32) -> Self {
        let read =
            |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let stat = read("stat");
        // The name in brackets may hold spaces; utime and stime are the 12th and 13th after it.
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let ticks: f64 = after_name
            .split(' ')
            .skip(11)
            .take(2)
            .filter_map(|text| text.parse::<f64>().ok())
            .sum();
        let field = |text: &str, name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1));
            number.and_then(|text| text.parse().ok()).unwrap_or(0.0)
        };
        let status = read("status");
        Self {
            // Linux counts in hundredths of a second.
            cpu_ms: ticks * 10.0,
            rss_mb: field(&status, "VmRSS:") / 1024.0,
            peak_mb: field(&status, "VmHWM:") / 1024.0,
            written: field(&read("io"), "write_bytes:"),
        }
    }
}
