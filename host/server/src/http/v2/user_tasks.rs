//! `/v2/user-tasks`: work for people.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gardesh_engine::command::Command;
use gardesh_engine::key::{ElementInstanceKey, FormKey, UserTaskKey};
use gardesh_query::{Condition, ElementInstance, Key, Operator, Search, UserTask, Variable};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::task_changes::Changeset;
use super::task_verdict::decided;
use super::variables::{self, Truncation, VariableView};
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{Json, OptionalJson, PathKey, Query};
use crate::http::problem::{Code, Problem};
use crate::http::search::Listing;
use crate::http::wire::{iso, variables as read_variables};

/// Flow scopes around a task, which are as many as subprocesses can nest in a diagram.
const MAX_SCOPES: usize = 200;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserTaskView {
    user_task_key: String,
    name: Option<Arc<str>>,
    state: &'static str,
    assignee: Option<Arc<str>>,
    candidate_groups: Vec<Arc<str>>,
    candidate_users: Vec<Arc<str>>,
    element_id: Arc<str>,
    element_instance_key: String,
    process_name: Option<Arc<str>>,
    process_definition_id: Arc<str>,
    process_definition_key: String,
    process_definition_version: u32,
    process_instance_key: String,
    root_process_instance_key: String,
    creation_date: String,
    completion_date: Option<String>,
    due_date: Option<Arc<str>>,
    follow_up_date: Option<Arc<str>>,
    priority: u8,
    form_key: Option<String>,
    external_form_reference: Option<Arc<str>>,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
    tags: [&'static str; 0],
    tenant_id: Arc<str>,
}

/// `POST /v2/user-tasks/search`.
pub async fn search(
    State(api): State<Api>,
    caller: Caller,
    OptionalJson(search): OptionalJson<Search<UserTask>>,
) -> Result<JsonBody<Listing<UserTaskView>>, Problem> {
    let found = api.search(caller.tenant.id, search, |row| row).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        let headers = headers(&api, &caller, &row)?;
        items.push(view(&caller.tenant, row, headers));
    }
    Ok(JsonBody(Listing {
        items,
        page: found.page,
    }))
}

/// `GET /v2/user-tasks/{key}`.
pub async fn get(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<UserTaskKey>,
) -> Result<JsonBody<UserTaskView>, Problem> {
    let row = find(&api, &caller, key).await?;
    let headers = headers(&api, &caller, &row)?;
    Ok(JsonBody(view(&caller.tenant, row, headers)))
}

async fn find(api: &Api, caller: &Caller, key: UserTaskKey) -> Result<UserTask, Problem> {
    api.find::<UserTask>(caller.tenant.id, key)
        .await?
        .ok_or_else(|| Problem::not_found(Code::UserTaskNotFound, "user task", key))
}

