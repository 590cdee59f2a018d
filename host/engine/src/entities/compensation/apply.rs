//! Applies events of compensation. A completed activity is listed in its flow scope; when
//! its compensation is thrown, it is listed with the event that throws.

use std::sync::Arc;

use super::CompensationEvent;
use crate::entities::compensation::Compensation;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &CompensationEvent) {
    match event {
        CompensationEvent::Subscribed {
            instance,
            compensation,
        } => subscribed(state, tenant, *instance, compensation),
        CompensationEvent::Triggered {
            instance,
            scope,
            compensation,
            thrower,
        } => {
            triggered(state, tenant, *instance, *scope, *compensation, *thrower);
        }
        CompensationEvent::Started {
            instance,
            thrower,
            compensation,
            handler,
        } => {
            started(state, tenant, *instance, *thrower, *compensation, *handler);
        }
        CompensationEvent::Dropped { instance, scope } => {
            dropped(state, tenant, *instance, *scope);
        }
    }
}

pub(in crate::entities) fn subscribed(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    compensation: &Arc<Compensation>,
) {
    hold(state, tenant, instance, compensation.scope);
    state
        .instances
        .update(&(tenant, instance), |row| row.compensations += 1);
    state.compensations.put(
        (tenant, instance, compensation.scope, compensation.key),
        Arc::clone(compensation),
    );
}

pub(in crate::entities) fn triggered(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    key: CompensationKey,
    thrower: ElementInstanceKey,
) {
    let Some(row) = state.compensations.get(&(tenant, instance, scope, key)) else {
        return;
    };
    unlist(state, tenant, instance, &row);
    if row.handler.is_some() {
        hold(state, tenant, instance, thrower);
        let place = (tenant, instance, thrower, latest_first(key));
        state.undoing.put(place, Arc::clone(&row));
    }
    if let Some(inside) = &row.inside {
        hold(state, tenant, instance, thrower);
        let place = (tenant, instance, thrower, inside.key);
        state.undoing_inside.put(place, row);
    }
}

pub(in crate::entities) fn started(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    thrower: ElementInstanceKey,
    key: CompensationKey,
    handler: ElementInstanceKey,
) {
    let place = (tenant, instance, thrower, latest_first(key));
    let undone = state.undoing.get(&place);
    state.undoing.remove(&place);
    release(state, tenant, instance, thrower);
    state.elements.update(&(tenant, instance, handler), |row| {
        row.undo.thrower = Some(thrower);
        row.undo.inside = undone.and_then(|row| row.inside.as_ref().map(|inside| inside.key));
    });
}

/// Nothing of what was completed in a scope is undone any more.
pub(in crate::entities) fn dropped(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) {
    let mut scopes = vec![scope];
    while let Some(scope) = scopes.pop() {
        for (_, row) in state.compensations.under((tenant, instance, scope)) {
            scopes.extend(row.inside.as_ref().map(|inside| inside.key));
            unlist(state, tenant, instance, &row);
        }
    }
}

/// An event that throws compensation is left; nothing waits with it any more.
pub(in crate::entities) fn left(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    thrower: ElementInstanceKey,
) {
    for (key, _) in state.undoing.under((tenant, instance, thrower)) {
        state.undoing.remove(&key);
    }
    for (key, _) in state.undoing_inside.under((tenant, instance, thrower)) {
        state.undoing_inside.remove(&key);
    }
}

/// The case has ended.
pub(in crate::entities) fn ended(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) {
    for (key, _) in state.compensations.under((tenant, instance)) {
        state.compensations.remove(&key);
    }
}

fn hold(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    holder: ElementInstanceKey,
) {
    state
        .elements
        .update(&(tenant, instance, holder), |row| row.undo.held += 1);
}

/// The scope of a completed activity may be gone by now.
fn release(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    holder: ElementInstanceKey,
) {
    state
        .elements
        .update(&(tenant, instance, holder), |row| row.undo.held -= 1);
}

fn unlist(state: &mut State, tenant: TenantId, instance: ProcessInstanceKey, row: &Compensation) {
    release(state, tenant, instance, row.scope);
    state
        .instances
        .update(&(tenant, instance), |row| row.compensations -= 1);
    state
        .compensations
        .remove(&(tenant, instance, row.scope, row.key));
}

/// What was completed last is undone first.
fn latest_first(key: CompensationKey) -> u64 {
    u64::MAX - key.0
}
