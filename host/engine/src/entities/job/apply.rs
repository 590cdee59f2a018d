//! Applies events of jobs. A ready job is listed for outside workers or for its component;
//! one that waits for a time is listed by that time.

use std::sync::Arc;

use super::JobEvent;
use crate::entities::due::Due;
use crate::entities::element_instance::Work;
use crate::entities::job::{Job, JobKind, JobState};
use crate::entities::process_instance::suspend::is_suspended;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &JobEvent,
) {
    match event {
        JobEvent::Created { job } => created(state, tenant, job),
        JobEvent::Activated {
            job,
            worker,
            deadline_ms,
            ..
        } => activated(state, tenant, *job, worker, *deadline_ms),
        JobEvent::Completed { job, .. } => completed(state, tenant, *job),
        JobEvent::ErrorThrown {
            job,
            message,
            caught,
            ..
        } => error_thrown(state, tenant, *job, message, *caught),
        JobEvent::Canceled { job, .. } => gone(state, tenant, *job),
        JobEvent::Failed {
            job,
            retries,
            retry_at_ms,
            message,
            ..
        } => {
            failed(state, tenant, *job, *retries, *retry_at_ms, message);
        }
        JobEvent::Requeued { job, place, .. } | JobEvent::TimedOut { job, place, .. } => {
            ready(state, tenant, at_ms, *job, *place)
        }
        JobEvent::Updated {
            job,
            retries,
            deadline_ms,
            priority,
            ..
        } => updated(state, tenant, *job, *retries, *deadline_ms, *priority),
        JobEvent::Bound { job, component, .. } => bound(state, tenant, *job, component),
        JobEvent::TypeServed { job_type } => served(state, tenant, job_type),
    }
}

pub(in crate::entities) fn created(state: &mut State, tenant: TenantId, job: &Arc<Job>) {
    let element = (tenant, job.instance, job.element_instance);
    state.elements.update(&element, |row| match job.kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => row.work = Some(Work::Job(job.key)),
        JobKind::ExecutionListener | JobKind::TaskListener => row.listener_job = Some(job.key),
    });
    state.jobs.put((tenant, job.key), Arc::clone(job));
    list(state, tenant, job);
}

pub(in crate::entities) fn activated(
    state: &mut State,
    tenant: TenantId,
    key: JobKey,
    worker: &Arc<str>,
    deadline_ms: u64,
) {
    change(state, tenant, key, |job| {
        job.worker = Some(Arc::clone(worker));
        job.state = JobState::Activated { deadline_ms };
    });
}

pub(in crate::entities) fn failed(
    state: &mut State,
    tenant: TenantId,
    key: JobKey,
    retries: u32,
    retry_at_ms: u64,
    message: &Arc<str>,
) {
    change(state, tenant, key, |job| {
        job.attempt += 1;
        job.retries = retries;
        job.error = Some(Arc::clone(message));
        job.state = if retries == 0 {
            JobState::Failed
        } else {
            JobState::Backoff {
                until_ms: retry_at_ms,
            }
        };
    });
}

pub(in crate::entities) fn error_thrown(
    state: &mut State,
    tenant: TenantId,
    key: JobKey,
    message: &Arc<str>,
    caught: bool,
) {
    if caught {
        return gone(state, tenant, key);
    }
    change(state, tenant, key, |job| {
        job.attempt += 1;
        job.error = Some(Arc::clone(message));
        job.state = JobState::ErrorThrown;
    });
}

/// A job can be taken again, after all that can be already.
pub(in crate::entities) fn ready(
    state: &mut State,
    tenant: TenantId,
    at_ms: u64,
    key: JobKey,
    place: u64,
) {
    change(state, tenant, key, |job| {
        job.place = place;
        job.state = JobState::Ready;
        job.ready_at_ms = at_ms;
    });
}

