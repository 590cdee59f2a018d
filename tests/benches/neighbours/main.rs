//! What a neighbour feels while somebody else misbehaves: ten awaited cases a second of three
//! steps each, first undisturbed, then beside one disturbance after the other, each on a fresh
//! server. Prints a line for each: latencies, how they compare with undisturbed in the same
//! run, and attempts of the neighbour's jobs that were lost.
//!
//! `make neighbours`, or `cargo bench -p gardesh-tests --bench neighbours` after
//! `make build hostile-guests`. An argument runs only the disturbances whose names contain it.

mod bombs;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gardesh_tests::{Client, Options, Server, component};
use serde_json::{Value, json};

/// Between two cases of the neighbour.
const PACE: Duration = Duration::from_millis(100);

/// How long the neighbour is watched undisturbed, and again with the disturbance.
const WATCHED: Duration = Duration::from_secs(15);

/// How long a disturbance goes on before the neighbour is watched.
const SETTLING: Duration = Duration::from_secs(1);

/// The retries of the neighbour's jobs, as its diagram says.
const RETRIES: u64 = 3;

fn main() {
    let wanted = std::env::args().skip(1).find(|text| !text.starts_with('-'));
    println!(
        "{:<34} {:>9} {:>9} {:>9}   {:>9} {:>9} {:>9}   {:>7} {:>6}",
        "disturbance", "p50 ms", "p99 ms", "max ms", "p50 ms", "p99 ms", "max ms", "p99 is", "lost"
    );
    for disturbance in DISTURBANCES {
        let is_wanted = wanted
            .as_ref()
            .is_none_or(|part| disturbance.name.contains(part.as_str()));
        if is_wanted {
            measure(disturbance);
        }
    }
}

/// Something that one department does to all others.
struct Disturbance {
    name: &'static str,
    /// What is deployed and pushed before anything is measured.
    prepare: fn(&Server),
    /// What is done until the flag is set; it is called in a thread of its own.
    disturb: fn(&Client, &AtomicBool),
}

const DISTURBANCES: &[Disturbance] = &[
    Disturbance {
        name: "nothing",
        prepare: |_| {},
        disturb: |_, _| {},
    },
    Disturbance {
        name: "one case that burns all it may",
        prepare: |server| {
            server.deploy(&[("burn.bpmn", &process("burn", BURN))]);
        },
        disturb: |client, over| repeat(client, over, Duration::from_secs(4), "burn", json!({})),
    },
    Disturbance {
        name: "one expression that burns all it may",
        prepare: |server| {
            let script = r#"<zeebe:script expression="=count(for i in 1..990000 return 1)" resultVariable="r"/>"#;
            server.deploy(&[("sum.bpmn", &process("sum", &script_task(script)))]);
        },
        disturb: |client, over| repeat(client, over, Duration::from_millis(500), "sum", json!({})),
    },
    Disturbance {
        name: "a trigger that multiplies",
        prepare: |server| {
            server.deploy(&[("boom.bpmn", &process("boom", ""))]);
            push_trigger(server, &json!({"mode": "multiply", "process": "boom"}));
        },
        disturb: |client, over| repeat(client, over, Duration::from_secs(60), "boom", json!({})),
    },
    Disturbance {
        name: "a trigger that spins",
        prepare: |server| push_trigger(server, &json!({"mode": "spin"})),
        // Every case of the neighbour that ends sets it off.
        disturb: |_, _| {},
    },
    Disturbance {
        name: "60 steps that compute for ever",
        prepare: |server| prepare_hostile(server, "spin"),
        disturb: |client, over| {
            for _ in 0..60 {
                start(client, "spin", &json!({"mode": "loop"}));
            }
            wait(over, Duration::MAX);
        },
    },
    Disturbance {
        name: "60 steps that take memory",
        prepare: |server| prepare_hostile(server, "take"),
        disturb: |client, over| {
            for _ in 0..60 {
                start(client, "take", &json!({"mode": "allocate"}));
            }
            wait(over, Duration::MAX);
        },
    },
    Disturbance {
        name: "a component of 2^30 instances",
        prepare: |_| {},
        disturb: |client, over| upload(client, over, &bombs::nested_instances(30)),
    },
    Disturbance {
        name: "a component that compiles for minutes",
        prepare: |_| {},
        disturb: |client, over| upload(client, over, &bombs::slow_to_compile()),
    },
];

fn measure(disturbance: &Disturbance) {
    let server = Server::start(&Options::default());
    server.push_component(&component("score"));
    server.deploy(&[("neighbour.bpmn", &process("neighbour", &three_steps()))]);
    // The first cases compile what all others find ready.
    watch(&server, Duration::from_secs(1));
    let undisturbed = watch(&server, WATCHED);
    (disturbance.prepare)(&server);
    let over = AtomicBool::new(false);
    let client = server.client();
    let disturbed = std::thread::scope(|scope| {
        scope.spawn(|| (disturbance.disturb)(&client, &over));
        std::thread::park_timeout(SETTLING);
        let disturbed = watch(&server, WATCHED);
        over.store(true, Ordering::Relaxed);
        disturbed
    });
    println!(
        "{:<34} {undisturbed}   {disturbed}   {:>6.1}x {:>6}",
        disturbance.name,
        disturbed.p99_ms / undisturbed.p99_ms,
        lost_attempts(&server),
    );
}

