//! Elements as the engine runs them: what each is, and everything that it says about itself,
//! with expressions compiled. How they behave is in `crate::elements`.

use std::sync::Arc;

use super::{Binding, Source, VariableEvent};

/// An element of the diagram.
#[derive(Debug)]
pub struct Node {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Where it is in the diagram: line and column.
    pub at: (u32, u32),
    /// What it does.
    pub kind: NodeKind,
    /// Sequence flows that lead to it.
    pub incoming: Vec<u32>,
    /// Sequence flows that leave it, in the order of the diagram.
    pub outgoing: Vec<u32>,
    /// The flow that is taken when no condition holds.
    pub default_flow: Option<u32>,
    /// Its flow scope.
    pub scope: Option<u32>,
    /// Boundary events on it, the specific ones before the general.
    pub boundary: Vec<u32>,
    /// For a scope: the start events of the event subprocesses in it, the specific ones
    /// before the general.
    pub event_starts: Vec<u32>,
    /// Variables made for it when it is entered.
    pub inputs: Vec<Mapping>,
    /// What of its variables goes to the scopes outside when it is left.
    pub outputs: Vec<Mapping>,
    /// Task headers.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// How urgent its jobs are; the process's own is meant where an element has none.
    pub job_priority: Option<Source>,
    /// How often it runs.
    pub repetition: Option<Box<Repetition>>,
    /// Jobs that run as it is entered and left, and at points of a user task's life.
    pub listeners: Vec<Listener>,
    /// Runs only to undo what another activity did.
    pub for_compensation: bool,
}

/// What an element does. One file of `elements` each.
#[derive(Debug)]
pub enum NodeKind {
    /// The process, or a part of it with a scope of its own.
    Scope(Scope),
    /// Begins a scope, perhaps because something happened.
    StartEvent {
        event: Caught,
        /// For an event subprocess: whether it ends the other work of the scope around it.
        interrupting: bool,
    },
    /// Waits for something to happen.
    CatchEvent(Caught),
    /// Waits on an activity for something to happen.
    BoundaryEvent {
        host: u32,
        interrupting: bool,
        event: Caught,
    },
    /// Makes something happen on the way.
    ThrowEvent(Thrown),
    /// Ends a path, and perhaps makes something happen.
    EndEvent(Thrown),
    /// Passes on: a manual or undefined task.
    PassThrough(&'static str),
    /// Work for a component or an outside worker.
    Job(JobSpec),
    /// Work for a person.
    UserTask(Box<UserTaskSpec>),
    /// Waits for a message.
    ReceiveTask(MessageSpec),
    /// A send task whose message the engine publishes itself.
    PublishTask(Box<Publication>),
    /// Computes a value.
    ScriptTask { script: Source, result: Arc<str> },
    /// Asks a decision.
    DecisionTask(DecisionCall),
    /// Runs another process.
    CallActivity(Box<ProcessCall>),
    /// Takes one way.
    ExclusiveGateway,
    /// Takes all ways, and waits for all.
    ParallelGateway,
    /// Takes every way whose condition holds, and waits for all that may still come.
    InclusiveGateway,
    /// Waits for the first of several events.
    EventBasedGateway,
}

/// A flow scope.
#[derive(Debug)]
pub struct Scope {
    /// The start event at which it begins, where there is one that is not asked for.
    pub start: Option<u32>,
    /// Which kind of scope.
    pub kind: ScopeKind,
    /// For an ad-hoc subprocess: what runs in it.
    pub ad_hoc: Option<Box<AdHoc>>,
}

/// Which kind of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The process itself.
    Process,
    /// A part drawn inside another.
    SubProcess,
    /// One that begins when something happens in the scope around it.
    EventSubProcess,
    /// One whose work is undone as a whole when it is cancelled.
    Transaction,
    /// One whose elements run in no order.
    AdHoc,
}

/// What an ad-hoc subprocess says about the elements in it.
#[derive(Debug)]
pub struct AdHoc {
    /// A list of the ids of elements to enter at once.
    pub active_elements: Option<Source>,
    /// Asked when an element in it is left.
    pub completion_condition: Option<Source>,
    /// Whether what still runs is ended once the condition holds.
    pub cancel_remaining: bool,
    /// The variable that collects results.
    pub output_collection: Option<Arc<str>>,
    /// The result of each element in it.
    pub output_element: Option<Source>,
    /// With a job, a worker decides what is entered.
    pub job: Option<JobSpec>,
}

