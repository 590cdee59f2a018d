//! Triggers, the components that look at events: what is stored of what they are asked, and what they do.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::Document;

/// A component that is a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: Arc<str>,
    /// The events that it looks at.
    pub subscriptions: Vec<Subscription>,
}

/// What a trigger is busy with, which bounds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerLoad {
    /// Firings that it has not decided.
    pub waiting: u32,
    /// The minute of journal time that is counted.
    pub minute: u64,
    /// Cases that it started in that minute because of cases that a trigger had started.
    pub started: u32,
}

impl TriggerLoad {
    pub(crate) fn minute_of(at_ms: u64) -> u64 {
        at_ms / 60_000
    }

    /// Cases of this minute.
    pub(crate) fn started_in(self, at_ms: u64) -> u32 {
        if self.minute == Self::minute_of(at_ms) {
            self.started
        } else {
            0
        }
    }
}

/// A trigger that looks at no events until somebody enables it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Since when, journal time.
    pub since_ms: u64,
    /// Why the engine did it; none when somebody wanted it.
    pub reason: Option<Arc<str>>,
}

/// Which events a trigger looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The type of event.
    pub event_type: EventType,
    /// Only cases of this process.
    pub process_id: Option<Arc<str>>,
    /// Only this element.
    pub element_id: Option<Arc<str>>,
}

/// Lifecycle events that triggers can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// A case reached its end.
    InstanceCompleted,
    /// A case was ended from outside.
    InstanceTerminated,
    /// An element was completed.
    ElementCompleted,
}

impl EventType {
    /// The name in WIT and CloudEvents.
    pub fn name(self) -> &'static str {
        match self {
            Self::InstanceCompleted => "process-instance.completed",
            Self::InstanceTerminated => "process-instance.terminated",
            Self::ElementCompleted => "element.completed",
        }
    }

    /// The type of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::InstanceCompleted,
            Self::InstanceTerminated,
            Self::ElementCompleted,
        ]
        .into_iter()
        .find(|t| t.name() == name)
    }
}

/// A trigger that has an event to look at and has not decided yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Its key.
    pub key: FiringKey,
    /// The trigger's name.
    pub trigger: Arc<str>,
    /// The trigger's version, which is the version of the rule that decides.
    pub trigger_version: Arc<str>,
    /// The trigger's digest.
    pub digest: Arc<str>,
    /// What happened.
    pub event_type: EventType,
    /// The element it happened to, for element events.
    pub element: Option<(ElementInstanceKey, Arc<str>)>,
    /// When it happened, journal time.
    pub at_ms: u64,
    /// The case it happened to.
    pub case: CaseFacts,
}

/// A case as it was when the event happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// The case.
    pub instance: ProcessInstanceKey,
    /// Its definition.
    pub definition: ProcessDefinitionKey,
    /// The process id of the diagram.
    pub process_id: Arc<str>,
    /// The version of the definition.
    pub process_version: u32,
    /// The case's number in the company's own books.
    pub business_key: Option<Arc<str>>,
    /// When the case began.
    pub started_at_ms: u64,
    /// When it ended, once it has.
    pub ended_at_ms: Option<u64>,
    /// The id of the end event that it reached last.
    pub outcome: Option<Arc<str>>,
    /// Incidents that it went through.
    pub incidents: u32,
    /// User tasks completed in it.
    pub user_tasks: u32,
    /// The case's variables.
    pub variables: Document,
    /// How many triggers' decisions lie in the chain that led to it.
    pub trigger_depth: u32,
}

/// What a trigger decided, and what the engine made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decision {
    /// Ask the customer.
    Ask {
        survey: Arc<str>,
        channel: Arc<str>,
        delay_ms: u64,
        reason: Arc<str>,
    },
    /// Start a process.
    StartProcess {
        process: Arc<str>,
        variables: Document,
        reason: Arc<str>,
    },
    /// Tell somebody inside the company.
    Notify {
        audience: Arc<str>,
        title: Arc<str>,
        body: Arc<str>,
    },
    /// Do nothing. `code` is a reason code, `detail` words for people.
    Nothing { code: Arc<str>, detail: Arc<str> },
}

impl Decision {
    pub(crate) fn starts_process(&self) -> bool {
        matches!(self, Self::StartProcess { .. })
    }
}

/// What happens to a trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TriggerEvent {
    /// A trigger is to look at an event.
    Fired { firing: Arc<Firing> },
    /// What came of it: never silent, at least one decision.
    Decided {
        instance: ProcessInstanceKey,
        firing: FiringKey,
        decisions: Vec<Decision>,
    },
    /// A trigger has started cases because of a case that triggers had started.
    ChainContinued { name: Arc<str>, started: u32 },
    /// A trigger looks at no events from here on, because somebody wants it so or, where there is
    /// a reason, because it went past a bound.
    Disabled {
        name: Arc<str>,
        reason: Option<Arc<str>>,
    },
    /// It does again.
    Enabled { name: Arc<str> },
}

impl TriggerEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Fired { firing } => About::process_instance("TriggerFired", firing.case.instance),
            Self::Decided { instance, .. } => About::process_instance("TriggerDecided", *instance),
            Self::ChainContinued { .. } => About::tenant("TriggerChainContinued"),
            Self::Disabled { .. } => About::tenant("TriggerDisabled"),
            Self::Enabled { .. } => About::tenant("TriggerEnabled"),
        }
    }
}
