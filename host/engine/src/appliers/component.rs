//! Applies events of components.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::component::{ComponentRow, Role, Trigger};

pub(super) fn registered(state: &mut State, tenant: TenantId, component: &Arc<ComponentRow>) {
    listed(state, tenant, component);
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

/// Somebody does the jobs of this type, or has done so.
pub(super) fn served(state: &mut State, tenant: TenantId, job_type: &Arc<str>) {
    let row = (tenant, Arc::clone(job_type));
    state.served_job_types.put(row, ());
}

/// Lists a trigger among those of its tenant, or takes a name off the list that has become
/// a step's.
fn listed(state: &mut State, tenant: TenantId, component: &ComponentRow) {
    let mut triggers = state
        .triggers
        .get(&tenant)
        .map(|triggers| (*triggers).clone())
        .unwrap_or_default();
    let place = triggers.binary_search_by(|trigger| trigger.name.cmp(&component.name));
    match (&component.role, place) {
        (Role::Trigger(subscriptions), place) => {
            let trigger = Trigger {
                name: Arc::clone(&component.name),
                subscriptions: subscriptions.clone(),
            };
            match place {
                Ok(place) => triggers[place] = trigger,
                Err(place) => triggers.insert(place, trigger),
            }
        }
        (Role::Step, Ok(place)) => drop(triggers.remove(place)),
        (Role::Step, Err(_)) => return,
    }
    state.triggers.put(tenant, triggers);
}
