//! What is stored of work that goes on in further commands: steps that a case has before it, in which order
//! cases go on, and how much has followed from one command so far.

pub(in crate::entities) mod apply;

use crate::entities::about::About;
use crate::key::*;
use serde::{Deserialize, Serialize};

use crate::context::Step;

/// The part of a case's steps that end elements: it is done before the others.
pub const ENDINGS: u8 = 0;
/// The part of a case's steps that is not about ending.
pub const OTHERS: u8 = 1;

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
pub struct KeptStep {
    /// Less comes first.
    pub order: u64,
    /// What is to be done.
    pub step: Step,
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

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ContinuationEvent {
    /// Steps that a case takes later, because it is suspended or they are too much for one
    /// command. They follow from the command whose entry has the position `chain`, of which so
    /// much was done; the case goes on with them when it is its turn, in the order of `turn`.
    /// With a pause the first of them waits for something, and tries again after that.
    Kept {
        instance: InstanceKey,
        chain: u64,
        extent: Extent,
        turn: u64,
        pause_ms: u64,
        steps: Vec<KeptStep>,
    },
    /// It goes on with those of a part and chain, to the one with the order `through`. If it has
    /// more, its next turn has this number.
    Taken {
        instance: InstanceKey,
        part: u8,
        chain: u64,
        through: u64,
        turn: u64,
    },
    /// Something that follows from one command has come so far, in several cases.
    ChainAdvanced { chain: u64, extent: Extent },
}

impl ContinuationEvent {
    /// What each of them says of itself.
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
