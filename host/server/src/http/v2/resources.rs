//! `/v2/resources`: deletion of what was deployed. Deploying is in `deployments.rs`.

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::{DeleteResource, ResourceDeleted};
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::key::ProcessDefinitionKey;
use gardesh_query::{
    Condition, Key, Operator, ProcessInstance, ProcessInstanceFilter, ProcessInstanceState,
};
use serde::{Deserialize, Serialize};

use crate::http::api::Api;
use crate::http::batches::{BatchView, create};
use crate::http::caller::Caller;
use crate::http::extract::{OptionalJson, PathKey};
use crate::http::problem::Problem;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionRequest {
    /// Whether the history of its ended cases goes, too.
    #[serde(default)]
    delete_history: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionView {
    resource_key: String,
    /// What deletes the history.
    batch_operation: Option<BatchView>,
}

/// `POST /v2/resources/{key}/deletion`: of a version of a process, a decision model or a version
/// of a form. Running cases go on.
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<u64>,
    OptionalJson(request): OptionalJson<DeletionRequest>,
) -> Result<JsonBody<DeletionView>, Problem> {
    let command = DeleteResource { key };
    let ResourceDeleted { process } = api.submit(&caller, command).await?;
    let batch_operation = match process.filter(|_| request.delete_history) {
        Some(definition) => Some(delete_history(&api, &caller, definition).await?),
        None => None,
    };
    Ok(JsonBody(DeletionView {
        resource_key: key.to_string(),
        batch_operation,
    }))
}

async fn delete_history(
    api: &Api,
    caller: &Caller,
    definition: ProcessDefinitionKey,
) -> Result<BatchView, Problem> {
    let key = i64::try_from(definition.0).map_err(Problem::internal)?;
    let ended = Operator::Neq(ProcessInstanceState::Active);
    let filter = ProcessInstanceFilter {
        process_definition_key: Some(Condition::eq(Key(key))),
        state: Some(Condition::all(vec![ended])),
        ..ProcessInstanceFilter::default()
    };
    let created =
        create::<ProcessInstance>(api, caller, BatchOperation::DeleteHistory, filter, None);
    Ok(created.await?.0)
}
