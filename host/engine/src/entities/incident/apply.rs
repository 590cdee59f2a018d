//! Applies events of incidents.

use std::sync::Arc;

use super::IncidentEvent;
use crate::entities::incident::Incident;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &IncidentEvent) {
    match event {
        IncidentEvent::Created { incident } => created(state, tenant, incident),
        IncidentEvent::Resolved { incident, .. } => resolved(state, tenant, *incident),
    }
}

pub(in crate::entities) fn created(state: &mut State, tenant: TenantId, incident: &Arc<Incident>) {
    state
        .instances
        .update(&(tenant, incident.instance), |row| row.incidents += 1);
    let element = (tenant, incident.instance, incident.element_instance);
    let (_, instance, key) = element;
    state
        .incidents_by_element
        .put((tenant, instance, key, incident.key), ());
    state.elements.update(&element, |row| {
        row.incident.get_or_insert(incident.key);
    });
    state
        .incidents
        .put((tenant, incident.key), Arc::clone(incident));
}

pub(in crate::entities) fn resolved(state: &mut State, tenant: TenantId, key: IncidentKey) {
    let Some(incident) = state.incidents.get(&(tenant, key)) else {
        return;
    };
    state.incidents.remove(&(tenant, key));
    let element = (tenant, incident.instance, incident.element_instance);
    let (_, instance, holder) = element;
    state
        .incidents_by_element
        .remove(&(tenant, instance, holder, key));
    let rest = state
        .incidents_by_element
        .first_under((tenant, instance, holder), 1);
    let oldest = rest.first().map(|(row, _)| row.3);
    state.elements.update(&element, |row| row.incident = oldest);
}
