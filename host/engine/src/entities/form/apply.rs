//! Applies the events of a form.

use std::sync::Arc;

use super::FormEvent;
use crate::entities::deployment::ResourceKind;
use crate::entities::form::FormRow;
use crate::entities::versions::Version;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &FormEvent) {
    match event {
        FormEvent::Created { form } => created(state, tenant, form),
        FormEvent::Deleted { form } => deleted(state, tenant, *form),
    }
}

pub(in crate::entities) fn created(state: &mut State, tenant: TenantId, form: &Arc<FormRow>) {
    form.as_version(tenant).list(state);
    state
        .latest_forms
        .put((tenant, Arc::clone(&form.id)), form.key);
    state.forms.put((tenant, form.key), Arc::clone(form));
}

pub(in crate::entities) fn deleted(state: &mut State, tenant: TenantId, key: FormKey) {
    let Some(row) = state.forms.get(&(tenant, key)) else {
        return;
    };
    let latest = row.as_version(tenant).unlist(state, |state, key| {
        let row = state.forms.get(&(tenant, FormKey(key)))?;
        row.version_tag.clone()
    });
    let id = (tenant, Arc::clone(&row.id));
    match latest {
        Some(latest) => state.latest_forms.put(id, FormKey(latest)),
        None => state.latest_forms.remove(&id),
    }
}

impl FormRow {
    /// The version that it is.
    fn as_version(&self, tenant: TenantId) -> Version<'_> {
        Version {
            tenant,
            kind: ResourceKind::Form,
            id: &self.id,
            number: self.version,
            deployment: self.deployment,
            tag: self.version_tag.as_ref(),
            key: self.key.0,
        }
    }
}
