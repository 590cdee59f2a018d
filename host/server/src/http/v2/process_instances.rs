//! `/v2/process-instances`: cases. Starting one can wait for its end, see `awaiting.rs`.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gardesh_engine::command::{CancelInstance, CreateInstance, InstanceCreated, Once, ProcessRef};
use gardesh_engine::key::{ProcessDefinitionKey, ProcessInstanceKey};
use gardesh_engine::limits::MAX_BUSINESS_KEY_BYTES;
use gardesh_engine::variables::Document;
use gardesh_query::ProcessInstance;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Nothing;
use super::awaiting::{Wait, create_and_wait};
use super::modifications::{RuntimeInstruction, StartInstruction};
use crate::http::api::{Api, wait_time};
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{Json, OptionalJson, PathKey, Query, check_name};
use crate::http::problem::{Code, Problem};
use crate::http::shown::Shown;
use crate::http::wire::{Key, Whole, iso, raw_variables, variables};
use crate::limits::DEFAULT_COMPLETION_WAIT;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationRequest {
    process_definition_key: Option<Key>,
    process_definition_id: Option<String>,
    process_definition_version: Option<Whole>,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
    #[serde(default)]
    await_completion: bool,
    fetch_variables: Option<Vec<String>>,
    request_timeout: Option<Whole>,
    business_id: Option<String>,
    business_key: Option<String>,
    tags: Option<Vec<String>>,
    start_instructions: Option<Vec<StartInstruction>>,
    runtime_instructions: Option<Vec<RuntimeInstruction>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationView {
    process_definition_id: Arc<str>,
    process_definition_version: u32,
    process_definition_key: String,
    process_instance_key: String,
    tenant_id: Arc<str>,
    variables: Box<RawValue>,
    tags: [&'static str; 0],
    business_id: Option<String>,
}

impl CreationRequest {
    fn process(&self) -> Result<ProcessRef, Problem> {
        match (&self.process_definition_key, &self.process_definition_id) {
            (Some(Key(key)), None) => Ok(ProcessRef::Key(ProcessDefinitionKey(*key))),
            (None, Some(id)) => {
                check_name("process", id)?;
                Ok(ProcessRef::Id {
                    id: id.clone(),
                    version: self.version()?,
                })
            }
            (Some(_), Some(_)) => Err(Problem::invalid(
                "Expected either 'processDefinitionKey' or 'processDefinitionId', but got both.",
            )),
            (None, None) => Err(Problem::invalid(
                "Expected 'processDefinitionId' or 'processDefinitionKey' to name a process, but got neither.",
            )),
        }
    }

    /// -1 stands for the latest version, as nothing does.
    fn version(&self) -> Result<Option<u32>, Problem> {
        match self.process_definition_version {
            None | Some(Whole(-1)) => Ok(None),
            Some(Whole(version)) => u32::try_from(version).ok().filter(|version| *version > 0).map(Some).ok_or_else(|| {
                Problem::invalid(format!(
                    "Expected 'processDefinitionVersion' to be 1 or more, or -1 for the latest, but got {version}."
                ))
            }),
        }
    }

    /// `businessId` is Camunda's name (8.9) for what is the business key here.
    fn business_key(&self) -> Result<Option<String>, Problem> {
        let key = match (&self.business_id, &self.business_key) {
            (Some(id), Some(key)) if id != key => {
                return Err(Problem::invalid(
                    "Expected 'businessId' and 'businessKey' to be the same, since they are one thing, but they differ.",
                ));
            }
            (id, key) => id.as_ref().or(key.as_ref()),
        };
        match key {
            Some(key) if key.is_empty() || key.len() > MAX_BUSINESS_KEY_BYTES => {
                Err(Problem::invalid(format!(
                    "Expected a business key of 1 to {MAX_BUSINESS_KEY_BYTES} bytes, but it has {}.",
                    key.len()
                )))
            }
            key => Ok(key.cloned()),
        }
    }

    /// What is asked for and cannot be had is refused.
    fn refuse_unsupported(&self) -> Result<(), Problem> {
        if self.tags.as_ref().is_some_and(|list| !list.is_empty()) {
            return Err(Problem::invalid(
                "Expected no 'tags', but got some. This server does not support them.",
            ));
        }
        Ok(())
    }

    fn command(&self) -> Result<CreateInstance, Problem> {
        self.refuse_unsupported()?;
        let start_at = self.start_instructions.iter().flatten();
        let stop_after = self.runtime_instructions.iter().flatten();
        Ok(CreateInstance {
            process: self.process()?,
            variables: variables(self.variables.as_deref())?,
            business_key: self.business_key()?,
            start_at: start_at
                .map(StartInstruction::activation)
                .collect::<Result<_, _>>()?,
            stop_after: stop_after
                .map(RuntimeInstruction::stop_after)
                .collect::<Result<_, _>>()?,
            once: None,
        })
    }
}

/// Our own addition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationQuery {
    /// With `awaitCompletion`: whether to answer at once when something stops the case, such as
    /// an incident, instead of waiting for somebody to mend it.
    #[serde(default)]
    until_stopped: bool,
}

/// `POST /v2/process-instances`.
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<CreationQuery>,
    headers: HeaderMap,
    Json(request): Json<CreationRequest>,
) -> Result<JsonBody<CreationView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    let command = once(request.command()?, &headers)?;
    let (created, variables) = if request.await_completion {
        let time = wait_time(request.request_timeout, DEFAULT_COMPLETION_WAIT)?;
        let wait = Wait {
            time: time.unwrap_or(DEFAULT_COMPLETION_WAIT),
            until_stopped: query.until_stopped,
        };
        let (created, variables) = create_and_wait(&api, &caller, command, &wait).await?;
        let fetch = request.fetch_variables.as_deref().unwrap_or_default();
        (created, fetched(variables, fetch))
    } else {
        (api.submit(&caller, command).await?, Document::new())
    };
    let InstanceCreated {
        instance,
        definition,
        ..
    } = created;
    let process = api.process(tenant.id, definition).await?;
    Ok(JsonBody(CreationView {
        process_definition_id: Arc::clone(&process.id),
        process_definition_version: process.version,
        process_definition_key: definition.to_string(),
        process_instance_key: instance.to_string(),
        tenant_id: Arc::clone(&tenant.name),
        variables: raw_variables(&variables)?,
        tags: [],
        business_id: request.business_key()?,
    }))
}

