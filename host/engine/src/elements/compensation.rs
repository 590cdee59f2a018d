//! Compensation: which completed activities can be undone, and the undoing of them. Those
//! that an event throws compensation for are undone one after the other, what was completed
//! last first; the event waits until all are.
//!
//! An activity inside a completed subprocess is undone beside the event that throws, because
//! the subprocess is gone; whoever undoes it gets the subprocess's own variables as they were
//! at its end.

use std::sync::Arc;

use super::{activated, enter};
use crate::context::{Active, Context, Failure, Step, variables_of};
use crate::definition::{Caught, NodeKind, ScopeKind};
use crate::event::Event;
use crate::key::*;
use crate::limits::MAX_COMPENSATIONS;
use crate::state::compensation::{Compensation, Handler, Inside};
use crate::state::incident::IncidentKind;
use crate::state::instance::{Phase, Role};
use crate::variables::Document;

/// What the completion of an element leaves to be undone. Its key is still to come.
///
/// # Errors
/// The case has too many completed activities already.
pub(super) fn prepare(ctx: &Context<'_>, active: &Active) -> Result<Option<Compensation>, Failure> {
    let Some(scope) = active.row.scope else {
        return Ok(None);
    };
    let handler = handler(active);
    let holds = active.row.undo.held > 0;
    // What undoes is not undone itself.
    if active.node().for_compensation || (handler.is_none() && !holds) {
        return Ok(None);
    }
    let so_far = ctx
        .instance(active.instance)
        .map_or(0, |row| row.compensations);
    if so_far >= MAX_COMPENSATIONS {
        return Err(Failure::new(
            IncidentKind::ExecutionLimit,
            format!(
                "Expected at most {MAX_COMPENSATIONS} completed activities in a case that can be undone, but '{}' would be one more. Let the process undo them earlier, or split it into processes that call each other.",
                active.node().id
            ),
        ));
    }
    Ok(Some(Compensation {
        key: CompensationKey(0),
        activity: active.row.element,
        scope,
        handler,
        inside: holds.then(|| inside(ctx, active)),
    }))
}

/// How an activity is undone, where a boundary event on it says so. One that repeats is undone
/// as a whole.
fn handler(active: &Active) -> Option<Handler> {
    active
        .boundary()
        .iter()
        .find_map(|event| match active.definition.node(*event).caught() {
            Some(Caught::Compensation(Some(activity))) => Some(Handler {
                event: *event,
                activity: *activity,
            }),
            _ => None,
        })
}

fn inside(ctx: &Context<'_>, active: &Active) -> Inside {
    let own = variables_of(ctx.state, ctx.tenant, active.instance, active.key);
    Inside {
        key: active.key,
        variables: own
            .into_iter()
            .map(|(key, variable)| (key.3, variable.value.clone()))
            .collect(),
    }
}

/// Records what [`prepare`] found, while the element is still there.
pub(super) fn subscribe(ctx: &mut Context<'_>, active: &Active, found: Option<Compensation>) {
    let instance = active.instance;
    if let Some(compensation) = found {
        let compensation = Compensation {
            key: CompensationKey(ctx.next_key()),
            ..compensation
        };
        ctx.emit(Event::CompensationSubscribed {
            instance,
            compensation: Arc::new(compensation),
        });
    } else if active.row.undo.held > 0 && active.node().for_compensation {
        ctx.emit(Event::CompensationDropped {
            instance,
            scope: active.key,
        });
    }
}

/// An event throws compensation for one activity, or for all that were completed around it.
pub(super) fn throw_from_event(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    activity: Option<u32>,
) {
    activated(ctx, active, input);
    let scopes = scopes_in_sight(ctx, active);
    undo(ctx, active, &scopes, activity);
}

/// Takes over what was completed in these scopes, or what of it is one activity, and begins to
/// undo it.
pub(super) fn undo(
    ctx: &mut Context<'_>,
    thrower: &Active,
    scopes: &[ElementInstanceKey],
    activity: Option<u32>,
) {
    let instance = thrower.instance;
    for (scope, compensation) in completed(ctx, instance, scopes, activity) {
        ctx.emit(Event::CompensationTriggered {
            instance,
            scope,
            compensation,
            thrower: thrower.key,
        });
    }
    go_on(ctx, instance, thrower.key);
}

