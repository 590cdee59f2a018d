//! `/v1/process-instances/{key}/suspension` and `/resumption`: a case that takes no steps for
//! a while. What happens to it in the meantime is kept for it. The same of a process
//! definition, which starts no cases for a while.

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::{
    ResumeDefinition, ResumeInstance, SuspendDefinition, SuspendInstance,
};
use gardesh_engine::key::{ProcessDefinitionKey, ProcessInstanceKey};
use serde::Deserialize;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::{OptionalJson, PathKey};
use crate::http::problem::Problem;

/// A body of which nothing is used.
#[derive(Default, Deserialize)]
pub struct Nothing {}

/// `POST /v1/process-instances/{key}/suspension`.
pub async fn suspend(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, SuspendInstance { instance }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/process-instances/{key}/resumption`.
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, ResumeInstance { instance }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/process-definitions/{key}/suspension`.
pub async fn suspend_definition(
    State(api): State<Api>,
    caller: Caller,
    PathKey(definition): PathKey<ProcessDefinitionKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    let command = SuspendDefinition { definition };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/process-definitions/{key}/resumption`.
pub async fn resume_definition(
    State(api): State<Api>,
    caller: Caller,
    PathKey(definition): PathKey<ProcessDefinitionKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    let command = ResumeDefinition { definition };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}
