//! `/v2/process-definitions`: what was deployed. Deploying is in `deployments.rs`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gardesh_engine::definition::encoding_name;
use gardesh_engine::file_bytes::FileBytes;
use gardesh_engine::key::ProcessDefinitionKey;
use gardesh_query::ProcessDefinition;
use serde::Serialize;

use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::PathKey;
use crate::http::problem::Problem;
use crate::http::shown::Shown;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionView {
    process_definition_key: String,
    process_definition_id: Arc<str>,
    name: Option<Arc<str>>,
    resource_name: Arc<str>,
    version: u32,
    version_tag: Option<Arc<str>>,
    tenant_id: Arc<str>,
    has_start_form: bool,
    state: &'static str,
}

impl Shown for DefinitionView {
    type Row = ProcessDefinition;
    const NAME: &'static str = "process definition";

    fn of(row: ProcessDefinition, tenant: &Tenant) -> Self {
        Self {
            process_definition_key: row.process_definition_key.to_string(),
            process_definition_id: row.process_definition_id,
            name: row.name,
            resource_name: row.resource_name,
            version: row.version,
            version_tag: row.version_tag,
            tenant_id: Arc::clone(&tenant.name),
            has_start_form: false,
            state: row.state.name(),
        }
    }
}

/// `GET /v2/process-definitions/{key}/xml`: the diagram as it came.
pub async fn xml(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<ProcessDefinitionKey>,
) -> Result<Response, Problem> {
    let source = api
        .state(move |state| state.sources.get(&(caller.tenant.id, key)))
        .await?;
    let source = source.ok_or_else(|| unknown(key))?;
    Ok(as_it_came(&source))
}

/// A deployed file, with the encoding that it is in.
pub fn as_it_came(source: &FileBytes) -> Response {
    let encoding = encoding_name(source).to_lowercase();
    let kind = format!("text/xml; charset={encoding}");
    ([(header::CONTENT_TYPE, kind)], source.to_vec()).into_response()
}

/// `GET /v2/process-definitions/{key}/form`: 204, because no definition has a start form yet.
pub async fn start_form(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<ProcessDefinitionKey>,
) -> Result<StatusCode, Problem> {
    find(&api, &caller, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(
    api: &Api,
    caller: &Caller,
    key: ProcessDefinitionKey,
) -> Result<ProcessDefinition, Problem> {
    api.find::<ProcessDefinition>(caller.tenant.id, key)
        .await?
        .ok_or_else(|| unknown(key))
}

fn unknown(key: ProcessDefinitionKey) -> Problem {
    Problem::not_found("process definition", key)
}
