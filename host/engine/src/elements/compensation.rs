//! Compensation: which completed activities can be undone, and the undoing of them. Those
//! that an event throws compensation for are undone one after the other, what was completed
//! last first; the event waits until all are.
//!
//! An activity inside a completed subprocess is undone beside the event that throws, because
//! the subprocess is gone; whoever undoes it gets the subprocess's own variables as they were
//! at its end. A subprocess that has an event subprocess with a compensation start event is
//! undone by that instead, in the same place and with the same variables: what was completed
//! inside is undone only if the event subprocess throws compensation itself.

use std::sync::Arc;

use super::activated;
use crate::behaviour::enter::enter;
use crate::context::{Active, Context, Failure};
use crate::definition::{Caught, Definition, NodeKind, ScopeKind};
use crate::entities::compensation::{Compensation, Handler, Inside};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Role};
use crate::entities::incident::IncidentKind;
use crate::event::{CompensationEvent, ElementInstanceEvent};
use crate::key::*;
use crate::limits::MAX_COMPENSATIONS;
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
    let undone_inside = handler.is_some_and(|handler| is_inside(&active.definition, handler));
    let holds = active.row.undo.held > 0;
    // What undoes is not undone itself.
    if undoes(active) || (handler.is_none() && !holds) {
        return Ok(None);
    }
    let so_far = ctx
        .instance(active.instance)
        .map_or(0, |row| row.compensations);
    if so_far >= MAX_COMPENSATIONS {
        return Err(Failure::new(
            IncidentKind::ExecutionLimit,
            format!(
                "Expected at most {MAX_COMPENSATIONS} completed activities in a process instance that can be undone, but '{}' would be one more. Let the process undo them earlier, or split it into processes that call each other.",
                active.node().id
            ),
        ));
    }
    Ok(Some(Compensation {
        key: CompensationKey(0),
        activity: active.row.element,
        scope,
        handler,
        inside: (holds || undone_inside).then(|| inside(ctx, active)),
    }))
}

/// How an activity is undone, where a boundary event on it says so or an event subprocess in it.
/// One that repeats is undone as a whole by the one, and run by run by the other.
fn handler(active: &Active) -> Option<Handler> {
    let mut events = active.boundary().iter().chain(active.event_starts());
    events.find_map(|event| {
        let node = active.definition.node(*event);
        let activity = match (&node.kind, node.caught()?) {
            (NodeKind::StartEvent { .. }, Caught::Compensation(_)) => node.scope,
            (_, Caught::Compensation(handler)) => *handler,
            _ => None,
        };
        activity.map(|activity| Handler {
            event: *event,
            activity,
        })
    })
}

/// Whether it is an event subprocess of what it undoes.
fn is_inside(definition: &Definition, handler: Handler) -> bool {
    definition.node(handler.event).scope == Some(handler.activity)
}

/// Whether an element is there to undo another one.
fn undoes(active: &Active) -> bool {
    active.node().for_compensation || active.row.undo.thrower.is_some()
}

