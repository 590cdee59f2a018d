//! `/v2/process-instances/{key}/migration`: a case goes on by another definition.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gardesh_engine::command::{CheckMigration, MigrateInstance, MigrationChecked};
use gardesh_engine::key::{ProcessDefinitionKey, ProcessInstanceKey};
use gardesh_engine::operation::Migration;
use serde::{Deserialize, Serialize};

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::{Json, PathKey, check_name};
use crate::http::problem::Problem;
use crate::http::wire::Key;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationRequest {
    target_process_definition_key: Key,
    mapping_instructions: Vec<Mapping>,
    /// Ours: only says what is in the way.
    dry_run: Option<bool>,
}

/// By which definition cases go on, and what their elements become: of one, or of many.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigrationPlan {
    target_process_definition_key: Key,
    mapping_instructions: Vec<Mapping>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    source_element_id: String,
    target_element_id: String,
}

#[derive(Serialize)]
struct DryRunView {
    problems: Vec<String>,
}

impl Mapping {
    fn read(self) -> Result<(Arc<str>, Arc<str>), Problem> {
        Ok((
            check_name("element", &self.source_element_id)?,
            check_name("element", &self.target_element_id)?,
        ))
    }
}

impl MigrationPlan {
    /// The plan as the engine knows it.
    pub fn migration(self) -> Result<Migration, Problem> {
        let mappings = self.mapping_instructions.into_iter().map(Mapping::read);
        let Key(target) = self.target_process_definition_key;
        Ok(Migration {
            target: ProcessDefinitionKey(target),
            mappings: mappings.collect::<Result<_, _>>()?,
        })
    }
}

impl MigrationRequest {
    fn migration(self) -> Result<Migration, Problem> {
        let plan = MigrationPlan {
            target_process_definition_key: self.target_process_definition_key,
            mapping_instructions: self.mapping_instructions,
        };
        plan.migration()
    }
}

/// `POST /v2/process-instances/{key}/migration`: 204, or 200 with a list for a dry run.
pub async fn migrate(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    Json(request): Json<MigrationRequest>,
) -> Result<Response, Problem> {
    let dry_run = request.dry_run.unwrap_or(false);
    let migration = request.migration()?;
    if dry_run {
        let command = CheckMigration {
            instance,
            migration,
        };
        let MigrationChecked { problems } = api.submit(&caller, command).await?;
        return Ok(JsonBody(DryRunView { problems }).into_response());
    }
    let command = MigrateInstance {
        instance,
        migration,
    };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_migration_maps_elements() {
        let migration = |json: &str| parse::<MigrationRequest>(json.as_bytes())?.migration();
        let json = r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"a","targetElementId":"b"}]}"#;
        let mapped = migration(json).unwrap();
        assert_eq!(mapped.target, ProcessDefinitionKey(7));
        assert_eq!(mapped.mappings, [("a".into(), "b".into())]);
        for json in [
            "{}",
            r#"{"targetProcessDefinitionKey":"7"}"#,
            r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"a"}]}"#,
            r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"","targetElementId":"b"}]}"#,
        ] {
            assert!(migration(json).is_err(), "{json}");
        }
    }
}
