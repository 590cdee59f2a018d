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
use crate::limits::ROW_BYTES;
use crate::row::Keyed;
#[cfg(test)]
use crate::row::Row;
use batch::{BatchOperation, BatchOperationItem};
use component::{Component, Survey};
use decision::TriggerDecision;
use element_instance::ElementInstance;
use history::{ExpiredBatch, ExpiredCase};
use incident::Incident;
use invitation::{Invitation, Notification};
use job::Job;
use migration::Migrated;
use process_definition::{DefinitionSource, Form, ProcessDefinition};
use process_instance::{CaseEntry, ProcessInstance};
use response::{Response, Score};
pub(crate) use table::read;
use table::{Additions, Table};
use user_task::UserTask;
use variable::Variable;

/// Where the projection asks for what the journal says only by an element's index.
pub trait Definitions {
    /// An element of a definition.
    fn element(
        &self,
        tenant: TenantId,
        definition: ProcessDefinitionKey,
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
    fn element(
        &self,
        definition: ProcessDefinitionKey,
        element: u32,
    ) -> Result<ElementInfo, Error> {
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

    /// What changes no row shows in other rows (how tokens move shows in the elements), or is
    /// nobody's to search for.
    fn apply_event(&mut self, cx: &Context<'_>, event: &Event) -> Result<(), Error> {
        match event {
            Event::ProcessDefinition(event) => self.apply_process_definition_event(cx, event)?,
            Event::Form(event) => self.apply_form_event(cx, event),
            Event::ProcessInstance(event) => self.apply_process_instance_event(cx, event)?,
            Event::ElementInstance(event) => self.apply_element_event(cx, event)?,
            Event::Variable(event) => self.apply_variable_event(cx, event)?,
            Event::Job(event) => self.apply_job_event(cx, event)?,
            Event::UserTask(event) => self.apply_user_task_event(cx, event)?,
            Event::Incident(event) => self.apply_incident_event(cx, event)?,
            Event::Component(event) => self.apply_component_event(cx, event),
            Event::Trigger(event) => self.apply_trigger_event(cx, event)?,
            Event::Experience(event) => self.apply_experience_event(cx, event)?,
            Event::Retention(event) => self.apply_retention_event(cx, event),
            Event::BatchOperation(event) => self.apply_batch_event(cx, event)?,
            Event::Decision(_)
            | Event::Deployment(_)
            | Event::Repetition(_)
            | Event::Subscription(_)
            | Event::Signal(_)
            | Event::Message(_)
            | Event::Compensation(_)
            | Event::Continuation(_)
            | Event::Due(_)
            | Event::Tenant(_) => {}
        }
        Ok(())
    }
}
