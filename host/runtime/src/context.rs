//! What a job is for, as a component may learn it: `gardesh:step/context`. Plain data, and
//! the interface that reads it out.

use serde::{Deserialize, Serialize};

use crate::bindings::step::gardesh::step::context as wit;
use crate::guest::{Guest, Stop};

/// What a job is for, beyond what the job itself says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct JobContext {
    /// The kind of work.
    pub kind: JobKind,
    /// For a listener, what it listens to.
    pub listener_event: Option<ListenerEvent>,
    /// For a listener of a user task, that task.
    pub user_task: Option<UserTaskProperties>,
}

/// `gardesh:step/context.job-kind`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobKind {
    /// The work of a task or an event.
    #[default]
    BpmnElement,
    /// A listener of an element.
    ExecutionListener,
    /// A listener of a user task.
    TaskListener,
    /// The choice of what an ad-hoc subprocess enters.
    AdHocSubProcess,
}

/// `gardesh:step/context.listener-event-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListenerEvent {
    /// The element is entered.
    Start,
    /// The element is left.
    End,
    /// The case is ended before it is done.
    Cancel,
    /// The user task comes into being.
    Creating,
    /// It gets another assignee.
    Assigning,
    /// Its data or variables change.
    Updating,
    /// It is completed.
    Completing,
    /// It is ended because its element is.
    Canceling,
}

/// `gardesh:step/context.user-task-properties`: the task as it will be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UserTaskProperties {
    /// Its key.
    pub key: u64,
    /// What whoever asked for the change calls it.
    pub action: String,
    /// Who has it.
    pub assignee: Option<String>,
    /// Groups whose members may take it.
    pub candidate_groups: Vec<String>,
    /// Persons who may take it.
    pub candidate_users: Vec<String>,
    /// What the change changes, by the names of the REST API.
    pub changed_attributes: Vec<String>,
    /// When it should be done, ISO 8601.
    pub due_date: Option<String>,
    /// When to look at it again, ISO 8601.
    pub follow_up_date: Option<String>,
    /// The form to fill in.
    pub form_key: Option<u64>,
    /// 0 to 100.
    pub priority: u8,
}

impl wit::Host for Guest {
    fn kind(&mut self) -> wasmtime::Result<wit::JobKind> {
        Ok(match self.job_context("context.kind")?.kind {
            JobKind::BpmnElement => wit::JobKind::BpmnElement,
            JobKind::ExecutionListener => wit::JobKind::ExecutionListener,
            JobKind::TaskListener => wit::JobKind::TaskListener,
            JobKind::AdHocSubProcess => wit::JobKind::AdHocSubProcess,
        })
    }

    fn listener_event(&mut self) -> wasmtime::Result<Option<wit::ListenerEventType>> {
        let event = self.job_context("context.listener-event")?.listener_event;
        Ok(event.map(|event| match event {
            ListenerEvent::Start => wit::ListenerEventType::Start,
            ListenerEvent::End => wit::ListenerEventType::End,
            ListenerEvent::Cancel => wit::ListenerEventType::Cancel,
            ListenerEvent::Creating => wit::ListenerEventType::Creating,
            ListenerEvent::Assigning => wit::ListenerEventType::Assigning,
            ListenerEvent::Updating => wit::ListenerEventType::Updating,
            ListenerEvent::Completing => wit::ListenerEventType::Completing,
            ListenerEvent::Canceling => wit::ListenerEventType::Canceling,
        }))
    }

    fn user_task(&mut self) -> wasmtime::Result<Option<wit::UserTaskProperties>> {
        let task = self.job_context("context.user-task")?.user_task.as_ref();
        Ok(task.cloned().map(Into::into))
    }
}

impl Guest {
    /// What the job is for, for a function that reads it.
    fn job_context(&mut self, function: &str) -> Result<&JobContext, Stop> {
        self.enter()?;
        self.job.as_ref().ok_or_else(|| Stop::NoJob {
            function: function.to_owned(),
        })
    }
}

impl From<UserTaskProperties> for wit::UserTaskProperties {
    fn from(task: UserTaskProperties) -> Self {
        Self {
            key: task.key,
            action: task.action,
            assignee: task.assignee,
            candidate_groups: task.candidate_groups,
            candidate_users: task.candidate_users,
            changed_attributes: task.changed_attributes,
            due_date: task.due_date,
            follow_up_date: task.follow_up_date,
            form_key: task.form_key,
            priority: task.priority,
        }
    }
}
