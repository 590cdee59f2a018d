//! `/v2/conditionals`: cases that begin when a condition holds.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::EvaluateConditions;
use gardesh_engine::key::{ProcessDefinitionKey, ProcessInstanceKey, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::Json;
use crate::http::problem::Problem;
use crate::http::wire::{Key, variables};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationRequest {
    process_definition_key: Option<Key>,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationView {
    /// Always none: nothing is kept of an evaluation that could be looked up by it.
    conditional_evaluation_key: Option<String>,
    tenant_id: Arc<str>,
    process_instances: Vec<StartedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartedView {
    process_definition_key: String,
    process_instance_key: String,
}

/// `POST /v2/conditionals/evaluation`.
pub async fn evaluate(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<EvaluationRequest>,
) -> Result<JsonBody<EvaluationView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    let process = match request.process_definition_key {
        Some(Key(key)) => Some(latest(&api, tenant.id, ProcessDefinitionKey(key)).await?),
        None => None,
    };
    let command = EvaluateConditions {
        variables: variables(request.variables.as_deref())?,
        process,
    };
    let evaluated = api.submit(&caller, command).await?;
    Ok(JsonBody(EvaluationView {
        conditional_evaluation_key: None,
        tenant_id: Arc::clone(&tenant.name),
        process_instances: evaluated.started.into_iter().map(view).collect(),
    }))
}

/// The id of the process that the key is the latest version of. Only that one waits for its
/// conditions, so an older one would silently start another version than was asked for.
async fn latest(api: &Api, tenant: TenantId, key: ProcessDefinitionKey) -> Result<String, Problem> {
    let process = api.process(tenant, key).await?;
    let row = (tenant, process.id.clone());
    let latest = api
        .state(move |state| state.latest_definitions.get(&row).map(|key| *key))
        .await?;
    match latest {
        Some(latest) if latest != key => Err(Problem::invalid(format!(
            "Expected 'processDefinitionKey' to be that of the latest version ({latest}), since only that one waits for its conditions, but got {key}."
        ))),
        _ => Ok(process.id.to_string()),
    }
}

fn view((definition, instance): (ProcessDefinitionKey, ProcessInstanceKey)) -> StartedView {
    StartedView {
        process_definition_key: definition.to_string(),
        process_instance_key: instance.to_string(),
    }
}
