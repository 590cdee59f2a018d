//! Process definitions with their sources, and forms.

use std::sync::Arc;

use gardesh_engine::entities::form::FormRow;
use gardesh_engine::entities::process_definition::DefinitionRow;
use gardesh_engine::event::{FormEvent, ProcessDefinitionEvent};
use gardesh_engine::file_bytes::FileBytes;
use gardesh_engine::key::*;

use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Criterion, Key, Searchable, Sql, filter};

names! {
    /// Whether a definition is in use.
    pub enum ProcessDefinitionState {
        /// Cases of it can be started.
        Active = "ACTIVE",
        /// It was deleted: its cases go on, and no others begin.
        Deleted = "DELETED",
    }
}

row! {
    /// One version of a process.
    pub struct ProcessDefinition in "process_definitions" {
        /// Its key.
        process_definition_key: ProcessDefinitionKey,
        /// The process id of the diagram.
        process_definition_id: Arc<str>,
        /// The name of the diagram, where it has one.
        name: Option<Arc<str>>,
        /// 1 for the first version, one more for each changed one.
        version: u32,
        /// The version tag of the diagram.
        version_tag: Option<Arc<str>>,
        /// The file that it came in.
        resource_name: Arc<str>,
        /// The deployment that brought it.
        deployment_key: DeploymentKey,
        /// When it was deployed.
        deployment_time_ms: u64,
        /// Whether it is in use.
        state: ProcessDefinitionState,
    }
    key: [process_definition_key],
    changes: [state],
    indexes: ["tenant, process_definition_id, version"],
}

impl Keyed for ProcessDefinition {
    type Key = ProcessDefinitionKey;

    fn key(&self) -> ProcessDefinitionKey {
        self.process_definition_key
    }
}

filter! {
    /// What to look for in process definitions.
    pub struct ProcessDefinitionFilter {
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        name: Condition<String> => "name",
        version: Condition<i64> => "version",
        version_tag: Condition<String> => "version_tag",
        resource_name: Condition<String> => "resource_name",
        state: Condition<ProcessDefinitionState> => "state",
        is_latest_version: IsLatest => "version",
    }
}

impl Searchable for ProcessDefinition {
    type Filter = ProcessDefinitionFilter;
}

/// Whether a definition is the latest version of its process that was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct IsLatest(pub bool);

impl Criterion for IsLatest {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        sql.push(" AND ").push(column).push(if self.0 { " IS " } else { " IS NOT " }).push(
            "(SELECT max(other.version) FROM process_definitions AS other WHERE other.tenant = ?1 \
             AND other.state = 'ACTIVE' AND other.process_definition_id = process_definitions.process_definition_id)",
        );
    }
}

row! {
    /// The source of a definition's diagram, apart because it is long and seldom read.
    pub struct DefinitionSource in "definition_sources" {
        /// The definition.
        process_definition_key: ProcessDefinitionKey,
        /// BPMN 2.0 XML, as it came.
        source: FileBytes,
    }
    key: [process_definition_key],
    changes: [],
    indexes: [],
}

impl Keyed for DefinitionSource {
    type Key = ProcessDefinitionKey;

    fn key(&self) -> ProcessDefinitionKey {
        self.process_definition_key
    }
}

row! {
    /// One version of a form.
    pub struct Form in "forms" {
        /// Its key.
        form_key: FormKey,
        /// The form's id, as diagrams name it.
        form_id: Arc<str>,
        /// 1 for the first version, one more for each changed one.
        version: u32,
        /// The file that it came in.
        resource_name: Arc<str>,
        /// The deployment that brought it.
        deployment_key: DeploymentKey,
        /// The document in form-js JSON.
        document: Arc<str>,
    }
    key: [form_key],
    changes: [],
    indexes: [],
}

impl Keyed for Form {
    type Key = FormKey;

    fn key(&self) -> FormKey {
        self.form_key
    }
}

impl Projection {
    pub(super) fn apply_process_definition_event(
        &mut self,
        cx: &Context<'_>,
        event: &ProcessDefinitionEvent,
    ) -> Result<(), Error> {
        match event {
            ProcessDefinitionEvent::Created { definition, source } => {
                self.definition_created(cx, definition, source);
            }
            ProcessDefinitionEvent::Deleted { definition } => {
                self.definition_deleted(cx, *definition)?;
            }
            ProcessDefinitionEvent::Suspended { .. }
            | ProcessDefinitionEvent::Resumed { .. }
            | ProcessDefinitionEvent::StartSkipped { .. }
            | ProcessDefinitionEvent::Failed { .. } => {}
        }
        Ok(())
    }

    pub(super) fn apply_form_event(&mut self, cx: &Context<'_>, event: &FormEvent) {
        match event {
            FormEvent::Created { form } => self.form_created(cx, form),
            // Open tasks still show it.
            FormEvent::Deleted { .. } => {}
        }
    }

    pub(super) fn definition_created(
        &mut self,
        cx: &Context<'_>,
        row: &DefinitionRow,
        source: &FileBytes,
    ) {
        self.definitions.put(
            cx.tenant,
            ProcessDefinition {
                process_definition_key: row.key,
                process_definition_id: Arc::clone(&row.id),
                name: row.name.clone(),
                version: row.version,
                version_tag: row.version_tag.clone(),
                resource_name: Arc::clone(&row.resource),
                deployment_key: row.deployment,
                deployment_time_ms: row.deployed_at_ms,
                state: ProcessDefinitionState::Active,
            },
        );
        let source = DefinitionSource {
            process_definition_key: row.key,
            source: source.clone(),
        };
        self.sources.add(cx.tenant, source);
    }

    pub(super) fn definition_deleted(
        &mut self,
        cx: &Context<'_>,
        key: ProcessDefinitionKey,
    ) -> Result<(), Error> {
        self.definitions.change(cx, key)?.state = ProcessDefinitionState::Deleted;
        Ok(())
    }

    pub(super) fn form_created(&mut self, cx: &Context<'_>, form: &FormRow) {
        self.forms.add(
            cx.tenant,
            Form {
                form_key: form.key,
                form_id: Arc::clone(&form.id),
                version: form.version,
                resource_name: Arc::clone(&form.resource),
                deployment_key: form.deployment,
                document: Arc::clone(&form.document),
            },
        );
    }
}
