//! Applies events of incidents.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::incident::Incident;

pub(super) fn created(state: &mut State, tenant: TenantId, incident: &Arc<Incident>) {
    state
        .instances
        .update(&(tenant, incident.instance), |row| row.incidents += 1);
    let element = (tenant, incident.instance, incident.element_instance);
    state
        .elements
        .update(&element, |row| row.incident = Some(incident.key));
    state
        .incidents
        .put((tenant, incident.key), Arc::clone(incident));
}

pub(super) fn resolved(state: &mut State, tenant: TenantId, key: IncidentKey) {
    let Some(incident) = state.incidents.get(&(tenant, key)) else {
        return;
    };
    state.incidents.remove(&(tenant, key));
    let element = (tenant, incident.instance, incident.element_instance);
    state.elements.update(&element, |row| row.incident = None);
}
