//! The projection: what each event of the journal changes in the rows. One file per entity
//! holds its rows, what they can be filtered by, and how events change them.

pub mod batch;
pub mod component;
pub mod decision;
pub mod element_instance;
pub(crate) mod history;
pub mod incident;
pub mod invitation;
pub mod job;
mod migration;
pub mod process_definition;
pub mod process_instance;
pub mod response;
mod table;
pub mod user_task;
pub mod variable;

use std::sync::Arc;

use gardesh_engine::event::{Entry, Event};
use gardesh_engine::key::*;
use rusqlite::Connection;

use crate::error::Error;
use crate::row::Keyed;
#[cfg(test)]
use crate::row::Row;
use batch::{BatchOperation, BatchOperationItem};
use component::{Component, Survey};
use decision::TriggerDecision;
use element_instance::{ElementInstance, ElementInstanceState};
use history::{ExpiredBatch, ExpiredCase};
use incident::Incident;
use invitation::{Invitation, Notification};
use job::{Job, JobState};
use migration::Migrated;
use process_definition::{DefinitionSource, Form, ProcessDefinition};
use process_instance::{CaseEntry, ProcessInstance, ProcessInstanceState};
use response::{Response, Score};
pub(crate) use table::read;
use table::{Additions, Table};
use user_task::{UserTask, UserTaskState};
use variable::Variable;

/// Where the projection asks for what the journal says only by an element's index.
pub trait Definitions {
    /// An element of a definition.
    fn element(
        &self,
        tenant: TenantId,
        definition: DefinitionKey,
        element: u32,
    ) -> Option<ElementInfo>;
}

/// What rows say of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementInfo {
    /// Its id in the diagram.
    pub id: Arc<str>,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The kind of element, as the Camunda API names it: `SERVICE_TASK` and the like.
    pub kind: &'static str,
}

/// What an event is projected with.
pub(crate) struct Context<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) definitions: &'a dyn Definitions,
    pub(crate) tenant: TenantId,
    pub(crate) at_ms: u64,
    pub(crate) position: u64,
    /// Whether the rows are never written, but only kept to look one up by its key. What
    /// only searches look for, such as the items of batch operations, is left out then.
    pub(crate) ahead: bool,
}

impl Context<'_> {
    fn element(&self, definition: DefinitionKey, element: u32) -> Result<ElementInfo, Error> {
        let info = self.definitions.element(self.tenant, definition, element);
        info.ok_or(Error::UnknownElement {
            definition,
            element,
        })
    }

    fn missing(&self, table: &'static str, key: impl std::fmt::Display) -> Error {
        Error::Missing {
            table,
            key: key.to_string(),
            tenant: self.tenant,
            position: self.position,
        }
    }
}

macro_rules! tables {
    ($( $field:ident: $kind:ident<$row:ty> ),+ $(,)?) => {
        /// The tables, each with the rows that the present batch works on.
        #[derive(Default)]
        pub struct Projection {
            $( $field: $kind<$row>, )+
        }

        impl Projection {
            /// Writes what the batch has changed.
            pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), Error> {
                $( self.$field.write(connection)?; )+
                Ok(())
            }

            /// Forgets what only searches look for.
            fn forget_lists(&mut self) {
                $( self.$field.forget_lists(); )+
            }

            /// How many rows are in memory.
            fn len(&self) -> usize {
                0 $( + self.$field.rows().len() )+
            }

            /// Forgets all rows in memory.
            pub(crate) fn forget(&mut self) {
                $( self.$field.forget(); )+
            }
        }

        /// Hands out the definition of each table.
        pub(crate) fn each_table(out: &mut dyn FnMut(&str)) {
            $( out(&crate::schema::table_definition::<$row>()); )+
        }

        /// Hands out what the planner is to think of each table.
        pub(crate) fn each_estimate(out: &mut dyn FnMut(&str)) {
            $( out(&crate::schema::estimates::<$row>()); )+
        }

        #[cfg(test)]
        pub(crate) const TABLES: &[(&str, &[&str])] = &[$( (<$row>::TABLE, <$row>::INDEXES), )+];
    };
}

