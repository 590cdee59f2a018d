//! What is stored of work that goes on in further commands: steps that a case has before it, in which order
//! cases go on, and how much has followed from one command so far.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::{Document, bytes_of};

/// The part of a case's steps that end elements: it is done before the others.
pub const ENDINGS: u8 = 0;
/// The part of a case's steps that is not about ending.
pub const OTHERS: u8 = 1;

/// What follows from an event inside a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Continuation {
    /// Enter an element that is activating.
    Activate {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// Go on to an element's next listener, or to what its listeners hold back.
    Listen {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// Leave an element whose work is done.
    Complete {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// End an element, its children first.
    Terminate {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// Look for whoever catches a BPMN error that this element has thrown.
    ThrowError {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        code: Arc<str>,
        message: Arc<str>,
        variables: Document,
    },
    /// Something that an event in the diagram waits for has happened. `element` holds the
    /// subscription: the event itself, or what it is attached to or inside of.
    Trigger {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        event: u32,
        variables: Document,
    },
    /// Ask the condition of an event that waits for one. `element` holds the subscription.
    AskCondition {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        subscription: SubscriptionKey,
    },
    /// Make a failed job ready again.
    RetryJob {
        instance: ProcessInstanceKey,
        job: JobKey,
    },
    /// Go on beginning the runs of an element that has more than one step may begin.
    Proceed {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// Go on ending what is in an element, after the last that was told so.
    EndMore {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        after: ElementInstanceKey,
    },
    /// Open what should wait in an element and does not.
    OpenEvents {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
}

impl Continuation {
    /// The case that it is about.
    pub(crate) fn instance(&self) -> ProcessInstanceKey {
        match self {
            Self::Activate { instance, .. }
            | Self::Listen { instance, .. }
            | Self::Complete { instance, .. }
            | Self::Terminate { instance, .. }
            | Self::ThrowError { instance, .. }
            | Self::Trigger { instance, .. }
            | Self::AskCondition { instance, .. }
            | Self::RetryJob { instance, .. }
            | Self::Proceed { instance, .. }
            | Self::EndMore { instance, .. }
            | Self::OpenEvents { instance, .. } => *instance,
        }
    }

    /// The elements of the diagram that it names by index, for a migration to change.
    pub(crate) fn elements_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Self::Trigger { event, .. } => vec![event],
            Self::Activate { .. }
            | Self::Listen { .. }
            | Self::Complete { .. }
            | Self::Terminate { .. }
            | Self::ThrowError { .. }
            | Self::AskCondition { .. }
            | Self::RetryJob { .. }
            | Self::Proceed { .. }
            | Self::EndMore { .. }
            | Self::OpenEvents { .. } => Vec::new(),
        }
    }

    /// The part of its case's steps that it belongs to: see [`crate::entities::continuation`].
    pub(crate) fn part(&self) -> u8 {
        match self {
            Self::Terminate { .. } | Self::EndMore { .. } => ENDINGS,
            Self::Activate { .. }
            | Self::Listen { .. }
            | Self::Complete { .. }
            | Self::ThrowError { .. }
            | Self::Trigger { .. }
            | Self::AskCondition { .. }
            | Self::RetryJob { .. }
            | Self::Proceed { .. }
            | Self::OpenEvents { .. } => OTHERS,
        }
    }

    /// About how many bytes of variables it holds, which are all in it that can be large.
    pub(crate) fn variable_bytes(&self) -> u64 {
        match self {
            Self::ThrowError { variables, .. } | Self::Trigger { variables, .. } => {
                bytes_of(variables)
            }
            Self::Activate { .. }
            | Self::Listen { .. }
            | Self::Complete { .. }
            | Self::Terminate { .. }
            | Self::AskCondition { .. }
            | Self::RetryJob { .. }
            | Self::Proceed { .. }
            | Self::EndMore { .. }
            | Self::OpenEvents { .. } => 0,
        }
    }
}

/// The steps that are kept of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// All of them.
    pub steps: u32,
    /// Those that end elements.
    pub endings: u32,
    /// When the case goes on with them; none while it must not.
    pub turn: Option<Turn>,
}

/// The turn of a case to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number; later ones are greater.
    pub number: u64,
    /// Since when it waits, journal time.
    pub since_ms: u64,
}

/// A step that is kept, with its place among those of its case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptContinuation {
    /// Less comes first.
    pub order: u64,
    /// What is to be done.
    pub step: Continuation,
}

/// What has followed from one command until now, in all cases and without anybody waiting for anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Steps that were done.
    pub steps: u64,
    /// Bytes of variables that they wrote.
    pub bytes: u64,
    /// Cases that they started.
    pub cases: u64,
}

/// What follows from one command, as long as steps of it are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// How far it has come.
    pub extent: Extent,
    /// Steps that are kept of it.
    pub kept: u32,
}

/// What happens to work that goes on in further commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ContinuationEvent {
    /// Steps that a case takes later, because it is suspended or they are too much for one
    /// command. They follow from the command whose entry has the position `chain`, of which so
    /// much was done; the case goes on with them when it is its turn, in the order of `turn`.
    /// With a pause the first of them waits for something, and tries again after that.
    Kept {
        instance: ProcessInstanceKey,
        chain: u64,
        extent: Extent,
        turn: u64,
        pause_ms: u64,
        steps: Vec<KeptContinuation>,
    },
    /// It goes on with those of a part and chain, to the one with the order `through`. If it has
    /// more, its next turn has this number.
    Taken {
        instance: ProcessInstanceKey,
        part: u8,
        chain: u64,
        through: u64,
        turn: u64,
    },
    /// Something that follows from one command has come so far, in several cases.
    ChainAdvanced { chain: u64, extent: Extent },
}

impl ContinuationEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Kept { instance, .. } => About::process_instance("ContinuationsKept", *instance),
            Self::Taken { instance, .. } => {
                About::process_instance("ContinuationsTaken", *instance)
            }
            Self::ChainAdvanced { .. } => About::tenant("ChainAdvanced"),
        }
    }
}
