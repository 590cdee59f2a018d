//! Incidents, open and resolved, and their mark on the case and the element that they stop.

use std::borrow::Cow;
use std::sync::Arc;

use gardesh_engine::entities::incident::Incident as IncidentRow;
use gardesh_engine::event::IncidentEvent;
use gardesh_engine::key::*;

use super::element_instance::is_root;
use super::process_instance::OfCases;
use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// Where an incident is.
    pub enum IncidentState {
        /// It stops its element.
        Active = "ACTIVE",
        /// The element goes on, or is gone.
        Resolved = "RESOLVED",
    }
}

row! {
    /// A problem that stops an element.
    pub struct Incident in "incidents" {
        /// Its key.
        incident_key: IncidentKey,
        /// The kind of problem, as the Camunda API names it.
        error_type: Cow<'static, str>,
        /// "Expected …, but …", then a hint.
        error_message: Arc<str>,
        /// Where it is.
        state: IncidentState,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
        /// The case's definition.
        process_definition_key: ProcessDefinitionKey,
        /// The definition's process id.
        process_definition_id: Arc<str>,
        /// The element's id in the diagram.
        element_id: Arc<str>,
        /// The element's activation.
        element_instance_key: ElementInstanceKey,
        /// The job that it is about, where it is about one.
        job_key: Option<JobKey>,
        /// When it came up.
        creation_time_ms: u64,
        /// When it was resolved.
        resolution_time_ms: Option<u64>,
    }
    key: [incident_key],
    changes: [state, resolution_time_ms],
    indexes: ["tenant, process_instance_key", "tenant, state"],
}

impl Keyed for Incident {
    type Key = IncidentKey;

    fn key(&self) -> IncidentKey {
        self.incident_key
    }
}

filter! {
    /// What to look for in incidents.
    pub struct IncidentFilter {
        incident_key: Condition<Key> => "incident_key",
        error_type: Condition<String> => "error_type",
        error_message: Condition<String> => "error_message",
        state: Condition<IncidentState> => "state",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        element_id: Condition<String> => "element_id",
        element_instance_key: Condition<Key> => "element_instance_key",
        job_key: Condition<Key> => "job_key",
        creation_time: Condition<Instant> => "creation_time_ms",
        #[serde(skip)]
        of_cases: OfCases => "process_instance_key",
    }
}

impl Searchable for Incident {
    type Filter = IncidentFilter;
}

impl Projection {
    pub(super) fn apply_incident_event(
        &mut self,
        cx: &Context<'_>,
        event: &IncidentEvent,
    ) -> Result<(), Error> {
        match event {
            IncidentEvent::Created { incident } => self.incident_created(cx, incident),
            IncidentEvent::Resolved { incident, .. } => self.incident_resolved(cx, *incident),
        }
    }

    pub(super) fn incident_created(
        &mut self,
        cx: &Context<'_>,
        incident: &IncidentRow,
    ) -> Result<(), Error> {
        let mut element_id = cx.element(incident.definition, incident.element)?.id;
        if !is_root(incident.instance, incident.element_instance) {
            let element = self.elements.change(cx, incident.element_instance)?;
            element.has_incident = true;
            element.incident_key = Some(incident.key);
            element_id = Arc::clone(&element.element_id);
        }
        let case = self.instances.change(cx, incident.instance)?;
        case.open_incidents += 1;
        case.has_incident = true;
        let row = Incident {
            incident_key: incident.key,
            error_type: Cow::Borrowed(incident.kind.name()),
            error_message: Arc::clone(&incident.message),
            state: IncidentState::Active,
            process_instance_key: incident.instance,
            root_process_instance_key: case.root_process_instance_key,
            process_definition_key: incident.definition,
            process_definition_id: Arc::clone(&case.process_definition_id),
            element_id,
            element_instance_key: incident.element_instance,
            job_key: incident.job,
            creation_time_ms: incident.created_at_ms,
            resolution_time_ms: None,
        };
        self.incidents.put(cx.tenant, row);
        Ok(())
    }

    pub(super) fn incident_resolved(
        &mut self,
        cx: &Context<'_>,
        key: IncidentKey,
    ) -> Result<(), Error> {
        let incident = self.incidents.change(cx, key)?;
        incident.state = IncidentState::Resolved;
        incident.resolution_time_ms = Some(cx.at_ms);
        let (instance, element) = (incident.process_instance_key, incident.element_instance_key);
        let case = self.instances.change(cx, instance)?;
        case.open_incidents = case.open_incidents.saturating_sub(1);
        case.has_incident = case.open_incidents > 0 || case.ban_reason.is_some();
        if !is_root(instance, element) {
            let element = self.elements.change(cx, element)?;
            if element.incident_key == Some(key) {
                element.has_incident = false;
                element.incident_key = None;
            }
        }
        Ok(())
    }
}
