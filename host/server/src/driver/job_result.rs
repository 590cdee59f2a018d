//! Between the sandbox and the engine: what a component is told of the job that it is called
//! for, and what it says about it besides variables.

use std::sync::Arc;

use gardesh_engine::command::{AdHocResult, JobResult};
use gardesh_engine::entities::job;
use gardesh_engine::entities::user_task::{Prospect, TaskChanges};
use gardesh_engine::invocation::StepInvocation;
use gardesh_engine::rejection::Rejection;
use gardesh_engine::variables::parse_document;
use gardesh_runtime::{
    Corrections, JobContext, JobKind, JobResult as Said, ListenerEvent, UserTaskProperties,
};

/// What the job of an invocation is for.
pub(super) fn context(invocation: &StepInvocation) -> JobContext {
    JobContext {
        kind: match invocation.job.kind {
            job::JobKind::BpmnElement => JobKind::BpmnElement,
            job::JobKind::ExecutionListener => JobKind::ExecutionListener,
            job::JobKind::TaskListener => JobKind::TaskListener,
            job::JobKind::AdHocSubProcess => JobKind::AdHocSubProcess,
        },
        listener_event: invocation.job.listener_event.map(listener_event),
        user_task: invocation.user_task.as_ref().map(user_task),
    }
}

fn listener_event(event: job::ListenerEvent) -> ListenerEvent {
    match event {
        job::ListenerEvent::Start => ListenerEvent::Start,
        job::ListenerEvent::End => ListenerEvent::End,
        job::ListenerEvent::Cancel => ListenerEvent::Cancel,
        job::ListenerEvent::Creating => ListenerEvent::Creating,
        job::ListenerEvent::Assigning => ListenerEvent::Assigning,
        job::ListenerEvent::Updating => ListenerEvent::Updating,
        job::ListenerEvent::Completing => ListenerEvent::Completing,
        job::ListenerEvent::Canceling => ListenerEvent::Canceling,
    }
}

fn user_task(prospect: &Prospect) -> UserTaskProperties {
    let task = &prospect.task;
    let text = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
    let names = |names: &[Arc<str>]| names.iter().map(ToString::to_string).collect();
    UserTaskProperties {
        key: task.key.0,
        action: prospect.action.to_string(),
        assignee: text(&task.assignee),
        candidate_groups: names(&task.candidate_groups),
        candidate_users: names(&task.candidate_users),
        changed_attributes: prospect.changed.iter().map(ToString::to_string).collect(),
        due_date: text(&task.due_date),
        follow_up_date: text(&task.follow_up_date),
        form_key: task.form.map(|form| form.0),
        priority: task.priority,
    }
}

/// What a component said about its job, as the engine knows it. Whether the job can have
/// such a result is for the engine to say.
///
/// # Errors
/// When variables are beyond what the engine takes.
pub(super) fn result(said: Said) -> Result<JobResult, Rejection> {
    Ok(match said {
        Said::UserTask {
            denied,
            corrections,
        } => JobResult::UserTask {
            denied: denied.is_some(),
            reason: denied.filter(|reason| !reason.is_empty()),
            corrections: changes(corrections),
        },
        Said::AdHocSubProcess {
            elements,
            is_fulfilled,
            cancel_remaining,
        } => {
            let elements = elements.into_iter().map(|element| {
                let variables = parse_document(&element.variables)?;
                Ok((element.element_id, variables))
            });
            JobResult::AdHoc(AdHocResult {
                elements: elements.collect::<Result<_, Rejection>>()?,
                is_fulfilled,
                cancel_remaining,
            })
        }
    })
}

/// An empty text takes a value away, as over REST.
fn changes(corrections: Corrections) -> TaskChanges {
    let text = |text: Option<String>| text.map(|text| (!text.is_empty()).then(|| Arc::from(text)));
    let names = |names: Option<Vec<String>>| {
        names.map(|names| names.into_iter().map(Arc::from).collect::<Vec<Arc<str>>>())
    };
    TaskChanges {
        assignee: text(corrections.assignee),
        candidate_groups: names(corrections.candidate_groups),
        candidate_users: names(corrections.candidate_users),
        due_date: text(corrections.due_date),
        follow_up_date: text(corrections.follow_up_date),
        priority: corrections.priority,
    }
}

#[cfg(test)]
mod tests {
    use gardesh_runtime::ChosenElement;

    use super::*;

    #[test]
    fn a_verdict_is_what_a_worker_could_have_said() {
        let said = Said::UserTask {
            denied: None,
            corrections: Corrections {
                assignee: Some(String::new()),
                candidate_groups: Some(vec!["clerks".into()]),
                due_date: Some("2030-01-31T08:00:00Z".into()),
                ..Corrections::default()
            },
        };
        let Ok(JobResult::UserTask {
            denied: false,
            reason: None,
            corrections,
        }) = result(said)
        else {
            panic!("nothing was denied");
        };
        let expected = TaskChanges {
            assignee: Some(None),
            candidate_groups: Some(vec!["clerks".into()]),
            due_date: Some(Some("2030-01-31T08:00:00Z".into())),
            ..TaskChanges::default()
        };
        assert_eq!(corrections, expected);
    }

    #[test]
    fn a_denial_need_not_have_a_reason() {
        for (said, expected) in [("", None), ("no", Some("no"))] {
            let said = Said::UserTask {
                denied: Some(said.into()),
                corrections: Corrections::default(),
            };
            let Ok(JobResult::UserTask {
                denied: true,
                reason,
                ..
            }) = result(said)
            else {
                panic!("it was denied");
            };
            assert_eq!(reason.as_deref(), expected);
        }
    }

    #[test]
    fn a_choice_brings_variables_that_the_engine_takes() {
        let choice = |variables: &str| Said::AdHocSubProcess {
            elements: vec![ChosenElement {
                element_id: "a".into(),
                variables: variables.into(),
            }],
            is_fulfilled: false,
            cancel_remaining: true,
        };
        let Ok(JobResult::AdHoc(chosen)) = result(choice(r#"{"x":1}"#)) else {
            panic!("it was chosen");
        };
        assert_eq!(
            (&*chosen.elements[0].0, chosen.elements[0].1.len()),
            ("a", 1)
        );
        assert!(chosen.cancel_remaining && !chosen.is_fulfilled);
        assert!(result(choice("[]")).is_err());
    }
}