/// The header by which a client marks a request, so that it can send it again without doing it
/// twice.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The start with its client's idempotency key, if there is one.
fn once(mut command: CreateInstance, headers: &HeaderMap) -> Result<CreateInstance, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(command);
    };
    let key = key.to_str().map_err(|_| {
        Problem::new(Code::InvalidIdempotencyKey, "Expected the header 'Idempotency-Key' in ASCII, but it has other characters. Send a UUID, for example.")
    })?;
    // All that is asked for is in this text, and the same request gives the same text.
    let digest = Sha256::digest(format!("{command:?}")).into();
    command.once = Some(Once {
        key: key.into(),
        digest,
    });
    Ok(command)
}

fn fetched(mut variables: Document, names: &[String]) -> Document {
    if !names.is_empty() {
        variables.retain(|name, _| names.iter().any(|wanted| **wanted == **name));
    }
    variables
}

/// `POST /v2/process-instances/{key}/cancellation`.
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, CancelInstance { instance }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    process_instance_key: String,
    root_process_instance_key: String,
    parent_process_instance_key: Option<String>,
    parent_element_instance_key: Option<String>,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    process_definition_name: Option<Arc<str>>,
    process_definition_version: u32,
    process_definition_version_tag: Option<Arc<str>>,
    state: &'static str,
    /// Ours: whether it takes no steps until it is resumed.
    suspended: bool,
    has_incident: bool,
    start_date: String,
    end_date: Option<String>,
    tenant_id: Arc<str>,
    tags: [&'static str; 0],
    business_id: Option<Arc<str>>,
    /// Ours: the id of the end event that was reached last.
    outcome: Option<Arc<str>>,
    /// Ours: the fault of the engine that stopped the case.
    ban_reason: Option<Arc<str>>,
}

impl Shown for InstanceView {
    type Row = ProcessInstance;
    const NAME: &'static str = "process instance";

