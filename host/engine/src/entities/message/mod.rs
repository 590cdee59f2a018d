//! What is stored of a message: as long as it may still be taken, and while it is on its way.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::Document;

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its key.
    pub key: MessageKey,
    /// Its name.
    pub name: Arc<str>,
    /// What tells the cases apart that wait for this name; may be empty.
    pub correlation_key: Arc<str>,
    /// While it lives, no other message of its name and correlation key has this id.
    pub message_id: Option<Arc<str>>,
    /// What it carries.
    pub variables: Document,
    /// When it was published, journal time.
    pub published_at_ms: u64,
    /// Until when somebody may take it, journal time.
    pub expires_at_ms: u64,
    /// The process id that it is offered to next, when it could not be offered to all in one
    /// command.
    pub next: Option<Arc<str>>,
}

impl Message {
    /// Whether it waits for those who come later.
    pub fn is_buffered(&self) -> bool {
        self.expires_at_ms > self.published_at_ms
    }

    /// Whether nobody may take it any more. While it is being offered it lives on.
    pub fn has_expired(&self, at_ms: u64) -> bool {
        self.expires_at_ms <= at_ms && self.next.is_none()
    }
}

/// What happens to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MessageEvent {
    /// A message came, from another process or from outside.
    Published { message: Arc<Message> },
    /// A process took it: one of its cases, or a new one that it starts.
    Correlated {
        instance: ProcessInstanceKey,
        message: MessageKey,
        name: Arc<str>,
        process: Arc<str>,
        subscription: SubscriptionKey,
        starts: bool,
    },
    /// It was offered to the processes before `next`; the others are to come.
    Advanced {
        message: MessageKey,
        next: Option<Arc<str>>,
    },
    /// Nobody can take it any more.
    Expired { message: MessageKey },
}

impl MessageEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Published { message } => {
                About::tenant("MessagePublished").with_payload(message.key.0, &message.variables)
            }
            Self::Correlated { instance, .. } => {
                About::process_instance("MessageCorrelated", *instance).kept()
            }
            Self::Advanced { .. } => About::tenant("MessageAdvanced"),
            Self::Expired { .. } => About::tenant("MessageExpired"),
        }
    }

    /// The same, without the variables that a message carries.
    pub(crate) fn without_variables(mut self) -> Self {
        if let Self::Published { message } = &mut self {
            Arc::make_mut(message).variables = Document::new();
        }
        self
    }
}
