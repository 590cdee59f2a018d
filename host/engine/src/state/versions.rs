//! Versions of what is deployed under an id: which there are, which were deleted, and which
//! number is next.

use std::sync::Arc;

use super::State;
use crate::entities::deployment::ResourceKind;
use crate::entities::process_definition::DefinitionRow;
use crate::key::*;

impl State {
    /// The keys of the versions that were not deleted, the oldest first.
    pub(crate) fn living_versions(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        id: &Arc<str>,
    ) -> Vec<u64> {
        let all = self
            .definition_versions
            .under((tenant, kind, Arc::clone(id)));
        let keys = all.into_iter().map(|(_, key)| *key);
        keys.filter(|key| *key != 0).collect()
    }

    /// The number of the version after `latest`: one that no deleted version had.
    pub(crate) fn next_version(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        id: &Arc<str>,
        latest: Option<u32>,
    ) -> u32 {
        let mut number = latest.unwrap_or(0) + 1;
        while self
            .definition_versions
            .contains(&(tenant, kind, Arc::clone(id), number))
        {
            number += 1;
        }
        number
    }

    /// Whether a version of something can be used by what begins now.
    pub(crate) fn is_deployed(
        &self,
        tenant: TenantId,
        kind: ResourceKind,
        id: &Arc<str>,
        version: u32,
    ) -> bool {
        let row = (tenant, kind, Arc::clone(id), version);
        self.definition_versions
            .get(&row)
            .is_some_and(|key| *key != 0)
    }

    /// A version of a process that was not deleted.
    pub fn deployed_definition(
        &self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Option<Arc<DefinitionRow>> {
        let row = self.definitions.get(&(tenant, key))?;
        self.is_deployed(tenant, ResourceKind::Process, &row.id, row.version)
            .then_some(row)
    }

    /// The decisions of a model.
    pub(crate) fn decisions_of(
        &self,
        tenant: TenantId,
        model: DecisionRequirementsKey,
    ) -> Vec<DecisionKey> {
        let found = self.decisions_by_graph.under((tenant, model));
        found.into_iter().map(|(_, key)| *key).collect()
    }
}

/// What versions of a decision requirements graph have in common: its id is one within its
/// namespace only.
pub(crate) fn graph_name(namespace: &str, id: &str) -> Arc<str> {
    format!("{namespace}\n{id}").into()
}
