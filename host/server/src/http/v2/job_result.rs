//! What the outcome of a job says besides variables: the verdict of a user task's listener,
//! or the choice of the worker that leads an ad-hoc subprocess.

use gardesh_engine::command::{AdHocResult, JobResult};
use serde::Deserialize;

use super::ad_hoc::Choice;
use super::task_changes::Corrections;
use crate::http::extract::quote;
use crate::http::problem::Problem;

/// The `result` of a completion.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultRequest {
    r#type: Option<String>,
    denied: Option<bool>,
    denied_reason: Option<String>,
    corrections: Option<Corrections>,
    activate_elements: Option<Vec<Choice>>,
    is_completion_condition_fulfilled: Option<bool>,
    is_cancel_remaining_instances: Option<bool>,
}

impl ResultRequest {
    /// Without a type it is a verdict: clients from before there were other results send none.
    pub fn read(self) -> Result<JobResult, Problem> {
        match self.r#type.as_deref() {
            None | Some("userTask") => Ok(JobResult::UserTask {
                denied: self.denied.unwrap_or(false),
                reason: self.denied_reason.filter(|reason| !reason.is_empty()),
                corrections: self.corrections.unwrap_or_default().changes()?,
            }),
            Some("adHocSubProcess") => {
                let chosen = self.activate_elements.unwrap_or_default().into_iter();
                Ok(JobResult::AdHoc(AdHocResult {
                    elements: chosen.map(Choice::read).collect::<Result<_, _>>()?,
                    is_fulfilled: self.is_completion_condition_fulfilled.unwrap_or(false),
                    cancel_remaining: self.is_cancel_remaining_instances.unwrap_or(false),
                }))
            }
            Some(other) => Err(Problem::invalid(format!(
                "Expected the 'type' of 'result' to be userTask or adHocSubProcess, but got '{}'.",
                quote(other)
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_listener_has_its_say() {
        let read = |json: &str| parse::<ResultRequest>(json.as_bytes())?.read();
        let json = r#"{"type":"userTask","denied":true,"deniedReason":"too late"}"#;
        let Ok(JobResult::UserTask {
            denied: true,
            reason: Some(_),
            corrections,
        }) = read(json)
        else {
            panic!("{json}");
        };
        assert!(corrections.is_empty());
        let json = r#"{"corrections":{"assignee":"ada"}}"#;
        let Ok(JobResult::UserTask {
            denied: false,
            reason: None,
            corrections,
        }) = read(json)
        else {
            panic!("{json}");
        };
        assert_eq!(corrections.assignee, Some(Some("ada".into())));
        for json in [
            r#"{"type":"weather"}"#,
            r#"{"denied":"yes"}"#,
            r#"{"corrections":{"priority":-1}}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_leader_of_an_ad_hoc_subprocess_chooses() {
        let read = |json: &str| parse::<ResultRequest>(json.as_bytes())?.read();
        let json = r#"{"type":"adHocSubProcess","isCancelRemainingInstances":true,
            "activateElements":[{"elementId":"a","variables":{"x":1}},{"elementId":"b"}]}"#;
        let Ok(JobResult::AdHoc(result)) = read(json) else {
            panic!("{json}");
        };
        let chosen: Vec<_> = result
            .elements
            .iter()
            .map(|(id, v)| (&**id, v.len()))
            .collect();
        assert_eq!(chosen, [("a", 1), ("b", 0)]);
        assert!(result.cancel_remaining && !result.is_fulfilled);
        for json in [
            r#"{"type":"adHocSubProcess","activateElements":[{}]}"#,
            r#"{"type":"adHocSubProcess","activateElements":[{"elementId":""}]}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
