//! Applies the events of tenants.

use std::sync::Arc;

use super::{Tenant, TenantEvent};
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, event: &TenantEvent) {
    match event {
        TenantEvent::Created { tenant } => {
            state.put_next_tenant(tenant.id.0 + 1);
            put(state, tenant);
        }
        TenantEvent::Updated { tenant } => put(state, tenant),
        TenantEvent::Deleted { tenant } => {
            state.tenants.remove(&tenant.id);
            state.tenants_by_name.remove(&tenant.name);
        }
    }
}

fn put(state: &mut State, tenant: &Arc<Tenant>) {
    state
        .tenants_by_name
        .put(Arc::clone(&tenant.name), tenant.id);
    state.tenants.put(tenant.id, Arc::clone(tenant));
}
