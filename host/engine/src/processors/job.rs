//! Jobs: taken, completed, failed, corrected. An outcome that carries an attempt is held
//! against the job's, so that a late or doubled one changes nothing.

use std::sync::Arc;

use super::Request;
use super::{ad_hoc, listener};
use crate::behaviour::job::make_ready;
use crate::command::{
    ActivateJobs, ActivatedJob, AdHocResult, CompleteJob, FailJob, JobResult, Retries,
    ThrowJobError, UpdateJob,
};
use crate::context::{Active, Context, Failure};
use crate::elements::error;
use crate::elements::mapping::hand_over;
use crate::entities::continuation::Continuation;
use crate::entities::job::{Job, JobKind, JobState};
use crate::event::JobEvent;
use crate::key::*;
use crate::limits::*;
use crate::rejection::Rejection;
use crate::variables::{Document, bytes_of};

impl Request for ActivateJobs {
    type Answer = Vec<ActivatedJob>;

    fn process(self, ctx: &mut Context<'_>) -> Result<Vec<ActivatedJob>, Rejection> {
        let (job_type, worker) = (&self.job_type, &self.worker);
        activate(
            ctx,
            job_type,
            worker,
            self.timeout_ms,
            self.max_jobs,
            &self.fetch,
        )
    }
}

impl Request for CompleteJob {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        complete(ctx, self.job, self.attempt, &self.variables, self.result)
    }
}

impl Request for FailJob {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        fail(ctx, self)
    }
}

impl Request for ThrowJobError {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        throw_error(ctx, self)
    }
}

impl Request for UpdateJob {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        update(ctx, self.job, self.retries, self.timeout_ms, self.priority)
    }
}

/// The ready jobs of a type that come next: the most urgent first, those of one priority in
/// the order in which they became ready.
pub(super) fn in_turn(ctx: &Context<'_>, job_type: &Arc<str>, most: usize) -> Vec<JobKey> {
    let of_type = (ctx.tenant, Arc::clone(job_type));
    let ready = ctx.state.jobs_ready.first_under(of_type, most);
    ready.into_iter().map(|(_, key)| *key).collect()
}

fn activate(
    ctx: &mut Context<'_>,
    job_type: &str,
    worker: &str,
    timeout_ms: u64,
    max_jobs: usize,
    fetch: &[String],
) -> Result<Vec<ActivatedJob>, Rejection> {
    if job_type.is_empty() || timeout_ms == 0 || max_jobs == 0 {
        return Err(Rejection::invalid(format!(
            "Expected a job type, a timeout above 0 and at least one job, but got type '{job_type}', timeout {timeout_ms} ms and {max_jobs} jobs."
        )));
    }
    let job_type: Arc<str> = job_type.into();
    let served = (ctx.tenant, Arc::clone(&job_type));
    if !ctx.state.served_job_types.contains(&served) {
        let job_type = Arc::clone(&job_type);
        ctx.emit(JobEvent::TypeServed { job_type });
    }
    let ready = in_turn(ctx, &job_type, max_jobs.min(MAX_JOBS_PER_ACTIVATION));
    let mut jobs = Vec::new();
    let mut bytes = 0;
    for key in ready {
        let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
            continue;
        };
        let mut variables = Context::given(ctx.state, ctx.tenant, &job);
        if !fetch.is_empty() {
            variables.retain(|name, _| fetch.iter().any(|wanted| **wanted == **name));
        }
        bytes += bytes_of(&variables);
        if bytes > MAX_ACTIVATION_BYTES && !jobs.is_empty() {
            break;
        }
        let deadline_ms = ctx.after(timeout_ms);
        ctx.emit(JobEvent::Activated {
            instance: job.instance,
            job: key,
            worker: worker.into(),
            deadline_ms,
        });
        if let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) {
            jobs.push(ActivatedJob {
                key,
                root: ctx.top_of(job.instance),
                job,
                variables,
            });
        }
    }
    Ok(jobs)
}

