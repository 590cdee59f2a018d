//! Applies the migration of a case: everything that names an element or a flow of its
//! definition by index names that of the new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entities::compensation::Compensation;
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Work;
use crate::entities::process_instance::suspend::subscriptions;
use crate::entities::subscription::apply as subscription;
use crate::key::*;
use crate::operation::MigratedElement;
use crate::state::State;

/// How a case is migrated.
pub(in crate::entities) struct Migrated<'a> {
    pub instance: ProcessInstanceKey,
    pub definition: ProcessDefinitionKey,
    pub elements: &'a [MigratedElement],
    pub flows: &'a [(u32, u32)],
    pub stop_after: &'a [u32],
}

type Map<'a> = BTreeMap<u32, &'a MigratedElement>;

pub(in crate::entities) fn migrated(state: &mut State, tenant: TenantId, how: &Migrated<'_>) {
    let map: Map<'_> = how.elements.iter().map(|one| (one.from, one)).collect();
    state.instances.update(&(tenant, how.instance), |row| {
        row.definition = how.definition;
        // Where it begins matters as long as its process is being entered.
        row.start = row
            .start
            .and_then(|start| map.get(&start))
            .map(|one| one.to);
        row.stop_after = how.stop_after.to_vec();
    });
    migrate_elements(state, tenant, how, &map);
    migrate_tokens(state, tenant, how);
    migrate_compensations(state, tenant, how, &map);
    migrate_subscriptions(state, tenant, how, &map);
    for (key, _) in state.kept_steps.under((tenant, how.instance)) {
        state.kept_steps.update(&key, |step| renumber(step, &map));
    }
}

fn migrate_elements(state: &mut State, tenant: TenantId, how: &Migrated<'_>, map: &Map<'_>) {
    for (key, row) in state.elements.under((tenant, how.instance)) {
        state.elements.update(&key, |row| {
            row.element = becomes(map, row.element);
        });
        for job in row.jobs() {
            state.jobs.update(&(tenant, job), |job| {
                job.definition = how.definition;
                job.element = becomes(map, job.element);
            });
        }
        if let Some(Work::UserTask(task)) = row.work {
            state.user_tasks.update(&(tenant, task), |task| {
                task.definition = how.definition;
                if let Some(one) = map.get(&task.element) {
                    task.element = one.to;
                    task.name = one.name.as_ref().map(Arc::clone);
                }
            });
        }
    }
    migrate_incidents(state, tenant, how, map);
}

fn migrate_incidents(state: &mut State, tenant: TenantId, how: &Migrated<'_>, map: &Map<'_>) {
    let open = state.incidents_by_element.under((tenant, how.instance));
    for ((_, _, _, incident), _) in open {
        state.incidents.update(&(tenant, incident), |incident| {
            incident.definition = how.definition;
            incident.element = becomes(map, incident.element);
            for step in &mut incident.resume {
                renumber(step, map);
            }
        });
    }
}

/// They are listed by the process, among other things, which may be another one now.
fn migrate_subscriptions(state: &mut State, tenant: TenantId, how: &Migrated<'_>, map: &Map<'_>) {
    for key in subscriptions(state, tenant, how.instance) {
        let Some(before) = state.subscriptions.get(&(tenant, key)) else {
            continue;
        };
        subscription::unlist(state, tenant, &before);
        let mut after = (*before).clone();
        after.definition = how.definition;
        if let Some(one) = map.get(&after.event) {
            after.event = one.to;
            after.repeats = one.repeats;
        }
        subscription::list(state, tenant, &after);
        state.subscriptions.put((tenant, key), after);
    }
}

fn migrate_tokens(state: &mut State, tenant: TenantId, how: &Migrated<'_>) {
    let flows: BTreeMap<u32, u32> = how.flows.iter().copied().collect();
    let waiting = state.tokens.under((tenant, how.instance));
    // All are taken out first, because a new index may be an old one of another flow.
    for (key, _) in &waiting {
        state.tokens.remove(key);
    }
    for ((tenant, instance, scope, flow), count) in waiting {
        let flow = flows.get(&flow).copied().unwrap_or(flow);
        state.tokens.put((tenant, instance, scope, flow), count);
    }
}

fn migrate_compensations(state: &mut State, tenant: TenantId, how: &Migrated<'_>, map: &Map<'_>) {
    let instance = how.instance;
    let change = |row: &mut Compensation| {
        row.activity = becomes(map, row.activity);
        if let Some(handler) = &mut row.handler {
            handler.event = becomes(map, handler.event);
            handler.activity = becomes(map, handler.activity);
        }
    };
    for (key, _) in state.compensations.under((tenant, instance)) {
        state.compensations.update(&key, change);
    }
    for (key, _) in state.undoing.under((tenant, instance)) {
        state.undoing.update(&key, change);
    }
    for (key, _) in state.undoing_inside.under((tenant, instance)) {
        state.undoing_inside.update(&key, change);
    }
}

fn becomes(map: &Map<'_>, element: u32) -> u32 {
    map.get(&element).map_or(element, |one| one.to)
}

fn renumber(step: &mut Continuation, map: &Map<'_>) {
    for element in step.elements_mut() {
        *element = becomes(map, *element);
    }
}
