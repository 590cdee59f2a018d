//! Sequence flows: which ones an element takes, and what arrives at their targets.

use super::join;
use crate::behaviour::enter::enter;
use crate::context::{Active, Context, Failure};
use crate::definition::{Definition, NodeKind};
use crate::entities::incident::IncidentKind;
use crate::event::ElementInstanceEvent;
use crate::key::*;
use crate::variables::Document;

/// The flows that an element takes when it is left, decided with its output in view. One run
/// of an element that repeats takes none.
pub(crate) fn choose(
    ctx: &Context<'_>,
    active: &Active,
    output: &Document,
) -> Result<Vec<u32>, Failure> {
    if !active.is_whole() {
        return Ok(Vec::new());
    }
    let node = active.node();
    let exclusive = matches!(node.kind, NodeKind::ExclusiveGateway);
    let mut taken = Vec::new();
    for &flow in node
        .outgoing
        .iter()
        .filter(|flow| Some(**flow) != node.default_flow)
    {
        if holds(ctx, active, flow, output)? {
            taken.push(flow);
            if exclusive {
                return Ok(taken);
            }
        }
    }
    match node.default_flow {
        Some(flow) if taken.is_empty() => Ok(vec![flow]),
        None if taken.is_empty() && !node.outgoing.is_empty() => Err(Failure::new(
            IncidentKind::ConditionError,
            format!(
                "Expected a sequence flow out of '{}' whose condition holds, but none does and there is no default flow. Correct the variables, then resolve.",
                node.id
            ),
        )),
        _ => Ok(taken),
    }
}

fn holds(
    ctx: &Context<'_>,
    active: &Active,
    flow: u32,
    output: &Document,
) -> Result<bool, Failure> {
    let Some(condition) = &active.definition.flow(flow).condition else {
        return Ok(true);
    };
    ctx.holds(condition, active, output, IncidentKind::ConditionError)
}

/// Moves a token along each flow.
pub(super) fn take(ctx: &mut Context<'_>, active: &Active, flows: &[u32]) {
    for &flow in flows {
        arrive(
            ctx,
            &active.definition,
            active.instance,
            active.scope(),
            flow,
        );
    }
}

/// A token passes a flow and arrives at its target: it enters it, or waits there for others.
pub(crate) fn arrive(
    ctx: &mut Context<'_>,
    definition: &Definition,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    flow: u32,
) {
    let target = definition.flow(flow).target;
    let node = definition.node(target);
    ctx.emit(ElementInstanceEvent::SequenceFlowTaken {
        instance,
        scope,
        flow,
    });
    if node.is_join() {
        join::wait(ctx, definition, instance, scope, flow);
    } else {
        enter(ctx, instance, target, scope);
    }
}