/// What an event waits for.
#[derive(Debug)]
pub enum Caught {
    /// Nothing in particular.
    None,
    /// A message.
    Message(MessageSpec),
    /// A point in time.
    Timer(TimerSpec),
    /// A signal of this name.
    Signal(Source),
    /// A condition that becomes true.
    Condition(Box<ConditionSpec>),
    /// A BPMN error; any without a code.
    Error(Option<Arc<str>>),
    /// An escalation; any without a code.
    Escalation(Option<Arc<str>>),
    /// The undoing of the activity, by this handler.
    Compensation(Option<u32>),
    /// A transaction that is cancelled.
    Cancel,
    /// The jump of a link event; it has no token of its own to wait with.
    Link,
}

/// What an event makes happen.
#[derive(Debug)]
pub enum Thrown {
    /// Nothing.
    None,
    /// The end of everything else in the scope.
    Terminate,
    /// A BPMN error.
    Error(Source),
    /// An escalation.
    Escalation(Source),
    /// A signal of this name.
    Signal(Source),
    /// A message, sent by a component or an outside worker.
    MessageJob(JobSpec),
    /// A message, published by the engine.
    Message(Box<Publication>),
    /// The undoing of one activity, or of all that were completed in the scope.
    Compensation(Option<u32>),
    /// A jump to the catching link event of the same name.
    Link(u32),
    /// The cancelling of the transaction around.
    Cancel,
}

/// A message that something waits for.
#[derive(Debug)]
pub struct MessageSpec {
    /// Its name.
    pub name: Source,
    /// What it must carry; none for the start event of a process.
    pub correlation_key: Option<Source>,
}

/// When a timer is due.
#[derive(Debug)]
pub enum TimerSpec {
    /// At a point in time.
    Date(Source),
    /// After a while.
    Duration(Source),
    /// Again and again: `R3/PT1H`, or cron.
    Cycle(Source),
}

impl TimerSpec {
    /// What computes it.
    pub fn source(&self) -> &Source {
        match self {
            Self::Date(source) | Self::Duration(source) | Self::Cycle(source) => source,
        }
    }
}

/// A conditional event.
#[derive(Debug)]
pub struct ConditionSpec {
    /// What must hold.
    pub condition: Source,
    /// Only changes of these variables count; empty means all.
    pub variables: Vec<Arc<str>>,
    /// Only these kinds of change count; empty means both.
    pub changes: Vec<VariableEvent>,
}

/// A message that the engine publishes.
#[derive(Debug)]
pub struct Publication {
    pub name: Source,
    pub correlation_key: Source,
    /// So that the same message is published once.
    pub message_id: Option<Source>,
    /// How long it waits for somebody to take it.
    pub time_to_live: Option<Source>,
}

/// A decision that a task asks.
#[derive(Debug)]
pub struct DecisionCall {
    pub decision_id: Source,
    pub binding: Binding,
    /// The variable that receives the answer.
    pub result: Arc<str>,
}

/// A process that an activity calls.
#[derive(Debug)]
pub struct ProcessCall {
    pub process_id: Source,
    pub binding: Binding,
    /// Whether all variables of the called case come back.
    pub all_variables_back: bool,
    /// Whether all variables of the caller go in.
    pub all_variables_in: bool,
    pub business_key: Option<Source>,
}

/// How an activity repeats.
#[derive(Debug)]
pub enum Repetition {
    /// Once for each item of a list.
    MultiInstance(MultiInstance),
    /// As long as a condition holds.
    Loop(StandardLoop),
}

/// See [`Repetition::MultiInstance`].
#[derive(Debug)]
pub struct MultiInstance {
    /// One after the other rather than all at once.
    pub sequential: bool,
    pub input_collection: Source,
    /// The variable that holds the item.
    pub input_element: Option<Arc<str>>,
    /// The variable that collects the results.
    pub output_collection: Option<Arc<str>>,
    pub output_element: Option<Source>,
    /// Asked after each run; when it holds, the rest is ended.
    pub completion_condition: Option<Source>,
}

/// See [`Repetition::Loop`].
#[derive(Debug)]
pub struct StandardLoop {
    /// Repeats while it holds; without one only `maximum` ends it.
    pub condition: Option<Source>,
    /// Whether it is asked before the first run, too.
    pub test_before: bool,
    pub maximum: Option<u32>,
}

