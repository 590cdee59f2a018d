//! `/v2/tenants`: create, change, delete and list the tenants of the server. Who may do what in one
//! is not here.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::Request;
use gardesh_engine::command::{CreateTenant, DeleteTenant, UpdateTenant};
use gardesh_engine::entities::tenant::Tenant;
use gardesh_engine::key::TenantId;
use gardesh_engine::limits::MAX_TENANTS;
use serde::{Deserialize, Serialize};

use crate::http::api::Api;
use crate::http::caller::{Caller, unknown};
use crate::http::extract::{Json, OptionalJson, PathText};
use crate::http::problem::Problem;
use crate::http::search::{Listing, PageView};
use crate::limits::DEFAULT_PAGE_TENANTS;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationRequest {
    tenant_id: String,
    name: String,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRequest {
    name: String,
    description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SearchRequest {
    filter: Option<SearchFilter>,
    page: Option<SearchPage>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SearchFilter {
    tenant_id: Option<String>,
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SearchPage {
    from: usize,
    limit: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantView {
    tenant_id: Arc<str>,
    name: Arc<str>,
    description: Option<Arc<str>>,
}

/// `POST /v2/tenants`.
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<CreationRequest>,
) -> Result<(StatusCode, JsonBody<TenantView>), Problem> {
    let command = CreateTenant {
        name: request.tenant_id,
        display_name: request.name,
        description: request.description,
    };
    let created = submit(&api, &caller, command).await?;
    Ok((StatusCode::CREATED, JsonBody(created)))
}

/// `GET /v2/tenants/{tenantId}`.
pub async fn get(
    State(api): State<Api>,
    PathText(name): PathText,
) -> Result<JsonBody<TenantView>, Problem> {
    if name == TenantId::DEFAULT_NAME {
        return Ok(JsonBody(default_one()));
    }
    let asked = Arc::from(&*name);
    let found = api.state(move |state| {
        let id = state.tenants_by_name.get(&asked)?;
        state.tenants.get(&id)
    });
    let found = found.await?.ok_or_else(|| unknown(&name))?;
    Ok(JsonBody(view(&found)))
}

/// `PUT /v2/tenants/{tenantId}`.
pub async fn update(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
    Json(request): Json<UpdateRequest>,
) -> Result<JsonBody<TenantView>, Problem> {
    let command = UpdateTenant {
        name,
        display_name: request.name,
        description: request.description,
    };
    submit(&api, &caller, command).await.map(JsonBody)
}

/// `DELETE /v2/tenants/{tenantId}`.
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    PathText(name): PathText,
) -> Result<StatusCode, Problem> {
    submit(&api, &caller, DeleteTenant { name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v2/tenants/search`, in the order of their ids.
pub async fn search(
    State(api): State<Api>,
    OptionalJson(request): OptionalJson<SearchRequest>,
) -> Result<JsonBody<Listing<TenantView>>, Problem> {
    let filter = request.filter.unwrap_or_default();
    let page = request.page.unwrap_or_default();
    let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|w| w == text);
    let mut found = all(&api).await?;
    found.retain(|view| is(&filter.tenant_id, &view.tenant_id) && is(&filter.name, &view.name));
    found.sort_by(|a, b| a.tenant_id.cmp(&b.tenant_id));
    let total_items = found.len() as u64;
    let limit = page.limit.unwrap_or(DEFAULT_PAGE_TENANTS);
    let items = found.into_iter().skip(page.from).take(limit).collect();
    Ok(JsonBody(Listing {
        items,
        page: PageView {
            total_items,
            has_more_total_items: false,
            start_cursor: None,
            end_cursor: None,
        },
    }))
}

async fn submit<R: Request<Answer = Arc<Tenant>>>(
    api: &Api,
    caller: &Caller,
    command: R,
) -> Result<TenantView, Problem> {
    caller.expect_default_tenant()?;
    let tenant = api.submit(caller, command).await?;
    Ok(view(&tenant))
}

/// The default tenant and all that somebody created.
pub async fn all(api: &Api) -> Result<Vec<TenantView>, Problem> {
    let created = api.state(|state| {
        let rows = state.tenants.range(
            &TenantId(0),
            &TenantId(u32::MAX),
            usize::try_from(MAX_TENANTS).unwrap_or(usize::MAX),
        );
        rows.iter().map(|(_, row)| view(row)).collect::<Vec<_>>()
    });
    let mut all = created.await?;
    all.push(default_one());
    Ok(all)
}

fn default_one() -> TenantView {
    TenantView {
        tenant_id: TenantId::DEFAULT_NAME.into(),
        name: "Default".into(),
        description: None,
    }
}

fn view(tenant: &Tenant) -> TenantView {
    TenantView {
        tenant_id: Arc::clone(&tenant.name),
        name: Arc::clone(&tenant.display_name),
        description: tenant.description.clone(),
    }
}
