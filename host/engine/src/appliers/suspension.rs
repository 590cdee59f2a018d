//! Applies events of suspension. The jobs and timers of a suspended case are in none of the
//! lists from which they would be taken; resuming puts them back as they were.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::subscription::{Subscription, Wait};

use super::{continuation, job, subscription};

pub(super) fn suspended(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: InstanceKey,
) {
    for key in jobs(state, tenant, instance) {
        if let Some(row) = state.jobs.get(&(tenant, key)) {
            job::unlist(state, tenant, &row);
        }
    }
    for key in subscriptions(state, tenant, instance) {
        if let Some(row) = state.subscriptions.get(&(tenant, key)) {
            subscription::stop_clock(state, &row);
        }
    }
    state
        .instances
        .update(&(tenant, instance), |row| row.suspended = true);
    continuation::reconsider(state, (tenant, at_ms), instance);
}

pub(super) fn resumed(state: &mut State, (tenant, at_ms): (TenantId, u64), instance: InstanceKey) {
    state
        .instances
        .update(&(tenant, instance), |row| row.suspended = false);
    continuation::reconsider(state, (tenant, at_ms), instance);
    for key in jobs(state, tenant, instance) {
        if let Some(row) = state.jobs.get(&(tenant, key)) {
            job::list(state, tenant, &row);
        }
    }
    for key in subscriptions(state, tenant, instance) {
        if let Some(row) = state.subscriptions.get(&(tenant, key)) {
            subscription::start_clock(state, tenant, &row);
        }
    }
}

/// A timer that fires once waits for it to be resumed. Of the others, the turns that come in
/// the meantime are skipped.
pub(super) fn definition_suspended(state: &mut State, tenant: TenantId, definition: DefinitionKey) {
    state.suspended_definitions.put((tenant, definition), ());
    for timer in single_timers(state, tenant, definition) {
        subscription::stop_clock(state, &timer);
    }
}

pub(super) fn definition_resumed(state: &mut State, tenant: TenantId, definition: DefinitionKey) {
    state.suspended_definitions.remove(&(tenant, definition));
    for timer in single_timers(state, tenant, definition) {
        subscription::start_clock(state, tenant, &timer);
    }
}

/// The start events of a definition that fire once, at a time.
fn single_timers(
    state: &State,
    tenant: TenantId,
    definition: DefinitionKey,
) -> Vec<Arc<Subscription>> {
    let first = (tenant, definition, SubscriptionKey(0));
    let end = (tenant, definition, SubscriptionKey(u64::MAX));
    let rows = state
        .subscriptions_by_definition
        .range(&first, &end, usize::MAX);
    let open = rows
        .into_iter()
        .filter_map(|((_, _, key), _)| state.subscriptions.get(&(tenant, key)));
    open.filter(|row| matches!(row.wait, Wait::Timer { cycle: None, .. }))
        .collect()
}

/// Whether a case is suspended.
pub(super) fn is_suspended(state: &State, tenant: TenantId, instance: InstanceKey) -> bool {
    let row = state.instances.get(&(tenant, instance));
    row.is_some_and(|row| row.suspended)
}

fn jobs(state: &State, tenant: TenantId, instance: InstanceKey) -> Vec<JobKey> {
    let first = (tenant, instance, ElementInstanceKey(0));
    let end = (tenant, InstanceKey(instance.0 + 1), ElementInstanceKey(0));
    let rows = state.elements.range(&first, &end, usize::MAX);
    rows.into_iter()
        .flat_map(|(_, row)| row.jobs().collect::<Vec<_>>())
        .collect()
}

/// The subscriptions that a case holds.
pub(super) fn subscriptions(
    state: &State,
    tenant: TenantId,
    instance: InstanceKey,
) -> Vec<SubscriptionKey> {
    let first = (tenant, instance, ElementInstanceKey(0), SubscriptionKey(0));
    let end = (
        tenant,
        InstanceKey(instance.0 + 1),
        ElementInstanceKey(0),
        SubscriptionKey(0),
    );
    let rows = state
        .subscriptions_by_element
        .range(&first, &end, usize::MAX);
    rows.into_iter().map(|((_, _, _, key), _)| key).collect()
}
