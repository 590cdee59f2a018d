//! The DMN Technology Compatibility Kit through a server: every model deployed, past the checks
//! of deployment, with what it imports beside it, and every case asked over REST. What comes of
//! it is to be what comes of the library (`host/dmn/tests/tck`), but for what is listed here.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gardesh_feel::{Context, Value};
use gardesh_kit::{Case, EXPECTED_FAILURES, LEVELS, Model, close, corpus, models, without};
use gardesh_tests::{Client, Options, Reply, Server};
use serde_json::{Value as Json, json};

/// Requests at once: enough that they share the disk.
const CLIENTS: usize = 16;

/// Results that are others over REST than in the library, as `folder case result`, with the
/// reason.
const DIFFERENCES: &[(&str, &str)] = &[
    ("0085-decision-services 001 decision_001", NO_SERVICES),
    ("0085-decision-services 002 decision_002", NO_SERVICES),
    ("0085-decision-services 002_a decision_002", NO_SERVICES),
    ("0085-decision-services 002_b decision_002", NO_SERVICES),
    ("0085-decision-services 002_c decision_002", NO_SERVICES),
    ("0085-decision-services 003 decision_003", NO_SERVICES),
    ("0085-decision-services 015 decision_015_1", NO_SERVICES),
    ("0085-decision-services 015 decision_015_2", NO_SERVICES),
    ("0095-feel-day-of-year-function date_005 date_005", NO_DATES),
    (
        "0095-feel-day-of-year-function datetime_004 datetime_004",
        NO_DATES,
    ),
    (
        "0097-feel-month-of-year-function date_001 date_001",
        NO_DATES,
    ),
    (
        "0097-feel-month-of-year-function datetime_001 date_001",
        NO_DATES,
    ),
    (
        "0098-feel-week-of-year-function date_006 date_006",
        NO_DATES,
    ),
    (
        "0098-feel-week-of-year-function datetime_004 datetime_004",
        NO_DATES,
    ),
];

const NO_SERVICES: &str = "REST asks decisions, not decision services, as in Camunda";

const NO_DATES: &str = "JSON has no dates, and where the type Any is declared a text stays one";

/// A model with the keys of its decisions by their names.
struct Deployed {
    model: Model,
    decisions: Result<BTreeMap<String, String>, String>,
}

#[test]
fn the_kit_passes_over_rest_as_in_the_library() {
    let Some(folders) = LEVELS
        .iter()
        .map(|level| corpus(level))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let server = Server::start(&Options::default());
    let deployed: Vec<Deployed> = folders
        .iter()
        .flat_map(|folder| models(folder))
        .map(|model| deploy(&server, model))
        .collect();
    let cases: Vec<(&Deployed, &Case)> = deployed
        .iter()
        .flat_map(|one| one.model.cases.iter().map(move |case| (one, case)))
        .collect();
    assert!(cases.len() >= 2_000, "the kit has more cases");
    let failures = run(&server, &cases);

    let known: BTreeMap<&str, &str> = EXPECTED_FAILURES
        .iter()
        .chain(DIFFERENCES)
        .copied()
        .collect();
    let unlisted: Vec<_> = failures
        .iter()
        .filter(|(key, _)| !known.contains_key(key.as_str()))
        .collect();
    assert!(unlisted.is_empty(), "these are to pass: {unlisted:#?}");
    let stale: Vec<_> = known
        .keys()
        .filter(|key| !failures.contains_key(**key))
        .collect();
    assert!(
        stale.is_empty(),
        "these pass now, take them off: {stale:#?}"
    );
}

/// Deploys a model with those beside it. Decisions that are refused by their ids are left out,
/// as the library leaves out what it cannot read.
fn deploy(server: &Server, mut model: Model) -> Deployed {
    let mut reply = try_deploy(server, &model);
    let refused = refused_by(&reply);
    if !refused.is_empty() {
        for (_, xml) in &mut model.files {
            *xml = without(xml, &refused);
        }
        reply = try_deploy(server, &model);
    }
    let decisions = match reply.status {
        200 => Ok(decisions_of(&reply.json(), &model.file)),
        _ => Err(reply.body),
    };
    Deployed { model, decisions }
}

