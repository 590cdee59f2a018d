//! Applies events of elements that repeat and of those that do their work in parts.

use std::sync::Arc;

use gardesh_feel::Value;

use crate::key::*;
use crate::state::State;
use crate::state::due;
use crate::state::instance::Rest;
use crate::state::repetition::Deferred;

pub(super) fn collected(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    scope: ElementInstanceKey,
    name: &Arc<str>,
    index: u32,
    value: &Value,
) {
    let key = (tenant, instance, scope, Arc::clone(name));
    state.variables.update(&key, |variable| {
        if let Value::List(list) = &mut variable.value {
            let index = index as usize;
            if index < list.len() {
                list.replace(index, value.clone());
            } else {
                list.push(value.clone());
            }
        }
    });
}

pub(super) fn rest_decided(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    key: ElementInstanceKey,
    rest: Rest,
) {
    state
        .elements
        .update(&(tenant, instance, key), |row| row.rest = rest);
}

/// It goes on at once, but in a command of its own.
pub(super) fn deferred(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    instance: InstanceKey,
    key: ElementInstanceKey,
    after: ElementInstanceKey,
) {
    unlist(state, tenant, key);
    state.due.put((at_ms, due::ELEMENT, key.0), tenant);
    state.deferred.put(
        (tenant, key),
        Deferred {
            instance,
            since_ms: at_ms,
            after,
        },
    );
    state
        .elements
        .update(&(tenant, instance, key), |row| row.deferred = true);
}

pub(super) fn resumed(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    key: ElementInstanceKey,
) {
    unlist(state, tenant, key);
    state
        .elements
        .update(&(tenant, instance, key), |row| row.deferred = false);
}

/// Takes an element off the list of those that go on.
pub(super) fn unlist(state: &mut State, tenant: TenantId, key: ElementInstanceKey) {
    if let Some(deferred) = state.deferred.get(&(tenant, key)) {
        state.due.remove(&(deferred.since_ms, due::ELEMENT, key.0));
        state.deferred.remove(&(tenant, key));
    }
}
