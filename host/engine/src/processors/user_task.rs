//! User tasks: assigned, changed and completed by people. Where listeners come in between, the
//! reply says so: they may still deny it.

use std::sync::Arc;

use super::Request;
use super::suspension::check_goes_on;
use crate::command::{
    AssignUserTask, CompleteUserTask, TaskAnswer, UnassignUserTask, UpdateUserTask,
};
use crate::context::{Active, Context};
use crate::definition::time::{TaskDate, Written};
use crate::elements::user_task::begin;
use crate::entities::user_task::{TaskChanges, TaskState, Transition, UserTask};
use crate::key::*;
use crate::limits::{MAX_CANDIDATES, MAX_NAME_BYTES, MAX_TASK_PRIORITY};
use crate::rejection::{Rejection, RejectionKind};
use crate::shown::shown_text;
use crate::variables::Document;

impl Request for AssignUserTask {
    type Answer = TaskAnswer;

    fn process(self, ctx: &mut Context<'_>) -> Result<TaskAnswer, Rejection> {
        assign(
            ctx,
            self.task,
            &self.assignee,
            self.allow_override,
            self.action,
        )
    }
}

impl Request for UnassignUserTask {
    type Answer = TaskAnswer;

    fn process(self, ctx: &mut Context<'_>) -> Result<TaskAnswer, Rejection> {
        unassign(ctx, self.task, self.action)
    }
}

impl Request for UpdateUserTask {
    type Answer = TaskAnswer;

    fn process(self, ctx: &mut Context<'_>) -> Result<TaskAnswer, Rejection> {
        update(ctx, self.task, self.changes, self.action)
    }
}

impl Request for CompleteUserTask {
    type Answer = TaskAnswer;

    fn process(self, ctx: &mut Context<'_>) -> Result<TaskAnswer, Rejection> {
        complete(ctx, self.task, self.variables, self.action)
    }
}

/// A task that is nobody's turn but the people's.
fn open(ctx: &mut Context<'_>, key: UserTaskKey) -> Result<(Arc<UserTask>, Active), Rejection> {
    let task = ctx
        .state
        .user_tasks
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("user task", key))?;
    ctx.workable(task.instance)?;
    if task.state != TaskState::Created {
        return Err(Rejection::state(format!(
            "Expected user task {key} to be in state CREATED, but it is {}: its listeners are at work. Try again when they are done.",
            task.state.name()
        )));
    }
    let active = ctx.active(task.instance, task.element_instance);
    let active =
        active.ok_or_else(|| Rejection::not_found("element instance of user task", key))?;
    if ctx.is_ending(&active) {
        return Err(Rejection::state(format!(
            "Expected user task {key} to be open, but its element is being ended."
        )));
    }
    Ok((task, active))
}

/// What the client calls what it does.
fn named(action: Option<String>, usual: &str) -> Result<Arc<str>, Rejection> {
    let action = action.filter(|action| !action.is_empty());
    check_length("an action", action.as_deref().unwrap_or_default())?;
    Ok(action.map_or_else(|| usual.into(), Into::into))
}

fn check_length(what: &str, text: &str) -> Result<(), Rejection> {
    if text.len() > MAX_NAME_BYTES {
        return Err(Rejection::invalid(format!(
            "Expected {what} of at most {MAX_NAME_BYTES} bytes, but got {} bytes.",
            text.len()
        )));
    }
    Ok(())
}

fn assign(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    assignee: &str,
    allow_override: bool,
    action: Option<String>,
) -> Result<TaskAnswer, Rejection> {
    let (task, active) = open(ctx, key)?;
    if assignee.trim().is_empty() {
        return Err(Rejection::invalid(
            "Expected an assignee, but it is empty. To take the task back, remove its assignee.",
        ));
    }
    check_length("an assignee", assignee)?;
    if let Some(present) = task
        .assignee
        .as_ref()
        .filter(|present| !allow_override && ***present != *assignee)
    {
        return Err(Rejection::state(format!(
            "Expected user task {key} to have no assignee, but '{present}' has it. Allow overriding, or remove the assignee first."
        )));
    }
    let action = named(action, if allow_override { "assign" } else { "claim" })?;
    give(ctx, &task, &active, Some(assignee.into()), action)
}

