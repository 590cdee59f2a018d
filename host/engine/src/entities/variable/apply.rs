//! Applies the events of variable.

use std::sync::Arc;

use gardesh_feel::Value;

use super::{Variable, VariableEvent};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &VariableEvent) {
    match event {
        VariableEvent::Set {
            instance,
            scope,
            key,
            name,
            value,
        } => {
            set(state, tenant, *instance, *scope, *key, name, value);
        }
    }
}

pub(in crate::entities) fn set(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    key: VariableKey,
    name: &Arc<str>,
    value: &Value,
) {
    let row_key = (tenant, instance, scope, Arc::clone(name));
    if !state.variables.contains(&row_key) {
        state
            .elements
            .update(&(tenant, instance, scope), |row| row.variables += 1);
    }
    state.variables.put(
        row_key,
        Variable {
            key,
            value: value.clone(),
        },
    );
}
