//! What clients get when they are mistaken: one problem document with the status and title
//! of the Camunda REST API, never a dropped connection.

use gardesh_tests::{Options, Server};
use serde_json::json;

use crate::{APPROVAL, CLAIM};

#[test]
fn mistakes_become_problems() {
    let server = Server::start(&Options::default());
    server.deploy(&[("claim.bpmn", CLAIM), ("approval.form", APPROVAL)]);
    let json = "application/json";
    let table = [
        ("GET /nothing", "", "", 404, "NOT_FOUND"),
        ("GET /v2/nothing", "", "", 404, "NOT_FOUND"),
        ("DELETE /v2/topology", "", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /v2/process-instances/1", "", "", 404, "NOT_FOUND"),
        (
            "GET /v2/process-instances/abc",
            "",
            "",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "GET /v2/process-instances/-1",
            "",
            "",
            400,
            "INVALID_ARGUMENT",
        ),
        ("GET /v2/user-tasks/1/form", "", "", 404, "NOT_FOUND"),
        (
            "GET /v2/process-definitions/1/xml",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
        (
            "GET /v2/decision-requirements/1/xml",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
        (
            "GET /v2/decision-definitions/1/xml",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/process-instances",
            json,
            "",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances",
            json,
            "{",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances",
            json,
            "[]",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances",
            json,
            "{}",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances",
            "text/plain",
            "{}",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /v2/process-instances",
            json,
            r#"{"processDefinitionId":"nobody"}"#,
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/process-instances",
            json,
            r#"{"processDefinitionId":"claim","processDefinitionVersion":9}"#,
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/process-instances",
            json,
            r#"{"processDefinitionId":"claim","tenantId":"acme"}"#,
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/process-instances",
            json,
            r#"{"processDefinitionId":"claim","variables":7}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances/search",
            json,
            r#"{"filter":{"colour":"red"}}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances/search",
            json,
            r#"{"sort":[{"field":"colour"}]}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances/search",
            json,
            r#"{"page":{"limit":10001}}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/process-instances/search",
            json,
            r#"{"page":{"after":"?"}}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/jobs/activation",
            json,
            r#"{"type":"pay"}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        ("POST /v2/jobs/1/completion", json, "{}", 404, "NOT_FOUND"),
        ("POST /v2/jobs/1/failure", json, "{}", 404, "NOT_FOUND"),
        ("POST /v2/jobs/1/error", json, "{}", 400, "INVALID_ARGUMENT"),
        (
            "POST /v2/jobs/1/error",
            json,
            r#"{"errorCode":"E"}"#,
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/incidents/1/resolution",
            json,
            "{}",
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/user-tasks/1/assignment",
            json,
            "{}",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v2/user-tasks/1/assignment",
            json,
            r#"{"assignee":"ada"}"#,
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v2/deployments",
            json,
            "{}",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /v2/deployments",
            "multipart/form-data; boundary=X",
            "--X--\r\n",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "POST /v1/components",
            "application/wasm",
            "",
            422,
            "UNPROCESSABLE_ENTITY",
        ),
        (
            "POST /v1/components",
            "application/wasm",
            "no component",
            422,
            "UNPROCESSABLE_ENTITY",
        ),
        (
            "POST /v1/components",
            "text/plain",
            "x",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ("GET /v1/components/nobody", "", "", 404, "NOT_FOUND"),
        (
            "POST /v1/components/nobody/disable",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
        (
            "POST /v1/components/nobody/enable",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
        ("DELETE /v1/components/nobody", "", "", 404, "NOT_FOUND"),
        (
            "POST /v1/surveys",
            json,
            r#"{"id":"s"}"#,
            400,
            "INVALID_ARGUMENT",
        ),
        ("GET /v1/surveys/nobody", "", "", 404, "NOT_FOUND"),
        (
            "GET /v1/invitations?surveyID=s",
            "",
            "",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "GET /v1/metrics?from=yesterday",
            "",
            "",
            400,
            "INVALID_ARGUMENT",
        ),
        (
            "GET /v1/process-instances/1/history",
            "",
            "",
            404,
            "NOT_FOUND",
        ),
    ];
    for (line, content_type, body, status, title) in table {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let reply = match method {
            "POST" => server.post_bytes(path, content_type, body.as_bytes()),
            _ => server.send(method, path, &[], None).expect("a reply"),
        };
        assert_eq!(reply.status, status, "{line} {body}: {}", reply.body);
        assert_eq!(
            reply.header("content-type"),
            "application/problem+json",
            "{line}"
        );
        let problem = reply.json();
        assert_eq!(problem["title"], title, "{line} {body}: {problem}");
        assert_eq!(problem["status"], status, "{line}");
        assert_eq!(
            problem["instance"],
            path.split('?').next().unwrap_or_default(),
            "{line}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.starts_with("Expected")),
            "{line}: {problem}"
        );
    }
}

#[test]
fn hostile_bodies_are_refused_and_the_server_lives() {
    let server = Server::start(&Options::default());
    let deep = format!(
        r#"{{"processDefinitionId":"x","variables":{{"v":{}{}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!(
        r#"{{"processDefinitionId":"x","variables":{{"v":"{}"}}}}"#,
        "x".repeat(5 * 1024 * 1024)
    );
    let name = format!(
        r#"{{"processDefinitionId":"x","variables":{{"{}":1}}}}"#,
        "n".repeat(65_536)
    );
    for (body, statuses) in [(deep, [400, 413]), (long, [413, 413]), (name, [400, 413])] {
        let reply = server.post_bytes("/v2/process-instances", "application/json", body.as_bytes());
        assert!(
            statuses.contains(&reply.status),
            "{}: {:.300}",
            reply.status,
            reply.body
        );
    }
    assert_eq!(
        server.get("/v1/health").expect(200).json()["status"],
        json!("ok")
    );
}
