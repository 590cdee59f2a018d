//! Process instances, running and ended, and which journal entries tell of each.

use std::sync::Arc;

use gardesh_engine::entities::process_instance::Parent;
use gardesh_engine::event::ProcessInstanceEvent;
use gardesh_engine::key::*;

use super::element_instance::ElementInstanceState;
use super::variable::{VariableConditions, bounded};
use super::{Context, Migrated, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Criterion, Filter as _, Instant, Key, Searchable, Sql, filter};

names! {
    /// Where a process instance is.
    pub enum ProcessInstanceState {
        /// It runs, or waits.
        Active = "ACTIVE",
        /// It reached its end.
        Completed = "COMPLETED",
        /// It was ended from outside.
        Terminated = "TERMINATED",
    }
}

row! {
    /// A case.
    pub struct ProcessInstance in "process_instances" {
        /// Its key.
        process_instance_key: ProcessInstanceKey,
        /// Its definition.
        process_definition_key: ProcessDefinitionKey,
        /// The definition's process id.
        process_definition_id: Arc<str>,
        /// The definition's name.
        process_definition_name: Option<Arc<str>>,
        /// The definition's version.
        process_definition_version: u32,
        /// The definition's version tag.
        process_definition_version_tag: Option<Arc<str>>,
        /// The case's number in the company's own books.
        business_key: Option<Arc<str>>,
        /// The case that called it.
        parent_process_instance_key: Option<ProcessInstanceKey>,
        /// The call activity in that case.
        parent_element_instance_key: Option<ElementInstanceKey>,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
        /// Where it is.
        state: ProcessInstanceState,
        /// Whether it takes no steps until it is resumed.
        suspended: bool,
        /// Whether an incident is open in it, or a fault of the engine stopped it.
        has_incident: bool,
        /// Incidents that are open.
        open_incidents: u32,
        /// When it began.
        start_date_ms: u64,
        /// When it ended.
        end_date_ms: Option<u64>,
        /// The id of the end event that it reached last.
        outcome: Option<Arc<str>>,
        /// The fault of the engine that stopped it, if one did.
        ban_reason: Option<Arc<str>>,
    }
    key: [process_instance_key],
    changes: [state, suspended, has_incident, open_incidents, end_date_ms, outcome, ban_reason],
    indexes: [
        "tenant, state",
        "tenant, state, start_date_ms",
        "tenant, start_date_ms",
        "tenant, process_definition_id",
        "tenant, business_key WHERE business_key IS NOT NULL",
        "tenant, parent_process_instance_key WHERE parent_process_instance_key IS NOT NULL"
    ],
}

impl Keyed for ProcessInstance {
    type Key = ProcessInstanceKey;

    fn key(&self) -> ProcessInstanceKey {
        self.process_instance_key
    }
}

filter! {
    /// What to look for in process instances.
    pub struct ProcessInstanceFilter {
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        process_definition_name: Condition<String> => "process_definition_name",
        process_definition_version: Condition<i64> => "process_definition_version",
        process_definition_version_tag: Condition<String> => "process_definition_version_tag",
        #[serde(alias = "businessId")]
        business_key: Condition<String> => "business_key",
        parent_process_instance_key: Condition<Key> => "parent_process_instance_key",
        parent_element_instance_key: Condition<Key> => "parent_element_instance_key",
        state: Condition<ProcessInstanceState> => "state",
        suspended: Condition<bool> => "suspended",
        has_incident: Condition<bool> => "has_incident",
        start_date: Condition<Instant> => "start_date_ms",
        end_date: Condition<Instant> => "end_date_ms",
        error_message: IncidentMessage => "process_instance_key",
        variables: VariableConditions => "process_instance_key",
        #[serde(alias = "batchOperationId")]
        batch_operation_key: OfBatch => "process_instance_key",
        #[serde(rename = "$or")]
        or: Alternatives => "",
    }
    where "process_instances" has "element_instances" by "process_instance_key" {
        element_id: Condition<String> => "element_id",
        element_instance_state: Condition<ElementInstanceState> => "state",
        has_element_instance_incident: Condition<bool> => "has_incident",
    }
}

impl Searchable for ProcessInstance {
    type Filter = ProcessInstanceFilter;
    const SORT_NAMES: &'static [(&'static str, &'static str)] = &[("businessId", "business_key")];
}

/// An open incident's message.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(transparent)]
pub struct IncidentMessage(pub Condition<String>);

impl Criterion for IncidentMessage {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        sql.push(" AND ").push(column);
        sql.push(" IN (SELECT process_instance_key FROM incidents WHERE tenant = ?1 AND state = 'ACTIVE'");
        self.0.render("error_message", sql);
        sql.push(")");
    }

    fn narrows(&self) -> bool {
        self.0.narrows()
    }
}

/// A batch operation that it was among the items of.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(transparent)]
pub struct OfBatch(pub Condition<Key>);

impl Criterion for OfBatch {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        sql.push(" AND ").push(column);
        sql.push(" IN (SELECT process_instance_key FROM batch_operation_items WHERE tenant = ?1");
        self.0.render("batch_operation_key", sql);
        sql.push(")");
    }

    fn narrows(&self) -> bool {
        self.0.narrows()
    }
}

/// The case that something belongs to must be like this.
#[derive(Clone, Debug, PartialEq)]
pub struct OfCases(pub ProcessInstanceFilter);

impl Criterion for OfCases {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        sql.push(" AND ").push(column);
        sql.push(" IN (SELECT process_instance_key FROM process_instances WHERE tenant = ?1");
        self.0.render(sql);
        sql.push(")");
    }

    fn narrows(&self) -> bool {
        self.0.narrows()
    }
}

