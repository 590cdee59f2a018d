//! What the engine knows of a component: who serves a job type, who looks at which events.
//! The bytes are in the store's blobs, the compiled form in the runtime's cache.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::entities::trigger::Subscription;
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
    pub role: ComponentRole,
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
pub enum ComponentRole {
    /// It runs jobs of the type that is its name.
    Step,
    /// It looks at lifecycle events.
    Trigger(Vec<Subscription>),
}

/// What happens to a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ComponentEvent {
    /// A component serves its name from now on.
    Registered { component: Arc<ComponentRow> },
    /// A component serves its name no more.
    Removed { name: Arc<str> },
}

impl ComponentEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Registered { .. } => About::tenant("ComponentRegistered"),
            Self::Removed { .. } => About::tenant("ComponentRemoved"),
        }
    }
}
