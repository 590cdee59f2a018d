//! Who has a command carried out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A person or a program outside of the engine. What the clock, a component or another process
/// instance does has no identity of its own: it follows from what somebody did before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Somebody who was not asked to say who they are: the server needs no token.
    Anonymous,
    /// A program, by the id of the client that it signed in as.
    Client(Arc<str>),
    /// A person, by their user name.
    User(Arc<str>),
    /// A customer who holds a secret link.
    Customer,
}

impl Identity {
    /// The kind in the words of the API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "ANONYMOUS",
            Self::Client(_) => "CLIENT",
            Self::User(_) => "USER",
            Self::Customer => "CUSTOMER",
        }
    }

    /// The id within its kind.
    pub fn id(&self) -> Option<&Arc<str>> {
        match self {
            Self::Client(id) | Self::User(id) => Some(id),
            Self::Anonymous | Self::Customer => None,
        }
    }
}