/// A job whose outcome may be recorded now.
fn open(
    ctx: &mut Context<'_>,
    key: JobKey,
    attempt: Option<u32>,
) -> Result<(Arc<Job>, Active), Rejection> {
    let job = ctx
        .state
        .jobs
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("job", key))?;
    ctx.workable(job.instance)?;
    if let Some(attempt) = attempt.filter(|attempt| *attempt != job.attempt) {
        return Err(Rejection::state(format!(
            "Expected an outcome of attempt {} at job {key}, but this is of attempt {attempt}. It came late and is not recorded.",
            job.attempt
        )));
    }
    if !matches!(job.state, JobState::Ready | JobState::Activated { .. }) {
        return Err(Rejection::state(format!(
            "Expected job {key} to be in work, but its last attempt failed or threw an error that nothing catches: it waits for its retry or for its incident to be resolved."
        )));
    }
    let active = ctx.active(job.instance, job.element_instance);
    let active = active.ok_or_else(|| Rejection::not_found("element instance of job", key))?;
    // The listeners of a task's end are asked because its element is being ended.
    if job.kind != JobKind::TaskListener && ctx.is_ending(&active) {
        return Err(Rejection::state(format!(
            "Expected job {key} to be in work, but its element is being ended."
        )));
    }
    Ok((job, active))
}

fn complete(
    ctx: &mut Context<'_>,
    key: JobKey,
    attempt: Option<u32>,
    variables: &Document,
    result: Option<JobResult>,
) -> Result<(), Rejection> {
    let (job, active) = open(ctx, key, attempt)?;
    let completed = match (job.kind, result) {
        (JobKind::TaskListener, result) => {
            listener::complete_task(ctx, &job, &active, variables, result)
        }
        (JobKind::AdHocSubProcess, None) => {
            let nothing = AdHocResult::default();
            ad_hoc::complete_job(ctx, &job, &active, variables, &nothing)
        }
        (JobKind::AdHocSubProcess, Some(JobResult::AdHoc(result))) => {
            ad_hoc::complete_job(ctx, &job, &active, variables, &result)
        }
        (_, Some(_)) => Err(Rejection::invalid(format!(
            "Expected a result of the kind that job {key} has, but its kind is {}. Leave the result out, or give the one of a user task's listener or of an ad-hoc subprocess.",
            job.kind.name()
        ))),
        (JobKind::ExecutionListener, None) => {
            listener::complete_execution(ctx, &job, &active, variables)
        }
        (JobKind::BpmnElement, None) => {
            complete_element(ctx, &job, &active, variables);
            Ok(())
        }
    };
    completed.or_else(|rejection| refuse(ctx, &job, &active, rejection))
}

/// The work of an element is done.
fn complete_element(ctx: &mut Context<'_>, job: &Job, active: &Active, variables: &Document) {
    ctx.emit(JobEvent::Completed {
        instance: job.instance,
        job: job.key,
        attempt: job.attempt,
    });
    hand_over(ctx, active, variables);
    ctx.then(Continuation::Complete {
        instance: job.instance,
        element: job.element_instance,
    });
}

/// An outcome that the job cannot have. A worker is told; a component has nobody to tell, so
/// its job fails for good and somebody looks at it.
fn refuse(
    ctx: &mut Context<'_>,
    job: &Job,
    active: &Active,
    rejection: Rejection,
) -> Result<(), Rejection> {
    if job.component.is_none() {
        return Err(rejection);
    }
    record_failure(ctx, job, active, 0, 0, rejection.message.into());
    Ok(())
}

fn fail(ctx: &mut Context<'_>, failed: FailJob) -> Result<(), Rejection> {
    let (job, active) = open(ctx, failed.job, failed.attempt)?;
    let retries = match failed.retries {
        Retries::Decrement => job.retries.saturating_sub(1),
        Retries::Left(retries) => retries,
    };
    let backoff_ms = failed.backoff_ms.unwrap_or_else(|| backoff(&job));
    let message = shorten(&failed.message).into();
    ctx.set_variables(active.instance, active.key, &failed.variables);
    record_failure(ctx, &job, &active, retries, backoff_ms, message);
    Ok(())
}

