//! Applies events of deleted definitions, decision models and forms. What diagrams and clients
//! find them by goes, and the version before takes their place; their rows stay for whoever goes
//! on using them.

use std::sync::Arc;

use crate::key::*;
use crate::state::decision::DecisionRequirementsRow;
use crate::state::versions::graph_name;
use crate::state::{State, deployed};

pub(super) fn definition(state: &mut State, tenant: TenantId, key: DefinitionKey) {
    let Some(row) = state.definitions.get(&(tenant, key)) else {
        return;
    };
    let version = Version {
        tenant,
        kind: deployed::PROCESS,
        id: &row.id,
        number: row.version,
        deployment: row.deployment,
        tag: row.version_tag.as_ref(),
        key: key.0,
    };
    let latest = version.unlist(state, |state, key| {
        let row = state.definitions.get(&(tenant, DefinitionKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state.latest_definitions.put(id, DefinitionKey(latest)),
        None => state.latest_definitions.remove(&id),
    }
}

pub(super) fn form(state: &mut State, tenant: TenantId, key: FormKey) {
    let Some(row) = state.forms.get(&(tenant, key)) else {
        return;
    };
    let version = Version {
        tenant,
        kind: deployed::FORM,
        id: &row.id,
        number: row.version,
        deployment: row.deployment,
        tag: row.version_tag.as_ref(),
        key: key.0,
    };
    let latest = version.unlist(state, |state, key| {
        let row = state.forms.get(&(tenant, FormKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state.latest_forms.put(id, FormKey(latest)),
        None => state.latest_forms.remove(&id),
    }
}

pub(super) fn requirements(state: &mut State, tenant: TenantId, key: DecisionRequirementsKey) {
    let Some(row) = state.decision_requirements.get(&(tenant, key)) else {
        return;
    };
    for decision in state.decisions_of(tenant, key) {
        self::decision(state, tenant, decision);
    }
    let name = graph_name(&row.namespace, &row.id);
    let numbered = (tenant, deployed::DECISION_REQUIREMENTS, name, row.version);
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
        if state.is_deployed(tenant, deployed::DECISION_REQUIREMENTS, &name, row.version) {
            return Some(row);
        }
        follows = row.follows;
    }
    None
}

fn decision(state: &mut State, tenant: TenantId, key: DecisionKey) {
    let Some(row) = state.decisions.get(&(tenant, key)) else {
        return;
    };
    let version = Version {
        tenant,
        kind: deployed::DECISION,
        id: &row.id,
        number: row.version,
        deployment: row.deployment,
        tag: row.version_tag.as_ref(),
        key: key.0,
    };
    let latest = version.unlist(state, |state, key| {
        let row = state.decisions.get(&(tenant, DecisionKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state.latest_decisions.put(id, DecisionKey(latest)),
        None => state.latest_decisions.remove(&id),
    }
}

/// A version that is deleted.
struct Version<'a> {
    tenant: TenantId,
    kind: u8,
    id: &'a Arc<str>,
    number: u32,
    deployment: DeploymentKey,
    tag: Option<&'a Arc<str>>,
    key: u64,
}

impl Version<'_> {
    /// Takes it off the lists, puts the newest version with its tag in its place, and gives the
    /// key of the latest version that is left.
    fn unlist(
        &self,
        state: &mut State,
        tag_of: impl Fn(&State, u64) -> Option<Arc<str>>,
    ) -> Option<u64> {
        let (tenant, kind) = (self.tenant, self.kind);
        let id = || Arc::clone(self.id);
        state
            .definition_versions
            .put((tenant, kind, id(), self.number), 0);
        let together = (tenant, self.deployment, kind, id());
        let brought = state.definitions_by_deployment.get(&together);
        if brought.is_some_and(|brought| *brought == self.key) {
            state.definitions_by_deployment.remove(&together);
        }
        let left = state.living_versions(tenant, kind, self.id);
        if let Some(tag) = self.tag {
            let tagged = (tenant, kind, id(), Arc::clone(tag));
            let listed = state.definitions_by_tag.get(&tagged);
            if listed.is_some_and(|listed| *listed == self.key) {
                let mut newest_first = left.iter().rev();
                let before = newest_first.find(|key| tag_of(state, **key).as_ref() == Some(tag));
                match before {
                    Some(before) => state.definitions_by_tag.put(tagged, *before),
                    None => state.definitions_by_tag.remove(&tagged),
                }
            }
        }
        left.last().copied()
    }
}
