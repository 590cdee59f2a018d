//! Commands: what the outside asks of the engine, in the imperative.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::definition::Resource;
use crate::entities::batch_operation::{BatchItem, BatchOperation};
use crate::entities::component::ComponentRow;
use crate::entities::experience::Answer;
use crate::entities::trigger::Decision;
use crate::entities::user_task::TaskChanges;
use crate::identity::Identity;
use crate::key::*;
use crate::operation::{Activation, Migration, Modification};
use crate::variables::Document;

/// A command with all that the engine may not get for itself: whose it is, the time and
/// some randomness.
#[derive(Clone, Debug)]
pub struct Record {
    /// The tenant on whose behalf the command comes.
    pub tenant: TenantId,
    /// Journal time, milliseconds since the epoch; never before that of an earlier record.
    pub at_ms: u64,
    /// How far that may be ahead of the true time, see [`crate::clock`]: nothing is forgotten
    /// because of it.
    pub unconfirmed_ms: u64,
    /// Who sends it; none for the clock and for what components answered.
    pub identity: Option<Identity>,
    /// 256 random bits from the operating system, for links that must not be guessed.
    pub entropy: [u8; 32],
    /// What to do.
    pub command: Command,
}

/// How a client marks a start, so that it can send it again without starting twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The client's idempotency key.
    pub key: Arc<str>,
    /// SHA-256 of what is asked for: the same key must not stand for something else.
    pub digest: [u8; 32],
}

/// What can be asked of the engine.
#[derive(Clone, Debug)]
pub enum Command {
    /// Create a tenant.
    CreateTenant {
        name: String,
        display_name: String,
        description: Option<String>,
    },
    /// Give a tenant another display name and description.
    UpdateTenant {
        name: String,
        display_name: String,
        description: Option<String>,
    },
    /// Delete a tenant in which nothing is left.
    DeleteTenant { name: String },
    /// Store process definitions, decisions and forms.
    Deploy { resources: Vec<Resource> },
    /// Say whether these could be stored, and what is probably not meant in them.
    CheckDeployment { resources: Vec<Resource> },
    /// Delete a version of a process, a decision model or a version of a form.
    DeleteResource { key: u64 },
    /// Start a case.
    CreateInstance {
        process: ProcessRef,
        variables: Document,
        business_key: Option<String>,
        /// Where it begins instead of at its start event.
        start_at: Vec<Activation>,
        /// The ids of elements after which it ends.
        stop_after: Vec<String>,
        /// What makes a second command of the same start the same instance.
        once: Option<Once>,
    },
    /// End a case from outside.
    CancelInstance { instance: InstanceKey },
    /// Move, add and end tokens of a running case.
    ModifyInstance {
        instance: InstanceKey,
        modification: Modification,
    },
    /// Let a case go on by another definition, or only say what is in the way.
    MigrateInstance {
        instance: InstanceKey,
        migration: Migration,
        dry_run: bool,
    },
    /// Let a case take no steps until it is resumed.
    SuspendInstance { instance: InstanceKey },
    /// Let it go on.
    ResumeInstance { instance: InstanceKey },
    /// Forget the history of an ended case.
    DeleteHistory { instance: InstanceKey },
    /// Do one thing to many cases. With `more`, further items come in
    /// [`Command::AppendBatchItems`], and it begins after the last of them.
    CreateBatch {
        operation: Box<BatchOperation>,
        items: Vec<BatchItem>,
        more: bool,
    },
    /// Further items of a batch operation that was not started yet.
    AppendBatchItems {
        batch: BatchKey,
        items: Vec<BatchItem>,
        more: bool,
    },
    /// Let a batch operation wait.
    SuspendBatch { batch: BatchKey },
    /// Let it go on.
    ResumeBatch { batch: BatchKey },
    /// End it; what it has done stays. With a reason it is one that went wrong.
    CancelBatch {
        batch: BatchKey,
        reason: Option<String>,
    },
    /// Start no cases of a definition until it is resumed.
    SuspendDefinition { definition: DefinitionKey },
    /// Start them again.
    ResumeDefinition { definition: DefinitionKey },
    /// Change variables of a running case.
    SetVariables {
        scope: ElementInstanceKey,
        instance: InstanceKey,
        variables: Document,
        local: bool,
    },

