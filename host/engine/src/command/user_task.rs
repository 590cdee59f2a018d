//! What people can ask about user tasks. Each of these may be denied by a listener.

use crate::entities::user_task::TaskChanges;
use crate::key::*;
use crate::variables::Document;

/// The answer to what is asked about a user task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskAnswer {
    /// It has happened.
    Done,
    /// The listeners of this task are asked first. [`crate::effect::Effect::TaskDecided`] tells
    /// what they say.
    ListenersAsked {
        /// The user task.
        task: UserTaskKey,
    },
}

/// Give a task to a person.
#[derive(Clone, Debug)]
pub struct AssignUserTask {
    /// The user task.
    pub task: UserTaskKey,
    /// The person.
    pub assignee: String,
    /// Whether it may be taken from somebody else.
    pub allow_override: bool,
    /// What the client calls this.
    pub action: Option<String>,
}

/// Take a task back from whoever has it.
#[derive(Clone, Debug)]
pub struct UnassignUserTask {
    /// The user task.
    pub task: UserTaskKey,
    /// What the client calls this.
    pub action: Option<String>,
}

/// Change what a task says about itself.
#[derive(Clone, Debug)]
pub struct UpdateUserTask {
    /// The user task.
    pub task: UserTaskKey,
    /// What is to be different.
    pub changes: TaskChanges,
    /// What the client calls this.
    pub action: Option<String>,
}

/// A person has done a task.
#[derive(Clone, Debug)]
pub struct CompleteUserTask {
    /// The user task.
    pub task: UserTaskKey,
    /// What comes of it.
    pub variables: Document,
    /// What the client calls this.
    pub action: Option<String>,
}
