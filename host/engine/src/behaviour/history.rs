//! What the end of something means for when its history expires.

use crate::context::Context;
use crate::event::{Event, RetentionEvent};
use crate::key::*;
use crate::state::State;

/// A case of this definition has just ended.
pub(crate) fn case_ended(ctx: &mut Context<'_>, definition: ProcessDefinitionKey) {
    // The cases that ended before it are due before it.
    if ctx.state.history_due.contains(&(ctx.tenant, definition)) {
        return;
    }
    let due_ms = kept_ms(ctx, definition).map(|kept| ctx.at_ms.saturating_add(kept));
    plan(ctx, definition, due_ms);
}

/// What follows from the end of a batch operation for when the next one may expire.
pub(crate) fn batch_ended(state: &State, tenant: TenantId, at_ms: u64) -> Option<Event> {
    // Those that ended before it are due before it.
    if state.batch_history_due.contains(&tenant) {
        return None;
    }
    let due_ms = at_ms.saturating_add(batches_kept_ms(state, tenant)?);
    Some(Event::Retention(RetentionEvent::BatchHistoryDue {
        due_ms: Some(due_ms),
    }))
}

/// How long ended batch operations are kept; none is for ever.
pub(crate) fn batches_kept_ms(state: &State, tenant: TenantId) -> Option<u64> {
    state.retention.get(&tenant)?.history_ms
}

/// How long the history of a definition's cases is kept; none is for ever.
pub(crate) fn kept_ms(ctx: &Context<'_>, definition: ProcessDefinitionKey) -> Option<u64> {
    let own = ctx.state.definitions.get(&(ctx.tenant, definition));
    let of_tenant = || ctx.state.retention.get(&ctx.tenant)?.history_ms;
    own.and_then(|row| row.history_ms).or_else(of_tenant)
}

pub(crate) fn plan(ctx: &mut Context<'_>, definition: ProcessDefinitionKey, due_ms: Option<u64>) {
    let planned = ctx.state.history_due.get(&(ctx.tenant, definition));
    if planned.map(|at_ms| *at_ms) != due_ms {
        ctx.emit(RetentionEvent::HistoryDue { definition, due_ms });
    }
}
