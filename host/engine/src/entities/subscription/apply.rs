//! Applies events of subscriptions and of signals on their way. A subscription is listed by
//! what it waits for and by who holds it.

use std::sync::Arc;

use super::SubscriptionEvent;
use crate::entities::due::Due;
use crate::entities::process_instance::suspend::{is_suspended, subscriptions};
use crate::entities::subscription::{Afterwards, Owner, Subscription, Wait};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &SubscriptionEvent) {
    match event {
        SubscriptionEvent::Opened { subscription } => opened(state, tenant, subscription),
        SubscriptionEvent::Closed { subscription, .. } => closed(state, tenant, *subscription),
        SubscriptionEvent::Triggered {
            subscription,
            afterwards,
            ..
        } => triggered(state, tenant, *subscription, *afterwards),
        SubscriptionEvent::ConditionChanged {
            subscription,
            holds,
            ..
        } => condition_changed(state, tenant, *subscription, *holds),
    }
}

pub(in crate::entities) fn opened(
    state: &mut State,
    tenant: TenantId,
    subscription: &Arc<Subscription>,
) {
    let key = subscription.key;
    match subscription.owner {
        Owner::Element { instance, element } => {
            state
                .elements
                .update(&(tenant, instance, element), |row| row.subscriptions += 1);
            state
                .subscriptions_by_element
                .put((tenant, instance, element, key), ());
        }
        Owner::Definition => state
            .subscriptions_by_definition
            .put((tenant, subscription.definition, key), ()),
    }
    list(state, tenant, subscription);
    state
        .subscriptions
        .put((tenant, key), Arc::clone(subscription));
}

pub(in crate::entities) fn closed(state: &mut State, tenant: TenantId, key: SubscriptionKey) {
    let Some(subscription) = state.subscriptions.get(&(tenant, key)) else {
        return;
    };
    match subscription.owner {
        Owner::Element { instance, element } => {
            state
                .elements
                .update(&(tenant, instance, element), |row| row.subscriptions -= 1);
            state
                .subscriptions_by_element
                .remove(&(tenant, instance, element, key));
        }
        Owner::Definition => {
            state
                .subscriptions_by_definition
                .remove(&(tenant, subscription.definition, key));
        }
    }
    unlist(state, tenant, &subscription);
    state.subscriptions.remove(&(tenant, key));
}

pub(in crate::entities) fn triggered(
    state: &mut State,
    tenant: TenantId,
    key: SubscriptionKey,
    afterwards: Afterwards,
) {
    match afterwards {
        Afterwards::Open => {}
        Afterwards::Closed => closed(state, tenant, key),
        Afterwards::Again { due_ms, left } => {
            let Some(before) = state.subscriptions.get(&(tenant, key)) else {
                return;
            };
            unlist(state, tenant, &before);
            let mut after = (*before).clone();
            if let Wait::Timer { due_ms: due, cycle } = &mut after.wait {
                *due = due_ms;
                if let Some(cycle) = cycle {
                    cycle.left = left;
                }
            }
            list(state, tenant, &after);
            state.subscriptions.put((tenant, key), after);
        }
    }
}

pub(in crate::entities) fn condition_changed(
    state: &mut State,
    tenant: TenantId,
    key: SubscriptionKey,
    holds: bool,
) {
    state.subscriptions.update(&(tenant, key), |row| {
        if let Wait::Condition { held } = &mut row.wait {
            *held = holds;
        }
    });
}

/// Nothing can happen to the subscriptions of a case any more; their rows stay until it is
/// cancelled.
pub(in crate::entities) fn silence(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) {
    for key in subscriptions(state, tenant, instance) {
        if let Some(subscription) = state.subscriptions.get(&(tenant, key)) {
            unlist(state, tenant, &subscription);
        }
    }
}

/// Lists a subscription by what it waits for.
pub(in crate::entities) fn list(state: &mut State, tenant: TenantId, subscription: &Subscription) {
    let key = subscription.key;
    match &subscription.wait {
        Wait::Message {
            name,
            correlation_key,
        } => {
            let row = message_row(state, tenant, name, correlation_key, subscription);
            state.message_subscriptions.put(row, ());
        }
        Wait::Signal { name } => state
            .signal_subscriptions
            .put((tenant, Arc::clone(name), key), ()),
        Wait::Timer { .. } => start_clock(state, tenant, subscription),
        Wait::Condition { .. } => match subscription.instance() {
            Some(instance) => {
                let row = (tenant, instance, key);
                state.condition_subscriptions.put(row, ());
                state
                    .instances
                    .update(&(tenant, instance), |row| row.conditions += 1);
            }
            None => {
                let row = start_row(state, tenant, subscription);
                state.condition_starts.put(row, ());
            }
        },
    }
}

type MessageRow = (TenantId, Arc<str>, Arc<str>, Arc<str>, SubscriptionKey);

fn message_row(
    state: &State,
    tenant: TenantId,
    name: &Arc<str>,
    correlation_key: &Arc<str>,
    subscription: &Subscription,
) -> MessageRow {
    (
        tenant,
        Arc::clone(name),
        Arc::clone(correlation_key),
        process_of(state, tenant, subscription),
        subscription.key,
    )
}

/// Where a conditional start event is listed.
fn start_row(
    state: &State,
    tenant: TenantId,
    subscription: &Subscription,
) -> (TenantId, Arc<str>, SubscriptionKey) {
    let process = process_of(state, tenant, subscription);
    (tenant, process, subscription.key)
}

fn process_of(state: &State, tenant: TenantId, subscription: &Subscription) -> Arc<str> {
    let definition = state.definitions.get(&(tenant, subscription.definition));
    definition.map_or_else(|| "".into(), |definition| Arc::clone(&definition.id))
}

pub(in crate::entities) fn unlist(
    state: &mut State,
    tenant: TenantId,
    subscription: &Subscription,
) {
    let key = subscription.key;
    match &subscription.wait {
        Wait::Message {
            name,
            correlation_key,
        } => {
            let row = message_row(state, tenant, name, correlation_key, subscription);
            state.message_subscriptions.remove(&row);
        }
        Wait::Signal { name } => {
            state
                .signal_subscriptions
                .remove(&(tenant, Arc::clone(name), key))
        }
        Wait::Timer { .. } => stop_clock(state, subscription),
        Wait::Condition { .. } => match subscription.instance() {
            Some(instance) => {
                let row = (tenant, instance, key);
                // It is not there any more when the case was silenced before.
                if state.condition_subscriptions.contains(&row) {
                    state.condition_subscriptions.remove(&row);
                    state
                        .instances
                        .update(&(tenant, instance), |row| row.conditions -= 1);
                }
            }
            None => {
                let row = start_row(state, tenant, subscription);
                state.condition_starts.remove(&row);
            }
        },
    }
}

/// A timer is due at its time, unless its case is suspended.
pub(in crate::entities) fn start_clock(
    state: &mut State,
    tenant: TenantId,
    subscription: &Subscription,
) {
    let instance = subscription.instance();
    if let Wait::Timer { due_ms, .. } = subscription.wait
        && !instance.is_some_and(|instance| is_suspended(state, tenant, instance))
    {
        state
            .due
            .put((due_ms, Due::Timer(subscription.key)), tenant);
    }
}

pub(in crate::entities) fn stop_clock(state: &mut State, subscription: &Subscription) {
    if let Wait::Timer { due_ms, .. } = subscription.wait {
        state.due.remove(&(due_ms, Due::Timer(subscription.key)));
    }
}
