//! How long the history of ended cases and batch operations is kept, and its going when that
//! time is over. A definition's cases and a tenant's batch operations wait in the order in
//! which they ended; the clock looks at the first.
//! What goes is said by [`Event::is_history`]; here it is only decided when.

use super::Request;
use crate::behaviour::history::{batches_kept_ms, kept_ms, plan};
use crate::command::{DeleteHistory, SetRetention};
use crate::context::Context;
use crate::event::RetentionEvent;
use crate::key::*;
use crate::limits::{HISTORY_PACE_MS, MAX_EXPIRED_AT_ONCE};
use crate::rejection::Rejection;

impl Request for SetRetention {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        set_retention(ctx, self.history_ms)
    }
}

impl Request for DeleteHistory {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        delete(ctx, self.instance)
    }
}

/// Sets the tenant's retention. The clock carries it to the definitions.
pub(super) fn set_retention(
    ctx: &mut Context<'_>,
    history_ms: Option<u64>,
) -> Result<(), Rejection> {
    let before = ctx.state.retention.get(&ctx.tenant);
    if before.and_then(|row| row.history_ms) != history_ms {
        ctx.emit(RetentionEvent::Set { history_ms });
    }
    Ok(())
}

/// Goes on with a retention that has not reached all definitions with ended cases.
pub(super) fn apply_retention(ctx: &mut Context<'_>) {
    let row = ctx.state.retention.get(&ctx.tenant);
    let Some(mut next) = row.and_then(|row| row.next) else {
        return;
    };
    if next == ProcessDefinitionKey(0) {
        let due_ms = first_ended_batch(ctx)
            .zip(batches_kept_ms(ctx.state, ctx.tenant))
            .map(|(ended_at_ms, kept)| ended_at_ms.saturating_add(kept));
        plan_batches(ctx, due_ms);
    }
    for _ in 0..MAX_EXPIRED_AT_ONCE {
        let Some((definition, ended_at_ms)) =
            first_ended(ctx, next, ProcessDefinitionKey(u64::MAX))
        else {
            ctx.emit(RetentionEvent::Applied { next: None });
            return;
        };
        let due_ms = kept_ms(ctx, definition).map(|kept| ended_at_ms.saturating_add(kept));
        plan(ctx, definition, due_ms);
        next = ProcessDefinitionKey(definition.0 + 1);
    }
    ctx.emit(RetentionEvent::Applied { next: Some(next) });
}

/// Looks at the ended batch operations: those that are old enough go.
pub(super) fn expire_batches(ctx: &mut Context<'_>) {
    let Some(kept) = batches_kept_ms(ctx.state, ctx.tenant) else {
        plan_batches(ctx, None);
        return;
    };
    let kept_from = kept_from(ctx, kept);
    let first = (ctx.tenant, 0, BatchOperationKey(0));
    let end = (ctx.tenant, kept_from, BatchOperationKey(0));
    let old = ctx
        .state
        .ended_batches
        .range(&first, &end, MAX_EXPIRED_AT_ONCE);
    let found = old.len();
    for ((_, ended_at_ms, batch), _) in old {
        ctx.emit(RetentionEvent::BatchExpired { batch, ended_at_ms });
    }
    if found == MAX_EXPIRED_AT_ONCE {
        // It stays due, and the next tick goes on.
        return;
    }
    let soonest = ctx.at_ms.saturating_add(HISTORY_PACE_MS);
    let due_ms =
        first_ended_batch(ctx).map(|ended_at_ms| ended_at_ms.saturating_add(kept).max(soonest));
    plan_batches(ctx, due_ms);
}

/// When the first of the ended batch operations ended.
fn first_ended_batch(ctx: &Context<'_>) -> Option<u64> {
    let found = ctx.state.ended_batches.first_under(ctx.tenant, 1);
    found.first().map(|((_, ended_at_ms, _), _)| *ended_at_ms)
}

fn plan_batches(ctx: &mut Context<'_>, due_ms: Option<u64>) {
    let planned = ctx.state.batch_history_due.get(&ctx.tenant);
    if planned.map(|at_ms| *at_ms) != due_ms {
        ctx.emit(RetentionEvent::BatchHistoryDue { due_ms });
    }
}

