//! Interrupting events: what begins by one waits until what it interrupts is gone, which may
//! take several commands, because user tasks let their listeners clean up and much is ended
//! bit by bit. Until then it is in its scope, being entered, and ends with that.

use super::{place, scope};
use crate::behaviour::enter::enter;
use crate::context::{Active, Context};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Phase;
use crate::event::ElementInstanceEvent;
use crate::key::*;

/// Puts a boundary event beside the activity that it interrupts, which is ended.
pub(super) fn of_activity(
    ctx: &mut Context<'_>,
    host: &Active,
    boundary: u32,
) -> ElementInstanceKey {
    let instance = host.instance;
    let by = place(ctx, instance, boundary, host.scope());
    record(ctx, instance, host.key, by);
    scope::mark_as_ending(ctx, instance, host.key);
    ctx.then(Continuation::Terminate {
        instance,
        element: host.key,
    });
    by
}

/// Puts an event subprocess into the scope that it interrupts: what was in there is ended.
pub(super) fn of_scope(
    ctx: &mut Context<'_>,
    around: &Active,
    subprocess: u32,
) -> ElementInstanceKey {
    let instance = around.instance;
    scope::terminate_rest(ctx, instance, around.key);
    let by = match oldest(ctx, instance, around.key) {
        None => enter(ctx, instance, subprocess, around.key),
        Some(_) => place(ctx, instance, subprocess, around.key),
    };
    record(ctx, instance, around.key, by);
    by
}

fn record(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
    by: ElementInstanceKey,
) {
    ctx.emit(ElementInstanceEvent::Interrupted { instance, key, by });
}

/// An element has been ended: what waited for that begins.
pub(super) fn ended(ctx: &mut Context<'_>, active: &Active) {
    let instance = active.instance;
    if let Some(element) = active.row.interrupted_by
        && active.row.phase == Phase::Terminating
    {
        ctx.then(Continuation::Activate { instance, element });
    }
    let around = ctx
        .state
        .elements
        .get(&(ctx.tenant, instance, active.scope()));
    let Some(around) = around.filter(|around| around.phase == Phase::Active) else {
        return;
    };
    // What was interrupted is older than what waits for its end, and nothing else is. So the
    // last of it is found without a look at the others.
    if let Some(element) = around.interrupted_by
        && active.key < element
        && oldest(ctx, instance, active.scope()) == Some(element)
    {
        ctx.then(Continuation::Activate { instance, element });
    }
}

/// The active element that was put into a scope first.
fn oldest(
    ctx: &Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) -> Option<ElementInstanceKey> {
    let children = ctx
        .state
        .children
        .first_under((ctx.tenant, instance, scope), 1);
    children.first().map(|(row, _)| row.3)
}
