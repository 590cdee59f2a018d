//! `/v2/variables`: what cases know. Values are JSON in a string, as in Camunda; setting
//! them is in `element_instances.rs`.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::key::VariableKey;
use gardesh_query::{Search, Variable};
use serde::{Deserialize, Serialize};

use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{OptionalJson, PathKey, Query};
use crate::http::problem::{Code, Problem};
use crate::http::search::Listing;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariableView {
    variable_key: String,
    name: Arc<str>,
    value: String,
    /// Only in lists: a single variable is always whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_truncated: Option<bool>,
    scope_key: String,
    process_instance_key: String,
    root_process_instance_key: String,
    tenant_id: Arc<str>,
}

/// `?truncateValues=`: lists shorten long values unless told otherwise.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Truncation {
    truncate_values: Option<bool>,
}

impl Truncation {
    /// The search with this said of it.
    pub fn applied_to(&self, search: Search<Variable>) -> Search<Variable> {
        Search {
            shorten: self.truncate_values.unwrap_or(true),
            ..search
        }
    }
}

/// `POST /v2/variables/search`.
pub async fn search(
    State(api): State<Api>,
    caller: Caller,
    Query(truncation): Query<Truncation>,
    OptionalJson(search): OptionalJson<Search<Variable>>,
) -> Result<JsonBody<Listing<VariableView>>, Problem> {
    api.search(caller.tenant.id, truncation.applied_to(search), |row| {
        view(&caller.tenant, row)
    })
    .await
    .map(JsonBody)
}

/// `GET /v2/variables/{key}`.
pub async fn get(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<VariableKey>,
) -> Result<JsonBody<VariableView>, Problem> {
    let row = api.find::<Variable>(caller.tenant.id, key).await?;
    let row = row.ok_or_else(|| Problem::not_found(Code::VariableNotFound, "variable", key))?;
    Ok(JsonBody(VariableView {
        is_truncated: None,
        ..view(&caller.tenant, row)
    }))
}

/// A variable in a list.
pub fn view(tenant: &Tenant, row: Variable) -> VariableView {
    VariableView {
        variable_key: row.variable_key.to_string(),
        name: row.name,
        value: row.value.text,
        is_truncated: Some(row.value.is_truncated),
        scope_key: row.scope_key.to_string(),
        process_instance_key: row.process_instance_key.to_string(),
        root_process_instance_key: row.root_process_instance_key.to_string(),
        tenant_id: Arc::clone(&tenant.name),
    }
}
