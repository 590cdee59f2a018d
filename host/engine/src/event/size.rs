//! How much an event or a step brings into the journal: the bytes of the variables in it, which
//! are all in it that can be large. They are known without writing them.

use super::Event;
use crate::context::Step;
use crate::variables::{Document, bytes_of};

impl Event {
    /// About how many bytes of variables it holds. Those of steps that are kept were counted
    /// when the steps came up.
    pub(crate) fn variable_bytes(&self) -> u64 {
        match self {
            Self::VariableSet { value, .. }
            | Self::ResultCollected { value, .. }
            | Self::ItemsFixed { items: value, .. } => value.extent().size,
            Self::MessagePublished { message } => bytes_of(&message.variables),
            Self::BroadcastAdvanced { broadcast } => bytes_of(&broadcast.variables),
            Self::UserTaskTransitionStarted { transition, .. } => bytes_of(&transition.variables),
            _ => 0,
        }
    }
}

impl Step {
    /// About how many bytes of variables it holds.
    pub(crate) fn variable_bytes(&self) -> u64 {
        self.variables().map_or(0, bytes_of)
    }

    fn variables(&self) -> Option<&Document> {
        match self {
            Self::ThrowError { variables, .. } | Self::Trigger { variables, .. } => Some(variables),
            _ => None,
        }
    }
}
