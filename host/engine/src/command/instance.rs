//! What can be asked about process instances, their variables, elements and incidents; and the
//! answers.

use std::sync::Arc;

use crate::key::*;
use crate::operation::{Activation, Migration, Modification};
use crate::variables::Document;

/// Start a process instance.
#[derive(Clone, Debug)]
pub struct CreateInstance {
    /// Of which process.
    pub process: ProcessRef,
    /// Its first variables.
    pub variables: Document,
    /// The business key that people know it by.
    pub business_key: Option<String>,
    /// Where it begins instead of at its start event.
    pub start_at: Vec<Activation>,
    /// The ids of elements after which it ends.
    pub stop_after: Vec<String>,
    /// What makes a second command of the same start the same instance.
    pub once: Option<Once>,
}

/// The answer to [`CreateInstance`].
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceCreated {
    /// The process instance.
    pub instance: ProcessInstanceKey,
    /// Its process definition.
    pub definition: ProcessDefinitionKey,
    /// Whether it was started before, by a command with the same idempotency key.
    pub again: bool,
}

/// Which process to start.
#[derive(Clone, Debug)]
pub enum ProcessRef {
    /// This very definition.
    Key(ProcessDefinitionKey),
    /// A process by its id, in its latest version unless one is named.
    Id {
        /// The id in the diagram.
        id: String,
        /// The version.
        version: Option<u32>,
    },
}

/// How a client marks a start, so that it can send it again without starting twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The client's idempotency key.
    pub key: Arc<str>,
    /// SHA-256 of what is asked for: the same key must not stand for something else.
    pub digest: [u8; 32],
}

/// End a process instance from outside.
#[derive(Clone, Debug)]
pub struct CancelInstance {
    /// The process instance.
    pub instance: ProcessInstanceKey,
}

/// Move, add and end tokens of a running process instance.
#[derive(Clone, Debug)]
pub struct ModifyInstance {
    /// The process instance.
    pub instance: ProcessInstanceKey,
    /// What to change.
    pub modification: Modification,
}

/// Let a process instance go on by another definition.
#[derive(Clone, Debug)]
pub struct MigrateInstance {
    /// The process instance.
    pub instance: ProcessInstanceKey,
    /// The definition, and which of its elements stand for the present ones.
    pub migration: Migration,
}

/// Say what is in the way of a [`MigrateInstance`]. Changes nothing.
#[derive(Clone, Debug)]
pub struct CheckMigration {
    /// The process instance.
    pub instance: ProcessInstanceKey,
    /// The definition, and which of its elements stand for the present ones.
    pub migration: Migration,
}

/// The answer to [`CheckMigration`].
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationChecked {
    /// What is in the way; nothing when it can be done.
    pub problems: Vec<String>,
}

/// Let a process instance take no steps until it is resumed.
#[derive(Clone, Debug)]
pub struct SuspendInstance {
    /// The process instance.
    pub instance: ProcessInstanceKey,
}

/// Let a suspended process instance go on.
#[derive(Clone, Debug)]
pub struct ResumeInstance {
    /// The process instance.
    pub instance: ProcessInstanceKey,
}

/// Let a process instance go on whose question has been answered, see
/// [`crate::effect::Effect::Answer`].
#[derive(Clone, Debug)]
pub struct GoOn {
    /// The process instance.
    pub instance: ProcessInstanceKey,
}

/// Forget the history of an ended process instance.
#[derive(Clone, Debug)]
pub struct DeleteHistory {
    /// The process instance.
    pub instance: ProcessInstanceKey,
}

/// Keep the history of ended process instances for this long where their definition does not
/// say. It reaches those that have ended already, too.
#[derive(Clone, Debug)]
pub struct SetRetention {
    /// Milliseconds after the end; none is for ever.
    pub history_ms: Option<u64>,
}

/// Change variables of a running process instance.
#[derive(Clone, Debug)]
pub struct SetVariables {
    /// The element instance in whose scope they are set.
    pub scope: ElementInstanceKey,
    /// Its process instance.
    pub instance: ProcessInstanceKey,
    /// The new values.
    pub variables: Document,
    /// Whether they are set in that very scope; otherwise where each is known, outwards.
    pub local: bool,
}

/// Enter elements of an ad-hoc subprocess.
#[derive(Clone, Debug)]
pub struct ActivateAdHoc {
    /// The process instance.
    pub instance: ProcessInstanceKey,
    /// The instance of the subprocess.
    pub element: ElementInstanceKey,
    /// The ids of the elements, each with variables of its own.
    pub elements: Vec<(String, Document)>,
    /// Whether what is active in it is ended first.
    pub cancel_remaining: bool,
}

/// Try the failed step of an incident again.
#[derive(Clone, Debug)]
pub struct ResolveIncident {
    /// The incident.
    pub incident: IncidentKey,
}