/// An attempt went wrong: the job waits for the next one, or for somebody to look at it.
pub(super) fn record_failure(
    ctx: &mut Context<'_>,
    job: &Job,
    active: &Active,
    retries: u32,
    backoff_ms: u64,
    message: Arc<str>,
) {
    ctx.emit(JobEvent::Failed {
        instance: job.instance,
        job: job.key,
        attempt: job.attempt,
        retries,
        retry_at_ms: ctx.after(backoff_ms),
        message: Arc::clone(&message),
    });
    if retries == 0 {
        let failure = Failure::new(
            job.kind.into(),
            if message.is_empty() {
                "No more retries left.".into()
            } else {
                message.to_string()
            },
        );
        ctx.raise(active, failure, vec![retry(job)], Some(job.key));
    } else if backoff_ms == 0 {
        make_ready(ctx, job.key);
    }
}

/// What is done once the incident of a job is resolved.
fn retry(job: &Job) -> Continuation {
    Continuation::RetryJob {
        instance: job.instance,
        job: job.key,
    }
}

/// A worker that names no wait gets its next try at once, as in Camunda; a component waits
/// twice as long after each failure.
fn backoff(job: &Job) -> u64 {
    match job.component {
        None => 0,
        Some(_) => {
            let doublings = (job.attempt - 1).min(16);
            (FIRST_BACKOFF_MS << doublings).min(MAX_BACKOFF_MS)
        }
    }
}

fn throw_error(ctx: &mut Context<'_>, thrown: ThrowJobError) -> Result<(), Rejection> {
    let key = thrown.job;
    let (job, active) = open(ctx, key, thrown.attempt)?;
    if job.kind != JobKind::BpmnElement {
        let rejection = Rejection::state(format!(
            "Expected a BPMN error from the work of an element, but job {key} is a listener ({}), and nothing catches what listeners throw. Let it fail, or complete it.",
            job.kind.name()
        ));
        return refuse(ctx, &job, &active, rejection);
    }
    let (code, message): (Arc<str>, Arc<str>) =
        (thrown.code.into(), shorten(&thrown.message).into());
    let caught = error::catcher(ctx, &active, &code).is_some();
    ctx.emit(JobEvent::ErrorThrown {
        instance: job.instance,
        job: key,
        attempt: job.attempt,
        code: Arc::clone(&code),
        message: Arc::clone(&message),
        caught,
    });
    if !caught {
        // Whoever does the job may find another outcome once somebody has looked at it.
        let way_out = "Correct what made the job throw it, or add one and migrate the process instance; then resolve to have the job done again.";
        let failure = error::unhandled(&active, &code, &message, way_out);
        ctx.raise(&active, failure, vec![retry(&job)], Some(key));
        return Ok(());
    }
    ctx.then(Continuation::ThrowError {
        instance: job.instance,
        element: active.key,
        code,
        message,
        variables: thrown.variables,
    });
    Ok(())
}

pub(super) fn update(
    ctx: &mut Context<'_>,
    key: JobKey,
    retries: Option<u32>,
    timeout_ms: Option<u64>,
    priority: Option<i32>,
) -> Result<(), Rejection> {
    let job = ctx
        .state
        .jobs
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("job", key))?;
    ctx.workable(job.instance)?;
    if retries == Some(0) {
        return Err(Rejection::invalid(
            "Expected at least one retry, but got 0.",
        ));
    }
    if retries.is_none() && timeout_ms.is_none() && priority.is_none() {
        return Err(Rejection::invalid(
            "Expected new retries, a new timeout or a new priority, but got none of them.",
        ));
    }
    if timeout_ms.is_some() && !matches!(job.state, JobState::Activated { .. }) {
        return Err(Rejection::state(format!(
            "Expected job {key} to be with a worker, but it is not: there is no timeout to change."
        )));
    }
    let deadline_ms = timeout_ms.map(|timeout| ctx.after(timeout));
    ctx.emit(JobEvent::Updated {
        instance: job.instance,
        job: key,
        retries,
        deadline_ms,
        priority,
    });
    Ok(())
}
