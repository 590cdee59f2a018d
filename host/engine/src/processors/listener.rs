//! The outcomes of listeners' jobs: an execution listener may set variables, a listener of a
//! user task may correct or deny what is about to happen.

use std::sync::Arc;

use super::user_task;
use crate::command::JobResult;
use crate::context::{Active, Context};
use crate::effect::Verdict;
use crate::elements::user_task::decided;
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Phase;
use crate::entities::job::Job;
use crate::entities::user_task::{TaskChanges, TaskState, UserTask};
use crate::event::{JobEvent, UserTaskEvent};
use crate::limits::shorten;
use crate::rejection::Rejection;
use crate::variables::Document;

/// An execution listener is done. What one brings at the start is for its element; what one
/// brings at the end is for the scope around it, like output.
pub(super) fn complete_execution(
    ctx: &mut Context<'_>,
    job: &Job,
    active: &Active,
    variables: &Document,
) -> Result<(), Rejection> {
    done(ctx, job);
    let scope = if let Phase::Activating = active.row.phase {
        active.key
    } else {
        active.output_scope()
    };
    ctx.set_variables(job.instance, scope, variables);
    go_on(ctx, active);
    Ok(())
}

/// A listener of a user task is done.
pub(super) fn complete_task(
    ctx: &mut Context<'_>,
    job: &Job,
    active: &Active,
    variables: &Document,
    result: Option<JobResult>,
) -> Result<(), Rejection> {
    let Some(task) = crate::elements::user_task::of(ctx, active) else {
        return Err(Rejection::not_found("user task of job", job.key));
    };
    let (denied, reason, corrections) = match result {
        None => (false, None, TaskChanges::default()),
        Some(JobResult::UserTask {
            denied,
            reason,
            corrections,
        }) => (denied, reason, corrections),
        Some(JobResult::AdHoc(_)) => {
            return Err(Rejection::invalid(format!(
                "Expected the verdict of a user task's listener as the result of job {}, but got the choice of an ad-hoc subprocess.",
                job.key
            )));
        }
    };
    check(&task, variables, denied, &corrections)?;
    let corrections = user_task::checked(corrections)?;
    done(ctx, job);
    if denied {
        let reason: Option<Arc<str>> = reason.map(|reason| shorten(&reason).into());
        ctx.emit(UserTaskEvent::TransitionDenied {
            instance: task.instance,
            task: task.key,
            reason: reason.clone(),
        });
        decided(ctx, task.key, Verdict::Denied(reason));
        return Ok(());
    }
    if !corrections.is_empty() {
        ctx.emit(UserTaskEvent::Corrected {
            instance: task.instance,
            task: task.key,
            corrections: Arc::new(corrections),
        });
    }
    go_on(ctx, active);
    Ok(())
}

/// Refuses a verdict that cannot be carried out, as Zeebe does.
fn check(
    task: &UserTask,
    variables: &Document,
    denied: bool,
    corrections: &TaskChanges,
) -> Result<(), Rejection> {
    let state = task.state.name();
    if !variables.is_empty() {
        return Err(Rejection::invalid(
            "Expected no variables from the listener of a user task, but got some. Let an execution listener set them.",
        ));
    }
    if denied && !corrections.is_empty() {
        return Err(Rejection::invalid(
            "Expected a denial or corrections, but got both. What is denied does not happen, so there is nothing to correct.",
        ));
    }
    if denied && matches!(task.state, TaskState::Creating | TaskState::Canceling) {
        return Err(Rejection::invalid(format!(
            "Expected a denial of what can be denied (ASSIGNING, UPDATING, COMPLETING), but user task {} is {state}.",
            task.key
        )));
    }
    let given = task.transition.as_ref().and_then(|t| t.assign.as_ref());
    if let (Some(assignee), Some(_)) = (given, &corrections.assignee) {
        return Err(Rejection::invalid(format!(
            "Expected no correction of the assignee while user task {} is {state}, because the process gives it to '{assignee}'. Correct it when the task is assigned.",
            task.key
        )));
    }
    Ok(())
}

fn done(ctx: &mut Context<'_>, job: &Job) {
    ctx.emit(JobEvent::Completed {
        instance: job.instance,
        job: job.key,
        attempt: job.attempt,
    });
}

fn go_on(ctx: &mut Context<'_>, active: &Active) {
    ctx.then(Continuation::Listen {
        instance: active.instance,
        element: active.key,
    });
}
