//! Cases that go on by another definition: their rows name it and its elements from then on.
//! What had ended by then keeps the definition that it ended by, as in Camunda.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::key::*;
use gardesh_engine::operation::MigratedElement;

use super::element_instance::ElementInstanceState;
use super::incident::IncidentState;
use super::{Context, ElementInfo, Projection};
use crate::error::Error;

/// What a migration makes of a case.
pub(super) struct Migrated<'a> {
    pub(super) instance: ProcessInstanceKey,
    pub(super) definition: ProcessDefinitionKey,
    pub(super) elements: &'a [MigratedElement],
}

/// The definition that a case goes on by, in the words of rows.
struct Target {
    definition: ProcessDefinitionKey,
    process_id: Arc<str>,
    name: Option<Arc<str>>,
    version: u32,
    version_tag: Option<Arc<str>>,
    /// What elements have become, by their ids before.
    elements: BTreeMap<Arc<str>, ElementInfo>,
}

impl Target {
    /// What an element has become. A path in an ad-hoc subprocess goes by the id of this.
    fn rename(&self, element_id: &mut Arc<str>) -> Option<&ElementInfo> {
        if let Some(info) = self.elements.get(element_id) {
            *element_id = Arc::clone(&info.id);
            return Some(info);
        }
        let around = element_id.strip_suffix(Role::PATH_SUFFIX)?;
        let info = self.elements.get(around)?;
        *element_id = Role::Path.element_id(&info.id);
        Some(info)
    }
}

impl Projection {
    pub(super) fn instance_migrated(
        &mut self,
        cx: &Context<'_>,
        migrated: &Migrated<'_>,
    ) -> Result<(), Error> {
        let target = self.target_of(cx, migrated)?;
        let row = self.instances.change_whole(cx, migrated.instance)?;
        row.process_definition_key = target.definition;
        row.process_definition_id = Arc::clone(&target.process_id);
        row.process_definition_name.clone_from(&target.name);
        row.process_definition_version = target.version;
        row.process_definition_version_tag
            .clone_from(&target.version_tag);
        self.migrate_elements(cx, migrated.instance, &target)?;
        self.migrate_work(cx, migrated.instance, &target)
    }

    /// The journal names elements by their indexes in one definition and the other.
    fn target_of(&mut self, cx: &Context<'_>, migrated: &Migrated<'_>) -> Result<Target, Error> {
        let case = self.instances.get(cx, migrated.instance)?;
        let before = case.process_definition_key;
        let mut elements = BTreeMap::new();
        for one in migrated.elements {
            let from = cx.element(before, one.from)?;
            elements.insert(from.id, cx.element(migrated.definition, one.to)?);
        }
        let definition = self.definitions.get(cx, migrated.definition)?;
        Ok(Target {
            definition: migrated.definition,
            process_id: Arc::clone(&definition.process_definition_id),
            name: definition.name.clone(),
            version: definition.version,
            version_tag: definition.version_tag.clone(),
            elements,
        })
    }

    fn migrate_elements(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        target: &Target,
    ) -> Result<(), Error> {
        for key in self
            .elements
            .keys_of_case(cx, instance, "state = 'ACTIVE'", |row| {
                row.process_instance_key == instance && row.state == ElementInstanceState::Active
            })?
        {
            let row = self.elements.change_whole(cx, key)?;
            row.process_definition_key = target.definition;
            row.process_definition_id = Arc::clone(&target.process_id);
            if let Some(info) = target.rename(&mut row.element_id) {
                row.element_name.clone_from(&info.name);
            }
        }
        Ok(())
    }

    fn migrate_work(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        target: &Target,
    ) -> Result<(), Error> {
        for key in self
            .jobs
            .keys_of_case(cx, instance, "end_time_ms IS NULL", |row| {
                row.process_instance_key == instance && row.end_time_ms.is_none()
            })?
        {
            let row = self.jobs.change_whole(cx, key)?;
            row.process_definition_key = target.definition;
            row.process_definition_id = Arc::clone(&target.process_id);
            target.rename(&mut row.element_id);
        }
        for key in
            self.user_tasks
                .keys_of_case(cx, instance, "completion_date_ms IS NULL", |row| {
                    row.process_instance_key == instance && row.completion_date_ms.is_none()
                })?
        {
            let row = self.user_tasks.change_whole(cx, key)?;
            row.process_definition_key = target.definition;
            row.process_definition_id = Arc::clone(&target.process_id);
            row.process_definition_version = target.version;
            row.process_name.clone_from(&target.name);
            if let Some(info) = target.rename(&mut row.element_id) {
                row.name.clone_from(&info.name);
            }
        }
        for key in self
            .incidents
            .keys_of_case(cx, instance, "state = 'ACTIVE'", |row| {
                row.process_instance_key == instance && row.state == IncidentState::Active
            })?
        {
            let row = self.incidents.change_whole(cx, key)?;
            row.process_definition_key = target.definition;
            row.process_definition_id = Arc::clone(&target.process_id);
            target.rename(&mut row.element_id);
        }
        Ok(())
    }
}
