//! Applies events of process instances.

use super::{compensation, suspension};
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
pub(super) fn ended(state: &mut State, tenant: TenantId, instance: InstanceKey) {
    for (key, _) in variables_of(state, tenant, instance, instance.root()) {
        state.variables.remove(&key);
    }
    let parent = state.instances.get(&(tenant, instance));
    if let Some(parent) = parent.and_then(|row| row.parent) {
        let caller = (tenant, parent.instance, parent.element);
        state.elements.update(&caller, |caller| caller.work = None);
    }
    if suspension::is_suspended(state, tenant, instance) {
        suspension::forget_held(state, tenant, instance);
    }
    let row = state.instances.get(&(tenant, instance));
    if row.is_some_and(|row| row.compensations > 0) {
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

pub(super) fn banned(state: &mut State, tenant: TenantId, instance: InstanceKey, reason: &str) {
    state
        .instances
        .update(&(tenant, instance), |row| row.banned = Some(reason.into()));
}
