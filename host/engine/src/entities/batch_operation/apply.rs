//! Applies events of batch operations. One that is running is due at once, so that each tick
//! does a piece of it; one that collects items is due when they should all be there.

use std::sync::Arc;

use super::BatchOperationEvent;
use crate::entities::batch_operation::{Batch, BatchFailure, BatchItem, BatchState};
use crate::entities::due::Due;
use crate::key::*;
use crate::limits::{MAX_BATCH_FAILURES_KEPT, MAX_COLLECTING_MS};
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &BatchOperationEvent,
) {
    match event {
        BatchOperationEvent::Created { batch } => created(state, tenant, batch),
        BatchOperationEvent::ItemsAdded { batch, items } => {
            items_added(state, tenant, *batch, items)
        }
        BatchOperationEvent::Started { batch } | BatchOperationEvent::Resumed { batch } => {
            running(state, tenant, *batch)
        }
        BatchOperationEvent::Suspended { batch } => suspended(state, tenant, *batch),
        BatchOperationEvent::ItemFailed { batch, failure } => {
            item_failed(state, tenant, *batch, failure)
        }
        BatchOperationEvent::Advanced {
            batch,
            taken,
            failed,
        } => advanced(state, tenant, *batch, *taken, *failed),
        BatchOperationEvent::Canceled { batch, .. }
        | BatchOperationEvent::Completed { batch, .. } => ended(state, tenant, at_ms, *batch),
    }
}

pub(in crate::entities) fn created(state: &mut State, tenant: TenantId, batch: &Arc<Batch>) {
    state.batches.put((tenant, batch.key), Arc::clone(batch));
    be_due(state, tenant, batch.key);
}

/// Chunks are listed by the number of their first item.
pub(in crate::entities) fn items_added(
    state: &mut State,
    tenant: TenantId,
    key: BatchOperationKey,
    items: &Arc<Vec<BatchItem>>,
) {
    let Some(batch) = state.batches.get(&(tenant, key)) else {
        return;
    };
    state
        .batch_items
        .put((tenant, key, batch.total), (**items).clone());
    state.batches.update(&(tenant, key), |row| {
        row.total += items.len() as u64;
    });
}

pub(in crate::entities) fn running(state: &mut State, tenant: TenantId, key: BatchOperationKey) {
    be_due_no_more(state, tenant, key);
    change_state(state, tenant, key, BatchState::Running);
    be_due(state, tenant, key);
}

pub(in crate::entities) fn suspended(state: &mut State, tenant: TenantId, key: BatchOperationKey) {
    be_due_no_more(state, tenant, key);
    change_state(state, tenant, key, BatchState::Suspended);
}

pub(in crate::entities) fn item_failed(
    state: &mut State,
    tenant: TenantId,
    key: BatchOperationKey,
    failure: &BatchFailure,
) {
    state.batches.update(&(tenant, key), |row| {
        if row.failures.len() < MAX_BATCH_FAILURES_KEPT {
            row.failures.push(failure.clone());
        }
    });
}

/// So many of its items were taken, and so many of them failed.
pub(in crate::entities) fn advanced(
    state: &mut State,
    tenant: TenantId,
    key: BatchOperationKey,
    taken: u64,
    failed: u64,
) {
    state.batches.update(&(tenant, key), |row| {
        row.done += taken - failed;
        row.failed += failed;
    });
    let mut left = taken;
    while left > 0 {
        // One at a time: there may be a thousand of them.
        let Some((place, chunk)) = state.batch_items.first_under((tenant, key), 1).pop() else {
            return;
        };
        state.batch_items.remove(&place);
        let count = chunk.len() as u64;
        if left < count {
            let rest = chunk
                .iter()
                .skip(usize::try_from(left).unwrap_or(usize::MAX));
            let rest: Vec<BatchItem> = rest.copied().collect();
            state.batch_items.put((tenant, key, place.2 + left), rest);
            return;
        }
        left -= count;
    }
}

pub(in crate::entities) fn ended(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    key: BatchOperationKey,
) {
    be_due_no_more(state, tenant, key);
    for (place, _) in state.batch_items.under((tenant, key)) {
        state.batch_items.remove(&place);
    }
    state.batches.remove(&(tenant, key));
    state.ended_batches.put((tenant, at_ms, key), ());
}

fn change_state(state: &mut State, tenant: TenantId, key: BatchOperationKey, to: BatchState) {
    state.batches.update(&(tenant, key), |row| row.state = to);
}

fn be_due(state: &mut State, tenant: TenantId, key: BatchOperationKey) {
    if let Some(due) = due_of(state, tenant, key) {
        state.due.put(due, tenant);
    }
}

fn be_due_no_more(state: &mut State, tenant: TenantId, key: BatchOperationKey) {
    if let Some(due) = due_of(state, tenant, key) {
        state.due.remove(&due);
    }
}

/// When it is due in the state that it is in.
fn due_of(state: &State, tenant: TenantId, key: BatchOperationKey) -> Option<(u64, Due)> {
    let batch = state.batches.get(&(tenant, key))?;
    let at_ms = match batch.state {
        BatchState::Collecting => batch.created_at_ms.saturating_add(MAX_COLLECTING_MS),
        BatchState::Running => batch.created_at_ms,
        BatchState::Suspended => return None,
    };
    Some((at_ms, Due::BatchOperation(key)))
}
