//! Effects: what the driver does once a command has been processed, besides giving the answer.

use std::sync::Arc;

use crate::key::*;
use crate::question::Question;
use crate::variables::Document;

/// Something for the world outside the state machine. Each can be found again from state
/// after a restart, so losing one loses nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run the component of this job.
    InvokeStep { job: JobKey, attempt: u32 },
    /// Run the trigger of this firing.
    InvokeTrigger { firing: FiringKey },
    /// Jobs wait for outside workers of this type: wake who polls for them.
    JobsAvailable {
        tenant: TenantId,
        job_type: Arc<str>,
    },
    /// A component serves this job type now: give it the jobs that wait.
    BindJobs {
        tenant: TenantId,
        job_type: Arc<str>,
    },
    /// A case ended: answer whoever waits for it.
    InstanceEnded {
        instance: ProcessInstanceKey,
        ending: Ending,
    },
    /// A case needs the answer to go on: work it out on another thread, give it to
    /// [`crate::Engine::remember`] and send [`crate::command::GoOn`].
    Answer {
        instance: ProcessInstanceKey,
        question: Arc<Question>,
    },
    /// What a client asked of a task is decided: answer whoever waits for it.
    TaskDecided { task: UserTaskKey, verdict: Verdict },
}

/// What became of what a client asked of a task whose listeners have a say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It happened.
    Done,
    /// A listener denied it, with this reason.
    Denied(Option<Arc<str>>),
    /// The task was ended before.
    Gone,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It reached its end, with these variables.
    Completed(Document),
    /// It was ended from outside.
    Terminated,
}
