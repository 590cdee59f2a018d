//! Applies events of elements that repeat.

use std::sync::Arc;

use gardesh_feel::Value;

use crate::key::*;
use crate::state::State;
use crate::state::instance::Rest;

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

/// A step is on its way, or not any more, that begins more runs of an element.
pub(super) fn deferred(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    key: ElementInstanceKey,
    deferred: bool,
) {
    state
        .elements
        .update(&(tenant, instance, key), |row| row.deferred = deferred);
}
