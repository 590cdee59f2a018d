//! Applies events of element instances, tokens and variables.

use std::sync::Arc;

use super::ElementInstanceEvent;
use crate::entities::compensation::apply as compensation;
use crate::entities::element_instance::{ElementInstance, Phase, Role, Runs};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    tenant: TenantId,
    event: &ElementInstanceEvent,
) {
    match event {
        ElementInstanceEvent::Activating {
            instance,
            key,
            element,
            scope,
            role,
        } => {
            activating(state, tenant, *instance, *key, *element, *scope, *role);
        }
        ElementInstanceEvent::Activated { instance, key } => {
            activated(state, tenant, *instance, *key)
        }
        ElementInstanceEvent::Completing { instance, key } => {
            completing(state, tenant, *instance, *key)
        }
        ElementInstanceEvent::Completed {
            instance,
            key,
            outcome,
        } => completed(state, tenant, *instance, *key, outcome),
        ElementInstanceEvent::Terminating { instance, key } => {
            terminating(state, tenant, *instance, *key)
        }
        ElementInstanceEvent::Interrupted { instance, key, by } => {
            interrupted(state, tenant, *instance, *key, *by);
        }
        ElementInstanceEvent::Terminated { instance, key } => {
            terminated(state, tenant, *instance, *key)
        }
        ElementInstanceEvent::SequenceFlowTaken { .. } => {}
        ElementInstanceEvent::TokenWaiting {
            instance,
            scope,
            flow,
        } => token_waiting(state, tenant, *instance, *scope, *flow),
        ElementInstanceEvent::TokenConsumed {
            instance,
            scope,
            flow,
            count,
        } => {
            token_consumed(state, tenant, *instance, *scope, *flow, *count);
        }
        ElementInstanceEvent::EscalationThrown { .. } => {}
    }
}

pub(in crate::entities) fn activating(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    element: u32,
    scope: ElementInstanceKey,
    role: Role,
) {
    let scope = (scope != key).then_some(scope);
    if let Some(scope) = scope {
        state.elements.update(&(tenant, instance, scope), |row| {
            row.children += 1;
            if let Role::Run { .. } = role {
                row.runs.entered += 1;
            }
        });
        state.children.put((tenant, instance, scope, key), ());
    }
    let row = ElementInstance::new(element, scope, role);
    state.elements.put((tenant, instance, key), row);
}

pub(in crate::entities) fn activated(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    enter(state, tenant, instance, key, Phase::Active);
}

pub(in crate::entities) fn completing(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    enter(state, tenant, instance, key, Phase::Completing);
}

fn enter(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    phase: Phase,
) {
    state.elements.update(&(tenant, instance, key), |row| {
        row.phase = phase;
        row.listeners_done = 0;
    });
}

pub(in crate::entities) fn terminating(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    enter(state, tenant, instance, key, Phase::Terminating);
}

pub(in crate::entities) fn interrupted(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    by: ElementInstanceKey,
) {
    state.elements.update(&(tenant, instance, key), |row| {
        row.interrupted_by = Some(by);
    });
}

pub(in crate::entities) fn completed(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    outcome: &Option<Arc<str>>,
) {
    if outcome.is_some() {
        state
            .instances
            .update(&(tenant, instance), |row| row.outcome.clone_from(outcome));
    }
    gone(state, tenant, instance, key, |runs| runs.completed += 1);
}

/// What was completed in a scope that is ended can no more be undone.
pub(in crate::entities) fn terminated(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    let row = state.elements.get(&(tenant, instance, key));
    if row.is_some_and(|row| row.undo.held > 0) {
        compensation::dropped(state, tenant, instance, key);
    }
    gone(state, tenant, instance, key, |runs| runs.terminated += 1);
}

fn gone(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    count: impl FnOnce(&mut Runs),
) {
    let Some(row) = state.elements.get(&(tenant, instance, key)) else {
        return;
    };
    if let Some(scope) = row.scope {
        state.elements.update(&(tenant, instance, scope), |around| {
            around.children -= 1;
            if let Role::Run { .. } = row.role {
                count(&mut around.runs);
            }
        });
        state.children.remove(&(tenant, instance, scope, key));
        if row.variables > 0 {
            for (key, _) in state.variables_of(tenant, instance, key) {
                state.variables.remove(&key);
            }
        }
    }
    if row.undo.held > 0 {
        compensation::left(state, tenant, instance, key);
    }
    if row.role == Role::Body {
        state.items.remove(&(tenant, key));
    }
    state.elements.remove(&(tenant, instance, key));
}

pub(in crate::entities) fn token_waiting(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    flow: u32,
) {
    let key = (tenant, instance, scope, flow);
    let count = state.tokens.get(&key).map_or(0, |count| *count);
    state.tokens.put(key, count + 1);
    state
        .elements
        .update(&(tenant, instance, scope), |row| row.waiting_tokens += 1);
}

pub(in crate::entities) fn token_consumed(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    flow: u32,
    consumed: u32,
) {
    let key = (tenant, instance, scope, flow);
    match state.tokens.get(&key).map_or(0, |count| *count) {
        count if count > consumed => state.tokens.put(key, count - consumed),
        _ => state.tokens.remove(&key),
    }
    state.elements.update(&(tenant, instance, scope), |row| {
        row.waiting_tokens -= consumed
    });
}
