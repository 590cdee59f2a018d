//! What can be seen in an engine's state: what is open, what moves, and what is lost.

use std::collections::{BTreeMap, BTreeSet};

use gardesh_engine::Engine;
use gardesh_engine::definition::{Definition, NodeKind, ScopeKind};
use gardesh_engine::entities::element_instance::{ElementInstance, Phase, Work};
use gardesh_engine::entities::subscription::Wait;
use gardesh_engine::key::*;
use gardesh_engine::state::State;

use super::TENANT;

macro_rules! keys_of {
    ($name:ident, $table:ident, $key:ident) => {
        pub fn $name(state: &State) -> Vec<$key> {
            let rows =
                state
                    .$table
                    .range(&(TENANT, $key(0)), &(TENANT, $key(u64::MAX)), usize::MAX);
            rows.into_iter().map(|((_, key), _)| key).collect()
        }
    };
}
keys_of!(jobs, jobs, JobKey);
keys_of!(user_tasks, user_tasks, UserTaskKey);
keys_of!(incidents, incidents, IncidentKey);
keys_of!(instances, instances, ProcessInstanceKey);
keys_of!(definitions, definitions, ProcessDefinitionKey);
keys_of!(
    decision_models,
    decision_requirements,
    DecisionRequirementsKey
);
keys_of!(forms, forms, FormKey);
keys_of!(ended, definitions_of_ended, ProcessInstanceKey);
keys_of!(batches, batches, BatchOperationKey);
keys_of!(firings, firings, FiringKey);
keys_of!(invitations, invitations, InvitationKey);

/// An active element with its case.
pub type Active = (ProcessInstanceKey, ElementInstanceKey, ElementInstance);

/// All that is active.
pub fn elements(state: &State) -> Vec<Active> {
    let first = (TENANT, ProcessInstanceKey(0), ElementInstanceKey(0));
    let end = (TENANT, ProcessInstanceKey(u64::MAX), ElementInstanceKey(0));
    let rows = state.elements.range(&first, &end, usize::MAX);
    rows.into_iter()
        .map(|((_, instance, key), row)| (instance, key, (*row).clone()))
        .collect()
}

/// The cases that, with those that they called, have more open jobs than this.
pub fn crowded(state: &State, limit: usize) -> BTreeSet<ProcessInstanceKey> {
    let mut open = BTreeMap::<ProcessInstanceKey, usize>::new();
    for job in jobs(state) {
        if let Some(row) = state.jobs.get(&(TENANT, job)) {
            *open.entry(root_of(state, row.instance)).or_default() += 1;
        }
    }
    open.retain(|_, jobs| *jobs > limit);
    open.into_keys().collect()
}

/// The case at the top of the calls above one.
pub fn root_of(state: &State, mut instance: ProcessInstanceKey) -> ProcessInstanceKey {
    while let Some(parent) = state
        .instances
        .get(&(TENANT, instance))
        .and_then(|row| row.parent)
    {
        instance = parent.instance;
    }
    instance
}

/// The ad-hoc subprocesses that people may choose in, with what they may choose.
pub fn ad_hoc(
    engine: &mut Engine,
) -> Vec<(
    ProcessInstanceKey,
    ElementInstanceKey,
    ElementInstance,
    Vec<String>,
)> {
    let mut found = Vec::new();
    for (instance, key, row) in elements(engine.state()) {
        let Some(definition) = definition_of(engine, instance) else {
            continue;
        };
        let NodeKind::Scope(scope) = &definition.node(row.element).kind else {
            continue;
        };
        if scope.kind != ScopeKind::AdHoc {
            continue;
        }
        let choices = definition.nodes.iter().filter(|node| {
            node.scope == Some(row.element)
                && node.incoming.is_empty()
                && !node.for_compensation
                && matches!(node.kind, NodeKind::Job(_))
        });
        let choices = choices.map(|node| node.id.to_string()).collect();
        found.push((instance, key, row, choices));
    }
    found
}

pub fn definition_of(
    engine: &mut Engine,
    instance: ProcessInstanceKey,
) -> Option<std::sync::Arc<Definition>> {
    let key = engine
        .state()
        .instances
        .get(&(TENANT, instance))?
        .definition;
    engine.definition(TENANT, key)
}

/// Active elements that have no others in them, and for which nothing is written down that
/// could ever move them: tokens that are lost.
fn lost(engine: &mut Engine) -> Vec<(ProcessInstanceKey, ElementInstanceKey)> {
    let all = elements(engine.state());
    // Events that throw compensation wait for the activities that undo.
    let throwers: BTreeSet<_> = all
        .iter()
        .filter_map(|(.., row)| row.undo.thrower)
        .collect();
    let waiting = waiting_for_ends(&all);
    let mut lost = Vec::new();
    for (instance, key, row) in all {
        let moves = throwers.contains(&key)
            || waiting.contains(&(instance, key))
            || moves(engine.state(), instance, key, &row)
            || waits_for_scope(engine.state(), instance, &row);
        if row.children == 0 && !moves {
            // An ad-hoc subprocess waits for somebody to choose.
            let chooses = row.phase == Phase::Active && is_ad_hoc(engine, instance, &row);
            if !chooses {
                lost.push((instance, key));
            }
        }
    }
    lost
}

