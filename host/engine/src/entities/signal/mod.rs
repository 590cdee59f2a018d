//! A signal that is sent to all that wait for it.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::Document;

/// A signal that has not reached everybody yet: with many subscriptions it takes several
/// commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Broadcast {
    /// Its key.
    pub key: BroadcastKey,
    /// The signal's name.
    pub name: Arc<str>,
    /// What it carries.
    pub variables: Document,
    /// When it was sent, journal time.
    pub sent_at_ms: u64,
    /// The next subscription in line.
    pub next: SubscriptionKey,
    /// Those from here on were opened after the signal was sent.
    pub end: SubscriptionKey,
}

/// What happens to a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SignalEvent {
    /// A signal was sent to all that wait for it.
    Broadcast { name: Arc<str> },
    /// It has reached those before `next`; the others are to come.
    Advanced { broadcast: Arc<Broadcast> },
    /// It has reached everybody.
    Ended { broadcast: BroadcastKey },
}

impl SignalEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Broadcast { .. } => About::tenant("SignalBroadcast"),
            Self::Advanced { broadcast } => {
                About::tenant("SignalAdvanced").with_payload(broadcast.key.0, &broadcast.variables)
            }
            Self::Ended { .. } => About::tenant("SignalEnded"),
        }
    }

    /// The same, without the variables that a signal carries.
    pub(crate) fn without_variables(mut self) -> Self {
        if let Self::Advanced { broadcast } = &mut self {
            Arc::make_mut(broadcast).variables = Document::new();
        }
        self
    }
}
