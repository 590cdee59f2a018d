//! Modification: tokens of a case are added, moved and ended by an operator, all or nothing.
//! What an instruction means for the case as it stands is worked out in `plan`; here the
//! plan is carried out. Starting a case in its middle is the same with an empty case.

mod plan;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::plan::{Placement, Plan, Planner, Within};
use super::Request;
use crate::command::ModifyInstance;
use crate::context::Context;
use crate::definition::Definition;
use crate::elements;
use crate::entities::continuation::Continuation;
use crate::event::ProcessInstanceEvent;
use crate::key::*;
use crate::operation::{Activation, Modification, Place};
use crate::rejection::Rejection;

impl Request for ModifyInstance {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        modify(ctx, self.instance, &self.modification)
    }
}

pub(super) fn modify(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    modification: &Modification,
) -> Result<(), Rejection> {
    ctx.workable(instance)?;
    let definition = ctx
        .active(instance, instance.root())
        .ok_or_else(|| Rejection::not_found("process instance", instance))?
        .definition;
    let plan = Planner::of_case(ctx, instance, &definition).plan(modification)?;
    ctx.emit(ProcessInstanceEvent::Modified {
        instance,
        activated: plan.placements.iter().map(|place| place.element).collect(),
        terminated: plan.ended.clone(),
    });
    open_what_ends_with_start(ctx, instance, &plan.ended);
    put(ctx, instance, &definition, &plan);
    for element in plan.ended {
        ctx.then(Continuation::Terminate { instance, element });
    }
    Ok(())
}

/// What waits in a scope is opened at the end of a start event that maps what it brought. When
/// such an event is ended by hand and the scope goes on, that has to happen here.
fn open_what_ends_with_start(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    ended: &[ElementInstanceKey],
) {
    let starts = ended.iter().filter_map(|key| ctx.active(instance, *key));
    let scopes: BTreeSet<_> = starts
        .filter(|active| active.node().is_mapped_start())
        .map(|active| active.scope())
        .collect();
    for element in scopes {
        ctx.then(Continuation::OpenEvents { instance, element });
    }
}

/// Where the tokens of a case go that does not begin at its start event.
pub(super) struct Middle(Plan);

/// Checks where a new case is to begin.
///
/// # Errors
/// Every instruction that cannot be followed, with the reason.
pub(super) fn plan_start(
    ctx: &Context<'_>,
    instance: ProcessInstanceKey,
    definition: &Arc<Definition>,
    activate: &[Activation],
) -> Result<Middle, Rejection> {
    if let Some(after) = activate.iter().find(|one| one.place == Place::After) {
        return Err(Rejection::invalid(format!(
            "Expected a start instruction before an element, but this one is after '{}'. Name the elements that follow it.",
            after.element
        )));
    }
    let modification = Modification {
        activate: activate.to_vec(),
        ..Modification::default()
    };
    let plan = Planner::of_new_case(ctx, instance, definition).plan(&modification)?;
    Ok(Middle(plan))
}

/// Puts tokens into a case whose process was not entered yet; they begin once it is.
pub(super) fn put_start(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    definition: &Definition,
    middle: &Middle,
) {
    put(ctx, instance, definition, &middle.0);
}

fn put(ctx: &mut Context<'_>, instance: ProcessInstanceKey, definition: &Definition, plan: &Plan) {
    let mut made = Vec::with_capacity(plan.scopes.len());
    for scope in &plan.scopes {
        let around = key_of(&made, scope.within);
        made.push(match scope.is_path {
            true => elements::ad_hoc::put_path(ctx, instance, scope.element, around),
            false => crate::behaviour::enter::enter(ctx, instance, scope.element, around),
        });
    }
    for placement in &plan.placements {
        put_token(ctx, instance, definition, placement, &made);
    }
}

/// Scopes come before what is inside them, so they are made already.
fn key_of(made: &[ElementInstanceKey], within: Within) -> ElementInstanceKey {
    match within {
        Within::Present(key) => key,
        Within::Made(index) => made[index],
    }
}

fn put_token(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    definition: &Definition,
    placement: &Placement,
    made: &[ElementInstanceKey],
) {
    for (within, variables) in &placement.variables.outside {
        ctx.set_variables(instance, key_of(made, *within), variables);
    }
    let scope = key_of(made, placement.within);
    match &placement.flows {
        Some(flows) => {
            for &flow in flows {
                elements::arrive(ctx, definition, instance, scope, flow);
            }
            elements::go_on_where_nothing_comes(ctx, instance, scope);
        }
        None => {
            let key = crate::behaviour::enter::enter(ctx, instance, placement.element, scope);
            for variables in &placement.variables.own {
                ctx.set_variables(instance, key, variables);
            }
        }
    }
}