fn try_deploy(server: &Server, model: &Model) -> Reply {
    let files: Vec<(&str, &str)> = model
        .files
        .iter()
        .map(|(name, xml)| (name.as_str(), xml.as_str()))
        .collect();
    server.try_deploy(&files)
}

/// The ids of the elements that a deployment was refused by.
fn refused_by(reply: &Reply) -> Vec<String> {
    let problem = reply.json();
    let found = problem["diagnostics"].as_array().cloned();
    let ids = found.unwrap_or_default().into_iter();
    ids.filter_map(|found| found["elementId"].as_str().map(str::to_owned))
        .collect()
}

/// The keys of the decisions in a file, by name.
fn decisions_of(deployed: &Json, file: &str) -> BTreeMap<String, String> {
    let all = deployed["deployments"].as_array().expect("deployments");
    let graph = all
        .iter()
        .map(|one| &one["decisionRequirements"])
        .find(|graph| graph["resourceName"] == file);
    let graph = graph.map(|graph| &graph["decisionRequirementsKey"]);
    let decisions = all.iter().map(|one| &one["decisionDefinition"]);
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    decisions
        .filter(|decision| Some(&decision["decisionRequirementsKey"]) == graph)
        .map(|decision| {
            (
                text(&decision["name"]),
                text(&decision["decisionDefinitionKey"]),
            )
        })
        .collect()
}

/// Asks all cases; what failed, and why.
fn run(server: &Server, cases: &[(&Deployed, &Case)]) -> BTreeMap<String, String> {
    let failures = Mutex::new(BTreeMap::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (client, failures, next) = (server.client(), &failures, &next);
            scope.spawn(move || {
                while let Some((deployed, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for (name, expected) in &case.results {
                        if let Err(reason) = check(&client, deployed, case, name, expected) {
                            let key = format!("{} {} {name}", deployed.model.folder, case.id);
                            failures.lock().expect("a lock").insert(key, reason);
                        }
                    }
                }
            });
        }
    });
    failures.into_inner().expect("a lock")
}

/// Whether a case's result is the expected one, as far as JSON can say.
fn check(
    client: &Client,
    deployed: &Deployed,
    case: &Case,
    name: &str,
    expected: &Value,
) -> Result<(), String> {
    let decisions = deployed.decisions.as_ref().map_err(Clone::clone)?;
    if case.service.is_some() {
        return Err("a decision service".to_owned());
    }
    let answer = match decisions.get(name) {
        Some(key) => ask(client, key, &case.inputs)?,
        // In the library, what is not there is null.
        None => json!({"output": "null", "nullReasons": "there is no such decision"}),
    };
    let output = answer["output"].as_str().unwrap_or("null");
    let actual = Value::from_json(output).map_err(|error| format!("{output}: {error:?}"))?;
    let expected = Value::from_json(expected.to_json()).map_err(|error| format!("{error:?}"))?;
    match close(&expected, &actual) {
        true => Ok(()),
        false => Err(format!(
            "expected {expected}, but got {actual}; {} {}",
            answer["nullReasons"], answer["failureMessage"]
        )),
    }
}

fn ask(client: &Client, decision: &str, inputs: &Context) -> Result<Json, String> {
    let request = format!(
        r#"{{"decisionDefinitionKey":"{decision}","variables":{}}}"#,
        Value::from(inputs.clone()).to_json()
    );
    let path = "/v2/decision-definitions/evaluation";
    let reply = client.post_bytes(path, "application/json", request.as_bytes());
    match reply.status {
        200 => Ok(reply.json()),
        _ => Err(reply.body),
    }
}