/// The latencies of awaited cases.
struct Latencies {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            p50_ms,
            p99_ms,
            max_ms,
        } = self;
        write!(out, "{p50_ms:>9.1} {p99_ms:>9.1} {max_ms:>9.1}")
    }
}

/// Starts the neighbour's cases at their pace, whether or not those before have ended, as
/// customers do, and waits for the end of each.
fn watch(server: &Server, time: Duration) -> Latencies {
    let began = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let mut cases = Vec::new();
        while began.elapsed() < time {
            let client = server.client();
            cases.push(scope.spawn(move || await_case(&client)));
            let next = PACE * u32::try_from(cases.len()).expect("a short run");
            std::thread::sleep(next.saturating_sub(began.elapsed()));
        }
        cases
            .into_iter()
            .map(|case| case.join().expect("a case that ends"))
            .collect()
    });
    times.sort_unstable();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share).round() as usize;
        times[index].as_secs_f64() * 1e3
    };
    Latencies {
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
    }
}

fn await_case(client: &Client) -> Duration {
    let body = json!({
        "processDefinitionId": "neighbour", "awaitCompletion": true, "requestTimeout": 60_000,
        "variables": {"amount": 1_250},
    });
    let began = Instant::now();
    client.post("/v2/process-instances", &body).expect(200);
    began.elapsed()
}

/// Attempts that the neighbour's jobs have used up without ending.
fn lost_attempts(server: &Server) -> usize {
    let filter = json!({"type": "score", "retries": {"$lt": RETRIES}});
    server.search("jobs", filter).len()
}

fn start(client: &Client, process: &str, variables: &Value) {
    let body = json!({"processDefinitionId": process, "variables": variables});
    client.post("/v2/process-instances", &body).expect(200);
}

/// Starts a case now and again.
fn repeat(client: &Client, over: &AtomicBool, pause: Duration, process: &str, variables: Value) {
    while !over.load(Ordering::Relaxed) {
        start(client, process, &variables);
        wait(over, pause);
    }
}

/// Uploads a component again and again; that it is refused is expected.
fn upload(client: &Client, over: &AtomicBool, wasm: &[u8]) {
    while !over.load(Ordering::Relaxed) {
        client.post_bytes("/v1/components", "application/wasm", wasm);
        wait(over, Duration::from_millis(100));
    }
}

fn wait(over: &AtomicBool, time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time && !over.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Deploys a process with one step that misbehaves as its variables say.
fn prepare_hostile(server: &Server, id: &str) {
    server.push_component(&component("hostile"));
    let step = service_task("work", "hostile");
    server.deploy(&[("hostile.bpmn", &process(id, &step))]);
}

fn push_trigger(server: &Server, configuration: &Value) {
    let trigger = component("unruly-trigger");
    server.push_configured(&trigger, configuration).expect(201);
}

/// A loop that never waits, whose every turn evaluates an expression of some 100,000 steps.
const BURN: &str = r#"<bpmn:scriptTask id="count"><bpmn:extensionElements><zeebe:script expression="=if n = null then 1 else n + 1" resultVariable="n"/></bpmn:extensionElements></bpmn:scriptTask>
    <bpmn:scriptTask id="sum"><bpmn:extensionElements><zeebe:script expression="=sum(for i in 1..300, j in 1..300 return i * j)" resultVariable="r"/></bpmn:extensionElements></bpmn:scriptTask>
    <bpmn:exclusiveGateway id="again" default="done"/>
    <bpmn:sequenceFlow id="back" sourceRef="again" targetRef="count"><bpmn:conditionExpression>=n &lt; 3300</bpmn:conditionExpression></bpmn:sequenceFlow>"#;

fn script_task(script: &str) -> String {
    format!(
        r#"<bpmn:scriptTask id="script"><bpmn:extensionElements>{script}</bpmn:extensionElements></bpmn:scriptTask>"#
    )
}

fn three_steps() -> String {
    ["one", "two", "three"]
        .map(|id| service_task(id, "score"))
        .concat()
}

fn service_task(id: &str, job_type: &str) -> String {
    format!(
        r#"<bpmn:serviceTask id="{id}"><bpmn:extensionElements><zeebe:taskDefinition type="{job_type}" retries="{RETRIES}"/></bpmn:extensionElements></bpmn:serviceTask>"#
    )
}

/// A process that goes through the elements of `body` in their order.
fn process(id: &str, body: &str) -> String {
    let nodes = body.match_indices("<bpmn:").filter_map(|(at, _)| {
        let tag = &body[at + "<bpmn:".len()..];
        let is_node = ["serviceTask", "scriptTask", "exclusiveGateway"]
            .iter()
            .any(|kind| tag.starts_with(kind));
        is_node.then(|| tag.split('"').nth(1).expect("an id"))
    });
    let path: Vec<&str> = ["start"].into_iter().chain(nodes).chain(["end"]).collect();
    let flows: String = path
        .windows(2)
        .map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            // The last flow of a gateway is its default.
            let id = if to == "end" && from == "again" {
                "done".to_owned()
            } else {
                format!("{from}-{to}")
            };
            format!(r#"<bpmn:sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}"/>"#)
        })
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:neighbours">
  <bpmn:process id="{id}" isExecutable="true">
    <bpmn:startEvent id="start"/>
    {body}
    <bpmn:endEvent id="end"/>
    {flows}
  </bpmn:process>
</bpmn:definitions>"#
    )
}
