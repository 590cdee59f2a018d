//! Applies the events of what is due at a time.

use super::{Due, DueEvent};
use crate::entities::continuation;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &DueEvent) {
    match event {
        DueEvent::Dropped { due_ms, due, .. } => {
            state.due.remove(&(*due_ms, *due));
            if let Due::Turn(number) = due {
                continuation::apply::dropped(state, tenant, *number);
            }
        }
    }
}
