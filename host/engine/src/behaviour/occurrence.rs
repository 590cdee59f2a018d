//! Something happens that an event in a diagram waits for: a process instance goes on, or begins.

use crate::behaviour::enter::enter;
use crate::behaviour::start::{Beginning, start};
use crate::context::Context;
use crate::definition::time::{Schedule, Written};
use crate::entities::continuation::Continuation;
use crate::entities::subscription::{Afterwards, Owner, Wait};
use crate::event::{ProcessDefinitionEvent, SubscriptionEvent};
use crate::key::*;
use crate::variables::Document;

/// What a subscription waits for has happened. Returns the case that goes on or starts.
pub(crate) fn happen(
    ctx: &mut Context<'_>,
    key: SubscriptionKey,
    variables: &Document,
) -> Option<ProcessInstanceKey> {
    let subscription = ctx.state.subscriptions.get(&(ctx.tenant, key))?;
    let wait = &subscription.wait;
    let afterwards = if !subscription.repeats {
        Afterwards::Closed
    } else if matches!(wait, Wait::Timer { .. }) {
        afterwards(wait, ctx.at_ms)
    } else {
        Afterwards::Open
    };
    ctx.emit(SubscriptionEvent::Triggered {
        instance: subscription.instance(),
        subscription: key,
        afterwards,
    });
    match subscription.owner {
        Owner::Element { instance, element } => {
            ctx.then(Continuation::Trigger {
                instance,
                element,
                event: subscription.event,
                variables: variables.clone(),
            });
            Some(instance)
        }
        Owner::Definition if ctx.is_definition_suspended(subscription.definition) => {
            ctx.emit(ProcessDefinitionEvent::StartSkipped {
                definition: subscription.definition,
                event: subscription.event,
            });
            None
        }
        Owner::Definition => {
            let beginning = Beginning {
                definition: subscription.definition,
                business_key: None,
                start: Some(subscription.event),
                parent: None,
                trigger_depth: None,
            };
            let instance = start(ctx, beginning, &Document::new());
            hand_to_start(
                ctx,
                instance,
                instance.root(),
                subscription.event,
                variables,
            );
            Some(instance)
        }
    }
}

/// What an event brought goes to the scope that begins with it. Where the event says what of
/// that goes further, it is put into a scope that is still being entered, with all for itself.
pub(crate) fn hand_to_start(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    start: u32,
    variables: &Document,
) {
    let around = ctx.active(instance, scope);
    if around.is_some_and(|around| around.definition.node(start).is_mapped_start()) {
        let event = enter(ctx, instance, start, scope);
        ctx.set_variables(instance, event, variables);
    } else {
        ctx.propagate(instance, scope, variables);
    }
}

/// What becomes of a timer that has just fired. A cycle counts from where it began, so it does not
/// drift. After a downtime, a counted cycle makes up for every firing it missed; an
/// endless one fires once for all of them and goes on where it would be.
pub(crate) fn afterwards(wait: &Wait, now_ms: u64) -> Afterwards {
    let Wait::Timer {
        due_ms,
        cycle: Some(cycle),
    } = wait
    else {
        return Afterwards::Closed;
    };
    let Ok(schedule) = Schedule::read(&cycle.text) else {
        return Afterwards::Closed;
    };
    let left = match cycle.left {
        Some(0 | 1) => return Afterwards::Closed,
        Some(left) => Some(left - 1),
        None => None,
    };
    match schedule.next(cycle.armed_ms, *due_ms, now_ms, left) {
        Some(due_ms) => Afterwards::Again { due_ms, left },
        None => Afterwards::Closed,
    }
}
