//! What is known of an uploaded component: its identity, its world and what it says of
//! itself. How that is found out is in `inspect.rs`.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// Which contract a component implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum World {
    /// `gardesh:step/step`: an automated step of a process.
    Step,
    /// `gardesh:cx/trigger`: a customer-experience trigger.
    Trigger,
}

/// An inspected component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentInfo {
    /// SHA-256 of the component's bytes.
    pub digest: Digest,
    /// The contract that it implements.
    pub world: World,
    /// Bytes of the component as uploaded.
    pub size: u64,
    /// Names of its imports, in the component's order.
    pub imports: Vec<String>,
    /// Names of its exports, in the component's order.
    pub exports: Vec<String>,
    /// What it says of itself.
    pub description: Description,
    /// Whether running it twice on the same input must give the same bytes, so that a
    /// recorded result need not be awaited. False once an outside capability is granted;
    /// no such capability exists yet.
    pub pure: bool,
}

/// A component's word on itself, by world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Description {
    /// Of a step.
    Step(StepDescription),
    /// Of a trigger.
    Trigger(TriggerDescription),
}

impl Description {
    /// The name: for a step, the job type that it serves.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Step(step) => &step.name,
            Self::Trigger(trigger) => &trigger.name,
        }
    }

    /// The component's own version.
    #[must_use]
    pub fn version(&self) -> &str {
        match self {
            Self::Step(step) => &step.version,
            Self::Trigger(trigger) => &trigger.version,
        }
    }

    /// The title for people.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Step(step) => &step.title,
            Self::Trigger(trigger) => &trigger.title,
        }
    }

    /// JSON Schema of the configuration, where the component has one.
    #[must_use]
    pub fn configuration_schema(&self) -> Option<&str> {
        match self {
            Self::Step(step) => step.configuration_schema.as_deref(),
            Self::Trigger(trigger) => trigger.configuration_schema.as_deref(),
        }
    }
}

/// `gardesh:step/types.description`; schemas are JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDescription {
    /// The job type that it serves.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// A short title for people.
    pub title: String,
    /// JSON Schema of the input variables.
    pub input_schema: String,
    /// JSON Schema of the variables that it returns.
    pub output_schema: String,
    /// JSON Schema of its configuration.
    pub configuration_schema: Option<String>,
    /// A name from the icon catalogue, or an SVG document.
    pub icon: Option<String>,
    /// Capabilities that it would like beyond the host interface.
    pub capabilities: Vec<String>,
}

/// `gardesh:cx/types.description`; the schema is JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerDescription {
    /// The trigger's name.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// A short title for people.
    pub title: String,
    /// JSON Schema of its configuration.
    pub configuration_schema: Option<String>,
    /// The events that it wants to see.
    pub subscriptions: Vec<Subscription>,
}

/// `gardesh:cx/types.subscription`. An absent filter lets everything through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// One of [`EVENT_TYPES`].
    pub event_type: String,
    /// Only cases of this process.
    pub process_id: Option<String>,
    /// Only this element of the diagram.
    pub element_id: Option<String>,
}

/// The lifecycle events that a trigger can subscribe to.
pub const EVENT_TYPES: [&str; 3] = [
    "process-instance.completed",
    "process-instance.terminated",
    "element.completed",
];
