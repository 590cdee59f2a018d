//! What the engine knows of a component: who serves a job type, who looks at which events.
//! The bytes are in the store's blobs, the compiled form in the runtime's cache.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rejection::{Rejection, RejectionKind};

/// An uploaded component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentRow {
    /// The job type that it serves, or the trigger's name.
    pub name: Arc<str>,
    /// Its own version.
    pub version: Arc<str>,
    /// A short title for people.
    pub title: Arc<str>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: Arc<str>,
    /// What it is for.
    pub role: Role,
    /// It sees nothing but its input, journal time and seeded randomness, so running it
    /// again gives the same bytes.
    pub pure: bool,
    /// Bytes.
    pub size: u64,
    /// The whole of what the runtime found out about it, as a JSON object.
    pub details: Arc<str>,
    /// Configuration values by name, each JSON.
    pub configuration: Vec<(Arc<str>, Arc<str>)>,
    /// When it was uploaded, journal time.
    pub registered_at_ms: u64,
}

impl ComponentRow {
    /// Whether it may be registered where its version is known by the digest `known`. A version
    /// stands for its bytes: whoever comes with others may have forgotten to raise it, or mean
    /// a component of somebody else.
    ///
    /// # Errors
    /// When that version has other bytes.
    pub fn check_version(&self, known: Option<&str>) -> Result<(), Rejection> {
        let Some(known) = known.filter(|known| **known != *self.digest) else {
            return Ok(());
        };
        Err(Rejection::new(
            RejectionKind::AlreadyExists,
            format!(
                "Expected the bytes that are known as version {} of the component '{}' (SHA-256 {known}), but got others ({}). Raise the version, or ask to replace it if both are yours.",
                self.version, self.name, self.digest
            ),
        ))
    }
}

/// What a component is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// It runs jobs of the type that is its name.
    Step,
    /// It looks at lifecycle events.
    Trigger(Vec<Subscription>),
}

/// A component that is a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: Arc<str>,
    /// The events that it looks at.
    pub subscriptions: Vec<Subscription>,
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
