//! What is stored of a variable.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use gardesh_feel::Value;
use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::VariableKey;
use crate::key::*;

/// A variable in one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its key; it stays when the value changes.
    pub key: VariableKey,
    /// The value.
    pub value: Value,
}

/// What happens to a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VariableEvent {
    /// A variable was created or changed.
    Set {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        key: VariableKey,
        name: Arc<str>,
        value: Value,
    },
}

impl VariableEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Set {
                instance, value, ..
            } => About::process_instance("VariableSet", *instance).carrying(value),
        }
    }
}
