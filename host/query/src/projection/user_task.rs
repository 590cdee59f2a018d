//! User tasks, open and done.

use std::sync::Arc;

use gardesh_engine::entities::user_task::{TaskChanges, TaskState, UserTask as UserTaskRow};
use gardesh_engine::event::UserTaskEvent;
use gardesh_engine::key::*;

use super::variable::VariableConditions;
use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{AnyItem, Condition, Instant, Key, Searchable, filter};

names! {
    /// Where a user task is.
    pub enum UserTaskState {
        /// Its listeners prepare it.
        Creating = "CREATING",
        /// Somebody has to do it.
        Created = "CREATED",
        /// Its listeners look at another assignee.
        Assigning = "ASSIGNING",
        /// Its listeners look at other data.
        Updating = "UPDATING",
        /// Its listeners look at what was done.
        Completing = "COMPLETING",
        /// It is done.
        Completed = "COMPLETED",
        /// Its listeners clean up.
        Canceling = "CANCELING",
        /// Its element was left before it was done.
        Canceled = "CANCELED",
    }
}

impl From<TaskState> for UserTaskState {
    fn from(state: TaskState) -> Self {
        match state {
            TaskState::Creating => Self::Creating,
            TaskState::Created => Self::Created,
            TaskState::Assigning => Self::Assigning,
            TaskState::Updating => Self::Updating,
            TaskState::Completing => Self::Completing,
            TaskState::Canceling => Self::Canceling,
        }
    }
}

row! {
    /// A person's task.
    pub struct UserTask in "user_tasks" {
        /// Its key.
        user_task_key: UserTaskKey,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
        /// The case's definition.
        process_definition_key: ProcessDefinitionKey,
        /// The definition's process id.
        process_definition_id: Arc<str>,
        /// The definition's name.
        process_name: Option<Arc<str>>,
        /// The definition's version.
        process_definition_version: u32,
        /// The element's id in the diagram.
        element_id: Arc<str>,
        /// The element's activation.
        element_instance_key: ElementInstanceKey,
        /// The task's name: that of the element.
        name: Option<Arc<str>>,
        /// Where it is.
        state: UserTaskState,
        /// Who has it.
        assignee: Option<Arc<str>>,
        /// Groups whose members may take it.
        candidate_groups: Vec<Arc<str>>,
        /// Persons who may take it.
        candidate_users: Vec<Arc<str>>,
        /// When it should be done, ISO 8601 as the process gave it.
        due_date: Option<Arc<str>>,
        /// The same as an instant, to compare it; none when it has no zone.
        due_at_ms: Option<i64>,
        /// When to look at it again, ISO 8601 as the process gave it.
        follow_up_date: Option<Arc<str>>,
        /// The same as an instant.
        follow_up_at_ms: Option<i64>,
        /// 0 to 100.
        priority: u8,
        /// The form to fill in.
        form_key: Option<FormKey>,
        /// A form that is somewhere else, or of the client's own.
        external_form_reference: Option<Arc<str>>,
        /// When it came up.
        creation_date_ms: u64,
        /// When it was done or canceled.
        completion_date_ms: Option<u64>,
    }
    key: [user_task_key],
    changes: [
        state, assignee, candidate_groups, candidate_users, due_date, due_at_ms, follow_up_date,
        follow_up_at_ms, priority, completion_date_ms
    ],
    indexes: ["tenant, process_instance_key", "tenant, state, assignee"],
}

impl Keyed for UserTask {
    type Key = UserTaskKey;

    fn key(&self) -> UserTaskKey {
        self.user_task_key
    }
}

filter! {
    /// What to look for in user tasks.
    pub struct UserTaskFilter {
        user_task_key: Condition<Key> => "user_task_key",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        #[serde(alias = "bpmnProcessId")]
        process_definition_id: Condition<String> => "process_definition_id",
        element_id: Condition<String> => "element_id",
        element_instance_key: Condition<Key> => "element_instance_key",
        name: Condition<String> => "name",
        state: Condition<UserTaskState> => "state",
        assignee: Condition<String> => "assignee",
        candidate_group: AnyItem => "candidate_groups",
        candidate_user: AnyItem => "candidate_users",
        priority: Condition<i64> => "priority",
        creation_date: Condition<Instant> => "creation_date_ms",
        completion_date: Condition<Instant> => "completion_date_ms",
        due_date: Condition<Instant> => "due_at_ms",
        follow_up_date: Condition<Instant> => "follow_up_at_ms",
        process_instance_variables: VariableConditions => "process_instance_key",
    }
}

