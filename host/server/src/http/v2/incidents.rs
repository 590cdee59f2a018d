//! `/v2/incidents`: what stops cases, and going on.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::Command;
use gardesh_engine::key::IncidentKey;
use gardesh_query::Incident;
use serde::Serialize;

use super::Nothing;
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{OptionalJson, PathKey};
use crate::http::problem::{Code, Problem};
use crate::http::shown::Shown;
use crate::http::wire::iso;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    incident_key: String,
    error_type: Cow<'static, str>,
    error_message: Arc<str>,
    state: &'static str,
    creation_time: String,
    /// Ours: when it was resolved.
    resolution_time: Option<String>,
    element_id: Arc<str>,
    element_instance_key: String,
    job_key: Option<String>,
    process_instance_key: String,
    root_process_instance_key: String,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    tenant_id: Arc<str>,
}

impl Shown for IncidentView {
    type Row = Incident;
    const NAME: &'static str = "incident";
    const NOT_FOUND: Code = Code::IncidentNotFound;

    fn of(row: Incident, tenant: &Tenant) -> Self {
        Self {
            incident_key: row.incident_key.to_string(),
            error_type: row.error_type,
            error_message: row.error_message,
            state: row.state.name(),
            creation_time: iso(row.creation_time_ms),
            resolution_time: row.resolution_time_ms.map(iso),
            element_id: row.element_id,
            element_instance_key: row.element_instance_key.to_string(),
            job_key: row.job_key.map(|key| key.to_string()),
            process_instance_key: row.process_instance_key.to_string(),
            root_process_instance_key: row.root_process_instance_key.to_string(),
            process_definition_key: row.process_definition_key.to_string(),
            process_definition_id: row.process_definition_id,
            tenant_id: Arc::clone(&tenant.name),
        }
    }
}

/// `POST /v2/incidents/{key}/resolution`.
pub async fn resolve(
    State(api): State<Api>,
    caller: Caller,
    PathKey(incident): PathKey<IncidentKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, Command::ResolveIncident { incident })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