/// Looks at the ended cases of a definition: the history of those that are old enough goes.
pub(super) fn expire(ctx: &mut Context<'_>, definition: ProcessDefinitionKey) {
    let Some(kept) = kept_ms(ctx, definition) else {
        plan(ctx, definition, None);
        return;
    };
    // What ended at this very time has been kept for long enough.
    let kept_from = kept_from(ctx, kept);
    let first = (ctx.tenant, definition, 0, ProcessInstanceKey(0));
    let end = (ctx.tenant, definition, kept_from, ProcessInstanceKey(0));
    let ended = &ctx.state.ended_by_definition;
    let old = ended.range(&first, &end, MAX_EXPIRED_AT_ONCE);
    let found = old.len();
    let old: Vec<_> = old
        .into_iter()
        .map(|((_, _, ended_at_ms, instance), _)| (instance, ended_at_ms))
        .filter(|(instance, _)| !is_being_judged(ctx, *instance))
        .collect();
    for (instance, ended_at_ms) in &old {
        ctx.emit(RetentionEvent::HistoryExpired {
            instance: *instance,
            definition,
            ended_at_ms: *ended_at_ms,
        });
    }
    if found == MAX_EXPIRED_AT_ONCE && !old.is_empty() {
        // It stays due, and the next tick goes on.
        return;
    }
    let soonest = ctx.at_ms.saturating_add(HISTORY_PACE_MS);
    let left = first_ended(ctx, definition, ProcessDefinitionKey(definition.0 + 1));
    let due_ms = left.map(|(_, ended_at_ms)| ended_at_ms.saturating_add(kept).max(soonest));
    plan(ctx, definition, due_ms);
}

/// Lets the history of an ended case go before its time.
pub(super) fn delete(ctx: &mut Context<'_>, instance: ProcessInstanceKey) -> Result<(), Rejection> {
    if ctx.instance(instance).is_some() {
        return Err(Rejection::state(format!(
            "Expected process instance {instance} to have ended, but it is running. Cancel it first."
        )));
    }
    let ended = ctx.state.definitions_of_ended.get(&(ctx.tenant, instance));
    let ended = ended.ok_or_else(|| Rejection::not_found("ended process instance", instance))?;
    if is_being_judged(ctx, instance) {
        return Err(Rejection::state(format!(
            "Expected nobody to look at process instance {instance} any more, but a trigger has not decided about it yet. Delete it later."
        )));
    }
    let (definition, ended_at_ms) = *ended;
    ctx.emit(RetentionEvent::HistoryExpired {
        instance,
        definition,
        ended_at_ms,
    });
    Ok(())
}

/// Whether a trigger has not decided about the case yet. What it looks at is kept until then.
fn is_being_judged(ctx: &Context<'_>, instance: ProcessInstanceKey) -> bool {
    !ctx.state
        .firings_by_case
        .first_under((ctx.tenant, instance), 1)
        .is_empty()
}

/// What ended from here on is still kept. What cannot be taken back waits until the time has
/// surely come, see [`crate::clock`]; until then the clock looks again from time to time.
fn kept_from(ctx: &Context<'_>, kept_ms: u64) -> u64 {
    let confirmed_ms = ctx.at_ms.saturating_sub(ctx.unconfirmed_ms);
    confirmed_ms.checked_sub(kept_ms).map_or(0, |last| last + 1)
}

/// The first definition in a range that has ended cases, and when the first of them ended.
fn first_ended(
    ctx: &Context<'_>,
    from: ProcessDefinitionKey,
    to: ProcessDefinitionKey,
) -> Option<(ProcessDefinitionKey, u64)> {
    let first = (ctx.tenant, from, 0, ProcessInstanceKey(0));
    let end = (ctx.tenant, to, 0, ProcessInstanceKey(0));
    let found = ctx.state.ended_by_definition.range(&first, &end, 1);
    let ((_, definition, ended_at_ms, _), _) = found.first()?;
    Some((*definition, *ended_at_ms))
}
