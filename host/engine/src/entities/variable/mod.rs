//! What is stored of a variable.

pub(in crate::entities) mod apply;

use crate::entities::about::About;
use crate::key::*;
use gardesh_feel::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::key::VariableKey;

/// A variable in one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its key; it stays when the value changes.
    pub key: VariableKey,
    /// The value.
    pub value: Value,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VariableEvent {
    /// A variable was created or changed.
    Set {
        instance: InstanceKey,
        scope: ElementInstanceKey,
        key: VariableKey,
        name: Arc<str>,
        value: Value,
    },
}

impl VariableEvent {
    /// What each of them says of itself.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Set {
                instance, value, ..
            } => About::process_instance("VariableSet", *instance).carrying(value),
        }
    }
}
