//! The passing of time: what has become due is done, in due order, to a bound per tick.

use crate::context::Context;
use crate::effect::Reply;
use crate::elements::catching;
use crate::event::Event;
use crate::key::*;
use crate::limits::MAX_DUE_PER_TICK;
use crate::rejection::Rejection;
use crate::state::layout::TableKey;
use crate::state::{State, due};
use crate::variables::Document;

pub(super) fn tick(ctx: &mut Context<'_>) -> Result<Reply, Rejection> {
    let mut batches = Vec::new();
    let due = due_for(ctx.state, ctx.tenant, ctx.at_ms);
    for (place, (_, kind, key)) in due.into_iter().take(ctx.may_do).enumerate() {
        // The next tick takes the rest.
        if place > 0 && ctx.is_spent() {
            break;
        }
        match kind {
            due::BATCH => batches.push(BatchKey(key)),
            due::JOB_DEADLINE => time_out(ctx, JobKey(key)),
            due::JOB_BACKOFF => super::job::make_ready(ctx, JobKey(key)),
            due::TIMER => {
                catching::happen(ctx, SubscriptionKey(key), &Document::new());
            }
            due::TURN => go_on(ctx, key),
            due::BROADCAST => super::signal::go_on(ctx, BroadcastKey(key)),
            due::MESSAGE => super::message::go_on(ctx, MessageKey(key)),
            due::MESSAGE_EXPIRY => super::message::expire(ctx, MessageKey(key)),
            due::HISTORY => super::history::expire(ctx, DefinitionKey(key)),
            due::RETENTION => super::history::apply_retention(ctx),
            due::BATCH_HISTORY => super::history::expire_batches(ctx),
            _ => invitation_due(ctx, InvitationKey(key)),
        }
    }
    // Batches come last: what else was due must not meet cases that they have changed. The
    // first goes on however much there was, or a busy clock would never come to it.
    if !batches.is_empty() {
        ctx.run();
    }
    for (place, batch) in batches.into_iter().enumerate() {
        if place == 0 || !ctx.is_spent() {
            super::batch::go_on(ctx, batch);
        }
    }
    Ok(Reply::Done)
}

/// What is due for a tenant, the oldest first, as far as one tick looks.
pub(crate) fn due_for(state: &State, tenant: TenantId, at_ms: u64) -> Vec<(u64, u8, u64)> {
    let first = <(u64, u8, u64)>::from_bytes(&[]);
    let end = (at_ms.saturating_add(1), 0, 0);
    let all = state.due.range(&first, &end, MAX_DUE_PER_TICK);
    let own = all.into_iter().filter(|(_, owner)| **owner == tenant);
    own.map(|(due, _)| due).collect()
}

fn time_out(ctx: &mut Context<'_>, key: JobKey) {
    let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
        return;
    };
    let place = ctx.next_key();
    ctx.emit(Event::JobTimedOut {
        instance: job.instance,
        job: key,
        place,
    });
    super::job::announce(ctx, &job);
}

/// What a case has waited for is there.
pub(super) fn go_on_with(ctx: &mut Context<'_>, instance: InstanceKey) -> Result<Reply, Rejection> {
    ctx.workable(instance)?;
    ctx.work_off(instance);
    Ok(Reply::Done)
}

/// It is the turn of a case to go on with its steps.
fn go_on(ctx: &mut Context<'_>, turn: u64) {
    if let Some(instance) = ctx.state.turns.get(&(ctx.tenant, turn)) {
        ctx.current.case = Some(*instance);
        ctx.work_off(*instance);
    }
}

fn invitation_due(ctx: &mut Context<'_>, key: InvitationKey) {
    let Some(invitation) = ctx.state.invitations.get(&(ctx.tenant, key)) else {
        return;
    };
    ctx.emit(Event::InvitationDue {
        instance: invitation.instance,
        invitation: key,
    });
}
