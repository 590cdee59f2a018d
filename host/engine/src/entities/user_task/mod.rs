//! What is stored of a person's task.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::variables::Document;

/// A user task that is not done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTask {
    /// Its key.
    pub key: UserTaskKey,
    /// The case.
    pub instance: ProcessInstanceKey,
    /// The case's definition.
    pub definition: ProcessDefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
    /// The element's name, for people.
    pub name: Option<Arc<str>>,
    /// Where it is in its life.
    pub state: TaskState,
    /// What is about to happen to it, while listeners have their say.
    pub transition: Option<Box<Transition>>,
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
    /// A form that is somewhere else, or of the client's own.
    pub external_form: Option<Arc<str>>,
    /// When it was created, journal time.
    pub created_at_ms: u64,
}

/// Where a user task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// Its listeners prepare it.
    Creating,
    /// Somebody has to do it.
    Created,
    /// Its listeners look at another assignee.
    Assigning,
    /// Its listeners look at other data.
    Updating,
    /// Its listeners look at what was done.
    Completing,
    /// Its listeners clean up.
    Canceling,
}

/// What is about to happen to a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// What the client calls it.
    pub action: Arc<str>,
    /// What will be different, the corrections by listeners included.
    pub changes: TaskChanges,
    /// What its completion or its update brings.
    pub variables: Document,
    /// For an update: whether the variables stay with the task.
    pub local: bool,
    /// For a creation: whom the process gives the task to once it is there.
    pub assign: Option<Arc<str>>,
    /// Listeners that are done.
    pub done: u32,
}

/// What is different about a task. `None` is "as before"; `Some(None)` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChanges {
    pub assignee: Option<Option<Arc<str>>>,
    pub candidate_groups: Option<Vec<Arc<str>>>,
    pub candidate_users: Option<Vec<Arc<str>>>,
    pub due_date: Option<Option<Arc<str>>>,
    pub follow_up_date: Option<Option<Arc<str>>>,
    pub priority: Option<u8>,
}

impl TaskState {
    /// The name in the REST API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Created => "CREATED",
            Self::Assigning => "ASSIGNING",
            Self::Updating => "UPDATING",
            Self::Completing => "COMPLETING",
            Self::Canceling => "CANCELING",
        }
    }
}

impl TaskChanges {
    /// Whether everything stays as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These changes, and `later` ones on top of them.
    pub fn and(mut self, later: &Self) -> Self {
        fn put<T: Clone>(earlier: &mut Option<T>, later: &Option<T>) {
            if later.is_some() {
                earlier.clone_from(later);
            }
        }
        put(&mut self.assignee, &later.assignee);
        put(&mut self.candidate_groups, &later.candidate_groups);
        put(&mut self.candidate_users, &later.candidate_users);
        put(&mut self.due_date, &later.due_date);
        put(&mut self.follow_up_date, &later.follow_up_date);
        put(&mut self.priority, &later.priority);
        self
    }

    /// The names in the REST API of what differs from `task` with these changes, in
    /// alphabetical order.
    pub fn changed(&self, task: &UserTask) -> Vec<&'static str> {
        fn differs<T: PartialEq>(new: &Option<T>, old: &T) -> bool {
            new.as_ref().is_some_and(|new| new != old)
        }
        let all = [
            ("assignee", differs(&self.assignee, &task.assignee)),
            (
                "candidateGroups",
                differs(&self.candidate_groups, &task.candidate_groups),
            ),
            (
                "candidateUsers",
                differs(&self.candidate_users, &task.candidate_users),
            ),
            ("dueDate", differs(&self.due_date, &task.due_date)),
            (
                "followUpDate",
                differs(&self.follow_up_date, &task.follow_up_date),
            ),
            ("priority", differs(&self.priority, &task.priority)),
        ];
        all.into_iter()
            .filter_map(|(name, differs)| differs.then_some(name))
            .collect()
    }
}

/// A task as its listeners are to see it: as it will be if they agree.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// The task with all changes; nothing is about to happen to it any more.
    pub task: UserTask,
    /// What the client calls the change.
    pub action: Arc<str>,
    /// The names in the REST API of what is different, in alphabetical order.
    pub changed: Vec<&'static str>,
}

impl UserTask {
    /// What it is about to become; none when nothing is about to happen to it.
    pub fn prospect(&self) -> Option<Prospect> {
        let transition = self.transition.as_ref()?;
        let mut changed = transition.changes.changed(self);
        if !transition.variables.is_empty() && self.state == TaskState::Updating {
            changed.push("variables");
        }
        let mut task = Self {
            transition: None,
            ..self.clone()
        };
        task.change(&transition.changes);
        if task.assignee.is_none() {
            task.assignee.clone_from(&transition.assign);
        }
        Some(Prospect {
            task,
            action: Arc::clone(&transition.action),
            changed,
        })
    }

    /// Puts changes into effect.
    pub fn change(&mut self, changes: &TaskChanges) {
        fn put<T: Clone>(old: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                old.clone_from(new);
            }
        }
        put(&mut self.assignee, &changes.assignee);
        put(&mut self.candidate_groups, &changes.candidate_groups);
        put(&mut self.candidate_users, &changes.candidate_users);
        put(&mut self.due_date, &changes.due_date);
        put(&mut self.follow_up_date, &changes.follow_up_date);
        put(&mut self.priority, &changes.priority);
    }
}

/// What happens to a user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserTaskEvent {
    /// A person's task came up.
    Created { task: Arc<UserTask> },
    /// It has another assignee, or none.
    Assigned {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        assignee: Option<Arc<str>>,
        action: Arc<str>,
    },
    /// The person is done.
    Completed {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        action: Arc<str>,
    },
    /// The task's element was left before it was done.
    Canceled {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
    },
    /// Something is about to happen to a task; its listeners are asked first.
    TransitionStarted {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        state: TaskState,
        transition: Arc<Transition>,
    },
    /// A listener corrected what is about to happen.
    Corrected {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        corrections: Arc<TaskChanges>,
    },
    /// A listener denied it: the task is as it was before.
    TransitionDenied {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        reason: Option<Arc<str>>,
    },
    /// The listeners of its creation have prepared a task: people can work on it.
    Opened {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        changes: Arc<TaskChanges>,
    },
    /// What a task says about itself has changed.
    Updated {
        instance: ProcessInstanceKey,
        task: UserTaskKey,
        changes: Arc<TaskChanges>,
        action: Arc<str>,
    },
}

impl UserTaskEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { task } => About::process_instance("UserTaskCreated", task.instance),
            Self::Assigned { instance, .. } => {
                About::process_instance("UserTaskAssigned", *instance)
            }
            Self::Completed { instance, .. } => {
                About::process_instance("UserTaskCompleted", *instance)
            }
            Self::Canceled { instance, .. } => {
                About::process_instance("UserTaskCanceled", *instance)
            }
            Self::TransitionStarted {
                instance,
                transition,
                ..
            } => About::process_instance("UserTaskTransitionStarted", *instance)
                .carrying(&transition.variables),
            Self::Corrected { instance, .. } => {
                About::process_instance("UserTaskCorrected", *instance)
            }
            Self::TransitionDenied { instance, .. } => {
                About::process_instance("UserTaskTransitionDenied", *instance)
            }
            Self::Opened { instance, .. } => About::process_instance("UserTaskOpened", *instance),
            Self::Updated { instance, .. } => About::process_instance("UserTaskUpdated", *instance),
        }
    }
}
