//! Data folders that are not as they should be: others' files, lost commits, a store that is
//! gone, a folder in use. The binary says what it is and what to do, and nothing that is there is
//! overwritten.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use gardesh_tests::{Options, Server, binary, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

const DIAGRAM: &str = r#"<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="p" isExecutable="true">
    <startEvent id="s"/><userTask id="t"/><endEvent id="e"/>
    <sequenceFlow id="a" sourceRef="s" targetRef="t"/><sequenceFlow id="b" sourceRef="t" targetRef="e"/>
  </process>
</definitions>"#;

fn data(command: &str, folder: &Path, more: &[&str]) -> Output {
    Command::new(binary())
        .args(["data", command, "--data"])
        .arg(folder)
        .args(more)
        .output()
        .unwrap()
}

/// Starts a server that is expected to end at once.
fn serve(folder: &Path) -> Output {
    Command::new("timeout")
        .arg("20")
        .arg(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .output()
        .unwrap()
}

fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let ended = output
        .status
        .code()
        .is_some_and(|code| code != 0 && code != 124);
    assert!(ended, "{output:?}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn start_case(server: &Server) -> String {
    let body = json!({"processDefinitionId": "p"});
    let reply = server
        .post("/v2/process-instances", &body)
        .expect(200)
        .json();
    let key = reply["processInstanceKey"].as_str().unwrap().to_owned();
    eventually("a case that is found", || {
        let path = format!("/v2/process-instances/{key}");
        server
            .try_get(&path)
            .ok()
            .filter(|reply| reply.status == 200)
    });
    key
}

#[test]
fn folders_that_cannot_be_used_say_what_they_are() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "x").unwrap();
    for (name, content) in [("sqlite", "SQLite format 3\0"), ("text", "Dear diary,")] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("gardesh.redb"), content).unwrap();
    }
    fs::create_dir_all(at("folder").join("gardesh.redb")).unwrap();
    fs::create_dir(at("empty")).unwrap();
    for (name, parts) in [
        ("file", ["there is a file of that name", "Name a folder"]),
        ("sqlite", ["another program", "Name another folder"]),
        ("text", ["another program", "Name another folder"]),
        ("folder", ["gardesh.redb", "out of the way"]),
    ] {
        for output in [serve(&at(name)), data("verify", &at(name), &[])] {
            let text = refusal(&output);
            for part in parts {
                assert!(text.contains(part), "{name}: Expected '{part}' in: {text}");
            }
        }
    }
    for name in ["empty", "missing"] {
        for command in ["verify", "compact"] {
            let text = refusal(&data(command, &at(name), &[]));
            assert!(text.contains("no store in it. Name the folder"), "{text}");
        }
        assert!(!at(name).join("gardesh.redb").exists());
    }
}

#[test]
fn lost_commits_are_refused_until_somebody_accepts_it() {
    let mut server = Server::start(&Options::default());
    server.try_deploy(&[("p.bpmn", DIAGRAM)]).expect(200);
    let kept = start_case(&server);
    server.kill9();
    let store = server.data().join("gardesh.redb");
    let older = fs::read(&store).unwrap();
    server.restart();
    let lost = start_case(&server);
    server.kill9();
    let newest = fs::read(&store).unwrap();

    fs::write(&store, &older).unwrap();
    for output in [serve(server.data()), data("verify", server.data(), &[])] {
        let text = refusal(&output);
        for part in ["gardesh.redb", "acknowledged", "--accept-loss"] {
            assert!(text.contains(part), "Expected '{part}' in: {text}");
        }
    }
    // Whoever finds the right file goes on with it.
    fs::write(&store, &newest).unwrap();
    server.restart();
    let path = |key: &str| format!("/v2/process-instances/{key}");
    server.get(&path(&lost)).expect(200);
    server.kill9();

    // Gone altogether: nothing is made, and the read model stays.
    fs::remove_file(&store).unwrap();
    for output in [serve(server.data()), data("verify", server.data(), &[])] {
        assert!(refusal(&output).contains("there is no such file"));
    }
    assert!(!store.exists());

    fs::write(&store, &older).unwrap();
    let output = data("verify", server.data(), &["--accept-loss", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = &report["lost"]["cases"][0]["processInstanceKey"];
    assert_eq!(told.to_string(), lost, "{report}");
    assert_eq!(report["lost"]["cases"].as_array().unwrap().len(), 1);
    server.restart();
    server.get(&path(&kept)).expect(200);
    server.get(&path(&lost)).expect(404);
}

#[test]
fn a_folder_in_use_says_so_and_a_backup_is_whole() {
    let mut server = Server::start(&Options::default());
    for command in ["verify", "compact"] {
        let text = refusal(&data(command, server.data(), &[]));
        assert!(text.contains("another process has it open"), "{text}");
    }
    let text = refusal(&serve(server.data()));
    assert!(text.contains("another process has it open"), "{text}");
    server.kill9();
    // Nothing has happened in it, and that is verified, too.
    let output = data("verify", server.data(), &[]);
    assert!(output.status.success(), "{output:?}");

    server.restart();
    server.try_deploy(&[("p.bpmn", DIAGRAM)]).expect(200);
    let key = start_case(&server);
    server.kill9();
    let folder = TempDir::new().unwrap();
    let to = folder.path().join("backup");
    let into = to.to_string_lossy().into_owned();
    let output = data("backup", server.data(), &["--to", &into]);
    assert!(output.status.success(), "{output:?}");
    assert!(data("verify", &to, &[]).status.success());
    let text = refusal(&data("backup", server.data(), &["--to", &into]));
    assert!(text.contains("missing or empty"), "{text}");
    let copy = Server::start(&Options {
        data: Some(to),
        ..Options::default()
    });
    eventually("the case in the copy", || {
        let path = format!("/v2/process-instances/{key}");
        copy.try_get(&path).ok().filter(|reply| reply.status == 200)
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_files_in_a_folder_that_was_there() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start(&Options {
        data: Some(folder.path().to_owned()),
        ..Options::default()
    });
    server.try_deploy(&[("p.bpmn", DIAGRAM)]).expect(200);
    start_case(&server);
    for found in fs::read_dir(folder.path()).unwrap() {
        let found = found.unwrap();
        let mode = found.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", found.path());
    }
}