fn unassign(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    action: Option<String>,
) -> Result<TaskAnswer, Rejection> {
    let (task, active) = open(ctx, key)?;
    let action = named(action, "unassign")?;
    give(ctx, &task, &active, None, action)
}

fn give(
    ctx: &mut Context<'_>,
    task: &UserTask,
    active: &Active,
    assignee: Option<Arc<str>>,
    action: Arc<str>,
) -> Result<TaskAnswer, Rejection> {
    let changes = TaskChanges {
        assignee: Some(assignee),
        ..TaskChanges::default()
    };
    let transition = Transition {
        action,
        changes,
        ..Transition::default()
    };
    Ok(begin(ctx, active, task, TaskState::Assigning, transition))
}

fn update(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    changes: TaskChanges,
    action: Option<String>,
) -> Result<TaskAnswer, Rejection> {
    let (task, active) = open(ctx, key)?;
    if changes.assignee.is_some() {
        return Err(Rejection::invalid(
            "Expected changes of anything but the assignee. To change that, assign the task.",
        ));
    }
    if changes.is_empty() && action.as_ref().is_none_or(String::is_empty) {
        return Err(Rejection::invalid(
            "Expected changes or an action, but got neither.",
        ));
    }
    let changes = checked(changes)?;
    let transition = Transition {
        action: named(action, "update")?,
        changes,
        ..Transition::default()
    };
    Ok(begin(ctx, &active, &task, TaskState::Updating, transition))
}

fn complete(
    ctx: &mut Context<'_>,
    key: UserTaskKey,
    variables: Document,
    action: Option<String>,
) -> Result<TaskAnswer, Rejection> {
    let (task, active) = open(ctx, key)?;
    check_goes_on(ctx, task.instance)?;
    let transition = Transition {
        action: named(action, "complete")?,
        variables,
        ..Transition::default()
    };
    Ok(begin(
        ctx,
        &active,
        &task,
        TaskState::Completing,
        transition,
    ))
}

/// The changes as a task keeps them; refuses what a task cannot say about itself.
pub(super) fn checked(mut changes: TaskChanges) -> Result<TaskChanges, Rejection> {
    if let Some(priority) = changes
        .priority
        .filter(|priority| *priority > MAX_TASK_PRIORITY)
    {
        return Err(Rejection::invalid(format!(
            "Expected a priority from 0 to {MAX_TASK_PRIORITY}, but got {priority}."
        )));
    }
    for date in [&mut changes.due_date, &mut changes.follow_up_date] {
        if let Some(Some(date)) = date {
            let read = TaskDate::read(date.trim()).map_err(|fault| {
                let found = shown_text(date);
                let because = if fault.is_empty() {
                    fault
                } else {
                    format!(" ({fault})")
                };
                let expected = TaskDate::EXPECTED;
                Rejection::invalid(format!("Expected {expected}, but got {found}{because}."))
            })?;
            *date = read.0;
        }
    }
    if let Some(Some(assignee)) = &changes.assignee {
        check_length("an assignee", assignee)?;
    }
    let candidates = [&changes.candidate_groups, &changes.candidate_users];
    for names in candidates.into_iter().flatten() {
        if names.len() > MAX_CANDIDATES {
            return Err(Rejection::new(
                RejectionKind::LimitExceeded,
                format!(
                    "Expected at most {MAX_CANDIDATES} candidates, but got {}. Use a group.",
                    names.len()
                ),
            ));
        }
        for name in names {
            check_length("a candidate", name)?;
        }
    }
    Ok(changes)
}
