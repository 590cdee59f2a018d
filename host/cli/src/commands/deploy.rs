//! `gardesh deploy`: diagrams, decisions and forms, all of them or none.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use ureq::http::Method;

use super::Session;
use crate::client::{Answer, Client, Payload};
use crate::failure::{Failure, exit};
use crate::input::file_bytes;
use crate::limits::ANSWER_TIMEOUT;
use crate::output::cell;
use crate::table::Table;

/// The arguments of `gardesh deploy`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh deploy insurance-claim.bpmn claim-approval.form
  gardesh deploy processes/*.bpmn --json
  gardesh deploy --dry-run processes/*
  gardesh deploy --deny-warnings processes/*

The exit code of --dry-run is 0 if the files could be deployed, also with warnings; together with
--deny-warnings it is 1 if there are any.")]
pub struct Deploy {
    /// Diagrams (.bpmn), decisions (.dmn) and forms (.form), which are deployed together or not at all
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Deploy nothing and fail if there is anything to warn of, such as a name that is misspelt
    #[arg(long)]
    deny_warnings: bool,

    /// Deploy nothing; say whether the server would take the files, and what it would warn of
    #[arg(long)]
    dry_run: bool,
}

/// What a deployment can hold: the member of the answer, what to call it, and where its
/// id, version and key are.
const KINDS: [(&str, &str, [&str; 3]); 3] = [
    (
        "processDefinition",
        "process",
        [
            "processDefinitionId",
            "processDefinitionVersion",
            "processDefinitionKey",
        ],
    ),
    (
        "decisionRequirements",
        "decisions",
        [
            "decisionRequirementsId",
            "version",
            "decisionRequirementsKey",
        ],
    ),
    ("form", "form", ["formId", "version", "formKey"]),
];

impl Deploy {
    /// Sends the files and shows what came of them.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let parts = self
            .files
            .iter()
            .map(|file| Ok((file_name(file)?, file_bytes(file)?)))
            .collect::<Result<Vec<_>, Failure>>()?;
        let (boundary, body) = multipart(&parts);
        let upload = Upload {
            client: session.client()?,
            media_type: format!("multipart/form-data; boundary={boundary}"),
            body,
        };
        if self.deny_warnings || self.dry_run {
            let (answer, checked) = upload.send(&[("dryRun", "true")])?;
            let warnings = warnings(&checked);
            if self.deny_warnings && !warnings.is_empty() {
                return Err(denied(&warnings, answer.body));
            }
            if self.dry_run {
                remark_all(session, &warnings);
                let text = tried(self.files.len(), warnings.len());
                return session.out.result(&answer.body, || text);
            }
        }
        let (answer, deployed) = upload.send(&[])?;
        remark_all(session, &warnings(&deployed));
        session.out.result(&answer.body, || human(&deployed))
    }
}

fn remark_all(session: &Session, warnings: &[String]) {
    for warning in warnings {
        session.out.remark(&format!("warning: {warning}"));
    }
}

fn tried(files: usize, warnings: usize) -> String {
    let counted = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    let files = counted(files, "file");
    match warnings {
        0 => format!("{files} can be deployed; nothing was.\n"),
        n => format!(
            "{files} can be deployed, with {}; nothing was.\n",
            counted(n, "warning")
        ),
    }
}

/// The files on their way.
struct Upload {
    client: Client,
    media_type: String,
    body: Vec<u8>,
}

impl Upload {
    fn send(&self, query: &[(&str, &str)]) -> Result<(Answer, Value), Failure> {
        let payload = Payload::Bytes {
            media_type: &self.media_type,
            bytes: &self.body,
            sent: &|| {},
        };
        let answer = self.client.request(
            Method::POST,
            "/v2/deployments",
            query,
            payload,
            ANSWER_TIMEOUT,
        )?;
        let value = answer.json()?;
        Ok((answer, value))
    }
}

/// What the server warns of, a line each.
fn warnings(answer: &Value) -> Vec<String> {
    let found = answer.get("warnings").and_then(Value::as_array);
    let line = |warning: &Value| {
        let at = ["resource", "line", "elementId"].map(|member| cell(warning, member));
        let at = at.iter().filter(|part| !part.is_empty());
        let at: Vec<_> = at.map(String::as_str).collect();
        format!("{}: {}", at.join(":"), cell(warning, "message"))
    };
    let mut lines: Vec<_> = found.into_iter().flatten().map(line).collect();
    let left_out = answer.get("warningsLeftOut").and_then(Value::as_u64);
    if let Some(left_out) = left_out.filter(|left_out| *left_out > 0) {
        lines.push(format!("and {left_out} more"));
    }
    lines
}

/// People read the warnings, and programs the server's answer.
fn denied(warnings: &[String], document: String) -> Failure {
    let message = format!(
        "Expected files without anything to warn of, but there is; nothing was deployed.\n{}",
        warnings.join("\n")
    );
    Failure::Problem {
        exit: exit::REFUSED,
        message,
        document,
    }
}

fn file_name(path: &Path) -> Result<String, Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.map(String::from).ok_or_else(|| {
        Failure::Usage(format!(
            "Expected a file, but {} has no file name",
            path.display()
        ))
    })
}

/// The parts as `multipart/form-data` (RFC 7578), with a boundary that none of them holds.
fn multipart(parts: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
    let occurs = |boundary: &str| {
        parts.iter().any(|(name, bytes)| {
            let mut windows = bytes.windows(boundary.len());
            name.contains(boundary) || windows.any(|window| window == boundary.as_bytes())
        })
    };
    let mut boundary = "gardesh-deployment".to_owned();
    while occurs(&boundary) {
        boundary.push('x');
    }
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let name = quoted(name);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"resources\"; \
             filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, body)
}

/// A file name within quotes, escaped as HTML's form encoding does it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn human(deployed: &Value) -> String {
    let mut table = Table::new(["FILE", "KIND", "ID", "VERSION", "KEY"]);
    let items = deployed.get("deployments").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        for (member, kind, paths) in KINDS {
            let Some(resource) = item.get(member).filter(|resource| resource.is_object()) else {
                continue;
            };
            let [id, version, key] = paths.map(|path| cell(resource, path));
            let file = cell(resource, "resourceName");
            table.row([file, kind.to_owned(), id, version, key]);
        }
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_are_framed_as_rfc_7578_says() {
        let (boundary, body) = multipart(&[("a\"b.bpmn".into(), b"<x/>".to_vec())]);
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"resources\"; \
             filename=\"a%22b.bpmn\"\r\nContent-Type: application/octet-stream\r\n\r\n\
             <x/>\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn no_file_can_end_its_own_part() {
        let hostile = b"\r\n--gardesh-deploymentx--\r\n--gardesh-deployment--".to_vec();
        let (boundary, _) = multipart(&[("a".into(), hostile.clone())]);
        let holds = hostile
            .windows(boundary.len())
            .any(|window| window == boundary.as_bytes());
        assert!(!holds, "{boundary}");
    }

    #[test]
    fn what_was_deployed_is_a_table() {
        let deployed = json!({"deployments": [
            {"processDefinition": {"processDefinitionId": "p", "processDefinitionVersion": 2,
             "processDefinitionKey": "5", "resourceName": "p.bpmn"}, "form": null},
            {"form": {"formId": "f", "version": 1, "formKey": "6", "resourceName": "f.form"}},
        ]});
        let expected = "\
FILE    KIND     ID  VERSION  KEY\n\
p.bpmn  process  p   2        5\n\
f.form  form     f   1        6\n";
        assert_eq!(human(&deployed), expected);
    }

    #[test]
    fn a_trial_says_what_it_came_to() {
        assert_eq!(tried(1, 0), "1 file can be deployed; nothing was.\n");
        let expected = "3 files can be deployed, with 1 warning; nothing was.\n";
        assert_eq!(tried(3, 1), expected);
    }

    #[test]
    fn warnings_are_lines() {
        let answer = json!({"warnings": [
            {"resource": "p.bpmn", "line": 7, "elementId": "big", "message": "Expected a, but b."},
            {"resource": "d.dmn", "line": 2, "elementId": null, "message": "Expected c, but d."},
        ], "warningsLeftOut": 3});
        let lines = [
            "p.bpmn:7:big: Expected a, but b.",
            "d.dmn:2: Expected c, but d.",
            "and 3 more",
        ];
        assert_eq!(warnings(&answer), lines);
        assert_eq!(warnings(&json!({"deployments": []})), Vec::<String>::new());
    }
}
