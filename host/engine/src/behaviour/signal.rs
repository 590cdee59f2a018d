//! Signals: everything that waits for one hears it, in process instances and at start events. With
//! many it takes several commands; where it has come to is kept in state, and the clock goes on.

use std::sync::Arc;

use crate::behaviour::occurrence::happen;
use crate::context::Context;
use crate::entities::signal::Broadcast;
use crate::event::{Event, SignalEvent};
use crate::key::*;
use crate::limits::MAX_REACHED_AT_ONCE;
use crate::variables::Document;

/// Sends a signal to all that wait for it now.
pub(crate) fn broadcast(
    ctx: &mut Context<'_>,
    name: Arc<str>,
    variables: Document,
) -> BroadcastKey {
    let key = BroadcastKey(ctx.next_key());
    ctx.emit(SignalEvent::Broadcast {
        name: Arc::clone(&name),
    });
    let broadcast = Broadcast {
        key,
        name,
        variables,
        sent_at_ms: ctx.at_ms,
        next: SubscriptionKey(0),
        end: SubscriptionKey(key.0),
    };
    if let Some(rest) = reach_some(ctx, broadcast) {
        ctx.emit(SignalEvent::Advanced {
            broadcast: Arc::new(rest),
        });
    }
    key
}

/// Goes on with a signal that has not reached everybody.
pub(crate) fn go_on(ctx: &mut Context<'_>, key: BroadcastKey) {
    let Some(broadcast) = ctx.state.broadcasts.get(&(ctx.tenant, key)) else {
        return;
    };
    let event = match reach_some(ctx, (*broadcast).clone()) {
        Some(rest) => Event::Signal(SignalEvent::Advanced {
            broadcast: Arc::new(rest),
        }),
        None => Event::Signal(SignalEvent::Ended { broadcast: key }),
    };
    ctx.emit(event);
}

/// What is left of a broadcast after the next subscriptions in line.
pub(crate) fn reach_some(ctx: &mut Context<'_>, broadcast: Broadcast) -> Option<Broadcast> {
    let first = (ctx.tenant, Arc::clone(&broadcast.name), broadcast.next);
    let end = (ctx.tenant, Arc::clone(&broadcast.name), broadcast.end);
    let waiting = ctx
        .state
        .signal_subscriptions
        .range(&first, &end, MAX_REACHED_AT_ONCE);
    for (place, ((_, _, subscription), _)) in waiting.iter().enumerate() {
        if place > 0 && ctx.is_spent() {
            let next = *subscription;
            return Some(Broadcast { next, ..broadcast });
        }
        happen(ctx, *subscription, &broadcast.variables);
    }
    let last = (waiting.len() == MAX_REACHED_AT_ONCE).then(|| waiting.last())??;
    Some(Broadcast {
        next: SubscriptionKey(last.0.2.0 + 1),
        ..broadcast
    })
}
