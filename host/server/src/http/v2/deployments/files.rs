//! The files of a deployment: each checked by its kind, with everything that is wrong with any of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gardesh_engine::command::Resource;
use gardesh_engine::definition::{
    Diagnostic, Severity, compile_beside, compile_decisions, form_fields,
};
use serde::Deserialize;

use crate::http::problem::{Code, Problem, ResourceDiagnostic};
use crate::limits::MAX_LISTED_DIAGNOSTICS;

/// A file as it was uploaded.
#[derive(Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Checks all files and lists everything that is wrong with any of them.
pub fn check(files: Vec<File>) -> Result<Vec<Resource>, Problem> {
    let mut resources = Vec::new();
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    let fields = fields_of_forms(&files);
    for file in files {
        if !names.insert(file.name.clone()) {
            findings.push(finding(
                &file.name,
                "duplicate-resource",
                (1, 1),
                "Expected each file name once, but this one comes twice.",
            ));
            continue;
        }
        match check_file(&file, &fields) {
            Ok(resource) => resources.push(resource),
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() {
        Ok(resources)
    } else {
        Err(refusal(findings))
    }
}

fn refusal(mut findings: Vec<ResourceDiagnostic>) -> Problem {
    let total = findings.len();
    findings.truncate(MAX_LISTED_DIAGNOSTICS);
    let mut detail = format!(
        "Expected resources that can be deployed, but {total} problem(s) were found; nothing was stored."
    );
    for finding in &findings {
        let element = finding
            .element_id
            .as_ref()
            .map(|id| format!(" {id}:"))
            .unwrap_or_default();
        detail += &format!(
            "\n{}:{}:{}:{element} {}",
            finding.resource, finding.line, finding.column, finding.message
        );
    }
    if total > findings.len() {
        detail += &format!("\n… and {} more", total - findings.len());
    }
    Problem::new(Code::DeploymentRefused, detail).with_diagnostics(findings)
}

/// The names of the fields of all forms, which diagrams that come with them use as variables.
fn fields_of_forms(files: &[File]) -> BTreeSet<String> {
    let forms = files.iter().filter(|file| file.name.ends_with(".form"));
    let texts = forms.filter_map(|file| std::str::from_utf8(&file.bytes).ok());
    texts.flat_map(form_fields).collect()
}

fn check_file(file: &File, fields: &BTreeSet<String>) -> Result<Resource, Vec<ResourceDiagnostic>> {
    match file.name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("bpmn") => compile_beside(&file.name, &file.bytes, fields)
            .map_err(|found| of_model(&file.name, found)),
        Some("dmn") => {
            compile_decisions(&file.name, &file.bytes).map_err(|found| of_model(&file.name, found))
        }
        Some("form") => utf8(file)
            .and_then(|text| check_form(&file.name, text))
            .map_err(|finding| vec![finding]),
        _ => Err(vec![finding(
            &file.name,
            "unsupported-resource",
            (1, 1),
            "Expected a file that ends in .bpmn, .dmn or .form, but this one does not.",
        )]),
    }
}

/// XML says how it is written; JSON is in UTF-8.
fn utf8(file: &File) -> Result<&str, ResourceDiagnostic> {
    std::str::from_utf8(&file.bytes).map_err(|error| {
        let message = format!(
            "Expected text in UTF-8, but the byte at offset {} is none.",
            error.valid_up_to()
        );
        finding(&file.name, "wrong-encoding", (1, 1), message)
    })
}

fn of_model(resource: &str, found: Vec<Diagnostic>) -> Vec<ResourceDiagnostic> {
    found
        .into_iter()
        .map(|diagnostic| of_one(resource, diagnostic))
        .collect()
}

/// A finding about a model as the API tells it.
pub fn of_one(resource: &str, diagnostic: Diagnostic) -> ResourceDiagnostic {
    ResourceDiagnostic {
        resource: resource.to_owned(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: Cow::Borrowed(diagnostic.code),
        element_id: diagnostic.element_id,
        line: diagnostic.line,
        column: diagnostic.column,
        message: diagnostic.message,
    }
}

fn finding(
    resource: &str,
    code: &'static str,
    (line, column): (u32, u32),
    message: impl Into<String>,
) -> ResourceDiagnostic {
    ResourceDiagnostic {
        resource: resource.to_owned(),
        severity: "error",
        code: Cow::Borrowed(code),
        element_id: None,
        line,
        column,
        message: message.into(),
    }
}

/// What of a form-js document matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FormDocument {
    id: Option<String>,
    version_tag: Option<String>,
}

fn check_form(name: &str, text: &str) -> Result<Resource, ResourceDiagnostic> {
    let form: FormDocument = serde_json::from_str(text).map_err(|error| {
        let place = (saturate(error.line()), saturate(error.column()));
        finding(
            name,
            "invalid-form",
            place,
            format!("Expected a form as a JSON object, but {error}."),
        )
    })?;
    match form.id.filter(|id| !id.trim().is_empty()) {
        Some(id) => Ok(Resource::Form {
            name: name.to_owned(),
            id,
            version_tag: form.version_tag.filter(|tag| !tag.is_empty()),
            document: text.into(),
        }),
        None => Err(finding(
            name,
            "form-without-id",
            (1, 1),
            "Expected the form to have an 'id', but it has none. Diagrams name forms by it.",
        )),
    }
}

fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn file(name: &str, text: &str) -> File {
        File {
            name: name.to_owned(),
            bytes: text.into(),
        }
    }

    #[test]
    fn all_findings_of_all_files_come_at_once() {
        let problem = check(vec![
            file("a.bpmn", "<definitions"),
            file("good.form", r#"{"id":"f"}"#),
            file("b.form", "{\n  nonsense}"),
            file("c.form", "{}"),
            file("c.form", r#"{"id":"x"}"#),
            file("d.txt", "text"),
            File {
                name: "e.bpmn".into(),
                bytes: vec![0xff],
            },
        ])
        .unwrap_err();
        assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
        for part in [
            "a.bpmn:",
            "b.form:2:",
            "c.form:1:1:",
            "comes twice",
            "d.txt:1:1:",
            "UTF-8",
            "nothing was stored",
        ] {
            assert!(
                problem.detail().contains(part),
                "{part} in {}",
                problem.detail()
            );
        }
        assert!(!problem.detail().contains("good.form"));
    }

    #[test]
    fn models_come_in_the_encoding_that_they_declare_and_forms_in_utf8() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"/></process></definitions>";
        let utf16 = |text: &str| -> Vec<u8> {
            let marked = format!("\u{feff}{text}");
            marked.encode_utf16().flat_map(u16::to_be_bytes).collect()
        };
        let model = File {
            name: "p.bpmn".into(),
            bytes: utf16(xml),
        };
        let resources = check(vec![model]).unwrap();
        let [Resource::Bpmn { xml: kept, .. }] = resources.as_slice() else {
            panic!("{resources:?}")
        };
        assert_eq!(**kept, utf16(xml));
        let form = File {
            name: "f.form".into(),
            bytes: utf16("{}"),
        };
        let problem = check(vec![form]).unwrap_err();
        assert!(problem.detail().contains("UTF-8"), "{}", problem.detail());
    }

    #[test]
    fn forms_keep_their_text() {
        let text = "{ \"components\": [], \"id\": \"approve\" }";
        let resources = check(vec![file("approve.form", text)]).unwrap();
        let [
            Resource::Form {
                name,
                id,
                version_tag: None,
                document,
            },
        ] = resources.as_slice()
        else {
            panic!("{resources:?}")
        };
        assert_eq!(
            (name.as_str(), id.as_str(), &**document),
            ("approve.form", "approve", text)
        );
    }

    #[test]
    fn a_flood_of_findings_is_cut() {
        let files = (0..=MAX_LISTED_DIAGNOSTICS)
            .map(|i| file(&format!("{i}.txt"), ""))
            .collect();
        assert!(check(files).unwrap_err().detail().ends_with("… and 1 more"));
    }
}