/// The completed activities of some scopes, or one of them, with what was completed inside.
fn completed(
    ctx: &Context<'_>,
    instance: InstanceKey,
    scopes: &[ElementInstanceKey],
    activity: Option<u32>,
) -> Vec<(ElementInstanceKey, CompensationKey)> {
    let mut found = Vec::new();
    let mut scopes: Vec<_> = scopes.iter().map(|scope| (*scope, activity)).collect();
    while let Some((scope, wanted)) = scopes.pop() {
        for row in of_scope(ctx, instance, scope) {
            if wanted.is_none_or(|wanted| wanted == row.activity) {
                found.push((scope, row.key));
                scopes.extend(row.inside.as_ref().map(|inside| (inside.key, None)));
            }
        }
    }
    found
}

/// The flow scope of an event; for one in an event subprocess the scope around that, too,
/// which it is there to care for, and from a path of an ad-hoc subprocess the other paths.
fn scopes_in_sight(ctx: &mut Context<'_>, thrower: &Active) -> Vec<ElementInstanceKey> {
    let mut scopes = Vec::new();
    let mut next = thrower.row.scope;
    while let Some(scope) = next {
        scopes.push(scope);
        let around = ctx.active(thrower.instance, scope);
        next = around
            .filter(|scope| scope.row.role == Role::Path || is_event_subprocess(scope))
            .and_then(|scope| scope.row.scope);
    }
    scopes
}

fn is_event_subprocess(scope: &Active) -> bool {
    matches!(&scope.node().kind, NodeKind::Scope(scope) if scope.kind == ScopeKind::EventSubProcess)
}

fn of_scope(
    ctx: &Context<'_>,
    instance: InstanceKey,
    scope: ElementInstanceKey,
) -> Vec<Arc<Compensation>> {
    let first = (ctx.tenant, instance, scope, CompensationKey(0));
    let end = (
        ctx.tenant,
        instance,
        ElementInstanceKey(scope.0 + 1),
        CompensationKey(0),
    );
    let rows = ctx.state.compensations.range(&first, &end, usize::MAX);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Undoes what comes next for an event that throws compensation; with nothing left, it is left.
fn go_on(ctx: &mut Context<'_>, instance: InstanceKey, thrower: ElementInstanceKey) {
    let Some(thrower) = ctx.active(instance, thrower) else {
        return;
    };
    if thrower.row.phase != Phase::Active {
        return;
    }
    let first = (ctx.tenant, instance, thrower.key, 0);
    let end = (
        ctx.tenant,
        instance,
        ElementInstanceKey(thrower.key.0 + 1),
        0,
    );
    let next = ctx.state.undoing.range(&first, &end, 1).pop();
    match next.and_then(|(_, row)| Some((row.handler?, row))) {
        Some((handler, row)) => start(ctx, &thrower, handler, &row),
        None => ctx.then(Step::Complete {
            instance,
            element: thrower.key,
        }),
    }
}

fn start(ctx: &mut Context<'_>, thrower: &Active, handler: Handler, row: &Compensation) {
    let (instance, scope) = (thrower.instance, thrower.scope());
    let event = ElementInstanceKey(ctx.next_key());
    ctx.emit(Event::ElementActivating {
        instance,
        key: event,
        element: handler.event,
        scope,
        role: Role::Plain,
    });
    ctx.emit(Event::ElementActivated {
        instance,
        key: event,
    });
    ctx.emit(Event::ElementCompleted {
        instance,
        key: event,
        outcome: None,
    });
    let key = enter(ctx, instance, handler.activity, scope);
    ctx.emit(Event::CompensationStarted {
        instance,
        thrower: thrower.key,
        compensation: row.key,
        handler: key,
    });
    let variables = variables_inside(ctx, thrower, row.scope);
    ctx.set_variables(instance, key, &variables);
}

/// The variables of a completed scope and of those around it that were completed with it.
fn variables_inside(ctx: &Context<'_>, thrower: &Active, scope: ElementInstanceKey) -> Document {
    let mut variables = Document::new();
    let mut next = scope;
    let place = |scope| (ctx.tenant, thrower.instance, thrower.key, scope);
    while let Some(row) = ctx.state.undoing_inside.get(&place(next)) {
        if let Some(inside) = &row.inside {
            for (name, value) in &inside.variables {
                variables
                    .entry(Arc::clone(name))
                    .or_insert_with(|| value.clone());
            }
        }
        next = row.scope;
    }
    variables
}

/// An activity that undoes another one was completed or ended: the next one follows.
pub(super) fn ended(ctx: &mut Context<'_>, active: &Active) {
    if let Some(thrower) = active.row.undo.thrower {
        go_on(ctx, active.instance, thrower);
    }
}