    /// Hand jobs to an outside worker.
    ActivateJobs {
        job_type: String,
        worker: String,
        timeout_ms: u64,
        max_jobs: usize,
        fetch: Vec<String>,
    },
    /// A job is done.
    CompleteJob {
        job: JobKey,
        attempt: Option<u32>,
        variables: Document,
        result: Option<JobResult>,
    },
    /// A job's attempt went wrong.
    FailJob {
        job: JobKey,
        attempt: Option<u32>,
        retries: Retries,
        backoff_ms: Option<u64>,
        message: String,
        variables: Document,
    },
    /// A job ended in an outcome that the process models.
    ThrowJobError {
        job: JobKey,
        attempt: Option<u32>,
        code: String,
        message: String,
        variables: Document,
    },
    /// Correct a job's retries, its worker's time or how urgent it is.
    UpdateJob {
        job: JobKey,
        retries: Option<u32>,
        timeout_ms: Option<u64>,
        priority: Option<i32>,
    },

    /// Give a task to a person.
    AssignUserTask {
        task: UserTaskKey,
        assignee: String,
        allow_override: bool,
        action: Option<String>,
    },
    /// Take it back.
    UnassignUserTask {
        task: UserTaskKey,
        action: Option<String>,
    },
    /// Change what a task says about itself.
    UpdateUserTask {
        task: UserTaskKey,
        changes: TaskChanges,
        action: Option<String>,
    },
    /// A person has done it.
    CompleteUserTask {
        task: UserTaskKey,
        variables: Document,
        action: Option<String>,
    },

    /// Enter elements of an ad-hoc subprocess, each with variables of its own.
    ActivateAdHoc {
        instance: InstanceKey,
        element: ElementInstanceKey,
        elements: Vec<(String, Document)>,
        cancel_remaining: bool,
    },

    /// Try the failed step again.
    ResolveIncident { incident: IncidentKey },

    /// Send a signal to all that wait for it.
    BroadcastSignal { name: String, variables: Document },

    /// Start a case of every process, or of the one that is named, for each conditional start
    /// event whose condition holds with these variables.
    EvaluateConditions {
        variables: Document,
        process: Option<String>,
    },
    /// Send a message to all processes that wait for it, and to those that will until its
    /// time to live is over.
    PublishMessage {
        name: String,
        correlation_key: String,
        message_id: Option<String>,
        time_to_live_ms: u64,
        variables: Document,
    },
    /// Send a message to those that wait for it now, and learn which case took it.
    CorrelateMessage {
        name: String,
        correlation_key: String,
        variables: Document,
    },

    /// Ask a decision outside any case.
    EvaluateDecision {
        decision: DecisionRef,
        variables: Document,
    },

    /// Make a component the one that serves its name from now on.
    RegisterComponent {
        component: Box<ComponentRow>,
        /// It may take the place of other bytes with the same name and version.
        replace: bool,
    },

    /// Let a case go on whose question has been answered.
    GoOn { instance: InstanceKey },

    /// Let a trigger look at no events until it is enabled. What it has not decided ends.
    DisableTrigger { name: String },

    /// Let a disabled trigger look at events again.
    EnableTrigger { name: String },

    /// Let a component serve its name no more.
    RemoveComponent { name: String },

    /// Give the component of a job type the jobs that wait for an outside worker.
    BindJobs { job_type: String },

    /// Store a survey (a JSON document, see [`crate::experience::survey`]).
    SaveSurvey { document: String },
    /// What a trigger made of an event.
    RecordDecisions {
        firing: FiringKey,
        outcome: Result<Vec<Decision>, String>,
    },
    /// A customer answered.
    RecordResponse {
        token: String,
        language: Option<String>,
        answers: BTreeMap<String, Answer>,
    },

    /// Keep the history of ended cases for this long where their definition does not say;
    /// none is for ever. It reaches the cases that have ended already, too.
    SetRetention { history_ms: Option<u64> },

    /// Time has passed: do what has become due.
    Tick,
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

/// Which process to start.
#[derive(Clone, Debug)]
pub enum ProcessRef {
    /// This very definition.
    Key(DefinitionKey),
    /// A process by its id, in its latest version unless one is named.
    Id { id: String, version: Option<u32> },
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

/// Which decision to ask.
#[derive(Clone, Debug)]
pub enum DecisionRef {
    /// This very version.
    Key(DecisionKey),
    /// A decision by its id, in its latest version.
    Id(String),
}

/// The retries that a failed job has left.
#[derive(Clone, Copy, Debug)]
pub enum Retries {
    /// One fewer than before.
    Decrement,
    /// As the worker says.
    Left(u32),
}