fn headers(
    api: &Api,
    caller: &Caller,
    row: &UserTask,
) -> Result<BTreeMap<Arc<str>, Arc<str>>, Problem> {
    let definition = api.definition(caller.tenant.id, row.process_definition_key)?;
    let node = definition
        .nodes
        .iter()
        .find(|node| node.id == row.element_id);
    Ok(node
        .map(|node| node.headers.iter().cloned().collect())
        .unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentRequest {
    assignee: Option<String>,
    allow_override: Option<bool>,
    action: Option<String>,
}

/// `POST /v2/user-tasks/{key}/assignment`.
pub async fn assign(
    State(api): State<Api>,
    caller: Caller,
    PathKey(task): PathKey<UserTaskKey>,
    Json(request): Json<AssignmentRequest>,
) -> Result<StatusCode, Problem> {
    let assignee = request
        .assignee
        .filter(|assignee| !assignee.trim().is_empty());
    let assignee = assignee.ok_or_else(|| {
        Problem::invalid("Expected 'assignee' to name a person, but there is none.")
    })?;
    let allow_override = request.allow_override.unwrap_or(true);
    let command = Command::AssignUserTask {
        task,
        assignee,
        allow_override,
        action: request.action,
    };
    decided(&api, &caller, command).await
}

/// `DELETE /v2/user-tasks/{key}/assignee`.
pub async fn unassign(
    State(api): State<Api>,
    caller: Caller,
    PathKey(task): PathKey<UserTaskKey>,
) -> Result<StatusCode, Problem> {
    decided(
        &api,
        &caller,
        Command::UnassignUserTask { task, action: None },
    )
    .await
}

#[derive(Default, Deserialize)]
pub struct UpdateRequest {
    changeset: Option<Changeset>,
    action: Option<String>,
}

/// `PATCH /v2/user-tasks/{key}`: an action alone has the listeners look at the task.
pub async fn update(
    State(api): State<Api>,
    caller: Caller,
    PathKey(task): PathKey<UserTaskKey>,
    OptionalJson(request): OptionalJson<UpdateRequest>,
) -> Result<StatusCode, Problem> {
    let changeset = request.changeset.unwrap_or_default();
    let command = Command::UpdateUserTask {
        task,
        changes: changeset.changes()?,
        action: request.action,
    };
    decided(&api, &caller, command).await
}

#[derive(Default, Deserialize)]
pub struct CompletionRequest {
    variables: Option<Box<RawValue>>,
    action: Option<String>,
}

/// `POST /v2/user-tasks/{key}/completion`.
pub async fn complete(
    State(api): State<Api>,
    caller: Caller,
    PathKey(task): PathKey<UserTaskKey>,
    OptionalJson(request): OptionalJson<CompletionRequest>,
) -> Result<StatusCode, Problem> {
    let variables = read_variables(request.variables.as_deref())?;
    let command = Command::CompleteUserTask {
        task,
        variables,
        action: request.action,
    };
    decided(&api, &caller, command).await
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FormView {
    form_key: String,
    form_id: Arc<str>,
    version: u32,
    /// The document as it came: JSON in a string.
    schema: Arc<str>,
    tenant_id: Arc<str>,
}

/// `GET /v2/user-tasks/{key}/form`: 204 when the task has none.
pub async fn form(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<UserTaskKey>,
) -> Result<Response, Problem> {
    let Some(form_key) = find(&api, &caller, key).await?.form_key else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    form_document(&api, &caller, form_key)
        .await
        .map(|form| JsonBody(form).into_response())
}

/// `GET /v2/forms/{key}`.
pub async fn get_form(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<FormKey>,
) -> Result<Response, Problem> {
    form_document(&api, &caller, key)
        .await
        .map(|form| JsonBody(form).into_response())
}

async fn form_document(api: &Api, caller: &Caller, key: FormKey) -> Result<FormView, Problem> {
    let tenant = caller.tenant.id;
    let row = api
        .state(move |state| state.forms.get(&(tenant, key)))
        .await?;
    let row = row.ok_or_else(|| Problem::not_found(Code::FormNotFound, "form", key))?;
    Ok(FormView {
        form_key: row.key.to_string(),
        form_id: Arc::clone(&row.id),
        version: row.version,
        schema: Arc::clone(&row.document),
        tenant_id: Arc::clone(&caller.tenant.name),
    })
}

/// `POST /v2/user-tasks/{key}/variables/search`: everything that the task can see, each
/// scope's own; a name that two scopes have comes twice.
pub async fn variables(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<UserTaskKey>,
    Query(truncation): Query<Truncation>,
    OptionalJson(mut search): OptionalJson<Search<Variable>>,
) -> Result<JsonBody<Listing<VariableView>>, Problem> {
    let task = find(&api, &caller, key).await?;
    let scopes = scopes_of(&api, &caller, &task).await?;
    search.filter.scope_key = Some(Condition::all(vec![Operator::In(scopes)]));
    api.search(caller.tenant.id, truncation.applied_to(search), |row| {
        variables::view(&caller.tenant, row)
    })
    .await
    .map(JsonBody)
}

async fn scopes_of(api: &Api, caller: &Caller, task: &UserTask) -> Result<Vec<Key>, Problem> {
    let key = |key: u64| i64::try_from(key).map(Key).map_err(Problem::internal);
    let root = task.process_instance_key.root();
    let mut scopes = vec![key(root.0)?];
    let mut scope: ElementInstanceKey = task.element_instance_key;
    while scope != root && scopes.len() < MAX_SCOPES {
        scopes.push(key(scope.0)?);
        let element = api.find::<ElementInstance>(caller.tenant.id, scope).await?;
        let Some(element) = element else { break };
        scope = element.scope_key;
    }
    Ok(scopes)
}

fn view(
    tenant: &Tenant,
    row: UserTask,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
) -> UserTaskView {
    UserTaskView {
        user_task_key: row.user_task_key.to_string(),
        name: row.name,
        state: row.state.name(),
        assignee: row.assignee,
        candidate_groups: row.candidate_groups,
        candidate_users: row.candidate_users,
        element_id: row.element_id,
        element_instance_key: row.element_instance_key.to_string(),
        process_name: row.process_name,
        process_definition_id: row.process_definition_id,
        process_definition_key: row.process_definition_key.to_string(),
        process_definition_version: row.process_definition_version,
        process_instance_key: row.process_instance_key.to_string(),
        root_process_instance_key: row.root_process_instance_key.to_string(),
        creation_date: iso(row.creation_date_ms),
        completion_date: row.completion_date_ms.map(iso),
        due_date: row.due_date,
        follow_up_date: row.follow_up_date,
        priority: row.priority,
        form_key: row.form_key.map(|key| key.to_string()),
        external_form_reference: row.external_form_reference,
        custom_headers,
        tags: [],
        tenant_id: Arc::clone(&tenant.name),
    }
}
