//! Applies events of definitions and forms.

use std::sync::Arc;

use crate::key::TenantId;
use crate::state::State;
use crate::state::definition::{DefinitionRow, FormRow};

pub(super) fn created(
    state: &mut State,
    tenant: TenantId,
    definition: &Arc<DefinitionRow>,
    source: &Arc<str>,
) {
    let id = Arc::clone(&definition.id);
    state
        .sources
        .put((tenant, definition.key), Arc::clone(source));
    state.definition_versions.put(
        (tenant, Arc::clone(&id), definition.version),
        definition.key,
    );
    state.latest_definitions.put((tenant, id), definition.key);
    state
        .definitions
        .put((tenant, definition.key), Arc::clone(definition));
}

pub(super) fn form_created(state: &mut State, tenant: TenantId, form: &Arc<FormRow>) {
    state
        .latest_forms
        .put((tenant, Arc::clone(&form.id)), form.key);
    state.forms.put((tenant, form.key), Arc::clone(form));
}
