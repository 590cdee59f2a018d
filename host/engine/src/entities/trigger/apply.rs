//! Applies the events of triggers, the components that look at events.

use std::sync::Arc;

use super::{Disabled, Firing, TriggerEvent, TriggerLoad};
use crate::entities::component::apply::{list, unlist};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &TriggerEvent,
) {
    match event {
        TriggerEvent::ChainContinued { name, started } => {
            chain_continued(state, (tenant, at_ms), name, *started);
        }
        TriggerEvent::Disabled { name, reason } => {
            disabled(state, (tenant, at_ms), name, reason);
        }
        TriggerEvent::Enabled { name } => enabled(state, tenant, name),
        TriggerEvent::Fired { firing } => fired(state, tenant, firing),
        TriggerEvent::Decided {
            instance, firing, ..
        } => decided(state, tenant, *instance, *firing),
    }
}

pub(in crate::entities) fn fired(state: &mut State, tenant: TenantId, firing: &Arc<Firing>) {
    let by_case = (tenant, firing.case.instance, firing.key);
    state.firings_by_case.put(by_case, ());
    let by_trigger = (tenant, Arc::clone(&firing.trigger), firing.key);
    state.firings_by_trigger.put(by_trigger, ());
    state.firings.put((tenant, firing.key), Arc::clone(firing));
    change_load(state, tenant, &firing.trigger, |load| load.waiting += 1);
}

pub(in crate::entities) fn decided(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: FiringKey,
) {
    state.firings_by_case.remove(&(tenant, instance, key));
    let Some(firing) = state.firings.get(&(tenant, key)) else {
        return;
    };
    let trigger = &firing.trigger;
    state.firings.remove(&(tenant, key));
    state
        .firings_by_trigger
        .remove(&(tenant, Arc::clone(trigger), key));
    change_load(state, tenant, trigger, |load| load.waiting -= 1);
}

pub(in crate::entities) fn chain_continued(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    trigger: &Arc<str>,
    started: u32,
) {
    change_load(state, tenant, trigger, |load| {
        load.started = load.started_in(at_ms) + started;
        load.minute = TriggerLoad::minute_of(at_ms);
    });
}

fn change_load(
    state: &mut State,
    tenant: TenantId,
    trigger: &Arc<str>,
    change: impl FnOnce(&mut TriggerLoad),
) {
    let key = (tenant, Arc::clone(trigger));
    let mut load = state
        .trigger_loads
        .get(&key)
        .map_or_else(TriggerLoad::default, |load| *load);
    change(&mut load);
    if load == TriggerLoad::default() {
        state.trigger_loads.remove(&key);
    } else {
        state.trigger_loads.put(key, load);
    }
}

pub(in crate::entities) fn disabled(
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

pub(in crate::entities) fn enabled(state: &mut State, tenant: TenantId, name: &Arc<str>) {
    let key = (tenant, Arc::clone(name));
    state.disabled_triggers.remove(&key);
    if let Some(component) = state.components.get(&key) {
        list(state, tenant, &component);
    }
}