pub(in crate::entities) fn updated(
    state: &mut State,
    tenant: TenantId,
    key: JobKey,
    retries: Option<u32>,
    deadline_ms: Option<u64>,
    priority: Option<i32>,
) {
    change(state, tenant, key, |job| {
        job.priority = priority.unwrap_or(job.priority);
        job.retries = retries.unwrap_or(job.retries);
        if let Some(deadline_ms) = deadline_ms {
            job.state = JobState::Activated { deadline_ms };
        }
    });
}

pub(in crate::entities) fn bound(
    state: &mut State,
    tenant: TenantId,
    key: JobKey,
    component: &Arc<str>,
) {
    change(state, tenant, key, |job| {
        job.component = Some(Arc::clone(component))
    });
}

/// A listener's completion is counted where the listeners are.
pub(in crate::entities) fn completed(state: &mut State, tenant: TenantId, key: JobKey) {
    let Some(job) = state.jobs.get(&(tenant, key)) else {
        return;
    };
    let element = (tenant, job.instance, job.element_instance);
    match job.kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => {}
        JobKind::ExecutionListener => state
            .elements
            .update(&element, |row| row.listeners_done += 1),
        JobKind::TaskListener => {
            if let Some(Work::UserTask(task)) = state.elements.get(&element).and_then(|e| e.work) {
                crate::entities::user_task::apply::listener_done(state, tenant, task);
            }
        }
    }
    gone(state, tenant, key);
}

pub(in crate::entities) fn gone(state: &mut State, tenant: TenantId, key: JobKey) {
    let Some(job) = state.jobs.get(&(tenant, key)) else {
        return;
    };
    unlist(state, tenant, &job);
    state.jobs.remove(&(tenant, key));
    let element = (tenant, job.instance, job.element_instance);
    state.elements.update(&element, |row| match job.kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => row.work = None,
        JobKind::ExecutionListener | JobKind::TaskListener => row.listener_job = None,
    });
}

fn change(state: &mut State, tenant: TenantId, key: JobKey, change: impl FnOnce(&mut Job)) {
    let Some(before) = state.jobs.get(&(tenant, key)) else {
        return;
    };
    unlist(state, tenant, &before);
    let mut after = (*before).clone();
    change(&mut after);
    list(state, tenant, &after);
    state.jobs.put((tenant, key), after);
}

/// Where a job waits for an outside worker.
fn queue_row(tenant: TenantId, job: &Job) -> (TenantId, Arc<str>, u32, u64) {
    (tenant, Arc::clone(&job.job_type), job.rank(), job.place)
}

/// Lists a job where whoever it waits for finds it; nobody finds one of a suspended case.
pub(in crate::entities) fn list(state: &mut State, tenant: TenantId, job: &Job) {
    if is_suspended(state, tenant, job.instance) {
        return;
    }
    match job.state {
        JobState::Ready if job.component.is_some() => state.jobs_bound.put((tenant, job.key), ()),
        JobState::Ready => state.jobs_ready.put(queue_row(tenant, job), job.key),
        JobState::Activated { deadline_ms } => state
            .due
            .put((deadline_ms, Due::JobDeadline(job.key)), tenant),
        JobState::Backoff { until_ms } => {
            state.due.put((until_ms, Due::JobBackoff(job.key)), tenant)
        }
        JobState::Failed | JobState::ErrorThrown => {}
    }
}

pub(in crate::entities) fn unlist(state: &mut State, tenant: TenantId, job: &Job) {
    match job.state {
        JobState::Ready if job.component.is_some() => state.jobs_bound.remove(&(tenant, job.key)),
        JobState::Ready => state.jobs_ready.remove(&queue_row(tenant, job)),
        JobState::Activated { deadline_ms } => {
            state.due.remove(&(deadline_ms, Due::JobDeadline(job.key)))
        }
        JobState::Backoff { until_ms } => state.due.remove(&(until_ms, Due::JobBackoff(job.key))),
        JobState::Failed | JobState::ErrorThrown => {}
    }
}

/// Somebody does the jobs of this type, or has done so.
pub(in crate::entities) fn served(state: &mut State, tenant: TenantId, job_type: &Arc<str>) {
    let row = (tenant, Arc::clone(job_type));
    state.served_job_types.put(row, ());
}
