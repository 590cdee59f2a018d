//! The passing of time: what has become due is done, in due order, to a bound per tick.

use super::Request;
use crate::behaviour::occurrence;
use crate::command::{GoOn, Tick};
use crate::context::Context;
use crate::entities::due::Due;
use crate::event::{ExperienceEvent, JobEvent, ProcessInstanceEvent};
use crate::key::*;
use crate::limits::MAX_DUE_PER_TICK;
use crate::rejection::Rejection;
use crate::state::State;
use crate::table::layout::TableKey;
use crate::variables::Document;

impl Request for Tick {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        tick(ctx)
    }

    fn is_tick(&self) -> bool {
        true
    }
}

impl Request for GoOn {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        go_on_with(ctx, self.instance)
    }
}

fn tick(ctx: &mut Context<'_>) -> Result<(), Rejection> {
    let mut batches = Vec::new();
    let all_due = due_for(ctx.state, ctx.tenant, ctx.at_ms);
    for (place, (_, due)) in all_due.into_iter().take(ctx.may_do).enumerate() {
        // The next tick takes the rest.
        if place > 0 && ctx.is_spent() {
            break;
        }
        match due {
            Due::BatchOperation(key) => batches.push(key),
            Due::JobDeadline(key) => time_out(ctx, key),
            Due::JobBackoff(key) => crate::behaviour::job::make_ready(ctx, key),
            Due::Timer(key) => {
                occurrence::happen(ctx, key, &Document::new());
            }
            Due::Turn(number) => go_on(ctx, number),
            Due::Signal(key) => crate::behaviour::signal::go_on(ctx, key),
            Due::Message(key) => crate::behaviour::message::go_on(ctx, key),
            Due::MessageExpiry(key) => crate::behaviour::message::expire(ctx, key),
            Due::History(key) => super::history::expire(ctx, key),
            Due::Retention(_) => super::history::apply_retention(ctx),
            Due::BatchOperationHistory(_) => super::history::expire_batches(ctx),
            Due::StartKey(instance) => {
                ctx.emit(ProcessInstanceEvent::StartKeyForgotten { instance });
            }
            Due::Invitation(key) => invitation_due(ctx, key),
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
    Ok(())
}

/// What is due for a tenant, the oldest first, as far as one tick looks.
pub(crate) fn due_for(state: &State, tenant: TenantId, at_ms: u64) -> Vec<(u64, Due)> {
    let first = <(u64, Due)>::from_bytes(&[]);
    let end = <(u64, Due)>::from_bytes(&at_ms.saturating_add(1).to_bytes());
    let all = state.due.range(&first, &end, MAX_DUE_PER_TICK);
    let own = all.into_iter().filter(|(_, owner)| **owner == tenant);
    own.map(|(due, _)| due).collect()
}

fn time_out(ctx: &mut Context<'_>, key: JobKey) {
    let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
        return;
    };
    let place = ctx.next_key();
    ctx.emit(JobEvent::TimedOut {
        instance: job.instance,
        job: key,
        place,
    });
    crate::behaviour::job::announce(ctx, &job);
}

/// What a case has waited for is there.
fn go_on_with(ctx: &mut Context<'_>, instance: ProcessInstanceKey) -> Result<(), Rejection> {
    ctx.workable(instance)?;
    ctx.work_off(instance);
    Ok(())
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
    ctx.emit(ExperienceEvent::InvitationDue {
        instance: invitation.instance,
        invitation: key,
    });
}
