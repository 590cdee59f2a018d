//! Why a command was not carried out. A rejection is a record and an answer, not a fault
//! of the engine: the caller was mistaken or late.

use serde::{Deserialize, Serialize};

/// What kind of mistake it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectionKind {
    /// The command itself is malformed.
    InvalidArgument,
    /// What it names does not exist.
    NotFound,
    /// What it names is not in a state that allows it, or the command came late.
    InvalidState,
    /// What it would create is there already.
    AlreadyExists,
    /// It would go past a bound.
    LimitExceeded,
    /// The engine itself failed on this command; nothing was changed.
    Internal,
}

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The kind of mistake.
    pub kind: RejectionKind,
    /// "Expected …, but …", then a hint.
    pub message: String,
}

impl Rejection {
    /// A refusal of the given kind.
    pub fn new(kind: RejectionKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidArgument, message)
    }

    pub(crate) fn not_found(what: &str, key: impl std::fmt::Display) -> Self {
        Self::new(
            RejectionKind::NotFound,
            format!("Expected {what} with key '{key}', but no such {what} was found."),
        )
    }

    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self::new(RejectionKind::InvalidState, message)
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
