//! What can be asked about jobs, and the answers.

use std::sync::Arc;

use crate::entities::job::Job;
use crate::entities::user_task::TaskChanges;
use crate::key::*;
use crate::variables::Document;

/// Hand jobs to an outside worker. The answer is the jobs, at most as many as asked for.
#[derive(Clone, Debug)]
pub struct ActivateJobs {
    /// The type of the jobs.
    pub job_type: String,
    /// What the worker calls itself.
    pub worker: String,
    /// How long it has for each, in milliseconds.
    pub timeout_ms: u64,
    /// The most that it takes.
    pub max_jobs: usize,
    /// The names of the variables that it wants; none for all.
    pub fetch: Vec<String>,
}

/// A job as a worker receives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivatedJob {
    /// The job.
    pub key: JobKey,
    /// The process instance at the top of the calls that led to its process instance.
    pub root: ProcessInstanceKey,
    /// Its row, after the activation.
    pub job: Arc<Job>,
    /// The variables that it can see, or those of them that it asked for.
    pub variables: Document,
}

/// A job is done.
#[derive(Clone, Debug)]
pub struct CompleteJob {
    /// The job.
    pub job: JobKey,
    /// The attempt that this is the outcome of; none for the present one.
    pub attempt: Option<u32>,
    /// What it brings.
    pub variables: Document,
    /// What it says besides, where its kind asks for that.
    pub result: Option<JobResult>,
}

/// What the outcome of a job says besides variables.
#[derive(Clone, Debug)]
pub enum JobResult {
    /// The verdict of a user task's listener.
    UserTask {
        /// The transition is not to happen.
        denied: bool,
        /// Why not.
        reason: Option<String>,
        /// What is to be different once it has happened.
        corrections: TaskChanges,
    },
    /// The choice of the worker that leads an ad-hoc subprocess.
    AdHoc(AdHocResult),
}

/// What the worker that leads an ad-hoc subprocess chooses.
#[derive(Clone, Debug, Default)]
pub struct AdHocResult {
    /// The elements to enter, each with variables of its own.
    pub elements: Vec<(String, Document)>,
    /// Whether the subprocess is done.
    pub is_fulfilled: bool,
    /// Whether what is active in it is ended.
    pub cancel_remaining: bool,
}

/// A job's attempt went wrong.
#[derive(Clone, Debug)]
pub struct FailJob {
    /// The job.
    pub job: JobKey,
    /// The attempt that this is the outcome of; none for the present one.
    pub attempt: Option<u32>,
    /// The retries that are left.
    pub retries: Retries,
    /// Milliseconds before the next attempt; none for the usual wait.
    pub backoff_ms: Option<u64>,
    /// What went wrong.
    pub message: String,
    /// Variables that are set all the same.
    pub variables: Document,
}

/// The retries that a failed job has left.
#[derive(Clone, Copy, Debug)]
pub enum Retries {
    /// One fewer than before.
    Decrement,
    /// As the worker says.
    Left(u32),
}

/// A job ended in an outcome that the process models.
#[derive(Clone, Debug)]
pub struct ThrowJobError {
    /// The job.
    pub job: JobKey,
    /// The attempt that this is the outcome of; none for the present one.
    pub attempt: Option<u32>,
    /// The code of the BPMN error.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What whoever catches it receives.
    pub variables: Document,
}

/// Correct a job. What is none stays.
#[derive(Clone, Debug)]
pub struct UpdateJob {
    /// The job.
    pub job: JobKey,
    /// Its retries.
    pub retries: Option<u32>,
    /// The time that its worker has from now on, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// How urgent it is; more is sooner.
    pub priority: Option<i32>,
}
