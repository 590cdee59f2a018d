//! Applies events of how long history is kept.

use super::RetentionEvent;
use crate::entities::due::Due;
use crate::entities::process_instance::apply::forget_start_key;
use crate::entities::retention::Retention;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &RetentionEvent,
) {
    match event {
        RetentionEvent::Set { history_ms } => retention_set(state, tenant, at_ms, *history_ms),
        RetentionEvent::Applied { next } => retention_applied(state, tenant, *next),
        RetentionEvent::HistoryDue { definition, due_ms } => {
            due(state, tenant, *definition, *due_ms)
        }
        RetentionEvent::HistoryExpired {
            instance,
            definition,
            ended_at_ms,
        } => expired(state, tenant, *instance, *definition, *ended_at_ms),
        RetentionEvent::BatchHistoryDue { due_ms } => batches_due(state, tenant, *due_ms),
        RetentionEvent::BatchExpired { batch, ended_at_ms } => {
            state.ended_batches.remove(&(tenant, *ended_at_ms, *batch));
        }
    }
}

/// The definitions are reached from the first one on, at once.
pub(in crate::entities) fn retention_set(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    history_ms: Option<u64>,
) {
    unlist(state, tenant);
    let row = Retention {
        history_ms,
        set_at_ms: at_ms,
        next: Some(ProcessDefinitionKey(0)),
    };
    state.retention.put(tenant, row);
    let due = (at_ms, Due::Retention(tenant));
    state.due.put(due, tenant);
}

pub(in crate::entities) fn retention_applied(
    state: &mut State,
    tenant: TenantId,
    next: Option<ProcessDefinitionKey>,
) {
    if next.is_none() {
        unlist(state, tenant);
    }
    state.retention.update(&tenant, |row| row.next = next);
}

fn unlist(state: &mut State, tenant: TenantId) {
    if let Some(row) = state.retention.get(&tenant) {
        let due = (row.set_at_ms, Due::Retention(tenant));
        state.due.remove(&due);
    }
}

pub(in crate::entities) fn due(
    state: &mut State,
    tenant: TenantId,
    definition: ProcessDefinitionKey,
    due_ms: Option<u64>,
) {
    let key = (tenant, definition);
    if let Some(before) = state.history_due.get(&key) {
        state.due.remove(&(*before, Due::History(definition)));
    }
    match due_ms {
        Some(due_ms) => {
            state.due.put((due_ms, Due::History(definition)), tenant);
            state.history_due.put(key, due_ms);
        }
        None => state.history_due.remove(&key),
    }
}

pub(in crate::entities) fn batches_due(state: &mut State, tenant: TenantId, due_ms: Option<u64>) {
    let _number = u64::from(tenant.0);
    if let Some(before) = state.batch_history_due.get(&tenant) {
        state
            .due
            .remove(&(*before, Due::BatchOperationHistory(tenant)));
    }
    match due_ms {
        Some(due_ms) => {
            state
                .due
                .put((due_ms, Due::BatchOperationHistory(tenant)), tenant);
            state.batch_history_due.put(tenant, due_ms);
        }
        None => state.batch_history_due.remove(&tenant),
    }
}

pub(in crate::entities) fn expired(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    definition: ProcessDefinitionKey,
    ended_at_ms: u64,
) {
    let ended = (tenant, definition, ended_at_ms, instance);
    state.ended_by_definition.remove(&ended);
    state.definitions_of_ended.remove(&(tenant, instance));
    forget_start_key(state, tenant, instance);
}
