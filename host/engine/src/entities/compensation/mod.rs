//! What is stored of an activity that was completed and can be undone, and of those that are
//! being undone.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::Document;

/// A completed activity that can be undone, or that holds such activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compensation {
    /// Its key. Later completions have higher ones.
    pub key: CompensationKey,
    /// The activity's index in the definition.
    pub activity: u32,
    /// The flow scope that it was in.
    pub scope: ElementInstanceKey,
    /// How it is undone.
    pub handler: Option<Handler>,
    /// For a scope that holds completed activities, or whose own event subprocess undoes it.
    pub inside: Option<Inside>,
}

/// How an activity is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// The index of the event that catches compensation: on the boundary of the activity, or the
    /// start of an event subprocess in it.
    pub event: u32,
    /// The index of the activity that undoes, or of that event subprocess.
    pub activity: u32,
}

/// What is kept of a completed scope for those who undo what was done in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inside {
    /// Its activation.
    pub key: ElementInstanceKey,
    /// The variables of its own as it was completed.
    pub variables: Document,
}

/// An element instance's part in compensation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// For a flow scope: the completed activities in it that can be undone. For an event
    /// that throws compensation: what it has taken over to undo.
    pub held: u32,
    /// For an activity that undoes another one: the event that waits for it.
    pub thrower: Option<ElementInstanceKey>,
    /// For the same: the activation of the scope that it undoes, where it undoes one.
    pub inside: Option<ElementInstanceKey>,
}

/// What happens to an activity that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CompensationEvent {
    /// An activity was completed that can be undone, or that holds such activities.
    Subscribed {
        instance: ProcessInstanceKey,
        compensation: Arc<Compensation>,
    },
    /// A completed activity is to be undone on behalf of the event `thrower`.
    Triggered {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        compensation: CompensationKey,
        thrower: ElementInstanceKey,
    },
    /// The activity `handler` has begun to undo one.
    Started {
        instance: ProcessInstanceKey,
        thrower: ElementInstanceKey,
        compensation: CompensationKey,
        handler: ElementInstanceKey,
    },
    /// What was completed in a scope can no more be undone.
    Dropped {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
    },
}

impl CompensationEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Subscribed { instance, .. } => {
                About::process_instance("CompensationSubscribed", *instance)
            }
            Self::Triggered { instance, .. } => {
                About::process_instance("CompensationTriggered", *instance)
            }
            Self::Started { instance, .. } => {
                About::process_instance("CompensationStarted", *instance)
            }
            Self::Dropped { instance, .. } => {
                About::process_instance("CompensationDropped", *instance)
            }
        }
    }
}
