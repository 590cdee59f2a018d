//! Compiled definitions in memory. One that is not there is compiled again from its source.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use crate::definition::{Definition, compile_one};
use crate::key::*;
use crate::limits::MAX_CACHED_DEFINITIONS;
use crate::state::State;

/// The cache.
pub struct Definitions {
    compiled: LruCache<(TenantId, DefinitionKey), Arc<Definition>>,
}

impl Default for Definitions {
    fn default() -> Self {
        let capacity = NonZeroUsize::new(MAX_CACHED_DEFINITIONS).unwrap_or(NonZeroUsize::MIN);
        Self {
            compiled: LruCache::new(capacity),
        }
    }
}

impl Definitions {
    /// A definition by its key; none when it was never deployed.
    pub fn get(
        &mut self,
        state: &State,
        tenant: TenantId,
        key: DefinitionKey,
    ) -> Option<Arc<Definition>> {
        if let Some(definition) = self.compiled.get(&(tenant, key)) {
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
        key: DefinitionKey,
        definition: Arc<Definition>,
    ) {
        self.compiled.put((tenant, key), definition);
    }
}
