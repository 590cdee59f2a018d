//! Where tokens of a case go by order of an operator: the instructions of a modification and
//! those of a start in the middle of a process. What they come to is worked out in the engine.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::ModifyInstance;
use gardesh_engine::key::{ElementInstanceKey, ProcessInstanceKey};
use gardesh_engine::operation::{
    Activation, Ancestor, Modification, Move, Place, Target, VariableInstruction,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::{Json, PathKey, check_name, quote};
use crate::http::problem::Problem;
use crate::http::wire::{Key, Whole, variables};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModificationRequest {
    activate_instructions: Option<Vec<ActivateInstruction>>,
    move_instructions: Option<Vec<MoveInstruction>>,
    terminate_instructions: Option<Vec<TerminateInstruction>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActivateInstruction {
    element_id: String,
    /// Ours: BEFORE, as without it, enters the element; AFTER takes its outgoing flows.
    place: Option<String>,
    variable_instructions: Option<Vec<VariablesInstruction>>,
    /// -1 stands for none, so it is no key.
    ancestor_element_instance_key: Option<Whole>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VariablesInstruction {
    variables: Option<Box<RawValue>>,
    scope_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TerminateInstruction {
    element_instance_key: Option<Key>,
    element_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoveInstruction {
    source_element_instruction: SourceInstruction,
    target_element_id: String,
    ancestor_scope_instruction: Option<AncestorInstruction>,
    variable_instructions: Option<Vec<VariablesInstruction>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceInstruction {
    source_type: Option<String>,
    source_element_id: Option<String>,
    source_element_instance_key: Option<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AncestorInstruction {
    ancestor_scope_type: String,
    ancestor_element_instance_key: Option<Key>,
}

/// Where a new case begins.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartInstruction {
    element_id: String,
}

/// What happens to a new case on its way.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeInstruction {
    r#type: Option<String>,
    after_element_id: Option<String>,
}

impl ModificationRequest {
    fn modification(self) -> Result<Modification, Problem> {
        let modification = Modification {
            activate: each(self.activate_instructions, ActivateInstruction::activation)?,
            terminate: each(self.terminate_instructions, TerminateInstruction::target)?,
            moves: each(self.move_instructions, MoveInstruction::read)?,
        };
        if modification == Modification::default() {
            return Err(Problem::invalid(
                "Expected 'activateInstructions', 'moveInstructions' or 'terminateInstructions', but there are none.",
            ));
        }
        Ok(modification)
    }
}

impl ActivateInstruction {
    fn activation(self) -> Result<Activation, Problem> {
        let ancestor = match self.ancestor_element_instance_key {
            None | Some(Whole(-1)) => Ancestor::Sole,
            Some(Whole(key)) => {
                let key = u64::try_from(key).map_err(|_| {
                    Problem::invalid(format!(
                        "Expected 'ancestorElementInstanceKey' to be a key, or -1 for none, but got {key}."
                    ))
                })?;
                Ancestor::Given(ElementInstanceKey(key))
            }
        };
        Ok(Activation {
            element: check_name("element", &self.element_id)?,
            place: place(self.place.as_deref())?,
            ancestor,
            variables: each(self.variable_instructions, VariablesInstruction::read)?,
        })
    }
}

fn place(name: Option<&str>) -> Result<Place, Problem> {
    match name {
        None | Some("BEFORE") => Ok(Place::Before),
        Some("AFTER") => Ok(Place::After),
        Some(other) => Err(Problem::invalid(format!(
            "Expected 'place' to be BEFORE or AFTER, but got '{}'.",
            quote(other)
        ))),
    }
}

impl VariablesInstruction {
    /// An empty scope is none, as in Camunda.
    fn read(self) -> Result<VariableInstruction, Problem> {
        let scope = self.scope_id.filter(|id| !id.is_empty());
        Ok(VariableInstruction {
            scope: scope.map(Arc::from),
            variables: variables(self.variables.as_deref())?,
        })
    }
}

impl TerminateInstruction {
    fn target(self) -> Result<Target, Problem> {
        match (self.element_instance_key, self.element_id) {
            (Some(Key(key)), None) => Ok(Target::One(ElementInstanceKey(key))),
            (None, Some(id)) => check_name("element", &id).map(Target::All),
            _ => Err(Problem::invalid(
                "Expected each of 'terminateInstructions' to have either 'elementInstanceKey' or 'elementId', but one has both or neither.",
            )),
        }
    }
}

impl MoveInstruction {
    fn read(self) -> Result<Move, Problem> {
        let ancestor = self.ancestor_scope_instruction;
        Ok(Move {
            source: self.source_element_instruction.target()?,
            target: check_name("element", &self.target_element_id)?,
            ancestor: ancestor.map_or(Ok(Ancestor::Sole), AncestorInstruction::ancestor)?,
            variables: each(self.variable_instructions, VariablesInstruction::read)?,
        })
    }
}

impl SourceInstruction {
    fn target(self) -> Result<Target, Problem> {
        let kind = self.source_type.as_deref();
        match (
            kind,
            self.source_element_id,
            self.source_element_instance_key,
        ) {
            (None | Some("byId"), Some(id), None) => check_name("element", &id).map(Target::All),
            (None | Some("byKey"), None, Some(Key(key))) => {
                Ok(Target::One(ElementInstanceKey(key)))
            }
            _ => Err(Problem::invalid(
                "Expected 'sourceElementInstruction' to have the 'sourceType' byId with 'sourceElementId', or byKey with 'sourceElementInstanceKey', but it is neither.",
            )),
        }
    }
}

impl AncestorInstruction {
    /// The source's own scope is the nearest that there is, so where `sourceParent` can be
    /// meant, `inferred` finds the same.
    fn ancestor(self) -> Result<Ancestor, Problem> {
        let kind = self.ancestor_scope_type.as_str();
        match (kind, self.ancestor_element_instance_key) {
            ("direct", Some(Key(key))) => Ok(Ancestor::Given(ElementInstanceKey(key))),
            ("inferred" | "sourceParent", None) => Ok(Ancestor::OfSource),
            _ => Err(Problem::invalid(format!(
                "Expected 'ancestorScopeType' to be direct with 'ancestorElementInstanceKey', or inferred or sourceParent without it, but got '{}'.",
                quote(kind)
            ))),
        }
    }
}

impl StartInstruction {
    /// The entered element, in scopes that are made for it.
    pub fn activation(&self) -> Result<Activation, Problem> {
        Ok(Activation {
            element: check_name("element", &self.element_id)?,
            place: Place::Before,
            ancestor: Ancestor::Sole,
            variables: Vec::new(),
        })
    }
}

impl RuntimeInstruction {
    /// The id of the element after which the case ends.
    pub fn stop_after(&self) -> Result<String, Problem> {
        let kind = self.r#type.as_deref();
        match (kind, &self.after_element_id) {
            (None | Some("TERMINATE_PROCESS_INSTANCE"), Some(id)) => {
                check_name("element", id).map(|id| id.to_string())
            }
            _ => Err(Problem::invalid(
                "Expected each of 'runtimeInstructions' to have the 'type' TERMINATE_PROCESS_INSTANCE and an 'afterElementId', but one has not.",
            )),
        }
    }
}

fn each<T, U>(
    list: Option<Vec<T>>,
    read: impl Fn(T) -> Result<U, Problem>,
) -> Result<Vec<U>, Problem> {
    list.unwrap_or_default().into_iter().map(read).collect()
}

/// `POST /v2/process-instances/{key}/modification`.
pub async fn modify(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    Json(request): Json<ModificationRequest>,
) -> Result<StatusCode, Problem> {
    let command = ModifyInstance {
        instance,
        modification: request.modification()?,
    };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    fn modification(json: &str) -> Result<Modification, Problem> {
        parse::<ModificationRequest>(json.as_bytes())?.modification()
    }

    #[test]
    fn a_token_is_put_before_an_element_or_after_it() {
        let read = |place: &str| {
            modification(&format!(
                r#"{{"activateInstructions":[{{"elementId":"a"{place}}}]}}"#
            ))
            .map(|modification| modification.activate[0].place)
        };
        assert_eq!(read("").unwrap(), Place::Before);
        assert_eq!(read(r#","place":"BEFORE""#).unwrap(), Place::Before);
        assert_eq!(read(r#","place":"AFTER""#).unwrap(), Place::After);
        assert!(read(r#","place":"IN""#).is_err());
    }

    #[test]
    fn instructions_are_understood() {
        let json = r#"{
            "activateInstructions": [
                {"elementId": "a", "ancestorElementInstanceKey": "-1",
                 "variableInstructions": [{"variables": {"x": 1}, "scopeId": ""}]},
                {"elementId": "b", "ancestorElementInstanceKey": "7"}
            ],
            "terminateInstructions": [{"elementInstanceKey": "8"}, {"elementId": "c"}],
            "moveInstructions": [
                {"sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "d"},
                 "targetElementId": "e", "ancestorScopeInstruction": {"ancestorScopeType": "inferred"}},
                {"sourceElementInstruction": {"sourceType": "byKey", "sourceElementInstanceKey": "9"},
                 "targetElementId": "e",
                 "ancestorScopeInstruction": {"ancestorScopeType": "direct", "ancestorElementInstanceKey": "10"}}
            ]
        }"#;
        let read = modification(json).unwrap();
        let ancestors: Vec<Ancestor> = read.activate.iter().map(|one| one.ancestor).collect();
        assert_eq!(
            ancestors,
            [Ancestor::Sole, Ancestor::Given(ElementInstanceKey(7))]
        );
        let set = &read.activate[0].variables[0];
        assert_eq!((&set.scope, set.variables.len()), (&None, 1));
        assert_eq!(
            read.terminate,
            [Target::One(ElementInstanceKey(8)), Target::All("c".into())]
        );
        assert_eq!(
            (&read.moves[0].source, read.moves[0].ancestor),
            (&Target::All("d".into()), Ancestor::OfSource)
        );
        assert_eq!(
            (&read.moves[1].source, read.moves[1].ancestor),
            (
                &Target::One(ElementInstanceKey(9)),
                Ancestor::Given(ElementInstanceKey(10))
            )
        );
    }

    #[test]
    fn mistaken_instructions_are_refused() {
        for json in [
            "{}",
            r#"{"activateInstructions":[]}"#,
            r#"{"activateInstructions":[{}]}"#,
            r#"{"activateInstructions":[{"elementId":""}]}"#,
            r#"{"activateInstructions":[{"elementId":"a","ancestorElementInstanceKey":-2}]}"#,
            r#"{"activateInstructions":[{"elementId":"a","variableInstructions":[{"variables":1}]}]}"#,
            r#"{"terminateInstructions":[{}]}"#,
            r#"{"terminateInstructions":[{"elementId":"a","elementInstanceKey":"1"}]}"#,
            r#"{"moveInstructions":[{"targetElementId":"a"}]}"#,
            r#"{"moveInstructions":[{"sourceElementInstruction":{"sourceType":"byKey","sourceElementId":"b"},"targetElementId":"a"}]}"#,
            r#"{"moveInstructions":[{"sourceElementInstruction":{"sourceElementId":"b"},"targetElementId":"a","ancestorScopeInstruction":{"ancestorScopeType":"direct"}}]}"#,
        ] {
            let refused = modification(json).unwrap_err();
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{json}");
        }
    }

    #[test]
    fn a_case_can_end_after_an_element() {
        let read =
            |json: &str| parse::<RuntimeInstruction>(json.as_bytes()).and_then(|i| i.stop_after());
        let json = r#"{"type":"TERMINATE_PROCESS_INSTANCE","afterElementId":"pay"}"#;
        assert_eq!(read(json).unwrap(), "pay");
        for json in [
            "{}",
            r#"{"type":"PAUSE","afterElementId":"pay"}"#,
            r#"{"afterElementId":""}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
