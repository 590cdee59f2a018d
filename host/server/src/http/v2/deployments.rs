//! `/v2/deployments`: diagrams, decisions and forms. Every file is checked before the engine sees
//! any of them, so that a deployment is stored whole or not at all.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Json as JsonBody;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use gardesh_engine::command::{Command, Resource};
use gardesh_engine::definition::{Diagnostic, Severity, compile, compile_decisions};
use gardesh_engine::effect::Reply;
use gardesh_engine::key::{
    DecisionKey, DecisionRequirementsKey, DefinitionKey, DeploymentKey, FormKey, TenantId,
};
use gardesh_engine::state::decision::{DecisionRequirementsRow, DecisionRow};
use gardesh_engine::state::definition::{DefinitionRow, FormRow};
use serde::{Deserialize, Serialize};

use crate::http::api::{self, Api};
use crate::http::extract::quote;
use crate::http::problem::{Problem, ResourceDiagnostic};

/// Bytes of one deployment. The largest diagrams seen have 2 MB.
pub const MAX_DEPLOYMENT_BYTES: usize = 16 * 1024 * 1024;

/// Files in one deployment.
const MAX_FILES: usize = 200;

/// Findings listed in one answer; past that an author starts with these.
const MAX_DIAGNOSTICS: usize = 500;

/// How long a client may take to send a deployment.
const UPLOAD_TIME: Duration = Duration::from_secs(120);

/// What was uploaded.
#[derive(Debug, Default)]
struct Upload {
    tenant: Option<String>,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    bytes: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    deployment_key: String,
    tenant_id: String,
    deployments: Vec<DeployedView>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeployedView {
    process_definition: Option<ProcessView>,
    decision_definition: Option<DecisionView>,
    decision_requirements: Option<DecisionRequirementsView>,
    form: Option<FormView>,
    resource: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessView {
    process_definition_key: String,
    process_definition_id: Arc<str>,
    process_definition_version: u32,
    resource_name: Arc<str>,
    tenant_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionView {
    decision_definition_key: String,
    decision_definition_id: Arc<str>,
    name: Arc<str>,
    version: u32,
    decision_requirements_key: String,
    decision_requirements_id: Arc<str>,
    tenant_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionRequirementsView {
    decision_requirements_key: String,
    decision_requirements_id: Arc<str>,
    decision_requirements_name: Arc<str>,
    version: u32,
    resource_name: Arc<str>,
    tenant_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FormView {
    form_key: String,
    form_id: Arc<str>,
    version: u32,
    resource_name: Arc<str>,
    tenant_id: String,
}

/// `POST /v2/deployments`.
pub async fn create(
    State(api): State<Api>,
    request: Request,
) -> Result<JsonBody<DeploymentView>, Problem> {
    let upload = tokio::time::timeout(UPLOAD_TIME, receive(request))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "Expected the files within {} s, but they are not complete.",
                    UPLOAD_TIME.as_secs()
                ),
            ))
        })?;
    let tenant = api::tenant(upload.tenant.as_deref())?;
    let resources = api::blocking(move || check(upload.files)).await??;
    match api
        .submit(tenant, Command::Deploy { resources })
        .await?
        .reply
    {
        Reply::Deployed {
            deployment,
            processes,
            decision_requirements,
            decisions,
            forms,
        } => {
            let stored = Stored {
                processes,
                decision_requirements,
                decisions,
                forms,
            };
            view(&api, tenant, deployment, stored).await.map(JsonBody)
        }
        other => Err(Problem::internal(format!(
            "the engine answered a deployment with {other:?}"
        ))),
    }
}

async fn receive(request: Request) -> Result<Upload, Problem> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| {
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!(
                    "Expected the content type multipart/form-data, but {}.",
                    rejection.body_text()
                ),
            )
        })?;
    let mut upload = Upload::default();
    while let Some(field) = parts.next_field().await.map_err(unreadable)? {
        receive_field(&mut upload, field).await?;
    }
    if upload.files.is_empty() {
        return Err(Problem::invalid(
            "Expected at least one file, but there is none. Send each as a part named 'resources' with a file name.",
        ));
    }
    Ok(upload)
}

