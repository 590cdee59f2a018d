//! What is stored of a variable.

use gardesh_feel::Value;
use serde::{Deserialize, Serialize};

use crate::key::VariableKey;

/// A variable in one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its key; it stays when the value changes.
    pub key: VariableKey,
    /// The value.
    pub value: Value,
}
