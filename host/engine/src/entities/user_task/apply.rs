//! Applies events of user tasks.

use std::sync::Arc;

use super::UserTaskEvent;
use crate::entities::element_instance::Work;
use crate::entities::user_task::{TaskChanges, TaskState, Transition, UserTask};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &UserTaskEvent) {
    match event {
        UserTaskEvent::Created { task } => created(state, tenant, task),
        UserTaskEvent::Assigned { task, assignee, .. } => assigned(state, tenant, *task, assignee),
        UserTaskEvent::Completed { task, .. } => completed(state, tenant, *task),
        UserTaskEvent::Canceled { task, .. } => gone(state, tenant, *task),
        UserTaskEvent::TransitionStarted {
            task,
            state: entered,
            transition,
            ..
        } => transition_started(state, tenant, *task, *entered, transition),
        UserTaskEvent::Corrected {
            task, corrections, ..
        } => corrected(state, tenant, *task, corrections),
        UserTaskEvent::TransitionDenied { task, .. } => denied(state, tenant, *task),
        UserTaskEvent::Opened { task, changes, .. }
        | UserTaskEvent::Updated { task, changes, .. } => changed(state, tenant, *task, changes),
    }
}

pub(in crate::entities) fn created(state: &mut State, tenant: TenantId, task: &Arc<UserTask>) {
    let element = (tenant, task.instance, task.element_instance);
    state
        .elements
        .update(&element, |row| row.work = Some(Work::UserTask(task.key)));
    state.user_tasks.put((tenant, task.key), Arc::clone(task));
}

pub(in crate::entities) fn assigned(
    state: &mut State,
    tenant: TenantId,
    key: UserTaskKey,
    assignee: &Option<Arc<str>>,
) {
    state.user_tasks.update(&(tenant, key), |task| {
        task.assignee.clone_from(assignee);
        settle(task);
    });
}

/// A transition is over, one way or the other.
fn settle(task: &mut UserTask) {
    task.state = TaskState::Created;
    task.transition = None;
}

pub(in crate::entities) fn transition_started(
    state: &mut State,
    tenant: TenantId,
    key: UserTaskKey,
    entered: TaskState,
    transition: &Transition,
) {
    state.user_tasks.update(&(tenant, key), |task| {
        task.state = entered;
        task.transition = Some(Box::new(transition.clone()));
    });
}

pub(in crate::entities) fn listener_done(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    state.user_tasks.update(&(tenant, key), |task| {
        if let Some(transition) = &mut task.transition {
            transition.done += 1;
        }
    });
}

pub(in crate::entities) fn corrected(
    state: &mut State,
    tenant: TenantId,
    key: UserTaskKey,
    corrections: &TaskChanges,
) {
    state.user_tasks.update(&(tenant, key), |task| {
        if let Some(transition) = &mut task.transition {
            let earlier = std::mem::take(&mut transition.changes);
            transition.changes = earlier.and(corrections);
        }
    });
}

pub(in crate::entities) fn denied(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    state.user_tasks.update(&(tenant, key), settle);
}

pub(in crate::entities) fn changed(
    state: &mut State,
    tenant: TenantId,
    key: UserTaskKey,
    changes: &TaskChanges,
) {
    state.user_tasks.update(&(tenant, key), |task| {
        task.change(changes);
        settle(task);
    });
}

pub(in crate::entities) fn completed(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    if let Some(task) = state.user_tasks.get(&(tenant, key)) {
        state
            .instances
            .update(&(tenant, task.instance), |row| row.user_tasks += 1);
    }
    gone(state, tenant, key);
}

pub(in crate::entities) fn gone(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    let Some(task) = state.user_tasks.get(&(tenant, key)) else {
        return;
    };
    state.user_tasks.remove(&(tenant, key));
    let element = (tenant, task.instance, task.element_instance);
    state.elements.update(&element, |row| row.work = None);
}
