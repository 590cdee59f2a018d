//! How a job becomes ready, by whom it is done, and who is told.

use std::sync::Arc;

use crate::context::Context;
use crate::effect::Effect;
use crate::entities::job::{Job, JobState};
use crate::event::JobEvent;
use crate::key::*;

/// Tells whoever can do a ready job that it is there.
pub(crate) fn announce(ctx: &mut Context<'_>, job: &Job) {
    // The jobs of a suspended case are told when it is resumed.
    if ctx.instance(job.instance).is_some_and(|row| row.suspended) {
        return;
    }
    ctx.effects.push(match job.component {
        Some(_) => Effect::InvokeStep {
            job: job.key,
            attempt: job.attempt,
        },
        None => Effect::JobsAvailable {
            tenant: ctx.tenant,
            job_type: Arc::clone(&job.job_type),
        },
    });
}

/// Makes a job that failed, or threw what nothing catches, ready for its next attempt, by the component that serves its
/// type now: it may have been mended since.
pub(crate) fn make_ready(ctx: &mut Context<'_>, key: JobKey) {
    let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
        return;
    };
    if job.state == JobState::Failed {
        ctx.emit(JobEvent::Updated {
            instance: job.instance,
            job: key,
            retries: Some(job.retries.max(1)),
            deadline_ms: None,
            priority: None,
        });
    }
    let place = ctx.next_key();
    ctx.emit(JobEvent::Requeued {
        instance: job.instance,
        job: key,
        place,
    });
    rebind(ctx, &job);
    if let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) {
        announce(ctx, &job);
    }
}

/// Gives a job to the component that serves its type now, unless it wants another.
pub(crate) fn rebind(ctx: &mut Context<'_>, job: &Job) {
    if job.pinned {
        return;
    }
    let Some(component) = ctx
        .state
        .components
        .get(&(ctx.tenant, Arc::clone(&job.job_type)))
    else {
        return;
    };
    if job.component.as_ref() != Some(&component.digest) {
        ctx.emit(JobEvent::Bound {
            instance: job.instance,
            job: job.key,
            component: Arc::clone(&component.digest),
        });
    }
}
