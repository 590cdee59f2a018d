//! The passing of time: what has become due is done, in due order, to a bound per tick.

use crate::context::Context;
use crate::effect::Reply;
use crate::elements::catching;
use crate::event::Event;
use crate::key::*;
use crate::limits::MAX_DUE_PER_TICK;
use crate::rejection::Rejection;
use crate::state::due;
use crate::state::layout::TableKey;
use crate::variables::Document;

pub(super) fn tick(ctx: &mut Context<'_>) -> Result<Reply, Rejection> {
    let first = <(u64, u8, u64)>::from_bytes(&[]);
    let end = (ctx.at_ms.saturating_add(1), 0, 0);
    let tenant = ctx.tenant;
    for ((_, kind, key), owner) in ctx.state.due.range(&first, &end, MAX_DUE_PER_TICK) {
        if *owner != tenant {
            continue;
        }
        match kind {
            due::JOB_DEADLINE => time_out(ctx, JobKey(key)),
            due::JOB_BACKOFF => super::job::make_ready(ctx, JobKey(key)),
            due::TIMER => {
                catching::happen(ctx, SubscriptionKey(key), &Document::new());
            }
            due::BROADCAST => super::signal::go_on(ctx, BroadcastKey(key)),
            due::MESSAGE => super::message::go_on(ctx, MessageKey(key)),
            due::MESSAGE_EXPIRY => super::message::expire(ctx, MessageKey(key)),
            _ => invitation_due(ctx, InvitationKey(key)),
        }
    }
    Ok(Reply::Done)
}

fn time_out(ctx: &mut Context<'_>, key: JobKey) {
    let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
        return;
    };
    ctx.emit(Event::JobTimedOut {
        instance: job.instance,
        job: key,
    });
    super::job::announce(ctx, &job);
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
