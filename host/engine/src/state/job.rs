//! What is stored of a job: work for a component or an outside worker.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;

/// A job that is not done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its key: the idempotency key of the step.
    pub key: JobKey,
    /// The type that says who can do it.
    pub job_type: Arc<str>,
    /// The case.
    pub instance: InstanceKey,
    /// The case's definition.
    pub definition: DefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
    /// The component that runs it, by digest; none when it waits for a worker.
    pub component: Option<Arc<str>>,
    /// 1 for the first try; an outcome of an earlier attempt is refused.
    pub attempt: u32,
    /// Retries that are left.
    pub retries: u32,
    /// Where it is.
    pub state: JobState,
    /// The worker that has it or had it last.
    pub worker: Option<Arc<str>>,
    /// What the last failure said.
    pub error: Option<Arc<str>>,
    /// When it was created, journal time.
    pub created_at_ms: u64,
    /// When this attempt could begin, journal time: the time that a component sees.
    pub ready_at_ms: u64,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// Somebody may take it; a component's job is running or about to.
    Ready,
    /// A worker has it until the deadline.
    Activated { deadline_ms: u64 },
    /// It waits after a failure.
    Backoff { until_ms: u64 },
    /// It waits for its incident to be resolved.
    Failed,
}
