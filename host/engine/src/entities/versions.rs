//! How versions of what is deployed are found: by number, by deployment and by version tag. What
//! is deleted is found no more, and the version before takes its place; its row stays for whoever
//! goes on using it.

use std::sync::Arc;

use crate::entities::deployment::ResourceKind;
use crate::key::{DeploymentKey, TenantId};
use crate::state::State;

/// A version, as diagrams and clients name it.
pub(in crate::entities) struct Version<'a> {
    pub tenant: TenantId,
    pub kind: ResourceKind,
    pub id: &'a Arc<str>,
    pub number: u32,
    pub deployment: DeploymentKey,
    pub tag: Option<&'a Arc<str>>,
    pub key: u64,
}

impl Version<'_> {
    /// Lists it by its number, by its deployment and by its version tag.
    pub(in crate::entities) fn list(&self, state: &mut State) {
        let (tenant, kind) = (self.tenant, self.kind);
        let id = || Arc::clone(self.id);
        let numbered = (tenant, kind, id(), self.number);
        state.definition_versions.put(numbered, self.key);
        let together = (tenant, self.deployment, kind, id());
        state.definitions_by_deployment.put(together, self.key);
        if let Some(tag) = self.tag {
            let tagged = (tenant, kind, id(), Arc::clone(tag));
            state.definitions_by_tag.put(tagged, self.key);
        }
    }

    /// Takes it off the lists, puts the newest version with its tag in its place, and gives the
    /// key of the latest version that is left.
    pub(in crate::entities) fn unlist(
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
