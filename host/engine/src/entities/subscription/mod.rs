//! What is stored of a subscription: an event in a diagram that waits for something to
//! happen, in a case or, for start events, in a definition.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;

/// An open subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its key.
    pub key: SubscriptionKey,
    /// Who holds it.
    pub owner: Owner,
    /// The definition that the event is in.
    pub definition: ProcessDefinitionKey,
    /// The event's index in the definition.
    pub event: u32,
    /// Whether what holds it goes on waiting once the event has happened.
    pub repeats: bool,
    /// What it waits for.
    pub wait: Wait,
}

/// Who holds a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// An element of a case: the event itself, or what it is attached to or inside of.
    Element {
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    },
    /// A definition, for the start events of a process.
    Definition,
}

/// What a subscription waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wait {
    /// A message of this name and key; the key is empty for start events.
    Message {
        name: Arc<str>,
        correlation_key: Arc<str>,
    },
    /// A signal of this name.
    Signal { name: Arc<str> },
    /// A point in time, journal time.
    Timer { due_ms: u64, cycle: Option<Cycle> },
    /// A change of variables that makes the event's condition true; `held` is whether it
    /// was when it was asked last.
    Condition { held: bool },
}

/// When a timer is due again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// `R3/PT1H` or cron, as it was evaluated.
    pub text: Arc<str>,
    /// Firings that are left, this one included; none for a cycle without end.
    pub left: Option<u32>,
    /// When the timer began to wait: what a cycle counts from that does not say it itself.
    pub armed_ms: u64,
}

/// What becomes of a subscription once the event has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Afterwards {
    /// It is closed.
    Closed,
    /// It waits for the next one.
    Open,
    /// It is due again.
    Again { due_ms: u64, left: Option<u32> },
}

impl Subscription {
    /// The case that it is in.
    pub fn instance(&self) -> Option<ProcessInstanceKey> {
        match self.owner {
            Owner::Element { instance, .. } => Some(instance),
            Owner::Definition => None,
        }
    }
}

/// What happens to a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubscriptionEvent {
    /// An event in a diagram waits for something to happen.
    Opened { subscription: Arc<Subscription> },
    /// It does not wait any more.
    Closed {
        instance: Option<ProcessInstanceKey>,
        subscription: SubscriptionKey,
    },
    /// What it waited for has happened.
    Triggered {
        instance: Option<ProcessInstanceKey>,
        subscription: SubscriptionKey,
        afterwards: Afterwards,
    },
    /// The condition of an event that may happen again became true, or is not any more.
    ConditionChanged {
        instance: ProcessInstanceKey,
        subscription: SubscriptionKey,
        holds: bool,
    },
}

impl SubscriptionEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Opened { subscription } => {
                About::instance_or_tenant("SubscriptionOpened", subscription.instance())
            }
            Self::Closed { instance, .. } => {
                About::instance_or_tenant("SubscriptionClosed", *instance)
            }
            Self::Triggered { instance, .. } => {
                About::instance_or_tenant("SubscriptionTriggered", *instance)
            }
            Self::ConditionChanged { instance, .. } => {
                About::process_instance("ConditionChanged", *instance)
            }
        }
    }
}