    fn of(row: ProcessInstance, tenant: &Tenant) -> Self {
        Self {
            process_instance_key: row.process_instance_key.to_string(),
            root_process_instance_key: row.root_process_instance_key.to_string(),
            parent_process_instance_key: row.parent_process_instance_key.map(|key| key.to_string()),
            parent_element_instance_key: row.parent_element_instance_key.map(|key| key.to_string()),
            process_definition_key: row.process_definition_key.to_string(),
            process_definition_id: row.process_definition_id,
            process_definition_name: row.process_definition_name,
            process_definition_version: row.process_definition_version,
            process_definition_version_tag: row.process_definition_version_tag,
            state: row.state.name(),
            suspended: row.suspended,
            has_incident: row.has_incident,
            start_date: iso(row.start_date_ms),
            end_date: row.end_date_ms.map(iso),
            tenant_id: Arc::clone(&tenant.name),
            tags: [],
            business_id: row.business_key,
            outcome: row.outcome,
            ban_reason: row.ban_reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    fn command(json: &str) -> Result<CreateInstance, Problem> {
        parse::<CreationRequest>(json.as_bytes())?.command()
    }

    #[test]
    fn a_process_is_named_by_key_or_by_id() {
        for (json, expected) in [
            (
                r#"{"processDefinitionKey":"7"}"#,
                "Key(ProcessDefinitionKey(7))",
            ),
            (
                r#"{"processDefinitionKey":7,"processDefinitionVersion":3}"#,
                "Key(ProcessDefinitionKey(7))",
            ),
            (
                r#"{"processDefinitionId":"a"}"#,
                r#"Id { id: "a", version: None }"#,
            ),
            (
                r#"{"processDefinitionId":"a","processDefinitionVersion":-1}"#,
                r#"Id { id: "a", version: None }"#,
            ),
            (
                r#"{"processDefinitionId":"a","processDefinitionVersion":2}"#,
                r#"Id { id: "a", version: Some(2) }"#,
            ),
        ] {
            let Ok(CreateInstance { process, .. }) = command(json) else {
                panic!("{json}")
            };
            assert_eq!(format!("{process:?}"), expected);
        }
    }

    #[test]
    fn mistaken_requests_are_refused() {
        for (json, part) in [
            ("{}", "neither"),
            (r#"{"processDefinitionId":""}"#, "the name of a process"),
            (
                r#"{"processDefinitionId":"a","processDefinitionKey":"1"}"#,
                "both",
            ),
            (
                r#"{"processDefinitionId":"a","processDefinitionVersion":0}"#,
                "1 or more",
            ),
            (
                r#"{"processDefinitionId":"a","processDefinitionVersion":4294967296}"#,
                "1 or more",
            ),
            (r#"{"processDefinitionId":"a","variables":[]}"#, "variables"),
            (r#"{"processDefinitionId":"a","tags":["x"]}"#, "tags"),
            (
                r#"{"processDefinitionId":"a","startInstructions":[{}]}"#,
                "startInstructions",
            ),
            (
                r#"{"processDefinitionId":"a","runtimeInstructions":[{"type":"PAUSE"}]}"#,
                "runtimeInstructions",
            ),
            (
                r#"{"processDefinitionId":"a","businessId":"1","businessKey":"2"}"#,
                "differ",
            ),
            (
                r#"{"processDefinitionId":"a","businessKey":""}"#,
                "business key",
            ),
            (
                r#"{"processDefinitionId":"a","awaitCompletion":"yes"}"#,
                "awaitCompletion",
            ),
        ] {
            let problem = command(json).unwrap_err();
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
            assert!(
                problem.detail().contains(part),
                "{json}: {}",
                problem.detail()
            );
        }
    }

    #[test]
    fn both_names_of_the_business_key_are_understood() {
        for json in [
            r#"{"processDefinitionId":"a","businessId":"C-1"}"#,
            r#"{"processDefinitionId":"a","businessKey":"C-1","tags":[],"startInstructions":[]}"#,
            r#"{"processDefinitionId":"a","businessKey":"C-1","businessId":"C-1","variables":null}"#,
        ] {
            let Ok(CreateInstance { business_key, .. }) = command(json) else {
                panic!("{json}")
            };
            assert_eq!(business_key.as_deref(), Some("C-1"));
        }
    }

    #[test]
    fn a_case_can_begin_in_the_middle_and_end_early() {
        let json = r#"{"processDefinitionId":"a","startInstructions":[{"elementId":"b"}],
            "runtimeInstructions":[{"type":"TERMINATE_PROCESS_INSTANCE","afterElementId":"c"}]}"#;
        let Ok(CreateInstance {
            start_at,
            stop_after,
            ..
        }) = command(json)
        else {
            panic!("{json}")
        };
        assert_eq!((&*start_at[0].element, start_at.len()), ("b", 1));
        assert_eq!(stop_after, ["c"]);
    }

    #[test]
    fn only_the_named_variables_are_fetched() {
        let all = gardesh_engine::variables::parse_document(r#"{"a":1,"b":2}"#).unwrap();
        assert_eq!(fetched(all.clone(), &[]), all);
        let some = fetched(all, &["b".to_owned(), "z".to_owned()]);
        assert_eq!(some.keys().map(|name| &**name).collect::<Vec<_>>(), ["b"]);
    }
}
