//! What responses say of the definition that an entity belongs to. The engine names it by
//! key and its elements by index only.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use gardesh_engine::definition::{Definition, Node};
use gardesh_engine::key::{ProcessDefinitionKey, TenantId};

use super::api::Api;
use super::problem::Problem;
use crate::limits::MAX_REMEMBERED_DEFINITIONS;

/// What the interface calls a process definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessFacts {
    /// The process id of the diagram.
    pub id: Arc<str>,
    /// 1 for the first version.
    pub version: u32,
}

/// Definitions that requests named lately.
#[derive(Debug, Default)]
pub struct Catalog {
    processes: RwLock<HashMap<(TenantId, ProcessDefinitionKey), Arc<ProcessFacts>>>,
}

impl Catalog {
    fn get(&self, tenant: TenantId, key: ProcessDefinitionKey) -> Option<Arc<ProcessFacts>> {
        self.processes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(tenant, key))
            .cloned()
    }

    fn put(&self, tenant: TenantId, key: ProcessDefinitionKey, facts: Arc<ProcessFacts>) {
        let mut processes = self
            .processes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if processes.len() >= MAX_REMEMBERED_DEFINITIONS {
            processes.clear();
        }
        processes.insert((tenant, key), facts);
    }
}

impl Api {
    /// The process id and version of a definition that the engine named.
    pub async fn process(
        &self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Result<Arc<ProcessFacts>, Problem> {
        if let Some(facts) = self.catalog.get(tenant, key) {
            return Ok(facts);
        }
        let row = self
            .state(move |state| state.definitions.get(&(tenant, key)))
            .await?;
        let row = row.ok_or_else(|| Problem::not_found("process definition", key))?;
        let facts = Arc::new(ProcessFacts {
            id: Arc::clone(&row.id),
            version: row.version,
        });
        self.catalog.put(tenant, key, Arc::clone(&facts));
        Ok(facts)
    }

    /// The compiled diagram of a definition that the engine named.
    pub fn definition(
        &self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Result<Arc<Definition>, Problem> {
        self.app
            .engine
            .definition(tenant, key)
            .ok_or_else(|| Problem::not_found("process definition", key))
    }
}

/// An element of a diagram by the index that the engine gave.
pub fn node(definition: &Definition, element: u32) -> Result<&Node, Problem> {
    let node = usize::try_from(element)
        .ok()
        .and_then(|index| definition.nodes.get(index));
    node.ok_or_else(|| {
        Problem::internal(format!(
            "element {element} is not in process '{}'",
            definition.id
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_stays_in_its_bound() {
        let catalog = Catalog::default();
        let facts = Arc::new(ProcessFacts {
            id: "p".into(),
            version: 1,
        });
        for key in 0..3 * MAX_REMEMBERED_DEFINITIONS as u64 {
            catalog.put(
                TenantId::DEFAULT,
                ProcessDefinitionKey(key),
                Arc::clone(&facts),
            );
            assert_eq!(
                catalog.get(TenantId::DEFAULT, ProcessDefinitionKey(key)),
                Some(Arc::clone(&facts))
            );
            assert!(catalog.processes.read().unwrap().len() <= MAX_REMEMBERED_DEFINITIONS);
        }
        assert_eq!(
            catalog.get(
                TenantId(1),
                ProcessDefinitionKey(3 * MAX_REMEMBERED_DEFINITIONS as u64 - 1)
            ),
            None
        );
    }
}