fn inside(ctx: &Context<'_>, active: &Active) -> Inside {
    let own = ctx
        .state
        .variables_of(ctx.tenant, active.instance, active.key);
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
        ctx.emit(CompensationEvent::Subscribed {
            instance,
            compensation: Arc::new(compensation),
        });
    } else if active.row.undo.held > 0 && undoes(active) {
        ctx.emit(CompensationEvent::Dropped {
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
    for (scope, compensation) in completed(ctx, thrower, scopes, activity) {
        ctx.emit(CompensationEvent::Triggered {
            instance,
            scope,
            compensation,
            thrower: thrower.key,
        });
    }
    go_on(ctx, instance, thrower.key);
}

/// The completed activities of some scopes, or one of them, with what was completed inside.
/// That is left to the event subprocess of a scope, where this undoes the scope.
fn completed(
    ctx: &Context<'_>,
    thrower: &Active,
    scopes: &[ElementInstanceKey],
    activity: Option<u32>,
) -> Vec<(ElementInstanceKey, CompensationKey)> {
    let mut found = Vec::new();
    let mut scopes: Vec<_> = scopes.iter().map(|scope| (*scope, activity)).collect();
    while let Some((scope, wanted)) = scopes.pop() {
        for row in of_scope(ctx, thrower.instance, scope) {
            if wanted.is_some_and(|wanted| wanted != row.activity) {
                continue;
            }
            found.push((scope, row.key));
            let left_to = |handler| is_inside(&thrower.definition, handler);
            if !row.handler.is_some_and(left_to) {
                scopes.extend(row.inside.as_ref().map(|inside| (inside.key, None)));
            }
        }
    }
    found
}

/// The flow scope of an event; for one in an event subprocess the scope around that, too,
/// which it is there to care for and may be gone, and from a path of an ad-hoc subprocess the
/// other paths.
fn scopes_in_sight(ctx: &mut Context<'_>, thrower: &Active) -> Vec<ElementInstanceKey> {
    let mut scopes = Vec::new();
    let mut next = thrower.row.scope;
    while let Some(scope) = next {
        scopes.push(scope);
        let around = ctx.active(thrower.instance, scope);
        next = around
            .filter(|scope| scope.row.role == Role::Path || is_event_subprocess(scope))
            .and_then(|scope| scope.row.undo.inside.or(scope.row.scope));
    }
    scopes
}

fn is_event_subprocess(scope: &Active) -> bool {
    matches!(&scope.node().kind, NodeKind::Scope(scope) if scope.kind == ScopeKind::EventSubProcess)
}

fn of_scope(
    ctx: &Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) -> Vec<Arc<Compensation>> {
    let rows = ctx.state.compensations.under((ctx.tenant, instance, scope));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Undoes what comes next for an event that throws compensation; with nothing left, it is left.
fn go_on(ctx: &mut Context<'_>, instance: ProcessInstanceKey, thrower: ElementInstanceKey) {
    let Some(thrower) = ctx.active(instance, thrower) else {
        return;
    };
    if thrower.row.phase != Phase::Active {
        return;
    }
    let next = ctx
        .state
        .undoing
        .first_under((ctx.tenant, instance, thrower.key), 1)
        .pop();
    match next.and_then(|(_, row)| Some((row.handler?, row))) {
        Some((handler, row)) => start(ctx, &thrower, handler, &row),
        None => ctx.then(Continuation::Complete {
            instance,
            element: thrower.key,
        }),
    }
}

fn start(ctx: &mut Context<'_>, thrower: &Active, handler: Handler, row: &Compensation) {
    let (instance, scope) = (thrower.instance, thrower.scope());
    let around = match &row.inside {
        // It begins at its start event by itself.
        Some(inside) if is_inside(&thrower.definition, handler) => inside.key,
        _ => {
            pass_boundary(ctx, instance, scope, handler.event);
            row.scope
        }
    };
    let key = enter(ctx, instance, handler.activity, scope);
    ctx.emit(CompensationEvent::Started {
        instance,
        thrower: thrower.key,
        compensation: row.key,
        handler: key,
    });
    let variables = variables_inside(ctx, thrower, around);
    ctx.set_variables(instance, key, &variables);
}

/// The boundary event by which an activity is undone is passed.
fn pass_boundary(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    boundary: u32,
) {
    let event = ElementInstanceKey(ctx.next_key());
    ctx.emit(ElementInstanceEvent::Activating {
        instance,
        key: event,
        element: boundary,
        scope,
        role: Role::Plain,
    });
    ctx.emit(ElementInstanceEvent::Activated {
        instance,
        key: event,
    });
    ctx.emit(ElementInstanceEvent::Completed {
        instance,
        key: event,
        outcome: None,
    });
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

/// An activity that undoes another one was completed or ended: the next one follows. What an
/// event subprocess has not undone of its scope stays as it is.
pub(super) fn ended(ctx: &mut Context<'_>, active: &Active) {
    let instance = active.instance;
    if let Some(scope) = active.row.undo.inside
        && !of_scope(ctx, instance, scope).is_empty()
    {
        ctx.emit(CompensationEvent::Dropped { instance, scope });
    }
    if let Some(thrower) = active.row.undo.thrower {
        go_on(ctx, instance, thrower);
    }
}
