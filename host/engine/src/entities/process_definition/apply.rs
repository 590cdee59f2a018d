//! Applies the events of process definitions.

use std::sync::Arc;

use super::ProcessDefinitionEvent;
use crate::entities::deployment::ResourceKind;
use crate::entities::process_definition::DefinitionRow;
use crate::entities::subscription::apply as subscription;
use crate::entities::subscription::{Subscription, Wait};
use crate::entities::versions::Version;
use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    tenant: TenantId,
    event: &ProcessDefinitionEvent,
) {
    match event {
        ProcessDefinitionEvent::Created { definition, source } => {
            created(state, tenant, definition, source)
        }
        ProcessDefinitionEvent::Suspended { definition }
        | ProcessDefinitionEvent::Failed { definition, .. } => {
            suspended(state, tenant, *definition)
        }
        ProcessDefinitionEvent::Resumed { definition } => resumed(state, tenant, *definition),
        ProcessDefinitionEvent::StartSkipped { .. } => {}
        ProcessDefinitionEvent::Deleted { definition } => deleted(state, tenant, *definition),
    }
}

pub(in crate::entities) fn created(
    state: &mut State,
    tenant: TenantId,
    definition: &Arc<DefinitionRow>,
    source: &FileBytes,
) {
    state.sources.put((tenant, definition.key), source.clone());
    definition.as_version(tenant).list(state);
    state
        .latest_definitions
        .put((tenant, Arc::clone(&definition.id)), definition.key);
    state
        .definitions
        .put((tenant, definition.key), Arc::clone(definition));
}

/// A timer that fires once waits for it to be resumed. Of the others, the turns that come in
/// the meantime are skipped.
pub(in crate::entities) fn suspended(
    state: &mut State,
    tenant: TenantId,
    definition: ProcessDefinitionKey,
) {
    state.suspended_definitions.put((tenant, definition), ());
    for timer in single_timers(state, tenant, definition) {
        subscription::stop_clock(state, &timer);
    }
}

pub(in crate::entities) fn resumed(
    state: &mut State,
    tenant: TenantId,
    definition: ProcessDefinitionKey,
) {
    state.suspended_definitions.remove(&(tenant, definition));
    for timer in single_timers(state, tenant, definition) {
        subscription::start_clock(state, tenant, &timer);
    }
}

pub(in crate::entities) fn deleted(state: &mut State, tenant: TenantId, key: ProcessDefinitionKey) {
    let Some(row) = state.definitions.get(&(tenant, key)) else {
        return;
    };
    let latest = row.as_version(tenant).unlist(state, |state, key| {
        let row = state
            .definitions
            .get(&(tenant, ProcessDefinitionKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state
            .latest_definitions
            .put(id, ProcessDefinitionKey(latest)),
        None => state.latest_definitions.remove(&id),
    }
}

impl DefinitionRow {
    /// The version that it is.
    fn as_version(&self, tenant: TenantId) -> Version<'_> {
        Version {
            tenant,
            kind: ResourceKind::Process,
            id: &self.id,
            number: self.version,
            deployment: self.deployment,
            tag: self.version_tag.as_ref(),
            key: self.key.0,
        }
    }
}

/// The start events of a definition that fire once, at a time.
fn single_timers(
    state: &State,
    tenant: TenantId,
    definition: ProcessDefinitionKey,
) -> Vec<Arc<Subscription>> {
    let rows = state
        .subscriptions_by_definition
        .under((tenant, definition));
    let open = rows
        .into_iter()
        .filter_map(|((_, _, key), _)| state.subscriptions.get(&(tenant, key)));
    open.filter(|row| matches!(row.wait, Wait::Timer { cycle: None, .. }))
        .collect()
}
