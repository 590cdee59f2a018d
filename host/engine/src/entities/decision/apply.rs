//! Applies the events of decision.

use std::sync::Arc;

use super::DecisionEvent;
use crate::entities::decision::{DecisionRequirementsRow, DecisionRow};
use crate::entities::deployment::ResourceKind;
use crate::entities::versions::Version;
use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::state::State;
use crate::state::versions::graph_name;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &DecisionEvent) {
    match event {
        DecisionEvent::RequirementsCreated {
            requirements,
            source,
        } => requirements_created(state, tenant, requirements, source),
        DecisionEvent::Created { decision } => created(state, tenant, decision),
        // Evaluations are for the audit: they live in the journal and the read model.
        DecisionEvent::Evaluated { .. } => {}
        DecisionEvent::RequirementsDeleted { requirements } => {
            requirements_deleted(state, tenant, *requirements);
        }
    }
}

pub(in crate::entities) fn requirements_created(
    state: &mut State,
    tenant: TenantId,
    requirements: &Arc<DecisionRequirementsRow>,
    source: &FileBytes,
) {
    let key = requirements.key;
    let id = &requirements.id;
    let named = |row: &DecisionRequirementsRow| (tenant, row.namespace.clone(), id.clone());
    let before = requirements.follows;
    let before = before.and_then(|before| state.decision_requirements.get(&(tenant, before)));
    if let Some(before) = before {
        state.decision_namespaces.remove(&named(&before));
    }
    state.decision_namespaces.put(named(requirements), key);
    let kind = ResourceKind::DecisionRequirements;
    let name = graph_name(&requirements.namespace, id);
    let numbered = (tenant, kind, name, requirements.version);
    state.definition_versions.put(numbered, key.0);
    state.decision_sources.put((tenant, key), source.clone());
    state
        .latest_decision_requirements
        .put((tenant, Arc::clone(&requirements.id)), key);
    state
        .decision_requirements
        .put((tenant, key), Arc::clone(requirements));
}

pub(in crate::entities) fn created(
    state: &mut State,
    tenant: TenantId,
    decision: &Arc<DecisionRow>,
) {
    decision.as_version(tenant).list(state);
    let graph = (tenant, decision.requirements, Arc::clone(&decision.id));
    state.decisions_by_graph.put(graph, decision.key);
    state
        .latest_decisions
        .put((tenant, Arc::clone(&decision.id)), decision.key);
    state
        .decisions
        .put((tenant, decision.key), Arc::clone(decision));
}

pub(in crate::entities) fn requirements_deleted(
    state: &mut State,
    tenant: TenantId,
    key: DecisionRequirementsKey,
) {
    let Some(row) = state.decision_requirements.get(&(tenant, key)) else {
        return;
    };
    for decision in state.decisions_of(tenant, key) {
        deleted(state, tenant, decision);
    }
    let name = graph_name(&row.namespace, &row.id);
    let numbered = (
        tenant,
        ResourceKind::DecisionRequirements,
        name,
        row.version,
    );
    state.definition_versions.put(numbered, 0);
    let before = version_before(state, tenant, &row);
    let id = (tenant, Arc::clone(&row.id));
    let latest = state.latest_decision_requirements.get(&id);
    if latest.is_some_and(|latest| *latest == key) {
        match &before {
            Some(before) => state.latest_decision_requirements.put(id, before.key),
            None => state.latest_decision_requirements.remove(&id),
        }
    }
    let named = (tenant, Arc::clone(&row.namespace), Arc::clone(&row.id));
    let meant = state.decision_namespaces.get(&named);
    if meant.is_some_and(|meant| *meant == key) {
        state.decision_namespaces.remove(&named);
        if let Some(before) = before {
            let named = (tenant, Arc::clone(&before.namespace), Arc::clone(&row.id));
            state.decision_namespaces.put(named, before.key);
        }
    }
}

/// The version that a model followed, or the one before that, which was not deleted.
fn version_before(
    state: &State,
    tenant: TenantId,
    row: &DecisionRequirementsRow,
) -> Option<Arc<DecisionRequirementsRow>> {
    let mut follows = row.follows;
    while let Some(key) = follows {
        let row = state.decision_requirements.get(&(tenant, key))?;
        let name = graph_name(&row.namespace, &row.id);
        if state.is_deployed(
            tenant,
            ResourceKind::DecisionRequirements,
            &name,
            row.version,
        ) {
            return Some(row);
        }
        follows = row.follows;
    }
    None
}

fn deleted(state: &mut State, tenant: TenantId, key: DecisionKey) {
    let Some(row) = state.decisions.get(&(tenant, key)) else {
        return;
    };
    let latest = row.as_version(tenant).unlist(state, |state, key| {
        let row = state.decisions.get(&(tenant, DecisionKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state.latest_decisions.put(id, DecisionKey(latest)),
        None => state.latest_decisions.remove(&id),
    }
}

impl DecisionRow {
    /// The version that it is.
    fn as_version(&self, tenant: TenantId) -> Version<'_> {
        Version {
            tenant,
            kind: ResourceKind::Decision,
            id: &self.id,
            number: self.version,
            deployment: self.deployment,
            tag: self.version_tag.as_ref(),
            key: self.key.0,
        }
    }
}