impl Searchable for UserTask {
    type Filter = UserTaskFilter;
    const SORT_NAMES: &'static [(&'static str, &'static str)] = &[
        ("dueDate", "due_at_ms"),
        ("followUpDate", "follow_up_at_ms"),
    ];
    const NOT_SORTED: &'static [&'static str] = &[
        "candidate_groups",
        "candidate_users",
        "due_date",
        "follow_up_date",
        "due_at_ms",
        "follow_up_at_ms",
    ];
}

fn instant(text: Option<&Arc<str>>) -> Option<i64> {
    text.and_then(|text| Instant::parse(text)).map(|at| at.0)
}

impl Projection {
    pub(super) fn apply_user_task_event(
        &mut self,
        cx: &Context<'_>,
        event: &UserTaskEvent,
    ) -> Result<(), Error> {
        match event {
            UserTaskEvent::Created { task } => self.user_task_created(cx, task),
            UserTaskEvent::Assigned { task, assignee, .. } => {
                self.user_task_changed(cx, *task, |row| {
                    row.state = UserTaskState::Created;
                    row.assignee.clone_from(assignee);
                })
            }
            UserTaskEvent::TransitionStarted { task, state, .. } => {
                self.user_task_changed(cx, *task, |row| row.state = (*state).into())
            }
            UserTaskEvent::TransitionDenied { task, .. } => {
                self.user_task_changed(cx, *task, |row| row.state = UserTaskState::Created)
            }
            UserTaskEvent::Opened { task, changes, .. }
            | UserTaskEvent::Updated { task, changes, .. } => {
                self.user_task_updated(cx, *task, changes)
            }
            UserTaskEvent::Completed { task, .. } => {
                self.user_task_ended(cx, *task, UserTaskState::Completed)
            }
            UserTaskEvent::Canceled { task, .. } => {
                self.user_task_ended(cx, *task, UserTaskState::Canceled)
            }
            // What a listener corrects is in the change that it belongs to.
            UserTaskEvent::Corrected { .. } => Ok(()),
        }
    }

    pub(super) fn user_task_created(
        &mut self,
        cx: &Context<'_>,
        task: &UserTaskRow,
    ) -> Result<(), Error> {
        let info = cx.element(task.definition, task.element)?;
        let root = self.root_of(cx, task.instance)?;
        let definition = self.definitions.get(cx, task.definition)?;
        let row = UserTask {
            user_task_key: task.key,
            process_instance_key: task.instance,
            root_process_instance_key: root,
            process_definition_key: task.definition,
            process_definition_id: Arc::clone(&definition.process_definition_id),
            process_name: definition.name.clone(),
            process_definition_version: definition.version,
            element_id: info.id,
            element_instance_key: task.element_instance,
            name: task.name.clone(),
            state: task.state.into(),
            assignee: task.assignee.clone(),
            candidate_groups: task.candidate_groups.clone(),
            candidate_users: task.candidate_users.clone(),
            due_date: task.due_date.clone(),
            due_at_ms: instant(task.due_date.as_ref()),
            follow_up_date: task.follow_up_date.clone(),
            follow_up_at_ms: instant(task.follow_up_date.as_ref()),
            priority: task.priority,
            form_key: task.form,
            external_form_reference: task.external_form.clone(),
            creation_date_ms: task.created_at_ms,
            completion_date_ms: None,
        };
        self.user_tasks.put(cx.tenant, row);
        Ok(())
    }

    pub(super) fn user_task_changed(
        &mut self,
        cx: &Context<'_>,
        task: UserTaskKey,
        change: impl FnOnce(&mut UserTask),
    ) -> Result<(), Error> {
        let row = self.user_tasks.change(cx, task)?;
        change(row);
        Ok(())
    }

    pub(super) fn user_task_updated(
        &mut self,
        cx: &Context<'_>,
        task: UserTaskKey,
        changes: &TaskChanges,
    ) -> Result<(), Error> {
        fn put<T: Clone>(old: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                old.clone_from(new);
            }
        }
        self.user_task_changed(cx, task, |row| {
            row.state = UserTaskState::Created;
            put(&mut row.assignee, &changes.assignee);
            put(&mut row.candidate_groups, &changes.candidate_groups);
            put(&mut row.candidate_users, &changes.candidate_users);
            put(&mut row.due_date, &changes.due_date);
            row.due_at_ms = instant(row.due_date.as_ref());
            put(&mut row.follow_up_date, &changes.follow_up_date);
            row.follow_up_at_ms = instant(row.follow_up_date.as_ref());
            put(&mut row.priority, &changes.priority);
        })
    }

    pub(super) fn user_task_ended(
        &mut self,
        cx: &Context<'_>,
        task: UserTaskKey,
        state: UserTaskState,
    ) -> Result<(), Error> {
        self.user_task_changed(cx, task, |row| {
            row.state = state;
            row.completion_date_ms = Some(cx.at_ms);
        })
    }
}
