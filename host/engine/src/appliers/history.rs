//! Applies events of how long history is kept.

use crate::key::*;
use crate::state::State;
use crate::state::due;
use crate::state::retention::Retention;

/// The definitions are reached from the first one on, at once.
pub(super) fn retention_set(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    history_ms: Option<u64>,
) {
    unlist(state, tenant);
    let row = Retention {
        history_ms,
        set_at_ms: at_ms,
        next: Some(DefinitionKey(0)),
    };
    state.retention.put(tenant, row);
    let due = (at_ms, due::RETENTION, u64::from(tenant.0));
    state.due.put(due, tenant);
}

pub(super) fn retention_applied(state: &mut State, tenant: TenantId, next: Option<DefinitionKey>) {
    if next.is_none() {
        unlist(state, tenant);
    }
    state.retention.update(&tenant, |row| row.next = next);
}

fn unlist(state: &mut State, tenant: TenantId) {
    if let Some(row) = state.retention.get(&tenant) {
        let due = (row.set_at_ms, due::RETENTION, u64::from(tenant.0));
        state.due.remove(&due);
    }
}

pub(super) fn due(
    state: &mut State,
    tenant: TenantId,
    definition: DefinitionKey,
    due_ms: Option<u64>,
) {
    let key = (tenant, definition);
    if let Some(before) = state.history_due.get(&key) {
        state.due.remove(&(*before, due::HISTORY, definition.0));
    }
    match due_ms {
        Some(due_ms) => {
            state.due.put((due_ms, due::HISTORY, definition.0), tenant);
            state.history_due.put(key, due_ms);
        }
        None => state.history_due.remove(&key),
    }
}

pub(super) fn batches_due(state: &mut State, tenant: TenantId, due_ms: Option<u64>) {
    let number = u64::from(tenant.0);
    if let Some(before) = state.batch_history_due.get(&tenant) {
        state.due.remove(&(*before, due::BATCH_HISTORY, number));
    }
    match due_ms {
        Some(due_ms) => {
            state.due.put((due_ms, due::BATCH_HISTORY, number), tenant);
            state.batch_history_due.put(tenant, due_ms);
        }
        None => state.batch_history_due.remove(&tenant),
    }
}

pub(super) fn expired(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    definition: DefinitionKey,
    ended_at_ms: u64,
) {
    let ended = (tenant, definition, ended_at_ms, instance);
    state.ended_by_definition.remove(&ended);
    state.definitions_of_ended.remove(&(tenant, instance));
}
