//! Applies events of process instances.

use std::sync::Arc;

use super::{compensation, continuation};
use crate::context::variables_of;
use crate::key::*;
use crate::state::State;
use crate::state::instance::{Instance, Work};

pub(super) fn created(state: &mut State, tenant: TenantId, instance: InstanceKey, row: Instance) {
    if let Some(parent) = row.parent {
        let caller = (tenant, parent.instance, parent.element);
        state
            .elements
            .update(&caller, |caller| caller.work = Some(Work::Call(instance)));
    }
    state.instances.put((tenant, instance), row);
}

/// Its variables were kept until now, so that whoever asks at the very end still sees them.
pub(super) fn ended(state: &mut State, tenant: TenantId, at_ms: u64, instance: InstanceKey) {
    let Some(row) = state.instances.get(&(tenant, instance)) else {
        return;
    };
    let ended = (tenant, row.definition, at_ms, instance);
    state.ended_by_definition.put(ended, ());
    state
        .definitions_of_ended
        .put((tenant, instance), (row.definition, at_ms));
    for (key, _) in variables_of(state, tenant, instance, instance.root()) {
        state.variables.remove(&key);
    }
    if let Some(parent) = row.parent {
        let caller = (tenant, parent.instance, parent.element);
        state.elements.update(&caller, |caller| caller.work = None);
    }
    if let Some(key) = &row.correlation_key {
        super::message::unlock(state, tenant, row.definition, Arc::clone(key));
    }
    if row.kept.steps > 0 {
        continuation::forget(state, tenant, instance);
    }
    if row.compensations > 0 {
        compensation::ended(state, tenant, instance);
    }
    state.instances.remove(&(tenant, instance));
}

pub(super) fn stops_after(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    elements: &[u32],
) {
    state.instances.update(&(tenant, instance), |row| {
        row.stop_after = elements.to_vec();
    });
}

/// Nothing reaches it any more: a timer or a message that met the same fault again would take
/// everything else down that its command does.
pub(super) fn banned(state: &mut State, tenant: TenantId, instance: InstanceKey, reason: &str) {
    super::subscription::silence(state, tenant, instance);
    continuation::leave_line(state, tenant, instance);
    state
        .instances
        .update(&(tenant, instance), |row| row.banned = Some(reason.into()));
}
