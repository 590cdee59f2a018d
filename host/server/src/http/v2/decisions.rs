//! `/v2/decision-definitions` and `/v2/decision-requirements`: decisions that are asked outside any case, and the
//! files that they came in.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::response::Response;
use gardesh_engine::command::{Command, DecisionRef};
use gardesh_engine::effect::Reply;
use gardesh_engine::entities::decision::{DecisionEvaluation, Made, MadeInput, MadeRule};
use gardesh_engine::file_bytes::FileBytes;
use gardesh_engine::key::{DecisionKey, DecisionRequirementsKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::process_definitions::as_it_came;
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{Json, PathKey, check_name};
use crate::http::problem::{Code, Problem};
use crate::http::wire::{Key, variables};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationRequest {
    decision_definition_key: Option<Key>,
    decision_definition_id: Option<String>,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
}

/// The values in it are JSON in strings, as in Camunda.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationView {
    decision_definition_id: Arc<str>,
    decision_definition_key: String,
    decision_definition_name: Arc<str>,
    decision_definition_version: u32,
    decision_evaluation_key: String,
    /// The same, by the name that clients of 8.8 look for.
    decision_instance_key: String,
    decision_requirements_id: Arc<str>,
    decision_requirements_key: String,
    output: String,
    failed_decision_definition_id: Option<Arc<str>>,
    failure_message: Option<Arc<str>>,
    evaluated_decisions: Vec<MadeView>,
    tenant_id: Arc<str>,
    /// Ours: reasons for whatever is null in the output.
    null_reasons: Option<Arc<str>>,
    /// Ours: whether more was decided than is listed.
    incomplete: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeView {
    decision_definition_id: Arc<str>,
    /// None for a knowledge model: that has no key of its own, and no version.
    decision_definition_key: Option<String>,
    decision_definition_name: Arc<str>,
    decision_definition_version: Option<u32>,
    decision_definition_type: &'static str,
    decision_evaluation_instance_key: String,
    output: Arc<str>,
    evaluated_inputs: Vec<InputView>,
    matched_rules: Vec<RuleView>,
    tenant_id: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InputView {
    input_id: Arc<str>,
    input_name: Arc<str>,
    input_value: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleView {
    rule_id: Arc<str>,
    rule_index: u32,
    evaluated_outputs: Vec<OutputView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputView {
    output_id: Arc<str>,
    output_name: Arc<str>,
    output_value: Arc<str>,
    rule_id: Arc<str>,
    rule_index: u32,
}

impl EvaluationRequest {
    fn command(self) -> Result<Command, Problem> {
        let decision = match (self.decision_definition_key, self.decision_definition_id) {
            (Some(Key(key)), None) => DecisionRef::Key(DecisionKey(key)),
            (None, Some(id)) => {
                check_name("decision", &id)?;
                DecisionRef::Id(id)
            }
            _ => {
                return Err(Problem::invalid(
                    "Expected either 'decisionDefinitionId' or 'decisionDefinitionKey' to name a decision, but got both or neither.",
                ));
            }
        };
        Ok(Command::EvaluateDecision {
            decision,
            variables: variables(self.variables.as_deref())?,
        })
    }
}

/// `POST /v2/decision-definitions/evaluation`. A decision that fails is an answer, too: it
/// says which one failed, and why.
pub async fn evaluate(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<EvaluationRequest>,
) -> Result<JsonBody<EvaluationView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    match api.submit(&caller, request.command()?).await?.reply {
        Reply::DecisionEvaluated { evaluation, output } => {
            Ok(JsonBody(view(tenant, &evaluation, output.to_json())))
        }
        other => Err(Problem::internal(format!(
            "the engine answered a decision with {other:?}"
        ))),
    }
}

/// `GET /v2/decision-requirements/{key}/xml`: the file as it came.
pub async fn requirements_xml(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<DecisionRequirementsKey>,
) -> Result<Response, Problem> {
    let unknown = || {
        Problem::not_found(
            Code::DecisionRequirementsNotFound,
            "decision requirements graph",
            key,
        )
    };
    let source = source(&api, &caller, key).await?.ok_or_else(unknown)?;
    Ok(as_it_came(&source))
}

/// `GET /v2/decision-definitions/{key}/xml`: the file that the decision came in.
pub async fn definition_xml(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<DecisionKey>,
) -> Result<Response, Problem> {
    let unknown =
        || Problem::not_found(Code::DecisionDefinitionNotFound, "decision definition", key);
    let row = api
        .state(move |state| state.decisions.get(&(caller.tenant.id, key)))
        .await?
        .ok_or_else(unknown)?;
    let source = source(&api, &caller, row.requirements)
        .await?
        .ok_or_else(unknown)?;
    Ok(as_it_came(&source))
}

async fn source(
    api: &Api,
    caller: &Caller,
    key: DecisionRequirementsKey,
) -> Result<Option<Arc<FileBytes>>, Problem> {
    let row = (caller.tenant.id, key);
    api.state(move |state| state.decision_sources.get(&row))
        .await
}

fn view(tenant: &Tenant, evaluation: &DecisionEvaluation, output: String) -> EvaluationView {
    let decision = &evaluation.decision;
    let failure = evaluation.failure.as_ref();
    let made = evaluation.made.iter().zip(1..);
    EvaluationView {
        decision_definition_id: Arc::clone(&decision.id),
        decision_definition_key: decision.key.to_string(),
        decision_definition_name: Arc::clone(&decision.name),
        decision_definition_version: decision.version,
        decision_evaluation_key: evaluation.key.to_string(),
        decision_instance_key: evaluation.key.to_string(),
        decision_requirements_id: Arc::clone(&decision.requirements_id),
        decision_requirements_key: decision.requirements.to_string(),
        output,
        failed_decision_definition_id: failure.map(|failure| Arc::clone(&failure.decision)),
        failure_message: failure.map(|failure| Arc::clone(&failure.message)),
        evaluated_decisions: made
            .map(|(made, index)| made_view(tenant, made, format!("{}-{index}", evaluation.key)))
            .collect(),
        tenant_id: Arc::clone(&tenant.name),
        null_reasons: Some(Arc::clone(&evaluation.reasons)).filter(|reasons| !reasons.is_empty()),
        incomplete: evaluation.incomplete,
    }
}

/// What has inputs or rules is a table. What kind the others are is not recorded.
fn made_view(tenant: &Tenant, made: &Made, key: String) -> MadeView {
    let is_table = !made.inputs.is_empty() || !made.rules.is_empty();
    MadeView {
        decision_definition_id: Arc::clone(&made.id),
        decision_definition_key: made.version.map(|(key, _)| key.to_string()),
        decision_definition_name: Arc::clone(&made.name),
        decision_definition_version: made.version.map(|(_, version)| version),
        decision_definition_type: if is_table {
            "DECISION_TABLE"
        } else {
            "UNKNOWN"
        },
        decision_evaluation_instance_key: key,
        output: Arc::clone(&made.output),
        evaluated_inputs: made.inputs.iter().map(input_view).collect(),
        matched_rules: made.rules.iter().map(rule_view).collect(),
        tenant_id: Arc::clone(&tenant.name),
    }
}

fn input_view(input: &MadeInput) -> InputView {
    InputView {
        input_id: Arc::clone(&input.id),
        input_name: Arc::clone(&input.name),
        input_value: Arc::clone(&input.value),
    }
}

fn rule_view(rule: &MadeRule) -> RuleView {
    let outputs = rule.outputs.iter();
    RuleView {
        rule_id: Arc::clone(&rule.id),
        rule_index: rule.index,
        evaluated_outputs: outputs
            .map(|(id, name, value)| OutputView {
                output_id: Arc::clone(id),
                output_name: Arc::clone(name),
                output_value: Arc::clone(value),
                rule_id: Arc::clone(&rule.id),
                rule_index: rule.index,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_decision_is_named_by_key_or_by_id() {
        let command = |json: &str| parse::<EvaluationRequest>(json.as_bytes())?.command();
        for (json, expected) in [
            (r#"{"decisionDefinitionKey":"7"}"#, "Key(DecisionKey(7))"),
            (
                r#"{"decisionDefinitionId":"dish","variables":{"guests":8}}"#,
                r#"Id("dish")"#,
            ),
        ] {
            let Ok(Command::EvaluateDecision { decision, .. }) = command(json) else {
                panic!("{json}")
            };
            assert_eq!(format!("{decision:?}"), expected);
        }
        for json in [
            "{}",
            r#"{"decisionDefinitionId":""}"#,
            r#"{"decisionDefinitionId":"dish","decisionDefinitionKey":"7"}"#,
            r#"{"decisionDefinitionId":"dish","variables":[]}"#,
        ] {
            assert!(command(json).is_err(), "{json}");
        }
    }
}
