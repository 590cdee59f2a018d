//! Applies events of suspension. The jobs and timers of a suspended case are in none of the
//! lists from which they would be taken; resuming puts them back as they were.

use crate::key::*;
use crate::state::State;

use crate::entities::{
    continuation::apply as continuation, job::apply as job, subscription::apply as subscription,
};

pub(in crate::entities) fn suspended(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
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

pub(in crate::entities) fn resumed(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
) {
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

/// Whether a case is suspended.
pub(in crate::entities) fn is_suspended(
    state: &State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) -> bool {
    let row = state.instances.get(&(tenant, instance));
    row.is_some_and(|row| row.suspended)
}

fn jobs(state: &State, tenant: TenantId, instance: ProcessInstanceKey) -> Vec<JobKey> {
    let rows = state.elements.under((tenant, instance));
    rows.into_iter()
        .flat_map(|(_, row)| row.jobs().collect::<Vec<_>>())
        .collect()
}

/// The subscriptions that a case holds.
pub(in crate::entities) fn subscriptions(
    state: &State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) -> Vec<SubscriptionKey> {
    let rows = state.subscriptions_by_element.under((tenant, instance));
    rows.into_iter().map(|((_, _, _, key), _)| key).collect()
}
