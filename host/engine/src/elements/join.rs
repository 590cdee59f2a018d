//! Gateways at which tokens wait for each other. A parallel one waits for a token on every
//! incoming flow. An inclusive one waits for all that may still come, so it is looked at
//! again whenever something in its scope has ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::behaviour::enter::enter;
use crate::context::{Active, Context, Failure};
use crate::definition::Definition;
use crate::entities::element_instance::Phase;
use crate::entities::incident::IncidentKind;
use crate::event::ElementInstanceEvent;
use crate::key::*;
use crate::limits::MAX_CHILDREN_PER_LOOK;

/// A token waits at a join. A parallel one may go on now; an inclusive one is looked at by
/// [`go_on_where_nothing_comes`] once all flows of the element that was left are taken.
pub(super) fn wait(
    ctx: &mut Context<'_>,
    definition: &Definition,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    flow: u32,
) {
    ctx.emit(ElementInstanceEvent::TokenWaiting {
        instance,
        scope,
        flow,
    });
    let join = definition.flow(flow).target;
    let node = definition.node(join);
    let holds_token = |flow: &u32| {
        let key = (ctx.tenant, instance, scope, *flow);
        ctx.state.tokens.contains(&key)
    };
    if !node.is_inclusive() && node.incoming.iter().all(holds_token) {
        go_on(ctx, instance, scope, join, &node.incoming);
    }
}

/// One token of each flow goes on from a join.
fn go_on(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    join: u32,
    flows: &[u32],
) {
    for &flow in flows {
        ctx.emit(ElementInstanceEvent::TokenConsumed {
            instance,
            scope,
            flow,
            count: 1,
        });
    }
    enter(ctx, instance, join, scope);
}

/// A path of an ad-hoc subprocess in which nothing is active any more, but tokens wait.
///
/// # Errors
/// Where they wait, and why nothing comes.
pub(super) fn in_vain(ctx: &Context<'_>, path: &Active) -> Result<(), Failure> {
    let joins: BTreeSet<u32> = tokens(ctx, path)
        .into_iter()
        .map(|flow| path.definition.flow(flow).target)
        .collect();
    let ids: Vec<String> = joins
        .iter()
        .map(|join| format!("'{}'", path.definition.node(*join).id))
        .collect();
    let message = format!(
        "Expected a token on each sequence flow to the join {}, but nothing in this path of the ad-hoc subprocess '{}' can bring another: each element that is chosen goes a path of its own, and what one brings no other gets. Activate what is missing in this path by a modification, or end the path; draw a subprocess around what belongs together.",
        ids.join(" and "),
        path.node().id
    );
    Err(Failure::new(IncidentKind::JoinInVain, message))
}

/// The sequence flows on which tokens wait in a scope.
fn tokens(ctx: &Context<'_>, scope: &Active) -> Vec<u32> {
    let waiting = ctx
        .state
        .tokens
        .under((ctx.tenant, scope.instance, scope.key));
    waiting
        .into_iter()
        .map(|((_, _, _, flow), _)| flow)
        .collect()
}

/// An inclusive join with tokens.
struct Waiting {
    join: u32,
    /// Its incoming flows that hold a token.
    met: Vec<u32>,
    unmet: Vec<u32>,
}

impl Waiting {
    fn may_get_more_from(&self, element: u32, definition: &Definition) -> bool {
        self.unmet
            .iter()
            .any(|flow| definition.paths.lead(element, *flow))
    }
}

/// Something in a scope has ended: its inclusive joins go on that nothing more can reach.
pub(crate) fn go_on_where_nothing_comes(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) {
    let tokens_wait = |ctx: &Context<'_>| {
        ctx.state
            .elements
            .get(&(ctx.tenant, instance, scope))
            .is_some_and(|row| row.waiting_tokens > 0 && row.phase == Phase::Active)
    };
    // A join that goes on can lead to another one, so after each all are looked at anew.
    while tokens_wait(ctx) {
        let Some(scope) = ctx.active(instance, scope) else {
            return;
        };
        let Some(next) = next_to_go_on(ctx, &scope) else {
            return;
        };
        go_on(ctx, instance, scope.key, next.join, &next.met);
    }
}

/// The join that goes on next. Where joins wait only for each other, the first in the
/// diagram goes on, because otherwise none ever would.
fn next_to_go_on(ctx: &Context<'_>, scope: &Active) -> Option<Waiting> {
    let definition = &*scope.definition;
    let (mut candidates, occupied) = waiting(ctx, scope);
    keep_what_no_child_reaches(ctx, scope, &mut candidates);
    let unreached = |candidate: &Waiting| {
        !occupied
            .iter()
            .any(|join| *join != candidate.join && candidate.may_get_more_from(*join, definition))
    };
    let first = candidates.iter().position(unreached).unwrap_or(0);
    (!candidates.is_empty()).then(|| candidates.swap_remove(first))
}

/// The inclusive joins of a scope that hold tokens, and all joins that do.
fn waiting(ctx: &Context<'_>, scope: &Active) -> (Vec<Waiting>, Vec<u32>) {
    let definition = &scope.definition;
    let mut met: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for flow in tokens(ctx, scope) {
        let join = definition.flow(flow).target;
        met.entry(join).or_default().push(flow);
    }
    let occupied = met.keys().copied().collect();
    let inclusive = met
        .into_iter()
        .filter(|(join, _)| definition.node(*join).is_inclusive())
        .map(|(join, met)| {
            let incoming = definition.node(join).incoming.iter().copied();
            let unmet = incoming.filter(|flow| !met.contains(flow)).collect();
            Waiting { join, met, unmet }
        });
    (inclusive.collect(), occupied)
}

/// Drops the joins to which a way leads from something that is active in the scope.
fn keep_what_no_child_reaches(ctx: &Context<'_>, scope: &Active, candidates: &mut Vec<Waiting>) {
    let key = |child| (ctx.tenant, scope.instance, scope.key, child);
    let mut next = ElementInstanceKey(0);
    while !candidates.is_empty() {
        let children = ctx.state.children.range(
            &key(next),
            &key(ElementInstanceKey(u64::MAX)),
            MAX_CHILDREN_PER_LOOK,
        );
        for ((_, instance, _, child), _) in &children {
            if let Some(row) = ctx.state.elements.get(&(ctx.tenant, *instance, *child)) {
                candidates.retain(|candidate| {
                    !candidate.may_get_more_from(row.element, &scope.definition)
                });
            }
        }
        match children.last() {
            Some(((_, _, _, last), _)) if children.len() == MAX_CHILDREN_PER_LOOK => {
                next = ElementInstanceKey(last.0 + 1);
            }
            _ => return,
        }
    }
}
