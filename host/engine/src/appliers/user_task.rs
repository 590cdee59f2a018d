//! Applies events of user tasks.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::instance::Work;
use crate::state::user_task::UserTask;

pub(super) fn created(state: &mut State, tenant: TenantId, task: &Arc<UserTask>) {
    let element = (tenant, task.instance, task.element_instance);
    state
        .elements
        .update(&element, |row| row.work = Some(Work::UserTask(task.key)));
    state.user_tasks.put((tenant, task.key), Arc::clone(task));
}

pub(super) fn assigned(
    state: &mut State,
    tenant: TenantId,
    key: UserTaskKey,
    assignee: &Option<Arc<str>>,
) {
    state
        .user_tasks
        .update(&(tenant, key), |task| task.assignee.clone_from(assignee));
}

pub(super) fn completed(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    if let Some(task) = state.user_tasks.get(&(tenant, key)) {
        state
            .instances
            .update(&(tenant, task.instance), |row| row.user_tasks += 1);
    }
    gone(state, tenant, key);
}

pub(super) fn gone(state: &mut State, tenant: TenantId, key: UserTaskKey) {
    let Some(task) = state.user_tasks.get(&(tenant, key)) else {
        return;
    };
    state.user_tasks.remove(&(tenant, key));
    let element = (tenant, task.instance, task.element_instance);
    state.elements.update(&element, |row| row.work = None);
}
