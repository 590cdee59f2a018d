//! Compiled definitions and decision models in memory. One that is not there is compiled again
//! from its source.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;

use gardesh_dmn::DecisionModel;
use lru::LruCache;

use crate::definition::{Definition, compile_one};
use crate::key::*;
use crate::limits::{MAX_CACHED_DECISIONS, MAX_CACHED_DEFINITIONS};
use crate::state::State;

/// The caches.
pub struct Definitions {
    processes: LruCache<(TenantId, ProcessDefinitionKey), Arc<Definition>>,
    decisions: LruCache<(TenantId, DecisionRequirementsKey), DecisionModel>,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            processes: cache(MAX_CACHED_DEFINITIONS),
            decisions: cache(MAX_CACHED_DECISIONS),
        }
    }
}

fn cache<K: Hash + Eq, V>(capacity: usize) -> LruCache<K, V> {
    LruCache::new(NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN))
}

impl Definitions {
    /// A definition by its key; none when it was never deployed.
    pub fn get(
        &mut self,
        state: &State,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Option<Arc<Definition>> {
        if let Some(definition) = self.processes.get(&(tenant, key)) {
            return Some(Arc::clone(definition));
        }
        let row = state.definitions.get(&(tenant, key))?;
        let source = state.sources.get(&(tenant, key))?;
        let definition = Arc::new(compile_one(&source, &row.id)?);
        self.put(tenant, key, Arc::clone(&definition));
        Some(definition)
    }

    /// Remembers a definition that was compiled for deployment.
    pub(crate) fn put(
        &mut self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
        definition: Arc<Definition>,
    ) {
        self.processes.put((tenant, key), definition);
    }

    /// A decision model by its key; none when it was never deployed.
    pub(crate) fn decisions(
        &mut self,
        state: &State,
        tenant: TenantId,
        key: DecisionRequirementsKey,
    ) -> Option<DecisionModel> {
        if let Some(model) = self.decisions.get(&(tenant, key)) {
            return Some(model.clone());
        }
        let row = state.decision_requirements.get(&(tenant, key))?;
        let source = state.decision_sources.get(&(tenant, key))?;
        // This goes no deeper than `MAX_IMPORTED_MODELS`.
        let imports = row.imports.iter();
        let imports: Vec<_> = imports
            .map(|import| self.decisions(state, tenant, *import))
            .collect::<Option<_>>()?;
        let model =
            gardesh_dmn::compile_with(&**source, &imports.iter().collect::<Vec<_>>()).ok()?;
        self.put_decisions(tenant, key, model.clone());
        Some(model)
    }

    /// Remembers a decision model that was compiled for deployment.
    pub(crate) fn put_decisions(
        &mut self,
        tenant: TenantId,
        key: DecisionRequirementsKey,
        model: DecisionModel,
    ) {
        self.decisions.put((tenant, key), model);
    }
}
