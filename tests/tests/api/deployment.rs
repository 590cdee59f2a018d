//! Deployments: whole or not at all, with every mistake named.

use gardesh_tests::{Options, Server};
use serde_json::{Value, json};

use crate::{APPROVAL, CLAIM};

#[test]
fn every_mistake_of_every_file_is_named_and_nothing_is_stored() {
    let server = Server::start(&Options::default());
    let no_start = CLAIM.replace("bpmn:startEvent", "bpmn:intermediateThrowEvent");
    let unknown_target = CLAIM.replace("targetRef=\"approve\"", "targetRef=\"nowhere\"");
    let files = [
        ("good.bpmn", CLAIM),
        ("no-start.bpmn", &no_start),
        ("unknown-target.bpmn", &unknown_target),
        ("broken.bpmn", "<definitions"),
        ("broken.form", "{"),
    ];
    let problem = server.try_deploy(&files).expect(400);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let problem = problem.json();
    assert_eq!(problem["title"], "INVALID_ARGUMENT");
    assert_eq!(problem["type"], "/docs/errors#deployment-refused");
    let findings = problem["diagnostics"]
        .as_array()
        .expect("a list of findings");
    for (file, element) in [
        ("no-start.bpmn", Some("claim")),
        ("unknown-target.bpmn", Some("f2")),
        ("broken.bpmn", None),
        ("broken.form", None),
    ] {
        let about = findings
            .iter()
            .filter(|finding| finding["resource"] == file);
        let named = about
            .clone()
            .any(|finding| element.is_none() || finding["elementId"].as_str() == element);
        assert!(
            named,
            "Expected a finding about {element:?} in {file}, but got {problem:#}"
        );
        assert!(
            about
                .clone()
                .all(|finding| finding["line"].as_u64() >= Some(1)),
            "{problem:#}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(file))
        );
    }
    assert!(
        findings
            .iter()
            .all(|finding| finding["resource"] != "good.bpmn"),
        "{problem:#}"
    );
    assert_eq!(server.search("process-definitions", json!({})).len(), 0);
}

#[test]
fn an_unchanged_file_makes_no_new_version() {
    let server = Server::start(&Options::default());
    let versions = [
        CLAIM,
        CLAIM,
        &CLAIM.replace("name=\"Pay\"", "name=\"Pay out\""),
    ]
    .map(|xml| {
        let deployed = server.deploy(&[("claim.bpmn", xml), ("approval.form", APPROVAL)]);
        deployed["deployments"][0]["processDefinition"]["processDefinitionVersion"].as_u64()
    });
    assert_eq!(versions, [Some(1), Some(1), Some(2)]);
    let latest = server.search("process-definitions", json!({"isLatestVersion": true}));
    assert_eq!(latest.len(), 1);
    assert_eq!(latest[0]["version"], 2);
    let first = json!({"processDefinitionId": "claim", "processDefinitionVersion": 1});
    let created = server
        .post("/v2/process-instances", &first)
        .expect(200)
        .json();
    assert_eq!(created["processDefinitionVersion"], 1);
}

/// What a deployment warns of, it warns of each time, and a trial stores nothing.
#[test]
fn names_that_are_plainly_not_meant_are_warned_of() {
    let server = Server::start(&Options::default());
    let misspelt = CLAIM.replace(
        "<bpmn:extensionElements>",
        "<bpmn:extensionElements>\n<zeebe:ioMapping><zeebe:input source=\"=lenght(x)\" target=\"size\"/></zeebe:ioMapping>",
    );
    assert_ne!(misspelt, CLAIM);
    let files = [
        ("claim.bpmn", misspelt.as_str()),
        ("approval.form", APPROVAL),
    ];
    let checked = server.check_deployment(&files);
    assert_eq!(checked["deploymentKey"], Value::Null);
    assert_eq!(checked["deployments"], json!([]));
    assert_eq!(server.search("process-definitions", json!({})).len(), 0);
    let line = 1 + misspelt
        .lines()
        .position(|line| line.contains("lenght"))
        .expect("the mapping");
    for answer in [checked, server.deploy(&files), server.deploy(&files)] {
        let warnings = answer["warnings"].as_array().expect("a list of warnings");
        let about: Vec<_> = warnings
            .iter()
            .filter(|warning| warning["code"] == "unknown-function")
            .collect();
        assert!(!about.is_empty(), "{answer:#}");
        assert_eq!(about[0]["resource"], "claim.bpmn");
        assert_eq!(about[0]["severity"], "warning");
        assert_eq!(about[0]["line"], line);
        assert_eq!(about[0]["elementId"], "pay");
        let message = about[0]["message"].as_str().unwrap_or_default();
        assert!(message.contains("string length"), "{message}");
        assert_eq!(answer["warningsLeftOut"], 0);
    }
    // Nobody has ever asked for the jobs of this diagram; once somebody has, it is clean.
    let clean = || server.check_deployment(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    assert_eq!(clean()["warnings"][0]["code"], "unserved-job-type");
    let poll =
        json!({"type": "pay", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": -1});
    server.post("/v2/jobs/activation", &poll).expect(200);
    assert_eq!(clean()["warnings"], json!([]));
    let refused = server.try_deploy(&[("broken.bpmn", "<definitions")]);
    assert_eq!(
        refused.expect(400).json()["diagnostics"][0]["severity"],
        "error"
    );
}
