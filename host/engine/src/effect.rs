//! Effects and replies: what the driver does once a command has been processed.

use std::sync::Arc;

use crate::definition::Diagnostic;
use crate::entities::decision::DecisionEvaluation;
use crate::entities::tenant::Tenant;
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
        instance: InstanceKey,
        ending: Ending,
    },
    /// A case needs the answer to go on: work it out on another thread, give it to
    /// [`crate::Engine::remember`] and send [`crate::command::Command::GoOn`].
    Answer {
        instance: InstanceKey,
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

/// The answer to a command that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done; there is nothing to add.
    Done,
    /// The listeners of this task are asked first. [`Effect::TaskDecided`] tells what they say.
    Asked { task: UserTaskKey },
    /// A deployment and what is in it.
    Deployed {
        deployment: DeploymentKey,
        processes: Vec<DefinitionKey>,
        decision_requirements: Vec<DecisionRequirementsKey>,
        decisions: Vec<DecisionKey>,
        forms: Vec<FormKey>,
        /// What is probably not meant in it. Not stored anywhere: it says nothing of what happens.
        warnings: Vec<ResourceWarning>,
    },
    /// A deployment that was only tried, and could be done.
    DeploymentChecked { warnings: Vec<ResourceWarning> },
    /// Something that was deployed is deleted; with its key when it was a version of a process.
    ResourceDeleted { process: Option<DefinitionKey> },
    /// A case was started.
    InstanceCreated {
        instance: InstanceKey,
        definition: DefinitionKey,
        /// Whether it was started before, by a command with the same idempotency key.
        again: bool,
    },
    /// Jobs for a worker.
    JobsActivated(Vec<ActivatedJob>),
    /// A signal is on its way.
    SignalBroadcast { key: BroadcastKey },
    /// The cases that conditional start events started, with their definitions.
    ConditionsEvaluated {
        started: Vec<(DefinitionKey, InstanceKey)>,
    },
    /// A message was published.
    MessagePublished { key: MessageKey },
    /// A message was taken by a case: the one that it started, or else the first that had
    /// waited for it.
    MessageCorrelated {
        key: MessageKey,
        instance: InstanceKey,
    },
    /// What a decision answered, with the record of how.
    DecisionEvaluated {
        evaluation: Arc<DecisionEvaluation>,
        output: gardesh_feel::Value,
    },
    /// What is in the way of a migration that was only tried.
    MigrationChecked { problems: Vec<String> },
    /// A batch operation was created.
    BatchCreated { key: BatchKey },
    /// A tenant, as it is now.
    Tenant(Arc<Tenant>),
    /// A survey's version.
    SurveySaved { version: u32 },
    /// An answer was recorded.
    ResponseRecorded { response: ResponseKey },
}

/// Something in a file of a deployment that is probably not meant.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceWarning {
    /// The name of the file.
    pub resource: String,
    /// What was found in it.
    pub found: Diagnostic,
}

/// A job as a worker receives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivatedJob {
    /// The job.
    pub key: JobKey,
    /// The case at the top of the calls that led to its case.
    pub root: InstanceKey,
    /// Its row, after the activation.
    pub job: Arc<crate::entities::job::Job>,
    /// The variables that it can see, or those of them that it asked for.
    pub variables: Document,
}
