//! What a trigger decided, as the API tells it.

use std::sync::Arc;

use gardesh_query::DecisionTaken;
use serde::Serialize;
use serde_json::value::RawValue;

/// One decision of a trigger firing.
#[derive(Serialize)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum DecisionView {
    /// The customer is asked.
    Ask {
        survey_id: Arc<str>,
        channel: Arc<str>,
        delay_ms: u64,
        reason: Arc<str>,
    },
    /// A process is started.
    StartProcess {
        process_definition_id: Arc<str>,
        variables: Option<Box<RawValue>>,
        reason: Arc<str>,
    },
    /// Somebody inside is told.
    Notify {
        audience: Arc<str>,
        title: Arc<str>,
        body: Arc<str>,
    },
    /// Nothing is done, for a reason.
    Nothing { code: Arc<str>, detail: Arc<str> },
}

/// The read model keeps variables as text; here they are the object itself.
impl From<DecisionTaken> for DecisionView {
    fn from(decision: DecisionTaken) -> Self {
        match decision {
            DecisionTaken::Ask {
                survey_id,
                channel,
                delay_ms,
                reason,
            } => Self::Ask {
                survey_id,
                channel,
                delay_ms,
                reason,
            },
            DecisionTaken::StartProcess {
                process_definition_id,
                variables,
                reason,
            } => Self::StartProcess {
                process_definition_id,
                variables: RawValue::from_string(variables).ok(),
                reason,
            },
            DecisionTaken::Notify {
                audience,
                title,
                body,
            } => Self::Notify {
                audience,
                title,
                body,
            },
            DecisionTaken::Nothing { code, detail } => Self::Nothing { code, detail },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_an_object_with_every_digit() {
        let view = DecisionView::from(DecisionTaken::StartProcess {
            process_definition_id: "recover".into(),
            variables: r#"{"amount":1.10}"#.into(),
            reason: "unhappy".into(),
        });
        let expected = r#"{"type":"START_PROCESS","processDefinitionId":"recover","variables":{"amount":1.10},"reason":"unhappy"}"#;
        assert_eq!(serde_json::to_string(&view).unwrap(), expected);
    }
}
