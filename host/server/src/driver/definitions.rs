//! Compiled definitions for threads other than the engine's, read from what is committed.

use std::sync::{Arc, Mutex, PoisonError};

use gardesh_engine::definition::Definition;
use gardesh_engine::definitions::Definitions;
use gardesh_engine::key::{Partition, ProcessDefinitionKey, TenantId};
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Backing;
use gardesh_query::ElementInfo;

/// Definitions never change, so a reader of its own over the store is always right.
pub(super) struct DefinitionLookup(Mutex<(State, Definitions)>);

impl DefinitionLookup {
    pub(super) fn new(backing: Arc<dyn Backing>) -> Self {
        Self(Mutex::new((
            State::new(backing, Partition::FIRST),
            Definitions::default(),
        )))
    }

    pub(super) fn get(
        &self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Option<Arc<Definition>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, definitions) = &mut *inner;
        definitions.get(state, tenant, key)
    }
}

/// What rows of the read model say of an element.
impl gardesh_query::Definitions for DefinitionLookup {
    fn element(
        &self,
        tenant: TenantId,
        definition: ProcessDefinitionKey,
        element: u32,
    ) -> Option<ElementInfo> {
        let definition = self.get(tenant, definition)?;
        let node = definition.nodes.get(usize::try_from(element).ok()?)?;
        Some(ElementInfo {
            id: Arc::clone(&node.id),
            name: node.name.clone(),
            kind: node.type_name(),
        })
    }
}
