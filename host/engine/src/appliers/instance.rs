//! Applies events of process instances.

use std::sync::Arc;

use crate::context::variables_of;
use crate::key::*;
use crate::state::State;
use crate::state::instance::Instance;

pub(super) fn created(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    instance: InstanceKey,
    definition: DefinitionKey,
    business_key: &Option<Arc<str>>,
) {
    let row = Instance {
        definition,
        business_key: business_key.clone(),
        started_at_ms: at_ms,
        incidents: 0,
        user_tasks: 0,
        outcome: None,
        banned: None,
    };
    state.instances.put((tenant, instance), row);
}

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