/// Filters of which one must hold. They have no alternatives of their own.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "Vec<ProcessInstanceFilter>")]
pub struct Alternatives(Vec<ProcessInstanceFilter>);

impl TryFrom<Vec<ProcessInstanceFilter>> for Alternatives {
    type Error = String;

    fn try_from(filters: Vec<ProcessInstanceFilter>) -> Result<Self, String> {
        bounded("alternatives in $or", filters.len())?;
        match filters.iter().any(|filter| filter.or.is_some()) {
            true => Err("expected no $or within another, but there is one".into()),
            false => Ok(Self(filters)),
        }
    }
}

impl Criterion for Alternatives {
    /// No alternatives at all leave everything open.
    fn render(&self, _column: &'static str, sql: &mut Sql) {
        if self.0.is_empty() {
            return;
        }
        sql.push(" AND (0");
        for filter in &self.0 {
            sql.push(" OR (1");
            filter.render(sql);
            sql.push(")");
        }
        sql.push(")");
    }

    /// One that lets everything through does so for all of them.
    fn narrows(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(ProcessInstanceFilter::narrows)
    }
}

row! {
    /// That a journal entry tells of a case.
    pub struct CaseEntry in "case_entries" {
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The entry.
        position: u64,
    }
    key: [process_instance_key, position],
    changes: [],
    indexes: [],
}

impl Projection {
    pub(super) fn apply_process_instance_event(
        &mut self,
        cx: &Context<'_>,
        event: &ProcessInstanceEvent,
    ) -> Result<(), Error> {
        match event {
            ProcessInstanceEvent::Created {
                instance,
                definition,
                business_key,
                parent,
                ..
            } => self.instance_created(cx, *instance, *definition, business_key, *parent),
            ProcessInstanceEvent::Completed { instance, outcome } => self.instance_ended(
                cx,
                *instance,
                ProcessInstanceState::Completed,
                outcome.as_ref(),
            ),
            ProcessInstanceEvent::Terminated { instance } => {
                self.instance_ended(cx, *instance, ProcessInstanceState::Terminated, None)
            }
            ProcessInstanceEvent::Banned { instance, reason } => {
                self.instance_banned(cx, *instance, reason)
            }
            ProcessInstanceEvent::Suspended { instance } => {
                self.instance_suspended(cx, *instance, true)
            }
            ProcessInstanceEvent::Resumed { instance } => {
                self.instance_suspended(cx, *instance, false)
            }
            ProcessInstanceEvent::Migrated {
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
            // What operators change shows in the elements.
            ProcessInstanceEvent::Modified { .. }
            | ProcessInstanceEvent::StopsAfter { .. }
            | ProcessInstanceEvent::StartKeyKept { .. }
            | ProcessInstanceEvent::StartKeyForgotten { .. } => Ok(()),
        }
    }

    pub(super) fn instance_created(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        definition: ProcessDefinitionKey,
        business_key: &Option<Arc<str>>,
        parent: Option<Parent>,
    ) -> Result<(), Error> {
        let definition = self.definitions.get(cx, definition)?;
        let row = ProcessInstance {
            process_instance_key: instance,
            process_definition_key: definition.process_definition_key,
            process_definition_id: Arc::clone(&definition.process_definition_id),
            process_definition_name: definition.name.clone(),
            process_definition_version: definition.version,
            process_definition_version_tag: definition.version_tag.clone(),
            business_key: business_key.clone(),
            parent_process_instance_key: parent.map(|parent| parent.instance),
            parent_element_instance_key: parent.map(|parent| parent.element),
            root_process_instance_key: parent.map_or(instance, |parent| parent.root),
            state: ProcessInstanceState::Active,
            suspended: false,
            has_incident: false,
            open_incidents: 0,
            start_date_ms: cx.at_ms,
            end_date_ms: None,
            outcome: None,
            ban_reason: None,
        };
        self.instances.put(cx.tenant, row);
        Ok(())
    }

    /// The case at the top of the calls. A case of which all has expired stands for it.
    pub(super) fn root_of(
        &mut self,
        cx: &Context<'_>,
        case: ProcessInstanceKey,
    ) -> Result<ProcessInstanceKey, Error> {
        let row = self.instances.find(cx, case)?;
        Ok(row.map_or(case, |row| row.root_process_instance_key))
    }

    pub(super) fn instance_suspended(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        suspended: bool,
    ) -> Result<(), Error> {
        self.instances.change(cx, instance)?.suspended = suspended;
        Ok(())
    }

    pub(super) fn instance_ended(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        state: ProcessInstanceState,
        outcome: Option<&Arc<str>>,
    ) -> Result<(), Error> {
        let row = self.instances.change(cx, instance)?;
        row.state = state;
        row.suspended = false;
        row.end_date_ms = Some(cx.at_ms);
        row.outcome = outcome.cloned();
        Ok(())
    }

    pub(super) fn instance_banned(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        reason: &str,
    ) -> Result<(), Error> {
        let row = self.instances.change(cx, instance)?;
        row.ban_reason = Some(reason.into());
        row.has_incident = true;
        Ok(())
    }

    /// Notes that the present entry tells of a case.
    pub(super) fn tells_of(&mut self, cx: &Context<'_>, instance: ProcessInstanceKey) {
        let entry = CaseEntry {
            process_instance_key: instance,
            position: cx.position,
        };
        // Most entries tell of one case; the key of the table takes care of the others.
        if self
            .case_entries
            .last()
            .is_none_or(|(_, last)| *last != entry)
        {
            self.case_entries.add(cx.tenant, entry);
        }
    }
}
