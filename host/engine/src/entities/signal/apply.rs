//! Applies the events of a signal that is sent to all that wait for it..

use std::sync::Arc;

use super::{Broadcast, SignalEvent};
use crate::entities::due::Due;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &SignalEvent) {
    match event {
        SignalEvent::Broadcast { .. } => {}
        SignalEvent::Advanced { broadcast } => advanced(state, tenant, broadcast),
        SignalEvent::Ended { broadcast } => ended(state, tenant, *broadcast),
    }
}

/// The rest of a signal's way is due at once.
pub(in crate::entities) fn advanced(
    state: &mut State,
    tenant: TenantId,
    broadcast: &Arc<Broadcast>,
) {
    let key = broadcast.key;
    state
        .due
        .put((broadcast.sent_at_ms, Due::Signal(key)), tenant);
    state.broadcasts.put((tenant, key), Arc::clone(broadcast));
}

pub(in crate::entities) fn ended(state: &mut State, tenant: TenantId, key: BroadcastKey) {
    if let Some(broadcast) = state.broadcasts.get(&(tenant, key)) {
        state.due.remove(&(broadcast.sent_at_ms, Due::Signal(key)));
        state.broadcasts.remove(&(tenant, key));
    }
}
