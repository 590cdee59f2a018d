//! What is stored of a running case and of the elements that are active in it. When they
//! end, the rows go; the journal keeps what happened.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;
use crate::state::compensation::Undo;
use crate::state::continuation::Kept;

/// A running process instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its definition.
    pub definition: DefinitionKey,
    /// The case's number in the company's own books.
    pub business_key: Option<Arc<str>>,
    /// The start event at which it began, where that is not the usual one.
    pub start: Option<u32>,
    /// The call activity that called it.
    pub parent: Option<Parent>,
    /// The correlation key of the message that started it, where it keeps others of this key
    /// from starting one.
    pub correlation_key: Option<Arc<str>>,
    /// Events in it that wait for a condition; with none, a change of a variable concerns
    /// nobody.
    pub conditions: u32,
    /// When it began, journal time.
    pub started_at_ms: u64,
    /// Incidents so far, the resolved ones included.
    pub incidents: u32,
    /// User tasks that people completed in it.
    pub user_tasks: u32,
    /// Completed activities that can be undone.
    pub compensations: u32,
    /// The id of the end event that was reached last.
    pub outcome: Option<Arc<str>>,
    /// Whether it takes no steps until it is resumed.
    pub suspended: bool,
    /// The elements after which it ends: what was asked for when it was started.
    pub stop_after: Vec<u32>,
    /// Why the engine does not touch it any more, after a fault of its own.
    pub banned: Option<Arc<str>>,
    /// Steps that it has before it.
    pub kept: Kept,
    /// How many triggers' decisions lie in the chain that led to it.
    pub trigger_depth: u32,
}

impl Instance {
    /// One that begins.
    pub(crate) fn new(definition: DefinitionKey, started_at_ms: u64) -> Self {
        Self {
            definition,
            business_key: None,
            start: None,
            parent: None,
            correlation_key: None,
            conditions: 0,
            started_at_ms,
            incidents: 0,
            user_tasks: 0,
            compensations: 0,
            outcome: None,
            suspended: false,
            stop_after: Vec::new(),
            banned: None,
            kept: Kept::default(),
            trigger_depth: 0,
        }
    }

    /// Whether it takes steps other than those that end elements.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.suspended && self.banned.is_none()
    }
}

/// The call activity that called a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its case.
    pub instance: InstanceKey,
    /// Its activation.
    pub element: ElementInstanceKey,
    /// The case at the top of the calls.
    pub root: InstanceKey,
    /// How many calls lie above the called case.
    pub depth: u32,
}

/// Where an element instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Being entered: its input is not there yet.
    Activating,
    /// Entered: its work goes on.
    Active,
    /// Being left: its work is done, its end listeners are not.
    Completing,
    /// Being ended, waiting for its children.
    Terminating,
}

/// What part of an element an activation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The element, which does not repeat.
    #[default]
    Plain,
    /// An element that repeats, as a whole: its runs are in it.
    Body,
    /// One run of an element that repeats. The first has the counter 1.
    Run { counter: u32 },
    /// One path in an ad-hoc subprocess: an element that was chosen, and what follows it.
    Path,
}

impl Role {
    /// What follows the id of an ad-hoc subprocess in that of a path in it. Ids in XML have
    /// no such character.
    pub const PATH_SUFFIX: &str = "#innerInstance";

    /// The id of what has this role for an element, as Zeebe names it.
    pub fn element_id(self, id: &Arc<str>) -> Arc<str> {
        match self {
            Self::Plain | Self::Run { .. } | Self::Body => Arc::clone(id),
            Self::Path => format!("{id}{}", Self::PATH_SUFFIX).into(),
        }
    }

    /// The kind in the words of the Camunda REST API, where it is not the element's own.
    pub fn type_name(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Run { .. } => None,
            Self::Body => Some("MULTI_INSTANCE_BODY"),
            Self::Path => Some("AD_HOC_SUB_PROCESS_INNER_INSTANCE"),
        }
    }
}

/// How many runs of an element that repeats there have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// Those that were begun.
    pub entered: u32,
    /// Those that were done.
    pub completed: u32,
    /// Those that were ended before.
    pub terminated: u32,
}

/// What becomes of the rest of an element that repeats, or of an ad-hoc subprocess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rest {
    /// More may begin.
    #[default]
    Open,
    /// What is active goes on to its end, and that is the end of the whole.
    Awaited,
    /// What is active is being ended.
    Ended,
}

/// One activation of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementInstance {
    /// The element's index in the definition.
    pub element: u32,
    /// The flow scope that it is in; none for the process itself.
    pub scope: Option<ElementInstanceKey>,
    /// What part of the element it is.
    pub role: Role,
    /// Where it is in its life.
    pub phase: Phase,
    /// For an element that repeats, how far it is.
    pub runs: Runs,
    /// What becomes of what is left in it.
    pub rest: Rest,
    /// For an element that repeats, whether a step is on its way that begins more runs.
    pub deferred: bool,
    /// Active children, for a flow scope.
    pub children: u32,
    /// Tokens that wait at joins of this flow scope.
    pub waiting_tokens: u32,
    /// Variables of its own; with none, a look-up goes on to the parent at once.
    pub variables: u32,
    /// Events that wait because of it: itself, its boundary events, event subprocesses.
    pub subscriptions: u32,
    /// Its part in compensation.
    pub undo: Undo,
    /// The work that it waits for.
    pub work: Option<Work>,
    /// Execution listeners that are done in this phase.
    pub listeners_done: u32,
    /// The listener's job that it waits for, besides its work.
    pub listener_job: Option<JobKey>,
    /// The oldest of its open incidents.
    pub incident: Option<IncidentKey>,
    /// What has interrupted it, or what was in it. It begins once that is gone, and no other
    /// event interrupts it or begins anything in it.
    pub interrupted_by: Option<ElementInstanceKey>,
}

impl ElementInstance {
    /// One that is being entered.
    pub(crate) fn new(element: u32, scope: Option<ElementInstanceKey>, role: Role) -> Self {
        Self {
            element,
            scope,
            role,
            phase: Phase::Activating,
            runs: Runs::default(),
            rest: Rest::Open,
            deferred: false,
            children: 0,
            waiting_tokens: 0,
            variables: 0,
            subscriptions: 0,
            undo: Undo::default(),
            work: None,
            listeners_done: 0,
            listener_job: None,
            incident: None,
            interrupted_by: None,
        }
    }

    /// The jobs that it waits for.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = JobKey> {
        let work = match self.work {
            Some(Work::Job(job)) => Some(job),
            _ => None,
        };
        work.into_iter().chain(self.listener_job)
    }
}

/// What an active element waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// A component or an outside worker.
    Job(JobKey),
    /// A person.
    UserTask(UserTaskKey),
    /// The case that it called.
    Call(InstanceKey),
}