/// A part with a file name is a file, whatever the part's own name; so it is in Camunda.
async fn receive_field(upload: &mut Upload, field: Field<'_>) -> Result<(), Problem> {
    let name = field.file_name().map(str::to_owned);
    let is_tenant = field.name() == Some("tenantId");
    match name {
        Some(name) => {
            if upload.files.len() == MAX_FILES {
                return Err(Problem::invalid(format!(
                    "Expected at most {MAX_FILES} files, but there are more."
                )));
            }
            let bytes = field.bytes().await.map_err(unreadable)?.to_vec();
            upload.files.push(File { name, bytes });
        }
        None if is_tenant => upload.tenant = Some(field.text().await.map_err(unreadable)?),
        None => {
            return Err(Problem::invalid(format!(
                "Expected parts with a file name and 'tenantId', but got a part '{}' without a file name.",
                quote(field.name().unwrap_or_default())
            )));
        }
    }
    Ok(())
}

fn unreadable(error: MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "Expected a deployment of at most {MAX_DEPLOYMENT_BYTES} bytes, but it is longer."
            ),
        );
    }
    Problem::invalid(format!(
        "Expected complete multipart form data, but it could not be read: {}.",
        error.body_text()
    ))
}

/// Checks all files and lists everything that is wrong with any of them.
fn check(files: Vec<File>) -> Result<Vec<Resource>, Problem> {
    let mut resources = Vec::new();
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
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
        match check_file(&file) {
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
    findings.truncate(MAX_DIAGNOSTICS);
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
    Problem::invalid(detail).with_diagnostics(findings)
}

fn check_file(file: &File) -> Result<Resource, Vec<ResourceDiagnostic>> {
    let text = std::str::from_utf8(&file.bytes).map_err(|error| {
        let message = format!(
            "Expected text in UTF-8, but the byte at offset {} is none.",
            error.valid_up_to()
        );
        vec![finding(&file.name, "not-utf8", (1, 1), message)]
    })?;
    match file.name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("bpmn") => compile(&file.name, text).map_err(|found| of_model(&file.name, found)),
        Some("dmn") => {
            compile_decisions(&file.name, text).map_err(|found| of_model(&file.name, found))
        }
        Some("form") => check_form(&file.name, text).map_err(|finding| vec![finding]),
        _ => Err(vec![finding(
            &file.name,
            "unsupported-resource",
            (1, 1),
            "Expected a file that ends in .bpmn, .dmn or .form, but this one does not.",
        )]),
    }
}

fn of_model(resource: &str, found: Vec<Diagnostic>) -> Vec<ResourceDiagnostic> {
    found
        .into_iter()
        .map(|diagnostic| of_one(resource, diagnostic))
        .collect()
}

