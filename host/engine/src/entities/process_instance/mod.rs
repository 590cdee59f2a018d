//! What is stored of a running case and of the elements that are active in it. When they
//! end, the rows go; the journal keeps what happened.

pub(in crate::entities) mod apply;
pub(in crate::entities) mod migrate;
pub(in crate::entities) mod suspend;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::entities::continuation::Kept;
use crate::key::*;
use crate::operation::MigratedElement;

/// A running process instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its definition.
    pub definition: ProcessDefinitionKey,
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
    pub(crate) fn new(definition: ProcessDefinitionKey, started_at_ms: u64) -> Self {
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
    pub instance: ProcessInstanceKey,
    /// Its activation.
    pub element: ElementInstanceKey,
    /// The case at the top of the calls.
    pub root: ProcessInstanceKey,
    /// How many calls lie above the called case.
    pub depth: u32,
}

/// What a client's idempotency key has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartKey {
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// Its definition.
    pub definition: ProcessDefinitionKey,
    /// SHA-256 of what was asked for.
    pub digest: [u8; 32],
    /// When it is forgotten, journal time.
    pub forgotten_at_ms: u64,
}

/// What happens to a process instance as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ProcessInstanceEvent {
    /// A case began, perhaps at another start event than the usual one, or called by a call
    /// activity.
    Created {
        instance: ProcessInstanceKey,
        definition: ProcessDefinitionKey,
        business_key: Option<Arc<str>>,
        start: Option<u32>,
        parent: Option<Parent>,
        /// How many triggers' decisions lie in the chain that led to it.
        trigger_depth: u32,
    },
    /// A case reached its end; `outcome` is the id of the last end event.
    Completed {
        instance: ProcessInstanceKey,
        outcome: Option<Arc<str>>,
    },
    /// A case was ended from outside.
    Terminated { instance: ProcessInstanceKey },
    /// A fault of the engine stopped this case; the others go on.
    Banned {
        instance: ProcessInstanceKey,
        reason: String,
    },
    /// An operator moves, adds and ends tokens of a case; the events after this one say how.
    /// `activated` are indexes in the definition.
    Modified {
        instance: ProcessInstanceKey,
        activated: Vec<u32>,
        terminated: Vec<ElementInstanceKey>,
    },
    /// A case is to end as soon as one of these elements was left.
    StopsAfter {
        instance: ProcessInstanceKey,
        elements: Vec<u32>,
    },
    /// A case takes no steps from here on.
    Suspended { instance: ProcessInstanceKey },
    /// A case goes on, with the steps that were held.
    Resumed { instance: ProcessInstanceKey },
    /// A case goes on by another definition. Indexes after this event are of that one.
    Migrated {
        instance: ProcessInstanceKey,
        definition: ProcessDefinitionKey,
        elements: Arc<Vec<MigratedElement>>,
        flows: Vec<(u32, u32)>,
        stop_after: Vec<u32>,
    },
    /// The client that started it has marked the start with an idempotency key, which is
    /// remembered for a while, though not beyond the history of the instance.
    StartKeyKept {
        instance: ProcessInstanceKey,
        key: Arc<str>,
        start: Arc<StartKey>,
    },
    /// The idempotency key of its start is free again.
    StartKeyForgotten { instance: ProcessInstanceKey },
}

impl ProcessInstanceEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { instance, .. } => {
                About::process_instance("ProcessInstanceCreated", *instance)
            }
            Self::Completed { instance, .. } => {
                About::process_instance("ProcessInstanceCompleted", *instance)
            }
            Self::Terminated { instance, .. } => {
                About::process_instance("ProcessInstanceTerminated", *instance)
            }
            Self::Banned { instance, .. } => {
                About::process_instance("ProcessInstanceBanned", *instance)
            }
            Self::Modified { instance, .. } => {
                About::process_instance("ProcessInstanceModified", *instance)
            }
            Self::StopsAfter { instance, .. } => {
                About::process_instance("ProcessInstanceStopsAfter", *instance)
            }
            Self::Suspended { instance, .. } => {
                About::process_instance("ProcessInstanceSuspended", *instance)
            }
            Self::Resumed { instance, .. } => {
                About::process_instance("ProcessInstanceResumed", *instance)
            }
            Self::Migrated { instance, .. } => {
                About::process_instance("ProcessInstanceMigrated", *instance)
            }
            Self::StartKeyKept { instance, .. } => {
                About::process_instance("ProcessInstanceStartKeyKept", *instance)
            }
            Self::StartKeyForgotten { instance } => {
                About::process_instance("ProcessInstanceStartKeyForgotten", *instance)
            }
        }
    }
}
