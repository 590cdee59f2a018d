//! A step that looks at what it is called for: it corrects whom a user task is assigned to,
//! denies a completion without approval, leads an ad-hoc subprocess, and in other work gives a
//! verdict that nobody asked for.

use gardesh::context::{self, JobKind, ListenerEvent};
use gardesh::verdict::Corrections;
use gardesh::{Nothing, StepError, ad_hoc, verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variables of the case, as far as they matter.
#[derive(Deserialize, JsonSchema)]
struct Input {
    /// What a person said as the task was completed.
    approved: Option<bool>,
    /// What the elements of the ad-hoc subprocess found so far.
    #[serde(default)]
    results: Vec<String>,
}

/// The variables that an element of the ad-hoc subprocess is entered with.
#[derive(Serialize)]
struct Visit {
    room: u32,
}

#[gardesh::step(name = "verdict", title = "Speaks its mind")]
fn speak(input: Input) -> Result<Nothing, StepError> {
    match context::kind() {
        JobKind::TaskListener => listen(&input)?,
        JobKind::AdHocSubProcess => lead(&input)?,
        JobKind::ExecutionListener => {}
        JobKind::BpmnElement => verdict::deny("nobody asked"),
    }
    Ok(Nothing {})
}

fn listen(input: &Input) -> Result<(), StepError> {
    let Some(task) = context::user_task() else {
        return Err(StepError::fatal("Expected a user task, but there is none"));
    };
    let assignee = task.assignee.unwrap_or_default();
    match context::listener_event() {
        // Who is away is stood in for, and everybody else is left alone.
        Some(ListenerEvent::Assigning) if assignee == "ada" => {
            verdict::correct(Corrections::new().assignee("grace"));
            verdict::correct(Corrections::new().priority(90));
        }
        Some(ListenerEvent::Completing) if input.approved != Some(true) => {
            verdict::deny(format!("{assignee} has not approved"));
        }
        _ => {}
    }
    Ok(())
}

fn lead(input: &Input) -> Result<(), StepError> {
    if input.results.len() < 2 {
        let room = 7 + input.results.len() as u32;
        return ad_hoc::activate_element("visit", &Visit { room });
    }
    ad_hoc::fulfil_completion_condition();
    Ok(())
}

#[cfg(test)]
mod tests {
    use gardesh::testing;

    use super::*;

    fn input(approved: Option<bool>, results: &[&str]) -> Input {
        Input {
            approved,
            results: results.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn who_is_away_is_stood_in_for() {
        for (assignee, expected) in [
            ("ada", Corrections::new().assignee("grace").priority(90)),
            ("bob", Corrections::new()),
        ] {
            let mut task = testing::user_task(1);
            task.assignee = Some(assignee.into());
            testing::set_task_listener(ListenerEvent::Assigning, task);
            speak(input(None, &[])).expect("speaks");
            assert_eq!(testing::take_verdict().corrections, expected);
        }
    }

    #[test]
    fn the_leader_stops_after_two_visits() {
        testing::set_kind(JobKind::AdHocSubProcess);
        speak(input(None, &["a"])).expect("speaks");
        let choice = testing::take_choice();
        assert_eq!(
            choice.elements,
            [("visit".to_owned(), serde_json::json!({"room": 8}))]
        );
        speak(input(None, &["a", "b"])).expect("speaks");
        assert!(testing::take_choice().is_fulfilled);
    }
}
