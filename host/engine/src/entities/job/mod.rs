//! What is stored of a job: work for a component or an outside worker.

pub(in crate::entities) mod apply;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::definition::{self, Node};
use crate::entities::about::About;
use crate::key::*;

/// A job that is not done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its key: the idempotency key of the step.
    pub key: JobKey,
    /// The type that says who can do it.
    pub job_type: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
    /// For a listener, what it listens to.
    pub listener_event: Option<ListenerEvent>,
    /// Headers of its own, on top of those of the element.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The case.
    pub instance: ProcessInstanceKey,
    /// The case's definition.
    pub definition: ProcessDefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
    /// The component that runs it, by digest; none when it waits for a worker.
    pub component: Option<Arc<str>>,
    /// Whether the diagram wants this very component, so that a later one does not take over.
    pub pinned: bool,
    /// 1 for the first try; an outcome of an earlier attempt is refused.
    pub attempt: u32,
    /// How urgent it is: of the ready jobs of a type, those with a higher one are taken first.
    pub priority: i32,
    /// Its place among those of its priority, the lowest first: behind all that are ready each
    /// time that it becomes so again.
    pub place: u64,
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
    /// It threw an error that nothing catches, and waits for its incident to be resolved.
    ErrorThrown,
}

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobKind {
    /// The work of an element.
    BpmnElement,
    /// A listener of an element.
    ExecutionListener,
    /// A listener of a user task.
    TaskListener,
    /// The choice of what an ad-hoc subprocess enters.
    AdHocSubProcess,
}

/// What a listener listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListenerEvent {
    Start,
    End,
    Cancel,
    Creating,
    Assigning,
    Updating,
    Completing,
    Canceling,
}

impl Job {
    /// All headers: those of its element, and its own, which win.
    pub fn headers(&self, node: &Node) -> BTreeMap<Arc<str>, Arc<str>> {
        node.headers.iter().chain(&self.headers).cloned().collect()
    }

    /// Where its priority stands in the order in which jobs are taken: the highest comes first.
    pub(crate) fn rank(&self) -> u32 {
        i32::MAX.abs_diff(self.priority)
    }

    /// What it listens to in the words of the REST API.
    pub fn listener_event_name(&self) -> &'static str {
        self.listener_event
            .map_or("UNSPECIFIED", ListenerEvent::name)
    }
}

impl JobKind {
    /// The name in the REST API.
    pub fn name(self) -> &'static str {
        match self {
            Self::BpmnElement => "BPMN_ELEMENT",
            Self::ExecutionListener => "EXECUTION_LISTENER",
            Self::TaskListener => "TASK_LISTENER",
            Self::AdHocSubProcess => "AD_HOC_SUB_PROCESS",
        }
    }
}

impl ListenerEvent {
    /// The name in the REST API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::End => "END",
            Self::Cancel => "CANCEL",
            Self::Creating => "CREATING",
            Self::Assigning => "ASSIGNING",
            Self::Updating => "UPDATING",
            Self::Completing => "COMPLETING",
            Self::Canceling => "CANCELING",
        }
    }
}

impl From<definition::ListenerEvent> for ListenerEvent {
    fn from(event: definition::ListenerEvent) -> Self {
        match event {
            definition::ListenerEvent::Start => Self::Start,
            definition::ListenerEvent::End => Self::End,
            definition::ListenerEvent::Cancel => Self::Cancel,
            definition::ListenerEvent::Creating => Self::Creating,
            definition::ListenerEvent::Assigning => Self::Assigning,
            definition::ListenerEvent::Updating => Self::Updating,
            definition::ListenerEvent::Completing => Self::Completing,
            definition::ListenerEvent::Canceling => Self::Canceling,
        }
    }
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum JobEvent {
    /// Work for a component or a worker came up.
    Created { job: Arc<Job> },
    /// Workers got jobs.
    Activated {
        instance: ProcessInstanceKey,
        job: JobKey,
        worker: Arc<str>,
        deadline_ms: u64,
    },
    /// A job's result was recorded.
    Completed {
        instance: ProcessInstanceKey,
        job: JobKey,
        attempt: u32,
    },
    /// An attempt failed; the next one starts at `retry_at_ms` if retries are left.
    Failed {
        instance: ProcessInstanceKey,
        job: JobKey,
        attempt: u32,
        retries: u32,
        retry_at_ms: u64,
        message: Arc<str>,
    },
    /// The wait after a failure is over.
    /// It waits behind all others of its type and priority, at `place`.
    Requeued {
        instance: ProcessInstanceKey,
        job: JobKey,
        place: u64,
    },
    /// The worker did not answer in time; somebody else may have the job, after those that
    /// waited before.
    TimedOut {
        instance: ProcessInstanceKey,
        job: JobKey,
        place: u64,
    },
    /// The job ended in an outcome that the process models; where nothing catches this, the
    /// job waits for its incident to be resolved.
    ErrorThrown {
        instance: ProcessInstanceKey,
        job: JobKey,
        attempt: u32,
        code: Arc<str>,
        message: Arc<str>,
        caught: bool,
    },
    /// The job's element was left before it was done.
    Canceled {
        instance: ProcessInstanceKey,
        job: JobKey,
    },
    /// Somebody corrected the retries or the deadline.
    Updated {
        instance: ProcessInstanceKey,
        job: JobKey,
        retries: Option<u32>,
        deadline_ms: Option<u64>,
        priority: Option<i32>,
    },
    /// A component was uploaded for a job that had waited for an outside worker.
    Bound {
        instance: ProcessInstanceKey,
        job: JobKey,
        component: Arc<str>,
    },
    /// A worker asked for jobs of a type that nobody had served before.
    TypeServed { job_type: Arc<str> },
}

impl JobEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { job } => About::process_instance("JobCreated", job.instance),
            Self::Activated { instance, .. } => About::process_instance("JobActivated", *instance),
            Self::Completed { instance, .. } => About::process_instance("JobCompleted", *instance),
            Self::Failed { instance, .. } => About::process_instance("JobFailed", *instance),
            Self::Requeued { instance, .. } => About::process_instance("JobRequeued", *instance),
            Self::TimedOut { instance, .. } => About::process_instance("JobTimedOut", *instance),
            Self::ErrorThrown { instance, .. } => {
                About::process_instance("JobErrorThrown", *instance)
            }
            Self::Canceled { instance, .. } => About::process_instance("JobCanceled", *instance),
            Self::Updated { instance, .. } => About::process_instance("JobUpdated", *instance),
            Self::Bound { instance, .. } => About::process_instance("JobBound", *instance),
            Self::TypeServed { .. } => About::tenant("JobTypeServed"),
        }
    }
}
