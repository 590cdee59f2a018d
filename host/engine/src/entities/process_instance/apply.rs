//! Applies events of process instances.

use std::sync::Arc;

use super::{ProcessInstanceEvent, StartKey, migrate, suspend};
use crate::entities::due::Due;
use crate::entities::element_instance::Work;
use crate::entities::process_instance::Instance;
use crate::entities::{compensation::apply as compensation, continuation::apply as continuation};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &ProcessInstanceEvent,
) {
    match event {
        ProcessInstanceEvent::StartKeyKept {
            instance,
            key,
            start,
        } => start_key_kept(state, tenant, *instance, key, start),
        ProcessInstanceEvent::StartKeyForgotten { instance } => {
            forget_start_key(state, tenant, *instance);
        }
        ProcessInstanceEvent::Created {
            instance,
            definition,
            business_key,
            start,
            parent,
            trigger_depth,
        } => {
            let row = Instance {
                business_key: business_key.clone(),
                start: *start,
                parent: *parent,
                trigger_depth: *trigger_depth,
                ..Instance::new(*definition, at_ms)
            };
            created(state, tenant, *instance, row);
        }
        ProcessInstanceEvent::Completed { instance, .. }
        | ProcessInstanceEvent::Terminated { instance } => ended(state, tenant, at_ms, *instance),
        ProcessInstanceEvent::Banned { instance, reason } => {
            banned(state, tenant, *instance, reason)
        }
        // What it changed are the events that follow; this one says who began it.
        ProcessInstanceEvent::Modified { .. } => {}
        ProcessInstanceEvent::StopsAfter { instance, elements } => {
            stops_after(state, tenant, *instance, elements)
        }
        ProcessInstanceEvent::Suspended { instance } => {
            suspend::suspended(state, (tenant, at_ms), *instance);
        }
        ProcessInstanceEvent::Resumed { instance } => {
            suspend::resumed(state, (tenant, at_ms), *instance)
        }
        ProcessInstanceEvent::Migrated {
            instance,
            definition,
            elements,
            flows,
            stop_after,
        } => {
            let how = migrate::Migrated {
                instance: *instance,
                definition: *definition,
                elements,
                flows,
                stop_after,
            };
            migrate::migrated(state, tenant, &how);
        }
    }
}

pub(in crate::entities) fn created(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    row: Instance,
) {
    if let Some(parent) = row.parent {
        let caller = (tenant, parent.instance, parent.element);
        state
            .elements
            .update(&caller, |caller| caller.work = Some(Work::Call(instance)));
    }
    state.instances.put((tenant, instance), row);
}

/// Its variables were kept until now, so that whoever asks at the very end still sees them.
pub(in crate::entities) fn ended(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    instance: ProcessInstanceKey,
) {
    let Some(row) = state.instances.get(&(tenant, instance)) else {
        return;
    };
    let ended = (tenant, row.definition, at_ms, instance);
    state.ended_by_definition.put(ended, ());
    state
        .definitions_of_ended
        .put((tenant, instance), (row.definition, at_ms));
    for (key, _) in state.variables_of(tenant, instance, instance.root()) {
        state.variables.remove(&key);
    }
    if let Some(parent) = row.parent {
        let caller = (tenant, parent.instance, parent.element);
        state.elements.update(&caller, |caller| caller.work = None);
    }
    if let Some(key) = &row.correlation_key {
        crate::entities::message::apply::unlock(state, tenant, row.definition, Arc::clone(key));
    }
    if row.kept.steps > 0 {
        continuation::forget(state, tenant, instance);
    }
    if row.compensations > 0 {
        compensation::ended(state, tenant, instance);
    }
    state.instances.remove(&(tenant, instance));
}

pub(in crate::entities) fn stops_after(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    elements: &[u32],
) {
    state.instances.update(&(tenant, instance), |row| {
        row.stop_after = elements.to_vec();
    });
}

/// Nothing reaches it any more: a timer or a message that met the same fault again would take
/// everything else down that its command does.
pub(in crate::entities) fn banned(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    reason: &str,
) {
    crate::entities::subscription::apply::silence(state, tenant, instance);
    continuation::leave_line(state, tenant, instance);
    state
        .instances
        .update(&(tenant, instance), |row| row.banned = Some(reason.into()));
}

fn start_key_kept(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: &Arc<str>,
    start: &Arc<StartKey>,
) {
    let due = (start.forgotten_at_ms, Due::StartKey(instance));
    state.due.put(due, tenant);
    state
        .start_keys_by_instance
        .put((tenant, instance), Arc::clone(key));
    state
        .start_keys
        .put((tenant, Arc::clone(key)), Arc::clone(start));
}

/// Frees the idempotency key of an instance's start, if it has one.
pub(in crate::entities) fn forget_start_key(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) {
    let row = (tenant, instance);
    let Some(key) = state.start_keys_by_instance.get(&row) else {
        return;
    };
    state.start_keys_by_instance.remove(&row);
    let row = (tenant, Arc::clone(&*key));
    if let Some(start) = state.start_keys.get(&row) {
        let due = (start.forgotten_at_ms, Due::StartKey(instance));
        state.due.remove(&due);
        state.start_keys.remove(&row);
    }
}
