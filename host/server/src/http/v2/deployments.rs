//! `/v2/deployments`: diagrams, decisions and forms. Every file is checked before the engine sees
//! any of them (`files`), so that a deployment is stored whole or not at all. The answer is in
//! `view`.

mod files;
mod view;

use axum::Json as JsonBody;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use gardesh_engine::command::{CheckDeployment, Deploy};
use serde::Deserialize;

use crate::http::api::{self, Api};
use crate::http::caller::Caller;
use crate::http::extract::{Query, quote};
use crate::http::problem::{Code, Problem};
use crate::limits::{DEPLOYMENT_UPLOAD_TIME, MAX_DEPLOYMENT_BYTES, MAX_DEPLOYMENT_FILES};
use files::{File, check};
use view::{DeploymentView, view, view_of_trial};

/// What was uploaded.
#[derive(Debug, Default)]
struct Upload {
    tenant: Option<String>,
    files: Vec<File>,
}

/// Our own addition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentQuery {
    /// Whether to say only what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /v2/deployments`.
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<DeploymentQuery>,
    request: Request,
) -> Result<JsonBody<DeploymentView>, Problem> {
    let upload = tokio::time::timeout(DEPLOYMENT_UPLOAD_TIME, receive(request))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(
                Code::BodyTimeout,
                format!(
                    "Expected the files within {} s, but they are not complete.",
                    DEPLOYMENT_UPLOAD_TIME.as_secs()
                ),
            ))
        })?;
    let caller = caller.in_tenant(&api, upload.tenant.as_deref()).await?;
    let tenant = &caller.tenant;
    let resources = api::blocking(move || check(upload.files)).await??;
    if query.dry_run {
        let checked = api.submit(&caller, CheckDeployment { resources }).await?;
        return Ok(JsonBody(view_of_trial(tenant, checked.warnings)));
    }
    let deployed = api.submit(&caller, Deploy { resources }).await?;
    view(&api, tenant, deployed).await.map(JsonBody)
}

async fn receive(request: Request) -> Result<Upload, Problem> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| {
            Problem::new(
                Code::UnsupportedMediaType,
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
            if upload.files.len() == MAX_DEPLOYMENT_FILES {
                return Err(Problem::invalid(format!(
                    "Expected at most {MAX_DEPLOYMENT_FILES} files, but there are more."
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
            Code::PayloadTooLarge,
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

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

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
            Code::UnsupportedMediaType.status()
        );
    }
}
