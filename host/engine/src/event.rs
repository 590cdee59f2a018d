//! Journal events: what happened, in the past tense. Once released, a variant keeps its
//! place and its fields for ever; a change is a new variant at the end with an applier of
//! its own, so that old journals can always be read.

mod history;
mod size;
mod subject;

use std::sync::Arc;

use gardesh_feel::Value;
use serde::{Deserialize, Serialize};

use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::operation::MigratedElement;
use crate::state::batch::{Batch, BatchFailure, BatchItem};
use crate::state::compensation::Compensation;
use crate::state::component::ComponentRow;
use crate::state::continuation::{Extent, KeptStep};
use crate::state::cx::{Decision, Firing, Invitation, Notification, Response, SurveyRow};
use crate::state::decision::{DecisionEvaluation, DecisionRequirementsRow, DecisionRow};
use crate::state::definition::{DefinitionRow, FormRow};
use crate::state::incident::Incident;
use crate::state::instance::{Parent, Rest, Role};
use crate::state::job::Job;
use crate::state::message::Message;
use crate::state::subscription::{Afterwards, Broadcast, Subscription};
use crate::state::user_task::{TaskChanges, TaskState, Transition, UserTask};

/// All that one command changed: the unit of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the journal, from 1.
    pub position: u64,
    /// Places right before it whose entries are gone: all that they told was history that
    /// has expired. So a place that is missing for another reason is noticed.
    pub erased_before: u64,
    /// Journal time in milliseconds since the epoch.
    pub at_ms: u64,
    /// How far that may be ahead of the true time, because the machine's clock went ahead and
    /// has not stood there for long enough, see [`crate::clock`].
    pub unconfirmed_ms: u64,
    /// Whose it is.
    pub tenant: TenantId,
    /// The next free key after this entry.
    pub next_key: u64,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Entry {
    /// The time that has come for sure: history goes by it.
    pub fn confirmed_ms(&self) -> u64 {
        self.at_ms.saturating_sub(self.unconfirmed_ms)
    }

    /// The position of the entry before it, 0 for none.
    pub fn follows(&self) -> u64 {
        self.position
            .saturating_sub(1)
            .saturating_sub(self.erased_before)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A process definition was stored, with its source.
    DefinitionCreated {
        definition: Arc<DefinitionRow>,
        source: FileBytes,
    },
    /// A form was stored.
    FormCreated { form: Arc<FormRow> },

    /// A case began, perhaps at another start event than the usual one, or called by a call
    /// activity.
    InstanceCreated {
        instance: InstanceKey,
        definition: DefinitionKey,
        business_key: Option<Arc<str>>,
        start: Option<u32>,
        parent: Option<Parent>,
        /// How many triggers' decisions lie in the chain that led to it.
        trigger_depth: u32,
    },
    /// A case reached its end; `outcome` is the id of the last end event.
    InstanceCompleted {
        instance: InstanceKey,
        outcome: Option<Arc<str>>,
    },
    /// A case was ended from outside.
    InstanceTerminated { instance: InstanceKey },
    /// A fault of the engine stopped this case; the others go on.
    InstanceBanned {
        instance: InstanceKey,
        reason: String,
    },

    /// An element is being entered. `element` is its index in the definition; an element that
    /// repeats is entered as a whole and in each run.
    ElementActivating {
        instance: InstanceKey,
        key: ElementInstanceKey,
        element: u32,
        scope: ElementInstanceKey,
        role: Role,
    },
    /// It was entered: its input is there and its work has begun.
    ElementActivated {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },
    /// It is done. `outcome` is its id when it is an end event of the process itself.
    ElementCompleted {
        instance: InstanceKey,
        key: ElementInstanceKey,
        outcome: Option<Arc<str>>,
    },
    /// It is being ended, its children first.
    ElementTerminating {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },
    /// It was ended before it was done.
    ElementTerminated {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },
    /// A token passed a sequence flow. `flow` is its index in the definition.
    SequenceFlowTaken {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
    },

    /// A token waits at the flow's target for the others.
    TokenWaiting {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
    },
    /// Tokens that waited went on together, or were discarded with their scope.
    TokenConsumed {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
        count: u32,
    },

    /// A variable was created or changed.
    VariableSet {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        key: VariableKey,
        name: Arc<str>,
        value: Value,
    },

    /// Work for a component or a worker came up.
    JobCreated { job: Arc<Job> },
    /// Workers got jobs.
    JobActivated {
        instance: InstanceKey,
        job: JobKey,
        worker: Arc<str>,
        deadline_ms: u64,
    },
    /// A job's result was recorded.
    JobCompleted {
        instance: InstanceKey,
        job: JobKey,
        attempt: u32,
    },
    /// An attempt failed; the next one starts at `retry_at_ms` if retries are left.
    JobFailed {
        instance: InstanceKey,
        job: JobKey,
        attempt: u32,
        retries: u32,
        retry_at_ms: u64,
        message: Arc<str>,
    },
    /// The wait after a failure is over.
    /// It waits behind all others of its type and priority, at `place`.
    JobBackoffEnded {
        instance: InstanceKey,
        job: JobKey,
        place: u64,
    },
    /// The worker did not answer in time; somebody else may have the job, after those that
    /// waited before.
    JobTimedOut {
        instance: InstanceKey,
        job: JobKey,
        place: u64,
    },
    /// The job ended in an outcome that the process models; where nothing catches this, the
    /// job waits for its incident to be resolved.
    JobErrorThrown {
        instance: InstanceKey,
        job: JobKey,
        attempt: u32,
        code: Arc<str>,
        message: Arc<str>,
        caught: bool,
    },
    /// The job's element was left before it was done.
    JobCanceled { instance: InstanceKey, job: JobKey },
    /// Somebody corrected the retries or the deadline.
    JobUpdated {
        instance: InstanceKey,
        job: JobKey,
        retries: Option<u32>,
        deadline_ms: Option<u64>,
        priority: Option<i32>,
    },
    /// A component was uploaded for a job that had waited for an outside worker.
    JobBound {
        instance: InstanceKey,
        job: JobKey,
        component: Arc<str>,
    },

    /// A person's task came up.
    UserTaskCreated { task: Arc<UserTask> },
    /// It has another assignee, or none.
    UserTaskAssigned {
        instance: InstanceKey,
        task: UserTaskKey,
        assignee: Option<Arc<str>>,
        action: Arc<str>,
    },
    /// The person is done.
    UserTaskCompleted {
        instance: InstanceKey,
        task: UserTaskKey,
        action: Arc<str>,
    },
    /// The task's element was left before it was done.
    UserTaskCanceled {
        instance: InstanceKey,
        task: UserTaskKey,
    },

    /// An element cannot go on.
    IncidentCreated { incident: Arc<Incident> },
    /// It can again, or is gone.
    IncidentResolved {
        instance: InstanceKey,
        incident: IncidentKey,
    },

    /// A component serves its name from now on.
    ComponentRegistered { component: Arc<ComponentRow> },

    /// A survey was stored.
    SurveySaved { survey: Arc<SurveyRow> },
    /// A trigger is to look at an event.
    TriggerFired { firing: Arc<Firing> },
    /// What came of it: never silent, at least one decision.
    TriggerDecided {
        instance: InstanceKey,
        firing: FiringKey,
        decisions: Vec<Decision>,
    },
    /// A customer is to be asked.
    InvitationCreated { invitation: Arc<Invitation> },
    /// The wait that the trigger asked for is over.
    InvitationDue {
        instance: InstanceKey,
        invitation: InvitationKey,
    },
    /// A customer answered.
    ResponseRecorded { response: Arc<Response> },
    /// Somebody inside is to know something.
    NotificationCreated { notification: Arc<Notification> },

    /// An event in a diagram waits for something to happen.
    SubscriptionOpened { subscription: Arc<Subscription> },
    /// It does not wait any more.
    SubscriptionClosed {
        instance: Option<InstanceKey>,
        subscription: SubscriptionKey,
    },
    /// What it waited for has happened.
    SubscriptionTriggered {
        instance: Option<InstanceKey>,
        subscription: SubscriptionKey,
        afterwards: Afterwards,
    },
    /// A signal was sent to all that wait for it.
    SignalBroadcast { name: Arc<str> },
    /// It has reached those before `next`; the others are to come.
    BroadcastAdvanced { broadcast: Arc<Broadcast> },
    /// It has reached everybody.
    BroadcastEnded { broadcast: BroadcastKey },

    /// An escalation was thrown by an element. `catcher` is the id of the event that catches
    /// it, if one does.
    EscalationThrown {
        instance: InstanceKey,
        element: ElementInstanceKey,
        code: Arc<str>,
        catcher: Option<Arc<str>>,
    },
    /// An operator moves, adds and ends tokens of a case; the events after this one say how.
    /// `activated` are indexes in the definition.
    InstanceModified {
        instance: InstanceKey,
        activated: Vec<u32>,
        terminated: Vec<ElementInstanceKey>,
    },
    /// A case is to end as soon as one of these elements was left.
    InstanceStopsAfter {
        instance: InstanceKey,
        elements: Vec<u32>,
    },

    /// A case takes no steps from here on.
    InstanceSuspended { instance: InstanceKey },
    /// Steps that a case takes later, because it is suspended or they are too much for one
    /// command. They follow from the command whose entry has the position `chain`, of which so
    /// much was done; the case goes on with them when it is its turn, in the order of `turn`.
    /// With a pause the first of them waits for something, and tries again after that.
    StepsKept {
        instance: InstanceKey,
        chain: u64,
        extent: Extent,
        turn: u64,
        pause_ms: u64,
        steps: Vec<KeptStep>,
    },
    /// It goes on with those of a part and chain, to the one with the order `through`. If it has
    /// more, its next turn has this number.
    StepsTaken {
        instance: InstanceKey,
        part: u8,
        chain: u64,
        through: u64,
        turn: u64,
    },
    /// A case goes on, with the steps that were held.
    InstanceResumed { instance: InstanceKey },
    /// No cases of a definition are started from here on.
    DefinitionSuspended { definition: DefinitionKey },
    /// They are again.
    DefinitionResumed { definition: DefinitionKey },
    /// What a start event waits for has happened, but its definition is suspended.
    StartSkipped {
        definition: DefinitionKey,
        event: u32,
    },

    /// An activity was completed that can be undone, or that holds such activities.
    CompensationSubscribed {
        instance: InstanceKey,
        compensation: Arc<Compensation>,
    },
    /// A completed activity is to be undone on behalf of the event `thrower`.
    CompensationTriggered {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        compensation: CompensationKey,
        thrower: ElementInstanceKey,
    },
    /// The activity `handler` has begun to undo one.
    CompensationStarted {
        instance: InstanceKey,
        thrower: ElementInstanceKey,
        compensation: CompensationKey,
        handler: ElementInstanceKey,
    },
    /// What was completed in a scope can no more be undone.
    CompensationDropped {
        instance: InstanceKey,
        scope: ElementInstanceKey,
    },

    /// An element's work is done; its end listeners are asked before it is left.
    ElementCompleting {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },
    /// Something is about to happen to a task; its listeners are asked first.
    UserTaskTransitionStarted {
        instance: InstanceKey,
        task: UserTaskKey,
        state: TaskState,
        transition: Arc<Transition>,
    },
    /// A listener corrected what is about to happen.
    UserTaskCorrected {
        instance: InstanceKey,
        task: UserTaskKey,
        corrections: Arc<TaskChanges>,
    },
    /// A listener denied it: the task is as it was before.
    UserTaskTransitionDenied {
        instance: InstanceKey,
        task: UserTaskKey,
        reason: Option<Arc<str>>,
    },
    /// The listeners of its creation have prepared a task: people can work on it.
    UserTaskOpened {
        instance: InstanceKey,
        task: UserTaskKey,
        changes: Arc<TaskChanges>,
    },
    /// What a task says about itself has changed.
    UserTaskUpdated {
        instance: InstanceKey,
        task: UserTaskKey,
        changes: Arc<TaskChanges>,
        action: Arc<str>,
    },

    /// A message came, from another process or from outside.
    MessagePublished { message: Arc<Message> },
    /// A process took it: one of its cases, or a new one that it starts.
    MessageCorrelated {
        instance: InstanceKey,
        message: MessageKey,
        name: Arc<str>,
        process: Arc<str>,
        subscription: SubscriptionKey,
        starts: bool,
    },
    /// It was offered to the processes before `next`; the others are to come.
    MessageAdvanced {
        message: MessageKey,
        next: Option<Arc<str>>,
    },
    /// Nobody can take it any more.
    MessageExpired { message: MessageKey },
    /// The condition of an event that may happen again became true, or is not any more.
    ConditionChanged {
        instance: InstanceKey,
        subscription: SubscriptionKey,
        holds: bool,
    },
    /// A decision model was stored, with its source.
    DecisionRequirementsCreated {
        requirements: Arc<DecisionRequirementsRow>,
        source: FileBytes,
    },
    /// A decision of such a model was stored.
    DecisionCreated { decision: Arc<DecisionRow> },
    /// A decision was asked, by a case or directly.
    DecisionEvaluated { evaluation: Arc<DecisionEvaluation> },

    /// An element that repeats does so for these items.
    ItemsFixed {
        instance: InstanceKey,
        key: ElementInstanceKey,
        items: Value,
    },
    /// A run's result was put into the list variable `name` of `scope`, at its place or at the
    /// end.
    ResultCollected {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        name: Arc<str>,
        index: u32,
        value: Value,
    },
    /// What becomes of the rest of an element that repeats, or of an ad-hoc subprocess.
    RestDecided {
        instance: InstanceKey,
        key: ElementInstanceKey,
        rest: Rest,
    },
    /// An element that repeats has more runs to begin than one step may: another will.
    ElementDeferred {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },
    /// It does.
    ElementResumed {
        instance: InstanceKey,
        key: ElementInstanceKey,
    },

    /// The tenant keeps the history of ended cases for this long, where their definition does
    /// not say; none is for ever.
    RetentionSet { history_ms: Option<u64> },
    /// A new retention has reached the definitions before `next`; none is all of them.
    RetentionApplied { next: Option<DefinitionKey> },
    /// When the history of a definition's cases is looked at next; none is never.
    HistoryDue {
        definition: DefinitionKey,
        due_ms: Option<u64>,
    },
    /// The history of an ended case goes, because its time is over or somebody deletes it: see [`Event::is_history`].
    HistoryExpired {
        instance: InstanceKey,
        definition: DefinitionKey,
        ended_at_ms: u64,
    },

    /// A case goes on by another definition. Indexes after this event are of that one.
    InstanceMigrated {
        instance: InstanceKey,
        definition: DefinitionKey,
        elements: Arc<Vec<MigratedElement>>,
        flows: Vec<(u32, u32)>,
        stop_after: Vec<u32>,
    },

    /// An operation on many cases was asked for.
    BatchCreated { batch: Arc<Batch> },
    /// What it is to be done to: cases mostly.
    BatchItemsAdded {
        batch: BatchKey,
        items: Arc<Vec<BatchItem>>,
    },
    /// All items are there.
    BatchStarted { batch: BatchKey },
    /// It could not be done to one of them.
    BatchItemFailed {
        batch: BatchKey,
        failure: BatchFailure,
    },
    /// It was tried on the next items.
    BatchAdvanced {
        batch: BatchKey,
        taken: u64,
        failed: u64,
    },
    /// It waits to be resumed.
    BatchSuspended { batch: BatchKey },
    /// It goes on.
    BatchResumed { batch: BatchKey },
    /// The items that were left are left alone: somebody wants it so, or it went wrong, and then
    /// there is a reason.
    BatchCanceled {
        batch: BatchKey,
        done: u64,
        failed: u64,
        reason: Option<Arc<str>>,
    },
    /// It was tried on all items.
    BatchCompleted {
        batch: BatchKey,
        done: u64,
        failed: u64,
    },

    /// A fault of the engine in a case that the clock was about to start: no cases of this
    /// definition are started until somebody resumes it.
    DefinitionFailed {
        definition: DefinitionKey,
        reason: String,
    },
    /// A fault of the engine in something that was due, which no case and no definition is to
    /// blame for: it is not due any more. `kind` is one of [`crate::state::due`].
    DueDropped {
        due_ms: u64,
        kind: u8,
        key: u64,
        reason: String,
    },

    /// When ended batch operations are looked at next; none is never.
    BatchHistoryDue { due_ms: Option<u64> },
    /// An ended batch operation goes, because its time is over: see [`Event::is_history`].
    BatchExpired { batch: BatchKey, ended_at_ms: u64 },
    /// Everything in a deployment was there already. Its key is used up all the same.
    DeploymentRepeated { deployment: DeploymentKey },

    /// Something that follows from one command has come so far, in several cases.
    ChainAdvanced { chain: u64, extent: Extent },
    /// A trigger has started cases because of a case that triggers had started.
    TriggerChainContinued { name: Arc<str>, started: u32 },
    /// A trigger looks at no events from here on, because somebody wants it so or, where there is
    /// a reason, because it went past a bound.
    TriggerDisabled {
        name: Arc<str>,
        reason: Option<Arc<str>>,
    },
    /// It does again.
    TriggerEnabled { name: Arc<str> },
    /// A component serves its name no more.
    ComponentRemoved { name: Arc<str> },

    /// An event has interrupted an element, or what was in it. What begins by that waits until
    /// this is gone, and no other event begins anything in the scope.
    ElementInterrupted {
        instance: InstanceKey,
        key: ElementInstanceKey,
        by: ElementInstanceKey,
    },

    /// A worker asked for jobs of a type that nobody had served before.
    JobTypeServed { job_type: Arc<str> },
    /// A version of a process was deleted: it is started no more. Its cases go on, and they and
    /// their history need its row.
    DefinitionDeleted { definition: DefinitionKey },
    /// A decision model was deleted, with all decisions in it. Models that import it need its row.
    DecisionRequirementsDeleted {
        requirements: DecisionRequirementsKey,
    },
    /// A version of a form was deleted. Open tasks need its row.
    FormDeleted { form: FormKey },
}
