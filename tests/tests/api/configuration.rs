//! Configurations of components over HTTP and on the command line: held against the component's
//! schema wherever one is set, and kept when the component is pushed again.

use std::process::{Command, Output, Stdio};

use gardesh_tests::{Options, Reply, Server, binary, component};
use serde_json::{Value, json};

const NAME: &str = "unruly-trigger";
const PATH: &str = "/v1/components/unruly-trigger";
const CONFIGURATION: &str = "/v1/components/unruly-trigger/configuration";

/// A trigger that wants a `mode`, `"spin"` or `"multiply"`, and may have a `process`.
fn trigger() -> Vec<u8> {
    component(NAME)
}

/// The same trigger, but its mode is called `"multiplz"` now.
fn other_trigger() -> Vec<u8> {
    let (before, after) = (b"multiply", b"multiplz");
    let mut wasm = trigger();
    let places: Vec<_> = (0..wasm.len() - before.len())
        .filter(|&at| wasm[at..].starts_with(before))
        .collect();
    assert!(!places.is_empty(), "the schema has the names of the modes");
    for at in places {
        wasm[at..at + after.len()].copy_from_slice(after);
    }
    wasm
}

/// Refused for what the configuration is, with all of these words.
#[track_caller]
fn refused(reply: Reply, parts: &[&str]) {
    let problem = reply.expect(422).json();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("Expected "), "{detail}");
    for part in parts {
        assert!(detail.contains(part), "{part} in {detail}");
    }
}

#[test]
fn a_component_is_pushed_with_a_configuration_that_fits_or_not_at_all() {
    let server = Server::start(&Options::default());
    let wasm = trigger();
    for (configuration, parts) in [
        (
            json!({"mode": "rest"}),
            vec![r#"at /mode, expected "spin" or "multiply", but found "rest""#],
        ),
        (
            json!({"process": 7}),
            vec![
                "at /mode, expected a value, but found none",
                "at /process, expected null or a string, but found 7",
            ],
        ),
        (json!({"mode": "x".repeat(5_000)}), vec!["xxx…"]),
    ] {
        refused(server.push_configured(&wasm, &configuration), &parts);
    }
    let bare = server.post_bytes("/v1/components", "application/wasm", &wasm);
    refused(
        bare,
        &["/mode", "no configuration yet", "`--config NAME=JSON`"],
    );
    let undescribed = server.push_configured(&component("score"), &json!({"mode": "spin"}));
    refused(undescribed, &["describes none", "values for mode"]);
    assert_eq!(server.list("/v1/components"), Vec::<Value>::new());

    let configuration = json!({"mode": "multiply", "process": "claim"});
    let pushed = server.push_configured(&wasm, &configuration);
    assert_eq!(pushed.expect(201).json()["configuration"], configuration);
}

#[test]
fn a_kept_configuration_is_held_against_the_new_schema() {
    let server = Server::start(&Options::default());
    let configuration = json!({"mode": "multiply"});
    let first = server
        .push_configured(&trigger(), &configuration)
        .expect(201);
    // Without a word about it the configuration is kept: nothing changes.
    let again = server.post_bytes("/v1/components", "application/wasm", &trigger());
    assert_eq!(again.expect(200).json()["configuration"], configuration);

    let other = other_trigger();
    let replace = "/v1/components?replace=true";
    let push = || server.post_bytes(replace, "application/wasm", &other);
    let advice = [
        "/mode",
        "\"multiplz\"",
        "kept from version",
        "`--no-config`",
    ];
    refused(push(), &advice);
    let served = server.get(PATH).expect(200).json();
    assert_eq!(served["digest"], first.json()["digest"]);

    // What fits both lets the new one in.
    let spin = json!({"mode": "spin"});
    server.put(CONFIGURATION, &spin).expect(200);
    let pushed = push().expect(201).json();
    assert_eq!(pushed["configuration"], spin);
    assert_eq!(pushed["replaced"]["digest"], first.json()["digest"]);
}

#[test]
fn configuring_is_held_against_the_schema_too() {
    let server = Server::start(&Options::default());
    let before = json!({"mode": "spin"});
    server.push_configured(&trigger(), &before).expect(201);
    let configure = |values: &Value| server.put(CONFIGURATION, values);
    refused(configure(&json!({"mode": 1})), &["at /mode, expected"]);
    refused(configure(&json!({})), &["at /mode, expected a value"]);
    configure(&json!([])).expect(400);
    let served = server.get(PATH).expect(200).json();
    assert_eq!(served["configuration"], before);
    let after = json!({"mode": "multiply", "process": null});
    let configured = configure(&after).expect(200).json();
    assert_eq!(configured["configuration"], after);
}

/// Runs `gardesh component …`.
fn gardesh(server: &Server, arguments: &[&str]) -> Output {
    Command::new(binary())
        .arg("component")
        .args(arguments)
        .env("GARDESH_SERVER", server.url(""))
        .stdin(Stdio::null())
        .output()
        .expect("the command runs")
}

#[test]
fn the_command_line_checks_with_and_without_a_server() {
    let server = Server::start(&Options::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, wasm: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, wasm).expect("a file");
        path.to_str().expect("a path in Unicode").to_owned()
    };
    let (mine, other) = (file("a.wasm", &trigger()), file("b.wasm", &other_trigger()));
    let facts = ["--facts", r#"{"case": {}}"#];
    let multiply = r#"mode="multiply""#;
    for (arguments, code, part) in [
        (
            vec!["run", &mine],
            1,
            "at /mode, expected a value, but found none",
        ),
        (
            vec!["run", &mine, "--config", "mode=1"],
            1,
            "--config NAME=JSON",
        ),
        (vec!["run", &mine, "--config", multiply], 0, ""),
        (vec!["push", &mine], 1, "no configuration yet"),
        (vec!["push", &mine, "--config", multiply], 0, ""),
        (vec!["push", &mine], 0, "keeps its configuration: mode"),
        (vec!["push", &other, "--replace"], 1, "--no-config"),
        (
            vec!["push", &other, "--replace", "--no-config"],
            1,
            "at /mode",
        ),
        (vec!["configure", NAME, "process=7"], 1, "at /process"),
        (vec!["configure", NAME, "--unset", "mode"], 1, "at /mode"),
        (vec!["configure", NAME, r#"process="claim""#], 0, ""),
    ] {
        let arguments = match arguments[0] {
            "run" => [&arguments[..], &facts].concat(),
            _ => arguments,
        };
        let output = gardesh(&server, &arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    let served = server.get(PATH).expect(200).json();
    let expected = json!({"mode": "multiply", "process": "claim"});
    assert_eq!(served["configuration"], expected);
}
