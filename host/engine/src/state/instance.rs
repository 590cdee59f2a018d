//! What is stored of a running case and of the elements that are active in it. When they
//! end, the rows go; the journal keeps what happened.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;
use crate::state::compensation::Undo;

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
}

/// The call activity that called a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its case.
    pub instance: InstanceKey,
    /// Its activation.
    pub element: ElementInstanceKey,
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

/// One activation of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementInstance {
    /// The element's index in the definition.
    pub element: u32,
    /// The flow scope that it is in; none for the process itself.
    pub scope: Option<ElementInstanceKey>,
    /// Where it is in its life.
    pub phase: Phase,
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
}

impl ElementInstance {
    /// One that is being entered.
    pub(crate) fn new(element: u32, scope: Option<ElementInstanceKey>) -> Self {
        Self {
            element,
            scope,
            phase: Phase::Activating,
            children: 0,
            waiting_tokens: 0,
            variables: 0,
            subscriptions: 0,
            undo: Undo::default(),
            work: None,
            listeners_done: 0,
            listener_job: None,
            incident: None,
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
