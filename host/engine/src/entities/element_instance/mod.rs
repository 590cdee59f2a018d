//! An element instance, one activation of an element: what is stored of it, and what happens to it
//! and to the tokens in it.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::entities::compensation::Undo;
use crate::key::*;

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
    Call(ProcessInstanceKey),
}

/// What happens to an element instance or a token in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ElementInstanceEvent {
    /// An element is being entered. `element` is its index in the definition; an element that
    /// repeats is entered as a whole and in each run.
    Activating {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        element: u32,
        scope: ElementInstanceKey,
        role: Role,
    },
    /// It was entered: its input is there and its work has begun.
    Activated {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
    /// An element's work is done; its end listeners are asked before it is left.
    Completing {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
    /// It is done. `outcome` is its id when it is an end event of the process itself.
    Completed {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        outcome: Option<Arc<str>>,
    },
    /// It is being ended, its children first.
    Terminating {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
    /// It was ended before it was done.
    Terminated {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
    /// An event has interrupted an element, or what was in it. What begins by that waits until
    /// this is gone, and no other event begins anything in the scope.
    Interrupted {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        by: ElementInstanceKey,
    },
    /// A token passed a sequence flow. `flow` is its index in the definition.
    SequenceFlowTaken {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
    },
    /// A token waits at the flow's target for the others.
    TokenWaiting {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
    },
    /// Tokens that waited went on together, or were discarded with their scope.
    TokenConsumed {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        flow: u32,
        count: u32,
    },
    /// An escalation was thrown by an element. `catcher` is the id of the event that catches
    /// it, if one does.
    EscalationThrown {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        code: Arc<str>,
        catcher: Option<Arc<str>>,
    },
}

impl ElementInstanceEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Activating { instance, .. } => {
                About::process_instance("ElementActivating", *instance)
            }
            Self::Activated { instance, .. } => {
                About::process_instance("ElementActivated", *instance)
            }
            Self::Completing { instance, .. } => {
                About::process_instance("ElementCompleting", *instance)
            }
            Self::Completed { instance, .. } => {
                About::process_instance("ElementCompleted", *instance)
            }
            Self::Terminating { instance, .. } => {
                About::process_instance("ElementTerminating", *instance)
            }
            Self::Terminated { instance, .. } => {
                About::process_instance("ElementTerminated", *instance)
            }
            Self::Interrupted { instance, .. } => {
                About::process_instance("ElementInterrupted", *instance)
            }
            Self::SequenceFlowTaken { instance, .. } => {
                About::process_instance("SequenceFlowTaken", *instance)
            }
            Self::TokenWaiting { instance, .. } => {
                About::process_instance("TokenWaiting", *instance)
            }
            Self::TokenConsumed { instance, .. } => {
                About::process_instance("TokenConsumed", *instance)
            }
            Self::EscalationThrown { instance, .. } => {
                About::process_instance("EscalationThrown", *instance)
            }
        }
    }
}
