//! User tasks: assigned and completed by people.

use std::sync::Arc;

use super::suspension::check_goes_on;
use crate::context::{Context, Step};
use crate::effect::Reply;
use crate::elements::mapping::hand_over;
use crate::event::Event;
use crate::key::*;
use crate::rejection::Rejection;
use crate::state::user_task::UserTask;
use crate::variables::Document;

fn open(ctx: &mut Context<'_>, key: UserTaskKey) -> Result<Arc<UserTask>, Rejection> {
    let task = ctx
        .state
        .user_tasks
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("user task", key))?;
    ctx.workable(task.instance)?;
    Ok(task)
}

pub(super) fn assign(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    assignee: &str,
    allow_override: bool,
) -> Result<Reply, Rejection> {
    let task = open(ctx, key)?;
    if assignee.trim().is_empty() {
        return Err(Rejection::invalid(
            "Expected an assignee, but it is empty. To take the task back, remove its assignee.",
        ));
    }
    if let Some(present) = task
        .assignee
        .as_ref()
        .filter(|present| !allow_override && ***present != *assignee)
    {
        return Err(Rejection::state(format!(
            "Expected user task {key} to have no assignee, but '{present}' has it. Allow overriding, or remove the assignee first."
        )));
    }
    ctx.emit(Event::UserTaskAssigned {
        instance: task.instance,
        task: key,
        assignee: Some(assignee.into()),
    });
    Ok(Reply::Done)
}

pub(super) fn unassign(ctx: &mut Context<'_>, key: UserTaskKey) -> Result<Reply, Rejection> {
    let task = open(ctx, key)?;
    ctx.emit(Event::UserTaskAssigned {
        instance: task.instance,
        task: key,
        assignee: None,
    });
    Ok(Reply::Done)
}

pub(super) fn complete(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    variables: &Document,
) -> Result<Reply, Rejection> {
    let task = open(ctx, key)?;
    check_goes_on(ctx, task.instance)?;
    let active = ctx.active(task.instance, task.element_instance);
    let active =
        active.ok_or_else(|| Rejection::not_found("element instance of user task", key))?;
    ctx.emit(Event::UserTaskCompleted {
        instance: task.instance,
        task: key,
    });
    hand_over(ctx, &active, variables);
    ctx.then(Step::Complete {
        instance: task.instance,
        element: task.element_instance,
    });
    Ok(Reply::Done)
}
