//! Applies events of elements that repeat.

use std::sync::Arc;

use gardesh_feel::Value;

use super::RepetitionEvent;
use crate::entities::element_instance::Rest;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &RepetitionEvent) {
    match event {
        RepetitionEvent::ItemsFixed { key, items, .. } => {
            state.items.put((tenant, *key), items.clone())
        }
        RepetitionEvent::ResultCollected {
            instance,
            scope,
            name,
            index,
            value,
        } => collected(state, tenant, *instance, *scope, name, *index, value),
        RepetitionEvent::RestDecided {
            instance,
            key,
            rest,
        } => rest_decided(state, tenant, *instance, *key, *rest),
        RepetitionEvent::Deferred { instance, key } => {
            deferred(state, tenant, *instance, *key, true);
        }
        RepetitionEvent::Resumed { instance, key } => {
            deferred(state, tenant, *instance, *key, false);
        }
    }
}

pub(in crate::entities) fn collected(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
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

pub(in crate::entities) fn rest_decided(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    rest: Rest,
) {
    state
        .elements
        .update(&(tenant, instance, key), |row| row.rest = rest);
}

/// A step is on its way, or not any more, that begins more runs of an element.
pub(in crate::entities) fn deferred(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    deferred: bool,
) {
    state
        .elements
        .update(&(tenant, instance, key), |row| row.deferred = deferred);
}
