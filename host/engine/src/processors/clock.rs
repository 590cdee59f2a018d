//! The passing of time: what has become due is done, in due order, to a bound per tick.

use crate::context::Context;
use crate::effect::Reply;
use crate::elements::{catching, parts};
use crate::event::Event;
use crate::key::*;
use crate::limits::{MAX_DUE_PER_TICK, MAX_RESUMED_PER_TICK};
use crate::rejection::Rejection;
use crate::state::layout::TableKey;
use crate::state::{State, due};
use crate::variables::Document;

pub(super) fn tick(ctx: &mut Context<'_>) -> Result<Reply, Rejection> {
    let mut resumed = 0;
    let mut batches = Vec::new();
    let due = due_for(ctx.state, ctx.tenant, ctx.at_ms);
    for (_, kind, key) in due.into_iter().take(ctx.may_do) {
        // What is due comes with variables, too; the next tick takes the rest.
        if ctx.has_written_much() {
            break;
        }
        match kind {
            due::BATCH => batches.push(BatchKey(key)),
            due::JOB_DEADLINE => time_out(ctx, JobKey(key)),
            due::JOB_BACKOFF => super::job::make_ready(ctx, JobKey(key)),
            due::TIMER => {
                catching::happen(ctx, SubscriptionKey(key), &Document::new());
            }
            due::ELEMENT if resumed == MAX_RESUMED_PER_TICK => {}
            due::ELEMENT => {
                resumed += 1;
                resume(ctx, ElementInstanceKey(key));
            }
            due::BROADCAST => super::signal::go_on(ctx, BroadcastKey(key)),
            due::MESSAGE => super::message::go_on(ctx, MessageKey(key)),
            due::MESSAGE_EXPIRY => super::message::expire(ctx, MessageKey(key)),
            due::HISTORY => super::history::expire(ctx, DefinitionKey(key)),
            due::RETENTION => super::history::apply_retention(ctx),
            due::BATCH_HISTORY => super::history::expire_batches(ctx),
            _ => invitation_due(ctx, InvitationKey(key)),
        }
    }
    // Batches come last: what else was due must not meet cases that they have changed.
    if !batches.is_empty() {
        ctx.run();
    }
    for batch in batches {
        if !ctx.has_done_much() {
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

/// Goes on with an element that had more to do than one command may.
fn resume(ctx: &mut Context<'_>, key: ElementInstanceKey) {
    let Some(deferred) = ctx.state.deferred.get(&(ctx.tenant, key)) else {
        return;
    };
    let instance = deferred.instance;
    ctx.emit(Event::ElementResumed { instance, key });
    // A case that a fault has stopped stays as it is, or the clock would meet the fault again.
    if ctx
        .instance(instance)
        .is_none_or(|case| case.banned.is_some())
    {
        return;
    }
    if let Some(active) = ctx.active(instance, key) {
        ctx.then(parts::next(&active, deferred.after));
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
