//! Applies events of components.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::component::{ComponentRow, Disabled, Role, Trigger};

pub(super) fn registered(state: &mut State, tenant: TenantId, component: &Arc<ComponentRow>) {
    list(state, tenant, component);
    if component.role == Role::Step {
        served(state, tenant, &component.name);
    }
    let name = || Arc::clone(&component.name);
    let version = (tenant, name(), Arc::clone(&component.version));
    state
        .component_versions
        .put(version, Arc::clone(&component.digest));
    let digest = (tenant, Arc::clone(&component.digest));
    state.component_digests.put(digest, Arc::clone(component));
    state
        .components
        .put((tenant, name()), Arc::clone(component));
}

pub(super) fn disabled(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    name: &Arc<str>,
    reason: &Option<Arc<str>>,
) {
    let disabled = Disabled {
        since_ms: at_ms,
        reason: reason.clone(),
    };
    state
        .disabled_triggers
        .put((tenant, Arc::clone(name)), disabled);
    unlist(state, tenant, name);
}

pub(super) fn enabled(state: &mut State, tenant: TenantId, name: &Arc<str>) {
    let key = (tenant, Arc::clone(name));
    state.disabled_triggers.remove(&key);
    if let Some(component) = state.components.get(&key) {
        list(state, tenant, &component);
    }
}

/// Somebody does the jobs of this type, or has done so.
pub(super) fn served(state: &mut State, tenant: TenantId, job_type: &Arc<str>) {
    let row = (tenant, Arc::clone(job_type));
    state.served_job_types.put(row, ());
}

/// Its bytes stay: jobs and diagrams may be bound to that version.
pub(super) fn removed(state: &mut State, tenant: TenantId, name: &Arc<str>) {
    let key = (tenant, Arc::clone(name));
    state.components.remove(&key);
    state.disabled_triggers.remove(&key);
    unlist(state, tenant, name);
}

/// Lists a trigger among those of its tenant, or takes a name off the list that has become
/// a step's. One that is disabled stays so when another version of it comes.
fn list(state: &mut State, tenant: TenantId, component: &ComponentRow) {
    unlist(state, tenant, &component.name);
    let key = (tenant, Arc::clone(&component.name));
    let Role::Trigger(subscriptions) = &component.role else {
        state.disabled_triggers.remove(&key);
        return;
    };
    if state.disabled_triggers.contains(&key) {
        return;
    }
    let trigger = Trigger {
        name: Arc::clone(&component.name),
        subscriptions: subscriptions.clone(),
    };
    let mut triggers = listed(state, tenant);
    let place = triggers.partition_point(|other| other.name < trigger.name);
    triggers.insert(place, trigger);
    state.triggers.put(tenant, triggers);
}

fn unlist(state: &mut State, tenant: TenantId, name: &str) {
    let mut triggers = listed(state, tenant);
    let before = triggers.len();
    triggers.retain(|trigger| &*trigger.name != name);
    if triggers.is_empty() {
        state.triggers.remove(&tenant);
    } else if triggers.len() < before {
        state.triggers.put(tenant, triggers);
    }
}

fn listed(state: &State, tenant: TenantId) -> Vec<Trigger> {
    let triggers = state.triggers.get(&tenant);
    triggers.map_or_else(Vec::new, |triggers| (*triggers).clone())
}
