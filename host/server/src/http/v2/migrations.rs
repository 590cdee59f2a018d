//! `/v2/process-instances/{key}/migration`: a case goes on by another definition.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gardesh_engine::command::Command;
use gardesh_engine::effect::Reply;
use gardesh_engine::key::{DefinitionKey, InstanceKey};
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
            target: DefinitionKey(target),
            mappings: mappings.collect::<Result<_, _>>()?,
        })
    }
}

impl MigrationRequest {
    fn command(self, instance: InstanceKey) -> Result<Command, Problem> {
        let plan = MigrationPlan {
            target_process_definition_key: self.target_process_definition_key,
            mapping_instructions: self.mapping_instructions,
        };
        Ok(Command::MigrateInstance {
            instance,
            migration: plan.migration()?,
            dry_run: self.dry_run.unwrap_or(false),
        })
    }
}

/// `POST /v2/process-instances/{key}/migration`: 204, or 200 with a list for a dry run.
pub async fn migrate(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<InstanceKey>,
    Json(request): Json<MigrationRequest>,
) -> Result<Response, Problem> {
    let command = request.command(instance)?;
    Ok(match api.submit(&caller, command).await?.reply {
        Reply::MigrationChecked { problems } => JsonBody(DryRunView { problems }).into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_migration_maps_elements() {
        let command =
            |json: &str| parse::<MigrationRequest>(json.as_bytes())?.command(InstanceKey(1));
        let json = r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"a","targetElementId":"b"}]}"#;
        let Ok(Command::MigrateInstance {
            migration,
            dry_run: false,
            ..
        }) = command(json)
        else {
            panic!("{json}");
        };
        assert_eq!(migration.target, DefinitionKey(7));
        assert_eq!(migration.mappings, [("a".into(), "b".into())]);
        for json in [
            "{}",
            r#"{"targetProcessDefinitionKey":"7"}"#,
            r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"a"}]}"#,
            r#"{"targetProcessDefinitionKey":"7","mappingInstructions":[{"sourceElementId":"","targetElementId":"b"}]}"#,
        ] {
            assert!(command(json).is_err(), "{json}");
        }
    }
}
