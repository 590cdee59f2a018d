//! Applies events of components.

use std::sync::Arc;

use super::ComponentEvent;
use crate::entities::component::{ComponentRole, ComponentRow};
use crate::entities::trigger::Trigger;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &ComponentEvent) {
    match event {
        ComponentEvent::Registered { component } => registered(state, tenant, component),
        ComponentEvent::Removed { name } => removed(state, tenant, name),
    }
}

pub(in crate::entities) fn registered(
    state: &mut State,
    tenant: TenantId,
    component: &Arc<ComponentRow>,
) {
    list(state, tenant, component);
    if component.role == ComponentRole::Step {
        crate::entities::job::apply::served(state, tenant, &component.name);
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

/// Its bytes stay: jobs and diagrams may be bound to that version.
pub(in crate::entities) fn removed(state: &mut State, tenant: TenantId, name: &Arc<str>) {
    let key = (tenant, Arc::clone(name));
    state.components.remove(&key);
    state.disabled_triggers.remove(&key);
    unlist(state, tenant, name);
}

/// Lists a trigger among those of its tenant, or takes a name off the list that has become
/// a step's. One that is disabled stays so when another version of it comes.
pub(in crate::entities) fn list(state: &mut State, tenant: TenantId, component: &ComponentRow) {
    unlist(state, tenant, &component.name);
    let key = (tenant, Arc::clone(&component.name));
    let ComponentRole::Trigger(subscriptions) = &component.role else {
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

pub(in crate::entities) fn unlist(state: &mut State, tenant: TenantId, name: &str) {
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