/// What interrupting events have put into a scope, while what they interrupt is not gone: the
/// activity, or what is older in the scope.
fn waiting_for_ends(all: &[Active]) -> BTreeSet<(ProcessInstanceKey, ElementInstanceKey)> {
    let is_there =
        |instance: ProcessInstanceKey, key: ElementInstanceKey, by: ElementInstanceKey| {
            let older = |(case, child, row): &Active| {
                *case == instance && row.scope == Some(key) && *child < by
            };
            all.iter().any(older)
        };
    let interrupted = all.iter().filter_map(|(instance, key, row)| {
        let by = row.interrupted_by?;
        let waits = row.phase == Phase::Terminating || is_there(*instance, *key, by);
        waits.then_some((*instance, by))
    });
    interrupted.collect()
}

fn is_ad_hoc(engine: &mut Engine, instance: ProcessInstanceKey, row: &ElementInstance) -> bool {
    definition_of(engine, instance).is_some_and(|definition| {
        matches!(&definition.node(row.element).kind, NodeKind::Scope(scope) if scope.kind == ScopeKind::AdHoc)
    })
}

/// Whether something is written down that an active element waits for.
fn moves(
    state: &State,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    row: &ElementInstance,
) -> bool {
    let works = match row.work {
        Some(Work::Job(job)) => state.jobs.contains(&(TENANT, job)),
        Some(Work::UserTask(task)) => state.user_tasks.contains(&(TENANT, task)),
        Some(Work::Call(called)) => state.instances.contains(&(TENANT, called)),
        None => false,
    };
    let listens = row
        .listener_job
        .is_some_and(|job| state.jobs.contains(&(TENANT, job)));
    // Steps that were kept move it when it is the turn of its case.
    let held = state
        .instances
        .get(&(TENANT, instance))
        .is_some_and(|case| case.suspended || case.banned.is_some() || case.kept.steps > 0);
    works
        || listens
        || held
        || row.waiting_tokens > 0
        || row.deferred
        || row.subscriptions > 0 && waits(state, instance, key)
        || has_incident(state, instance, key)
}

/// Whether an element was put into a scope that is not entered yet: what holds that one back
/// holds back all that is in it.
fn waits_for_scope(state: &State, instance: ProcessInstanceKey, row: &ElementInstance) -> bool {
    let mut next = row.scope;
    while let Some(key) = next {
        let scope = state.elements.get(&(TENANT, instance, key));
        let Some(scope) = scope.filter(|scope| scope.phase == Phase::Activating) else {
            return false;
        };
        if moves(state, instance, key, &scope) {
            return true;
        }
        next = scope.scope;
    }
    false
}

fn waits(state: &State, instance: ProcessInstanceKey, key: ElementInstanceKey) -> bool {
    let first = (TENANT, instance, key, SubscriptionKey(0));
    let end = (TENANT, instance, key, SubscriptionKey(u64::MAX));
    let open = state.subscriptions_by_element.range(&first, &end, 1);
    !open.is_empty()
}

fn has_incident(state: &State, instance: ProcessInstanceKey, key: ElementInstanceKey) -> bool {
    let first = (TENANT, instance, key, IncidentKey(0));
    let end = (TENANT, instance, key, IncidentKey(u64::MAX));
    let open = state.incidents_by_element.range(&first, &end, 1);
    !open.is_empty()
}

/// Whether a case waits for a message, itself or in a case that it called.
pub fn waits_for_message(state: &State, instance: ProcessInstanceKey) -> bool {
    let first = (TENANT, SubscriptionKey(0));
    let end = (TENANT, SubscriptionKey(u64::MAX));
    let all = state.subscriptions.range(&first, &end, usize::MAX);
    let of_case: BTreeSet<ProcessInstanceKey> = all
        .iter()
        .filter(|(_, row)| matches!(row.wait, Wait::Message { .. }))
        .filter_map(|(_, row)| Some(root_of(state, row.instance()?)))
        .collect();
    of_case.contains(&root_of(state, instance))
}

/// Whether tokens of a case, or of one that it called, wait at a join. After a modification
/// the others may never come.
pub fn waits_at_join(state: &State, instance: ProcessInstanceKey) -> bool {
    let root = root_of(state, instance);
    elements(state)
        .iter()
        .any(|(case, _, row)| row.waiting_tokens > 0 && root_of(state, *case) == root)
}

/// What is active in some of the cases, for the message of a failure.
pub fn left(engine: &mut Engine, cases: &[ProcessInstanceKey]) -> String {
    let mut told = String::new();
    for (instance, key, row) in elements(engine.state()) {
        if !cases.contains(&instance) {
            continue;
        }
        let id = definition_of(engine, instance)
            .map(|definition| definition.node(row.element).id.clone());
        told += &format!("{instance} {key} {id:?} {row:?}\n");
    }
    let all = incidents(engine.state());
    let incidents = all
        .iter()
        .filter_map(|key| engine.state().incidents.get(&(TENANT, *key)))
        .filter(|incident| cases.contains(&incident.instance));
    told.extend(incidents.map(|incident| format!("{incident:?}\n")));
    told
}

/// Complains of tokens that are lost.
pub fn assert_nothing_lost(engine: &mut Engine, after: &str) {
    let lost = lost(engine);
    if !lost.is_empty() {
        let cases: Vec<_> = lost.iter().map(|(instance, _)| *instance).collect();
        let left = left(engine, &cases);
        panic!("Tokens are lost after {after}: {lost:?}\n{left}");
    }
}
