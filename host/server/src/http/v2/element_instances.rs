//! `/v2/element-instances`: where a case is and was, and the variables of a scope.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::SetVariables;
use gardesh_engine::key::{ElementInstanceKey, ProcessInstanceKey};
use gardesh_query::{ElementInstance, ProcessInstance};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::task_verdict::decided;
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{Json, PathKey};
use crate::http::problem::Problem;
use crate::http::shown::Shown;
use crate::http::wire::{iso, variables};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ElementInstanceView {
    element_instance_key: String,
    element_id: Arc<str>,
    element_name: Arc<str>,
    r#type: Cow<'static, str>,
    state: &'static str,
    has_incident: bool,
    incident_key: Option<String>,
    start_date: String,
    end_date: Option<String>,
    process_instance_key: String,
    root_process_instance_key: String,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    tenant_id: Arc<str>,
}

impl Shown for ElementInstanceView {
    type Row = ElementInstance;
    const NAME: &'static str = "element instance";

    /// An element without a name goes by its id, as in Camunda.
    fn of(row: ElementInstance, tenant: &Tenant) -> Self {
        Self {
            element_instance_key: row.element_instance_key.to_string(),
            element_name: row
                .element_name
                .unwrap_or_else(|| Arc::clone(&row.element_id)),
            element_id: row.element_id,
            r#type: row.element_type,
            state: row.state.name(),
            has_incident: row.has_incident,
            incident_key: row.incident_key.map(|key| key.to_string()),
            start_date: iso(row.start_date_ms),
            end_date: row.end_date_ms.map(iso),
            process_instance_key: row.process_instance_key.to_string(),
            root_process_instance_key: row.root_process_instance_key.to_string(),
            process_definition_key: row.process_definition_key.to_string(),
            process_definition_id: row.process_definition_id,
            tenant_id: Arc::clone(&tenant.name),
        }
    }
}

#[derive(Deserialize)]
pub struct SetVariablesRequest {
    variables: Option<Box<RawValue>>,
    #[serde(default)]
    local: Option<bool>,
}

/// `PUT /v2/element-instances/{key}/variables`. The key may be that of the case, which
/// is the scope around all others.
pub async fn set_variables(
    State(api): State<Api>,
    caller: Caller,
    PathKey(scope): PathKey<ElementInstanceKey>,
    Json(request): Json<SetVariablesRequest>,
) -> Result<StatusCode, Problem> {
    if request.variables.is_none() {
        return Err(Problem::invalid(
            "Expected 'variables' to be a JSON object, but there are none.",
        ));
    }
    let command = SetVariables {
        scope,
        instance: case_of(&api, &caller, scope).await?,
        variables: variables(request.variables.as_deref())?,
        local: request.local.unwrap_or(false),
    };
    decided(&api, &caller, command).await
}

/// The case that an activation belongs to: the engine wants both.
pub async fn case_of(
    api: &Api,
    caller: &Caller,
    scope: ElementInstanceKey,
) -> Result<ProcessInstanceKey, Problem> {
    let tenant = caller.tenant.id;
    if let Some(element) = api.find::<ElementInstance>(tenant, scope).await? {
        return Ok(element.process_instance_key);
    }
    let case = api
        .find::<ProcessInstance>(tenant, ProcessInstanceKey(scope.0))
        .await?;
    case.map(|case| case.process_instance_key)
        .ok_or_else(|| Problem::not_found("element instance", scope))
}