/// A job that runs as an element or a user task passes a point of its life.
#[derive(Debug)]
pub struct Listener {
    pub event: ListenerEvent,
    pub job: JobSpec,
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

pub use gardesh_bpmn::ListenerEvent;

/// The job of a task.
#[derive(Debug)]
pub struct JobSpec {
    /// The kind of task in the API's words.
    pub task: &'static str,
    /// Who can do it.
    pub job_type: Source,
    /// How often it may be tried.
    pub retries: Option<Source>,
    /// Which version of the component runs it, where it is not simply the latest.
    pub component: Option<Binding>,
    /// For a user task that a worker does: what it says about people.
    pub people: Option<Box<UserTaskSpec>>,
}

/// The person's side of a user task.
#[derive(Debug, Default)]
pub struct UserTaskSpec {
    /// Who has it.
    pub assignee: Option<Source>,
    /// Groups whose members may take it.
    pub candidate_groups: Option<Source>,
    /// Persons who may take it.
    pub candidate_users: Option<Source>,
    /// When it should be done.
    pub due_date: Option<Source>,
    /// When to look at it again.
    pub follow_up_date: Option<Source>,
    /// 0 to 100.
    pub priority: Option<Source>,
    /// The form.
    pub form: Option<FormSpec>,
}

/// The form of a user task.
#[derive(Debug)]
pub enum FormSpec {
    /// A deployed one.
    Deployed { id: Source, binding: Binding },
    /// One that is somewhere else, or of the client's own.
    External(Source),
}

/// A variable mapping: the value of `source` goes to `target`, a path of names.
#[derive(Debug)]
pub struct Mapping {
    /// The value.
    pub source: Source,
    /// The variable, and the members inside it.
    pub target: Vec<Arc<str>>,
}

impl Node {
    /// What it waits for, for an event that waits.
    pub fn caught(&self) -> Option<&Caught> {
        if let NodeKind::StartEvent { event, .. }
        | NodeKind::CatchEvent(event)
        | NodeKind::BoundaryEvent { event, .. } = &self.kind
        {
            Some(event)
        } else {
            None
        }
    }

    /// Whether it is a start event that waits for something and says what of that goes further.
    pub fn is_mapped_start(&self) -> bool {
        let NodeKind::StartEvent { event, .. } = &self.kind else {
            return false;
        };
        !matches!(event, Caught::None) && !self.outputs.is_empty()
    }

    /// What it makes happen, for an event that does.
    pub fn thrown(&self) -> Option<&Thrown> {
        if let NodeKind::ThrowEvent(event) | NodeKind::EndEvent(event) = &self.kind {
            Some(event)
        } else {
            None
        }
    }

    /// Whether it ends what it is attached to or inside of, for an event that is.
    pub fn interrupts(&self) -> bool {
        matches!(
            self.kind,
            NodeKind::BoundaryEvent {
                interrupting: true,
                ..
            } | NodeKind::StartEvent {
                interrupting: true,
                ..
            }
        )
    }

    /// Whether tokens wait here for each other.
    pub fn is_join(&self) -> bool {
        let waits = matches!(
            self.kind,
            NodeKind::ParallelGateway | NodeKind::InclusiveGateway
        );
        waits && self.incoming.len() > 1
    }

    /// Whether it is an inclusive gateway.
    pub fn is_inclusive(&self) -> bool {
        matches!(self.kind, NodeKind::InclusiveGateway)
    }

    /// The kind in the words of the Camunda REST API.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scope(scope) => match scope.kind {
                ScopeKind::Process => "PROCESS",
                ScopeKind::SubProcess | ScopeKind::Transaction => "SUB_PROCESS",
                ScopeKind::EventSubProcess => "EVENT_SUB_PROCESS",
                ScopeKind::AdHoc => "AD_HOC_SUB_PROCESS",
            },
            NodeKind::StartEvent { .. } => "START_EVENT",
            NodeKind::CatchEvent(_) => "INTERMEDIATE_CATCH_EVENT",
            NodeKind::BoundaryEvent { .. } => "BOUNDARY_EVENT",
            NodeKind::ThrowEvent(_) => "INTERMEDIATE_THROW_EVENT",
            NodeKind::EndEvent(_) => "END_EVENT",
            NodeKind::PassThrough(name) => name,
            NodeKind::Job(spec) => spec.task,
            NodeKind::UserTask(_) => "USER_TASK",
            NodeKind::ReceiveTask(_) => "RECEIVE_TASK",
            NodeKind::PublishTask(_) => "SEND_TASK",
            NodeKind::ScriptTask { .. } => "SCRIPT_TASK",
            NodeKind::DecisionTask(_) => "BUSINESS_RULE_TASK",
            NodeKind::CallActivity(_) => "CALL_ACTIVITY",
            NodeKind::ExclusiveGateway => "EXCLUSIVE_GATEWAY",
            NodeKind::ParallelGateway => "PARALLEL_GATEWAY",
            NodeKind::InclusiveGateway => "INCLUSIVE_GATEWAY",
            NodeKind::EventBasedGateway => "EVENT_BASED_GATEWAY",
        }
    }
}
