//! Applies events of process instances.

use crate::context::variables_of;
use crate::key::*;
use crate::state::State;

/// Its variables were kept until now, so that whoever asks at the very end still sees them.
pub(super) fn ended(state: &mut State, tenant: TenantId, instance: InstanceKey) {
    for (key, _) in variables_of(state, tenant, instance, instance.root()) {
        state.variables.remove(&key);
    }
    state.instances.remove(&(tenant, instance));
}

pub(super) fn banned(state: &mut State, tenant: TenantId, instance: InstanceKey, reason: &str) {
    state
        .instances
        .update(&(tenant, instance), |row| row.banned = Some(reason.into()));
}