fn of_one(resource: &str, diagnostic: Diagnostic) -> ResourceDiagnostic {
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

/// What a deployment holds.
struct Stored {
    processes: Vec<DefinitionKey>,
    decision_requirements: Vec<DecisionRequirementsKey>,
    decisions: Vec<DecisionKey>,
    forms: Vec<FormKey>,
}

async fn view(
    api: &Api,
    tenant: TenantId,
    deployment: DeploymentKey,
    stored: Stored,
) -> Result<DeploymentView, Problem> {
    let deployments = api.state(move |state| {
        let processes = stored
            .processes
            .into_iter()
            .filter_map(|key| state.definitions.get(&(tenant, key)));
        let graphs = stored
            .decision_requirements
            .into_iter()
            .filter_map(|key| state.decision_requirements.get(&(tenant, key)));
        let decisions = stored
            .decisions
            .into_iter()
            .filter_map(|key| state.decisions.get(&(tenant, key)));
        let forms = stored
            .forms
            .into_iter()
            .filter_map(|key| state.forms.get(&(tenant, key)));
        processes
            .map(|row| process_view(tenant, &row))
            .chain(graphs.map(|row| decision_requirements_view(tenant, &row)))
            .chain(decisions.map(|row| decision_view(tenant, &row)))
            .chain(forms.map(|row| form_view(tenant, &row)))
            .collect()
    });
    Ok(DeploymentView {
        deployment_key: deployment.to_string(),
        tenant_id: tenant.name(),
        deployments: deployments.await?,
    })
}

fn process_view(tenant: TenantId, row: &DefinitionRow) -> DeployedView {
    let process = ProcessView {
        process_definition_key: row.key.to_string(),
        process_definition_id: Arc::clone(&row.id),
        process_definition_version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: tenant.name(),
    };
    DeployedView {
        process_definition: Some(process),
        ..DeployedView::default()
    }
}

fn decision_requirements_view(tenant: TenantId, row: &DecisionRequirementsRow) -> DeployedView {
    let graph = DecisionRequirementsView {
        decision_requirements_key: row.key.to_string(),
        decision_requirements_id: Arc::clone(&row.id),
        decision_requirements_name: Arc::clone(&row.name),
        version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: tenant.name(),
    };
    DeployedView {
        decision_requirements: Some(graph),
        ..DeployedView::default()
    }
}

fn decision_view(tenant: TenantId, row: &DecisionRow) -> DeployedView {
    let decision = DecisionView {
        decision_definition_key: row.key.to_string(),
        decision_definition_id: Arc::clone(&row.id),
        name: Arc::clone(&row.name),
        version: row.version,
        decision_requirements_key: row.requirements.to_string(),
        decision_requirements_id: Arc::clone(&row.requirements_id),
        tenant_id: tenant.name(),
    };
    DeployedView {
        decision_definition: Some(decision),
        ..DeployedView::default()
    }
}

fn form_view(tenant: TenantId, row: &FormRow) -> DeployedView {
    let form = FormView {
        form_key: row.key.to_string(),
        form_id: Arc::clone(&row.id),
        version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: tenant.name(),
    };
    DeployedView {
        form: Some(form),
        ..DeployedView::default()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

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
        let files = (0..=MAX_DIAGNOSTICS)
            .map(|i| file(&format!("{i}.txt"), ""))
            .collect();
        assert!(check(files).unwrap_err().detail().ends_with("… and 1 more"));
    }

    async fn upload(body: &str) -> Result<Upload, Problem> {
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=X")
            .body(Body::from(body.replace('\n', "\r\n")))
            .unwrap();
        receive(request).await
    }

    #[tokio::test]
    async fn files_come_in_parts_of_any_name() {
        let upload = upload(
            "--X\nContent-Disposition: form-data; name=\"resources\"; filename=\"a.bpmn\"\n\n<a/>\n\
             --X\nContent-Disposition: form-data; name=\"other\"; filename=\"b.form\"\nContent-Type: application/json\n\n{}\n\
             --X\nContent-Disposition: form-data; name=\"tenantId\"\n\n<default>\n--X--\n",
        )
        .await
        .unwrap();
        let names: Vec<_> = upload.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.bpmn", "b.form"]);
        assert_eq!(upload.files[0].bytes, b"<a/>");
        assert_eq!(upload.tenant.as_deref(), Some("<default>"));
    }

    #[tokio::test]
    async fn other_uploads_are_refused() {
        for body in [
            "--X--\n",
            "--X\nContent-Disposition: form-data; name=\"resources\"\n\n<a/>\n--X--\n",
            "--X\nContent-Disposition: form-data; name=\"resources\"; filename=\"a.bpmn\"\n\n<a",
            "garbage",
        ] {
            assert_eq!(
                upload(body).await.unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{body}"
            );
        }
        let plain = Request::builder()
            .header("content-type", "text/plain")
            .body(Body::from("x"))
            .unwrap();
        assert_eq!(
            receive(plain).await.unwrap_err().status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }
}