tables! {
    definitions: Table<ProcessDefinition>,
    sources: Additions<DefinitionSource>,
    forms: Additions<Form>,
    instances: Table<ProcessInstance>,
    case_entries: Additions<CaseEntry>,
    elements: Table<ElementInstance>,
    variables: Table<Variable>,
    jobs: Table<Job>,
    user_tasks: Table<UserTask>,
    incidents: Table<Incident>,
    components: Additions<Component>,
    surveys: Additions<Survey>,
    decisions: Table<TriggerDecision>,
    invitations: Table<Invitation>,
    responses: Additions<Response>,
    scores: Additions<Score>,
    notifications: Additions<Notification>,
    expired: Additions<ExpiredCase>,
    expired_batches: Additions<ExpiredBatch>,
    batches: Table<BatchOperation>,
    batch_items: Table<BatchOperationItem>,
}

/// A row that can be looked up by its key before it is written.
pub trait Projected: Keyed + Clone {
    /// Its table.
    fn table(projection: &mut Projection) -> &mut Table<Self>;
}

macro_rules! projected {
    ($( $field:ident: $row:ty ),+ $(,)?) => {$(
        impl Projected for $row {
            fn table(projection: &mut Projection) -> &mut Table<Self> {
                &mut projection.$field
            }
        }
    )+};
}

projected! {
    definitions: ProcessDefinition,
    instances: ProcessInstance,
    elements: ElementInstance,
    variables: Variable,
    jobs: Job,
    user_tasks: UserTask,
    incidents: Incident,
    batches: BatchOperation,
}

/// Memory that a row takes besides the text of a variable, roughly.
const ROW_BYTES: usize = 1_024;

impl Projection {
    /// Takes in one entry of the journal, to be written.
    pub(crate) fn apply(
        &mut self,
        connection: &Connection,
        definitions: &dyn Definitions,
        entry: &Entry,
    ) -> Result<(), Error> {
        self.apply_entry(connection, definitions, entry, false)
    }

    /// Takes in one entry of the journal only to look rows up by their keys.
    pub(crate) fn apply_ahead(
        &mut self,
        connection: &Connection,
        definitions: &dyn Definitions,
        entry: &Entry,
    ) -> Result<(), Error> {
        self.apply_entry(connection, definitions, entry, true)?;
        self.forget_lists();
        Ok(())
    }

    /// The row with a key: as changed in memory, or else as the file has it.
    pub(crate) fn look_up<R: Projected>(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
        key: R::Key,
    ) -> Result<Option<R>, Error> {
        if let Some(row) = R::table(self).in_memory(tenant, key) {
            return Ok(Some(row.clone()));
        }
        read(
            connection,
            &crate::schema::select_by_key::<R>(),
            tenant,
            key,
        )
    }

