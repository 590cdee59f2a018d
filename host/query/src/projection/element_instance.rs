//! Element instances. The process itself is one too, but is not shown as such: the process
//! instance says all of it, as in Camunda.

use std::borrow::Cow;
use std::sync::Arc;

use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::event::ElementInstanceEvent;
use gardesh_engine::key::*;

use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// Where an element instance is.
    pub enum ElementInstanceState {
        /// It was entered and not left yet.
        Active = "ACTIVE",
        /// It is done.
        Completed = "COMPLETED",
        /// It was ended before it was done.
        Terminated = "TERMINATED",
    }
}

row! {
    /// One activation of an element.
    pub struct ElementInstance in "element_instances" {
        /// Its key.
        element_instance_key: ElementInstanceKey,
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
        /// The element's name.
        element_name: Option<Arc<str>>,
        /// The kind of element, as the Camunda API names it: `SERVICE_TASK` and the like.
        element_type: Cow<'static, str>,
        /// Where it is.
        state: ElementInstanceState,
        /// Whether an incident stops it.
        has_incident: bool,
        /// The incident that stops it.
        incident_key: Option<IncidentKey>,
        /// The flow scope that it is in.
        scope_key: ElementInstanceKey,
        /// When it was entered.
        start_date_ms: u64,
        /// When it ended.
        end_date_ms: Option<u64>,
    }
    key: [element_instance_key],
    changes: [state, has_incident, incident_key, end_date_ms],
    indexes: ["tenant, process_instance_key"],
}

impl Keyed for ElementInstance {
    type Key = ElementInstanceKey;

    fn key(&self) -> ElementInstanceKey {
        self.element_instance_key
    }
}

filter! {
    /// What to look for in element instances.
    pub struct ElementInstanceFilter {
        element_instance_key: Condition<Key> => "element_instance_key",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        element_id: Condition<String> => "element_id",
        element_name: Condition<String> => "element_name",
        #[serde(rename = "type")]
        element_type: Condition<String> => "element_type",
        state: Condition<ElementInstanceState> => "state",
        has_incident: Condition<bool> => "has_incident",
        incident_key: Condition<Key> => "incident_key",
        #[serde(alias = "elementInstanceScopeKey")]
        scope_key: Condition<Key> => "scope_key",
        start_date: Condition<Instant> => "start_date_ms",
        end_date: Condition<Instant> => "end_date_ms",
    }
}

impl Searchable for ElementInstance {
    type Filter = ElementInstanceFilter;
    const SORT_NAMES: &'static [(&'static str, &'static str)] = &[("type", "element_type")];
}

/// Whether this is the activation of the process itself.
pub(super) fn is_root(instance: ProcessInstanceKey, key: ElementInstanceKey) -> bool {
    instance.root() == key
}

impl Projection {
    pub(super) fn apply_element_event(
        &mut self,
        cx: &Context<'_>,
        event: &ElementInstanceEvent,
    ) -> Result<(), Error> {
        match event {
            ElementInstanceEvent::Activating {
                instance,
                key,
                element,
                scope,
                role,
            } => self.element_activating(cx, *instance, *key, *element, *scope, *role),
            ElementInstanceEvent::Completed { instance, key, .. } => {
                self.element_ended(cx, *instance, *key, ElementInstanceState::Completed)
            }
            ElementInstanceEvent::Terminated { instance, key } => {
                self.element_ended(cx, *instance, *key, ElementInstanceState::Terminated)
            }
            // Phases in between are no milestones.
            ElementInstanceEvent::Activated { .. }
            | ElementInstanceEvent::Completing { .. }
            | ElementInstanceEvent::Terminating { .. }
            | ElementInstanceEvent::Interrupted { .. }
            | ElementInstanceEvent::SequenceFlowTaken { .. }
            | ElementInstanceEvent::TokenWaiting { .. }
            | ElementInstanceEvent::TokenConsumed { .. }
            | ElementInstanceEvent::EscalationThrown { .. } => Ok(()),
        }
    }

    pub(super) fn element_activating(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        element: u32,
        scope: ElementInstanceKey,
        role: Role,
    ) -> Result<(), Error> {
        if is_root(instance, key) {
            return Ok(());
        }
        let case = self.instances.get(cx, instance)?;
        let info = cx.element(case.process_definition_key, element)?;
        let row = ElementInstance {
            element_instance_key: key,
            process_instance_key: instance,
            root_process_instance_key: case.root_process_instance_key,
            process_definition_key: case.process_definition_key,
            process_definition_id: Arc::clone(&case.process_definition_id),
            element_id: role.element_id(&info.id),
            element_name: info.name,
            element_type: Cow::Borrowed(role.type_name().unwrap_or(info.kind)),
            state: ElementInstanceState::Active,
            has_incident: false,
            incident_key: None,
            scope_key: scope,
            start_date_ms: cx.at_ms,
            end_date_ms: None,
        };
        self.elements.put(cx.tenant, row);
        Ok(())
    }

    pub(super) fn element_ended(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        state: ElementInstanceState,
    ) -> Result<(), Error> {
        if is_root(instance, key) {
            return Ok(());
        }
        let row = self.elements.change(cx, key)?;
        row.state = state;
        row.end_date_ms = Some(cx.at_ms);
        Ok(())
    }
}
