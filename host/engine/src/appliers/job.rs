//! Applies events of jobs. A ready job is listed for outside workers or for its component;
//! one that waits for a time is listed by that time.

use std::sync::Arc;

use super::suspension::is_suspended;
use crate::key::*;
use crate::state::State;
use crate::state::due;
use crate::state::instance::Work;
use crate::state::job::{Job, JobKind, JobState};

pub(super) fn created(state: &mut State, tenant: TenantId, job: &Arc<Job>) {
    let element = (tenant, job.instance, job.element_instance);
    state.elements.update(&element, |row| match job.kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => row.work = Some(Work::Job(job.key)),
        JobKind::ExecutionListener | JobKind::TaskListener => row.listener_job = Some(job.key),
    });
    state.jobs.put((tenant, job.key), Arc::clone(job));
    list(state, tenant, job);
}

pub(super) fn activated(
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

pub(super) fn failed(
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

pub(super) fn error_thrown(
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
pub(super) fn ready(state: &mut State, tenant: TenantId, at_ms: u64, key: JobKey, place: u64) {
    change(state, tenant, key, |job| {
        job.place = place;
        job.state = JobState::Ready;
        job.ready_at_ms = at_ms;
    });
}

pub(super) fn updated(
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

pub(super) fn bound(state: &mut State, tenant: TenantId, key: JobKey, component: &Arc<str>) {
    change(state, tenant, key, |job| {
        job.component = Some(Arc::clone(component))
    });
}

/// A listener's completion is counted where the listeners are.
pub(super) fn completed(state: &mut State, tenant: TenantId, key: JobKey) {
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
                super::user_task::listener_done(state, tenant, task);
            }
        }
    }
    gone(state, tenant, key);
}

pub(super) fn gone(state: &mut State, tenant: TenantId, key: JobKey) {
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
pub(super) fn list(state: &mut State, tenant: TenantId, job: &Job) {
    if is_suspended(state, tenant, job.instance) {
        return;
    }
    match job.state {
        JobState::Ready if job.component.is_some() => state.jobs_bound.put((tenant, job.key), ()),
        JobState::Ready => state.jobs_ready.put(queue_row(tenant, job), job.key),
        JobState::Activated { deadline_ms } => state
            .due
            .put((deadline_ms, due::JOB_DEADLINE, job.key.0), tenant),
        JobState::Backoff { until_ms } => state
            .due
            .put((until_ms, due::JOB_BACKOFF, job.key.0), tenant),
        JobState::Failed | JobState::ErrorThrown => {}
    }
}

pub(super) fn unlist(state: &mut State, tenant: TenantId, job: &Job) {
    match job.state {
        JobState::Ready if job.component.is_some() => state.jobs_bound.remove(&(tenant, job.key)),
        JobState::Ready => state.jobs_ready.remove(&queue_row(tenant, job)),
        JobState::Activated { deadline_ms } => {
            state
                .due
                .remove(&(deadline_ms, due::JOB_DEADLINE, job.key.0))
        }
        JobState::Backoff { until_ms } => {
            state.due.remove(&(until_ms, due::JOB_BACKOFF, job.key.0))
        }
        JobState::Failed | JobState::ErrorThrown => {}
    }
}
