//! `/v2/process-instances/…` without a key: something is done to all cases that meet a filter.
//! Those that Camunda does not have are in `v1/batches.rs`.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::DeleteHistory;
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::key::ProcessInstanceKey;
use gardesh_engine::operation::{Ancestor, Modification, Move, Target};
use gardesh_query::{
    Condition, Incident, IncidentFilter, IncidentState, Key, OfCases, Operator, ProcessInstance,
    ProcessInstanceFilter, ProcessInstanceState,
};
use serde::Deserialize;

use super::Nothing;
use super::migrations::MigrationPlan;
use crate::http::api::Api;
use crate::http::batches::{BatchView, cases, create};
use crate::http::caller::Caller;
use crate::http::extract::{Json, OptionalJson, PathKey, check_name};
use crate::http::problem::Problem;

const RUNNING: &[ProcessInstanceState] = &[ProcessInstanceState::Active];

type Created = Result<JsonBody<BatchView>, Problem>;

/// Which cases.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterRequest {
    filter: Option<ProcessInstanceFilter>,
    /// Ours: only counts.
    dry_run: Option<bool>,
}

/// `POST /v2/process-instances/cancellation`. Cases that others called are left out: they end
/// with their callers.
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<FilterRequest>,
) -> Created {
    let filter = roots(request.filter)?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::Cancel,
        filter,
        request.dry_run,
    )
    .await
}

fn roots(filter: Option<ProcessInstanceFilter>) -> Result<ProcessInstanceFilter, Problem> {
    let mut filter = filter;
    let named = filter
        .as_mut()
        .and_then(|filter| filter.parent_process_instance_key.take());
    let mut filter = cases(filter, RUNNING)?;
    let parent = named.unwrap_or_else(|| Condition::all(Vec::new()));
    filter.parent_process_instance_key = Some(parent.and(Operator::Exists(false)));
    Ok(filter)
}

/// `POST /v2/process-instances/incident-resolution`: the incidents of the cases.
pub async fn resolve_incidents(
    State(api): State<Api>,
    caller: Caller,
    OptionalJson(request): OptionalJson<FilterRequest>,
) -> Created {
    resolve(
        &api,
        &caller,
        cases(request.filter, RUNNING)?,
        request.dry_run,
    )
    .await
}

/// `POST /v2/process-instances/{key}/incident-resolution`: those of one case.
pub async fn resolve_incidents_of(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Created {
    api.find::<ProcessInstance>(caller.tenant.id, instance)
        .await?
        .ok_or_else(|| Problem::not_found("process instance", instance))?;
    let key = i64::try_from(instance.0).map_err(Problem::internal)?;
    let filter = ProcessInstanceFilter {
        process_instance_key: Some(Condition::eq(Key(key))),
        ..ProcessInstanceFilter::default()
    };
    resolve(&api, &caller, filter, None).await
}

async fn resolve(
    api: &Api,
    caller: &Caller,
    cases: ProcessInstanceFilter,
    dry_run: Option<bool>,
) -> Created {
    let filter = IncidentFilter {
        state: Some(Condition::eq(IncidentState::Active)),
        of_cases: Some(OfCases(cases)),
        ..IncidentFilter::default()
    };
    create::<Incident>(
        api,
        caller,
        BatchOperation::ResolveIncidents,
        filter,
        dry_run,
    )
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationRequest {
    filter: Option<ProcessInstanceFilter>,
    /// Ours: only counts.
    dry_run: Option<bool>,
    migration_plan: MigrationPlan,
}

/// `POST /v2/process-instances/migration`.
pub async fn migrate(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<MigrationRequest>,
) -> Created {
    let filter = cases(request.filter, RUNNING)?;
    let migration = request.migration_plan.migration()?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::Migrate(migration),
        filter,
        request.dry_run,
    )
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModificationRequest {
    filter: Option<ProcessInstanceFilter>,
    /// Ours: only counts.
    dry_run: Option<bool>,
    move_instructions: Vec<MoveInstruction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoveInstruction {
    source_element_id: String,
    target_element_id: String,
}

impl ModificationRequest {
    fn modification(&self) -> Result<Modification, Problem> {
        if self.move_instructions.is_empty() {
            return Err(Problem::invalid(
                "Expected 'moveInstructions' to say where tokens go, but there are none.",
            ));
        }
        let moves = self.move_instructions.iter().map(MoveInstruction::read);
        Ok(Modification {
            moves: moves.collect::<Result<_, _>>()?,
            ..Modification::default()
        })
    }
}

impl MoveInstruction {
    /// The target is entered in the flow scope of the source, as in Camunda.
    fn read(&self) -> Result<Move, Problem> {
        let source: Arc<str> = check_name("element", &self.source_element_id)?;
        Ok(Move {
            source: Target::All(source),
            target: check_name("element", &self.target_element_id)?,
            ancestor: Ancestor::OfSource,
            variables: Vec::new(),
        })
    }
}

/// `POST /v2/process-instances/modification`.
pub async fn modify(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<ModificationRequest>,
) -> Created {
    let modification = request.modification()?;
    let filter = cases(request.filter, RUNNING)?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::Modify(modification),
        filter,
        request.dry_run,
    )
    .await
}

/// `POST /v2/process-instances/deletion`: ended cases are removed from the history.
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<FilterRequest>,
) -> Created {
    let ended = [
        ProcessInstanceState::Completed,
        ProcessInstanceState::Terminated,
    ];
    let filter = cases(request.filter, &ended)?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::DeleteHistory,
        filter,
        request.dry_run,
    )
    .await
}

/// `POST /v2/process-instances/{key}/deletion`: one of them.
pub async fn delete_one(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    api.submit(&caller, DeleteHistory { instance }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn only_cases_that_nobody_called_are_cancelled() {
        let filter = |json: &str| roots(Some(serde_json::from_str(json).unwrap()));
        let found = filter(r#"{"processDefinitionId":"a"}"#).unwrap();
        let expected = Condition::all(vec![Operator::Exists(false)]);
        assert_eq!(found.parent_process_instance_key, Some(expected));
        let all = r#"{"parentProcessInstanceKey":{"$exists":false},"state":"ACTIVE"}"#;
        assert!(filter(all).is_err());
    }

    #[test]
    fn moves_name_elements_only() {
        let read = |json: &str| parse::<ModificationRequest>(json.as_bytes())?.modification();
        let json =
            r#"{"filter":{},"moveInstructions":[{"sourceElementId":"a","targetElementId":"b"}]}"#;
        let found = read(json).unwrap();
        assert_eq!(found.moves[0].source, Target::All("a".into()));
        assert_eq!(found.moves[0].ancestor, Ancestor::OfSource);
        for json in [
            "{}",
            r#"{"moveInstructions":[]}"#,
            r#"{"moveInstructions":[{"sourceElementId":"a"}]}"#,
            r#"{"moveInstructions":[{"sourceElementId":"a","targetElementId":""}]}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
