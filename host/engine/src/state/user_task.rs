//! What is stored of a person's task.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;

/// A user task that is not done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTask {
    /// Its key.
    pub key: UserTaskKey,
    /// The case.
    pub instance: InstanceKey,
    /// The case's definition.
    pub definition: DefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
    /// The element's name, for people.
    pub name: Option<Arc<str>>,
    /// Who has it.
    pub assignee: Option<Arc<str>>,
    /// Groups whose members may take it.
    pub candidate_groups: Vec<Arc<str>>,
    /// Persons who may take it.
    pub candidate_users: Vec<Arc<str>>,
    /// When it should be done, ISO 8601.
    pub due_date: Option<Arc<str>>,
    /// When to look at it again, ISO 8601.
    pub follow_up_date: Option<Arc<str>>,
    /// 0 to 100; 50 without one in the diagram.
    pub priority: u8,
    /// The form to fill in.
    pub form: Option<FormKey>,
    /// When it was created, journal time.
    pub created_at_ms: u64,
}