    /// The memory that the rows take, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let text = self.variables.rows().map(|row| row.value.text.len());
        self.len() * ROW_BYTES + text.sum::<usize>()
    }

    fn apply_entry(
        &mut self,
        connection: &Connection,
        definitions: &dyn Definitions,
        entry: &Entry,
        ahead: bool,
    ) -> Result<(), Error> {
        let Entry {
            position,
            at_ms,
            tenant,
            ..
        } = *entry;
        let cx = Context {
            connection,
            definitions,
            tenant,
            at_ms,
            position,
            ahead,
        };
        for event in &entry.events {
            if let Some(instance) = event.instance() {
                self.tells_of(&cx, instance);
            }
            self.apply_event(&cx, event)?;
        }
        Ok(())
    }

    /// After a commit. Rows that go on to change stay in memory for the next batch;
    /// variables are never read back and can be large.
    pub(crate) fn settle(&mut self) {
        self.definitions.settle();
        self.instances.settle();
        self.elements.settle();
        self.jobs.settle();
        self.user_tasks.settle();
        self.incidents.settle();
        self.invitations.settle();
        self.decisions.settle();
        self.batches.settle();
        self.batch_items.settle();
        self.variables.forget();
    }

    fn apply_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        use Event::*;
        match event {
            DefinitionCreated { definition, source } => {
                self.definition_created(cx, definition, source)
            }
            DefinitionDeleted { definition } => self.definition_deleted(cx, *definition)?,
            FormCreated { form } => self.form_created(cx, form),
            ComponentRegistered { component } => self.component_registered(cx, component),
            InstanceCreated { .. }
            | InstanceCompleted { .. }
            | InstanceTerminated { .. }
            | InstanceBanned { .. }
            | InstanceSuspended { .. }
            | InstanceResumed { .. }
            | InstanceMigrated { .. } => {
                self.apply_instance_event(cx, event)?;
            }
            ElementActivating { .. } | ElementCompleted { .. } | ElementTerminated { .. } => {
                self.apply_element_event(cx, event)?;
            }
            VariableSet {
                instance,
                scope,
                key,
                name,
                value,
            } => {
                let mut json = String::new();
                value.write_json(&mut json);
                self.variable_set(cx, *instance, *scope, *key, name, json)?;
            }
            UserTaskCreated { .. }
            | UserTaskAssigned { .. }
            | UserTaskTransitionStarted { .. }
            | UserTaskTransitionDenied { .. }
            | UserTaskOpened { .. }
            | UserTaskUpdated { .. }
            | UserTaskCompleted { .. }
            | UserTaskCanceled { .. } => self.apply_user_task_event(cx, event)?,
            BatchCreated { .. }
            | BatchItemsAdded { .. }
            | BatchStarted { .. }
            | BatchItemFailed { .. }
            | BatchAdvanced { .. }
            | BatchSuspended { .. }
            | BatchResumed { .. }
            | BatchCanceled { .. }
            | BatchCompleted { .. } => self.apply_batch_event(cx, event)?,
            IncidentCreated { incident } => self.incident_created(cx, incident)?,
            IncidentResolved { incident, .. } => self.incident_resolved(cx, *incident)?,
            SurveySaved { survey } => self.survey_saved(cx, survey),
            TriggerFired { firing } => self.trigger_fired(cx, firing),
            TriggerDecided {
                firing, decisions, ..
            } => self.trigger_decided(cx, *firing, decisions)?,
            InvitationCreated { invitation } => self.invitation_created(cx, invitation),
            InvitationDue { invitation, .. } => self.invitation_due(cx, *invitation)?,
            ResponseRecorded { response } => self.response_recorded(cx, response)?,
            NotificationCreated { notification } => self.notification_created(cx, notification),
            HistoryExpired { instance, .. } => self.history_expired(cx, *instance),
            BatchExpired { batch, .. } => self.batch_expired(cx, *batch),
            _ => self.apply_job_event(cx, event)?,
        }
        Ok(())
    }

    fn apply_instance_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        use Event::*;
        match event {
            InstanceCreated {
                instance,
                definition,
                business_key,
                parent,
                ..
            } => self.instance_created(cx, *instance, *definition, business_key, *parent),
            InstanceCompleted { instance, outcome } => self.instance_ended(
                cx,
                *instance,
                ProcessInstanceState::Completed,
                outcome.as_ref(),
            ),
            InstanceTerminated { instance } => {
                self.instance_ended(cx, *instance, ProcessInstanceState::Terminated, None)
            }
            InstanceBanned { instance, reason } => self.instance_banned(cx, *instance, reason),
            InstanceSuspended { instance } => self.instance_suspended(cx, *instance, true),
            InstanceResumed { instance } => self.instance_suspended(cx, *instance, false),
            InstanceMigrated {
                instance,
                definition,
                elements,
                ..
            } => {
                let migrated = Migrated {
                    instance: *instance,
                    definition: *definition,
                    elements,
                };
                self.instance_migrated(cx, &migrated)
            }
            _ => Ok(()),
        }
    }

    fn apply_element_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        use Event::*;
        match event {
            ElementActivating {
                instance,
                key,
                element,
                scope,
                role,
            } => self.element_activating(cx, *instance, *key, *element, *scope, *role),
            ElementCompleted { instance, key, .. } => {
                self.element_ended(cx, *instance, *key, ElementInstanceState::Completed)
            }
            ElementTerminated { instance, key } => {
                self.element_ended(cx, *instance, *key, ElementInstanceState::Terminated)
            }
            _ => Ok(()),
        }
    }

    fn apply_user_task_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        use Event::*;
        match event {
            UserTaskCreated { task } => self.user_task_created(cx, task),
            UserTaskAssigned { task, assignee, .. } => self.user_task_changed(cx, *task, |row| {
                row.state = UserTaskState::Created;
                row.assignee.clone_from(assignee);
            }),
            UserTaskTransitionStarted { task, state, .. } => {
                self.user_task_changed(cx, *task, |row| row.state = (*state).into())
            }
            UserTaskTransitionDenied { task, .. } => {
                self.user_task_changed(cx, *task, |row| row.state = UserTaskState::Created)
            }
            UserTaskOpened { task, changes, .. } | UserTaskUpdated { task, changes, .. } => {
                self.user_task_updated(cx, *task, changes)
            }
            UserTaskCompleted { task, .. } => {
                self.user_task_ended(cx, *task, UserTaskState::Completed)
            }
            UserTaskCanceled { task, .. } => {
                self.user_task_ended(cx, *task, UserTaskState::Canceled)
            }
            _ => Ok(()),
        }
    }

    fn apply_job_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        use Event::*;
        match event {
            JobCreated { job } => self.job_created(cx, job),
            JobActivated {
                job,
                worker,
                deadline_ms,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.worker = Some(Arc::clone(worker));
                row.deadline_ms = Some(*deadline_ms);
            }),
            JobCompleted { job, attempt, .. } => {
                self.job_ended(cx, *job, JobState::Completed, |row| row.attempt = *attempt)
            }
            JobFailed {
                job,
                attempt,
                retries,
                message,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.state = JobState::Failed;
                row.attempt = *attempt;
                row.retries = *retries;
                row.has_failed_with_retries_left = *retries > 0;
                row.error_message = Some(Arc::clone(message));
                row.deadline_ms = None;
            }),
            JobTimedOut { job, .. } => self.job_changed(cx, *job, |row| {
                row.state = JobState::TimedOut;
                row.deadline_ms = None;
            }),
            JobErrorThrown {
                job,
                attempt,
                code,
                message,
                caught,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.state = JobState::ErrorThrown;
                row.attempt = *attempt;
                row.error_code = Some(Arc::clone(code));
                row.error_message = Some(Arc::clone(message));
                row.has_failed_with_retries_left = false;
                row.deadline_ms = row.deadline_ms.filter(|_| *caught);
                row.end_time_ms = caught.then_some(cx.at_ms);
            }),
            JobCanceled { job, .. } => self.job_ended(cx, *job, JobState::Canceled, |_| {}),
            JobUpdated {
                job,
                retries,
                deadline_ms,
                priority,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.priority = priority.unwrap_or(row.priority);
                if let Some(retries) = retries {
                    row.state = JobState::RetriesUpdated;
                    row.retries = *retries;
                }
                row.deadline_ms = deadline_ms.or(row.deadline_ms);
            }),
            JobBound { job, component, .. } => {
                self.job_changed(cx, *job, |row| row.component = Some(Arc::clone(component)))
            }
            // The end of a wait is no milestone, and how tokens move shows in the elements.
            _ => Ok(()),
        }
    }
}
