//! Ending what is in a scope, which may be too much for one step: a part is told to end, and
//! another step goes on after the last of these.

use super::{catching, scope};
use crate::context::{Active, Context};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Rest};
use crate::event::RepetitionEvent;
use crate::key::*;
use crate::limits::MAX_ENDED_AT_ONCE;

/// Nothing has been ended yet: less than every key.
pub(super) const FROM_THE_FIRST: ElementInstanceKey = ElementInstanceKey(0);

/// Ends the active elements of a scope that come after one, but not the scope itself.
pub(super) fn end_children(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    after: ElementInstanceKey,
) {
    end_some(ctx, instance, scope, after, |ctx, child| {
        scope::mark_as_ending(ctx, instance, child);
        true
    });
}

/// As [`end_children`], of those alone of which it is recorded that they are being ended. So
/// they do nothing in the meantime, and what is begun in the scope afterwards goes on.
pub(super) fn end_marked(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    after: ElementInstanceKey,
) {
    end_some(ctx, instance, scope, after, |ctx, child| {
        let row = ctx.state.elements.get(&(ctx.tenant, instance, child));
        row.is_some_and(|row| row.phase == Phase::Terminating)
    });
}

/// Tells as many of a scope's elements to end as a step may, and goes on with those after the
/// last of them.
fn end_some(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    after: ElementInstanceKey,
    ends: impl Fn(&mut Context<'_>, ElementInstanceKey) -> bool,
) {
    let first = (
        ctx.tenant,
        instance,
        scope,
        ElementInstanceKey(after.0.saturating_add(1)),
    );
    let end = (
        ctx.tenant,
        instance,
        ElementInstanceKey(scope.0 + 1),
        FROM_THE_FIRST,
    );
    let children = ctx
        .state
        .children
        .range(&first, &end, MAX_ENDED_AT_ONCE + 1);
    let mut last = after;
    for ((_, _, _, child), _) in children.iter().take(MAX_ENDED_AT_ONCE) {
        last = *child;
        if ends(ctx, *child) {
            ctx.then(Continuation::Terminate {
                instance,
                element: *child,
            });
        }
    }
    if children.len() > MAX_ENDED_AT_ONCE {
        ctx.then(Continuation::EndMore {
            instance,
            element: scope,
            after: last,
        });
    }
}

/// Goes on ending what is in an element.
pub(crate) fn end_more(ctx: &mut Context<'_>, active: &Active, after: ElementInstanceKey) {
    let Active { instance, key, .. } = *active;
    if active.row.children > 0 {
        if ends_whole(active) {
            end_children(ctx, instance, key, after);
        } else {
            end_marked(ctx, instance, key, after);
        }
    } else if active.row.phase == Phase::Active && active.row.rest != Rest::Open {
        ctx.then(Continuation::Complete {
            instance,
            element: key,
        });
    }
}

/// Whether all that is in an element is being ended.
fn ends_whole(active: &Active) -> bool {
    active.row.phase == Phase::Terminating || active.row.rest == Rest::Ended
}

/// Ends what is left of an element that repeats or of an ad-hoc subprocess, which is done then.
pub(super) fn end_rest(ctx: &mut Context<'_>, whole: &Active) {
    let Active { instance, key, .. } = *whole;
    if ctx
        .state
        .elements
        .get(&(ctx.tenant, instance, key))
        .is_some_and(|row| row.children > 0)
    {
        ctx.emit(RepetitionEvent::RestDecided {
            instance,
            key,
            rest: Rest::Ended,
        });
        // Nothing begins in it any more; its boundary events stay, as it is still active.
        let inside = whole.event_starts().to_vec();
        catching::close_those(ctx, instance, key, |event| inside.contains(&event));
        end_children(ctx, instance, key, FROM_THE_FIRST);
    } else {
        ctx.then(Continuation::Complete {
            instance,
            element: key,
        });
    }
}
