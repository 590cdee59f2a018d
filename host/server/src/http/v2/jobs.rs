//! `/v2/jobs`: what workers outside do with their jobs, and a search that sees the jobs of
//! components, too. How workers get them is in `job_activation.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::{CompleteJob, FailJob, Retries, ThrowJobError, UpdateJob};
use gardesh_engine::key::JobKey;
use gardesh_query::{Job, Search};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::job_result::ResultRequest;
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{Json, OptionalJson, PathKey};
use crate::http::problem::Problem;
use crate::http::search::Listing;
use crate::http::wire::{Whole, iso, variables};

#[derive(Default, Deserialize)]
pub struct CompletionRequest {
    variables: Option<Box<RawValue>>,
    result: Option<ResultRequest>,
}

impl CompletionRequest {
    fn command(self, job: JobKey) -> Result<CompleteJob, Problem> {
        Ok(CompleteJob {
            job,
            attempt: None,
            variables: variables(self.variables.as_deref())?,
            result: self.result.map(ResultRequest::read).transpose()?,
        })
    }
}

/// `POST /v2/jobs/{key}/completion`.
pub async fn complete(
    State(api): State<Api>,
    caller: Caller,
    PathKey(job): PathKey<JobKey>,
    OptionalJson(request): OptionalJson<CompletionRequest>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, request.command(job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailRequest {
    retries: Option<Whole>,
    error_message: Option<String>,
    retry_back_off: Option<Whole>,
    variables: Option<Box<RawValue>>,
}

impl FailRequest {
    /// Without a number no retries are left, and without a pause there is none: both as
    /// in Camunda.
    fn command(self, job: JobKey) -> Result<FailJob, Problem> {
        let not_negative = |field: &str, value: Option<Whole>| {
            let Whole(value) = value.unwrap_or_default();
            u64::try_from(value).map_err(|_| {
                Problem::invalid(format!(
                    "Expected '{field}' to be 0 or more, but got {value}."
                ))
            })
        };
        let retries = not_negative("retries", self.retries)?;
        Ok(FailJob {
            job,
            attempt: None,
            retries: Retries::Left(retries_left(retries)?),
            backoff_ms: Some(not_negative("retryBackOff", self.retry_back_off)?),
            message: self.error_message.unwrap_or_default(),
            variables: variables(self.variables.as_deref())?,
        })
    }
}

fn retries_left(retries: u64) -> Result<u32, Problem> {
    i32::try_from(retries).map(i32::unsigned_abs).map_err(|_| {
        Problem::invalid(format!(
            "Expected 'retries' to be at most {}, but got {retries}.",
            i32::MAX
        ))
    })
}

/// `POST /v2/jobs/{key}/failure`.
pub async fn fail(
    State(api): State<Api>,
    caller: Caller,
    PathKey(job): PathKey<JobKey>,
    OptionalJson(request): OptionalJson<FailRequest>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, request.command(job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorRequest {
    #[serde(default)]
    error_code: String,
    error_message: Option<String>,
    variables: Option<Box<RawValue>>,
}

/// `POST /v2/jobs/{key}/error`: a business error.
pub async fn throw_error(
    State(api): State<Api>,
    caller: Caller,
    PathKey(job): PathKey<JobKey>,
    Json(request): Json<ErrorRequest>,
) -> Result<StatusCode, Problem> {
    if request.error_code.is_empty() {
        return Err(Problem::invalid(
            "Expected 'errorCode' to name an error of the process, but there is none.",
        ));
    }
    let command = ThrowJobError {
        job,
        attempt: None,
        code: request.error_code,
        message: request.error_message.unwrap_or_default(),
        variables: variables(request.variables.as_deref())?,
    };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct UpdateRequest {
    #[serde(default)]
    changeset: Changeset,
}

#[derive(Default, Deserialize)]
struct Changeset {
    retries: Option<Whole>,
    timeout: Option<Whole>,
    priority: Option<Whole>,
}

impl Changeset {
    fn command(self, job: JobKey) -> Result<UpdateJob, Problem> {
        if self.retries.is_none() && self.timeout.is_none() && self.priority.is_none() {
            return Err(Problem::invalid(
                "Expected 'changeset' to have 'retries', 'timeout' or 'priority', but it has none of them.",
            ));
        }
        let positive = |field: &str, value: Option<Whole>| match value {
            Some(Whole(value)) if value <= 0 => Err(Problem::invalid(format!(
                "Expected '{field}' to be greater than 0, but got {value}."
            ))),
            value => Ok(value.map(|Whole(value)| value.unsigned_abs())),
        };
        let retries = positive("retries", self.retries)?
            .map(retries_left)
            .transpose()?;
        Ok(UpdateJob {
            job,
            retries,
            priority: self.priority.map(priority).transpose()?,
            timeout_ms: positive("timeout", self.timeout)?,
        })
    }
}

fn priority(Whole(priority): Whole) -> Result<i32, Problem> {
    i32::try_from(priority).map_err(|_| {
        Problem::invalid(format!(
            "Expected 'priority' to be from {} to {}, but got {priority}.",
            i32::MIN,
            i32::MAX
        ))
    })
}

/// `PATCH /v2/jobs/{key}`.
pub async fn update(
    State(api): State<Api>,
    caller: Caller,
    PathKey(job): PathKey<JobKey>,
    Json(request): Json<UpdateRequest>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, request.changeset.command(job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    job_key: String,
    r#type: Arc<str>,
    state: &'static str,
    kind: &'static str,
    listener_event_type: &'static str,
    worker: Arc<str>,
    retries: u32,
    has_failed_with_retries_left: bool,
    deadline: Option<String>,
    error_code: Option<Arc<str>>,
    error_message: Option<Arc<str>>,
    is_denied: Option<bool>,
    denied_reason: Option<String>,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
    element_id: Arc<str>,
    element_instance_key: String,
    process_instance_key: String,
    root_process_instance_key: String,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    creation_time: String,
    last_update_time: String,
    end_time: Option<String>,
    tenant_id: Arc<str>,
    priority: i32,
    /// Ours: the digest of the component that runs it.
    component: Option<Arc<str>>,
    /// Ours: the attempt that ended last, or the first one.
    attempt: u32,
}

/// `POST /v2/jobs/search`.
pub async fn search(
    State(api): State<Api>,
    caller: Caller,
    OptionalJson(search): OptionalJson<Search<Job>>,
) -> Result<JsonBody<Listing<JobView>>, Problem> {
    let found = api.search(caller.tenant.id, search, |row| row).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        let definition = api.definition(caller.tenant.id, row.process_definition_key)?;
        let node = definition
            .nodes
            .iter()
            .find(|node| node.id == row.element_id);
        items.push(job_view(
            &caller.tenant,
            row,
            node.map(|node| node.headers.iter().cloned().collect())
                .unwrap_or_default(),
        ));
    }
    Ok(JsonBody(Listing {
        items,
        page: found.page,
    }))
}

fn job_view(tenant: &Tenant, row: Job, custom_headers: BTreeMap<Arc<str>, Arc<str>>) -> JobView {
    JobView {
        job_key: row.job_key.to_string(),
        r#type: row.job_type,
        state: row.state.name(),
        kind: row.kind.name(),
        listener_event_type: row.listener_event_type.name(),
        worker: row.worker.unwrap_or_default(),
        retries: row.retries,
        has_failed_with_retries_left: row.has_failed_with_retries_left,
        deadline: row.deadline_ms.map(iso),
        error_code: row.error_code,
        error_message: row.error_message,
        is_denied: None,
        denied_reason: None,
        custom_headers,
        element_id: row.element_id,
        element_instance_key: row.element_instance_key.to_string(),
        process_instance_key: row.process_instance_key.to_string(),
        root_process_instance_key: row.root_process_instance_key.to_string(),
        process_definition_key: row.process_definition_key.to_string(),
        process_definition_id: row.process_definition_id,
        creation_time: iso(row.creation_time_ms),
        last_update_time: iso(row.last_update_time_ms),
        end_time: row.end_time_ms.map(iso),
        tenant_id: Arc::clone(&tenant.name),
        priority: row.priority,
        component: row.component,
        attempt: row.attempt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_failure_without_a_number_leaves_no_retries() {
        let command = |json: &str| parse::<FailRequest>(json.as_bytes())?.command(JobKey(1));
        let Ok(FailJob {
            retries: Retries::Left(0),
            backoff_ms: Some(0),
            ..
        }) = command("{}")
        else {
            panic!("the defaults of Camunda");
        };
        let json = r#"{"retries":2,"errorMessage":"no","retryBackOff":500,"variables":{"a":1}}"#;
        let Ok(FailJob {
            retries: Retries::Left(2),
            backoff_ms: Some(500),
            message,
            variables,
            ..
        }) = command(json)
        else {
            panic!("{json}");
        };
        assert_eq!((message.as_str(), variables.len()), ("no", 1));
        for json in [
            r#"{"retries":-1}"#,
            r#"{"retries":4294967295}"#,
            r#"{"retryBackOff":-1}"#,
            r#"{"retries":"x"}"#,
        ] {
            assert_eq!(
                command(json).unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{json}"
            );
        }
    }

    #[test]
    fn a_changeset_changes_something() {
        let command = |json: &str| {
            parse::<UpdateRequest>(json.as_bytes())?
                .changeset
                .command(JobKey(1))
        };
        let Ok(UpdateJob {
            retries: Some(3),
            timeout_ms: None,
            ..
        }) = command(r#"{"changeset":{"retries":3}}"#)
        else {
            panic!("retries alone");
        };
        let Ok(UpdateJob {
            priority: Some(-5), ..
        }) = command(r#"{"changeset":{"priority":-5}}"#)
        else {
            panic!("a priority alone");
        };
        for json in [
            "{}",
            r#"{"changeset":{}}"#,
            r#"{"changeset":{"retries":0}}"#,
            r#"{"changeset":{"timeout":-1}}"#,
            r#"{"changeset":{"priority":2147483648}}"#,
        ] {
            assert_eq!(
                command(json).unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{json}"
            );
        }
    }
}
