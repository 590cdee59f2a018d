//! Applies events of definitions, decisions and forms.

use std::sync::Arc;

use crate::file_bytes::FileBytes;
use crate::key::{DeploymentKey, TenantId};
use crate::state::decision::{DecisionRequirementsRow, DecisionRow};
use crate::state::definition::{DefinitionRow, FormRow};
use crate::state::versions::graph_name;
use crate::state::{State, deployed};

pub(super) fn created(
    state: &mut State,
    tenant: TenantId,
    definition: &Arc<DefinitionRow>,
    source: &FileBytes,
) {
    let id = Arc::clone(&definition.id);
    state.sources.put((tenant, definition.key), source.clone());
    let version = Version {
        kind: deployed::PROCESS,
        id: &id,
        number: definition.version,
        deployment: definition.deployment,
        tag: definition.version_tag.as_ref(),
        key: definition.key.0,
    };
    version.list(state, tenant);
    state.latest_definitions.put((tenant, id), definition.key);
    state
        .definitions
        .put((tenant, definition.key), Arc::clone(definition));
}

pub(super) fn requirements_created(
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
    let kind = deployed::DECISION_REQUIREMENTS;
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

pub(super) fn decision_created(state: &mut State, tenant: TenantId, decision: &Arc<DecisionRow>) {
    let version = Version {
        kind: deployed::DECISION,
        id: &decision.id,
        number: decision.version,
        deployment: decision.deployment,
        tag: decision.version_tag.as_ref(),
        key: decision.key.0,
    };
    version.list(state, tenant);
    let graph = (tenant, decision.requirements, Arc::clone(&decision.id));
    state.decisions_by_graph.put(graph, decision.key);
    state
        .latest_decisions
        .put((tenant, Arc::clone(&decision.id)), decision.key);
    state
        .decisions
        .put((tenant, decision.key), Arc::clone(decision));
}

pub(super) fn form_created(state: &mut State, tenant: TenantId, form: &Arc<FormRow>) {
    let version = Version {
        kind: deployed::FORM,
        id: &form.id,
        number: form.version,
        deployment: form.deployment,
        tag: form.version_tag.as_ref(),
        key: form.key.0,
    };
    version.list(state, tenant);
    state
        .latest_forms
        .put((tenant, Arc::clone(&form.id)), form.key);
    state.forms.put((tenant, form.key), Arc::clone(form));
}

/// A version, as diagrams name it.
struct Version<'a> {
    kind: u8,
    id: &'a Arc<str>,
    number: u32,
    deployment: DeploymentKey,
    tag: Option<&'a Arc<str>>,
    key: u64,
}

impl Version<'_> {
    /// Lists it by its number, by its deployment and by its version tag.
    fn list(&self, state: &mut State, tenant: TenantId) {
        let id = || Arc::clone(self.id);
        let numbered = (tenant, self.kind, id(), self.number);
        state.definition_versions.put(numbered, self.key);
        let together = (tenant, self.deployment, self.kind, id());
        state.definitions_by_deployment.put(together, self.key);
        if let Some(tag) = self.tag {
            let tagged = (tenant, self.kind, id(), Arc::clone(tag));
            state.definitions_by_tag.put(tagged, self.key);
        }
    }
}
