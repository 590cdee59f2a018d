//! How an element begins in a flow scope.

use crate::context::Context;
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Role};
use crate::event::ElementInstanceEvent;
use crate::key::*;

/// Begins an element in a flow scope.
pub(crate) fn enter(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: u32,
    scope: ElementInstanceKey,
) -> ElementInstanceKey {
    let key = place(ctx, instance, element, scope);
    begin_when_possible(ctx, instance, key, scope);
    key
}

/// Begins what was put into a scope. In one that is itself still being entered it waits for that.
pub(crate) fn begin_when_possible(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    scope: ElementInstanceKey,
) {
    let around = ctx.state.elements.get(&(ctx.tenant, instance, scope));
    if around.is_some_and(|row| row.phase != Phase::Activating) {
        ctx.then(Continuation::Activate {
            instance,
            element: key,
        });
    }
}

/// Puts an element into a flow scope, where it waits for something before it begins.
pub(crate) fn place(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: u32,
    scope: ElementInstanceKey,
) -> ElementInstanceKey {
    let repeats = ctx
        .definition_of(instance)
        .is_some_and(|(_, definition)| definition.node(element).repetition.is_some());
    let role = if repeats { Role::Body } else { Role::Plain };
    place_as(ctx, instance, element, scope, role)
}

pub(crate) fn place_as(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: u32,
    scope: ElementInstanceKey,
    role: Role,
) -> ElementInstanceKey {
    let key = ElementInstanceKey(ctx.next_key());
    ctx.emit(ElementInstanceEvent::Activating {
        instance,
        key,
        element,
        scope,
        role,
    });
    key
}
