//! The answer to a deployment: what is in it, and what is probably not meant in it.

use std::sync::Arc;

use gardesh_engine::command::{Deployed, ResourceWarning};
use gardesh_engine::entities::decision::{DecisionRequirementsRow, DecisionRow};
use gardesh_engine::entities::form::FormRow;
use gardesh_engine::entities::process_definition::DefinitionRow;
use serde::Serialize;

use super::files::of_one;
use crate::http::api::Api;
use crate::http::caller::Tenant;
use crate::http::problem::{Problem, ResourceDiagnostic};
use crate::limits::MAX_LISTED_WARNINGS;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    /// None where it was only tried.
    deployment_key: Option<String>,
    tenant_id: Arc<str>,
    deployments: Vec<DeployedView>,
    /// Our own addition, as what follows.
    warnings: Vec<ResourceDiagnostic>,
    /// How many more there are.
    warnings_left_out: usize,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeployedView {
    process_definition: Option<ProcessView>,
    decision_definition: Option<DecisionView>,
    decision_requirements: Option<DecisionRequirementsView>,
    form: Option<FormView>,
    resource: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessView {
    process_definition_key: String,
    process_definition_id: Arc<str>,
    process_definition_version: u32,
    resource_name: Arc<str>,
    tenant_id: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionView {
    decision_definition_key: String,
    decision_definition_id: Arc<str>,
    name: Arc<str>,
    version: u32,
    decision_requirements_key: String,
    decision_requirements_id: Arc<str>,
    tenant_id: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionRequirementsView {
    decision_requirements_key: String,
    decision_requirements_id: Arc<str>,
    decision_requirements_name: Arc<str>,
    version: u32,
    resource_name: Arc<str>,
    tenant_id: Arc<str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FormView {
    form_key: String,
    form_id: Arc<str>,
    version: u32,
    resource_name: Arc<str>,
    tenant_id: Arc<str>,
}

/// The answer to a deployment that was only tried.
pub fn view_of_trial(tenant: &Tenant, found: Vec<ResourceWarning>) -> DeploymentView {
    let (warnings, warnings_left_out) = warning_views(found);
    DeploymentView {
        deployment_key: None,
        tenant_id: Arc::clone(&tenant.name),
        deployments: Vec::new(),
        warnings,
        warnings_left_out,
    }
}

/// The answer to a deployment.
pub async fn view(api: &Api, tenant: &Tenant, stored: Deployed) -> Result<DeploymentView, Problem> {
    let (warnings, warnings_left_out) = warning_views(stored.warnings);
    let owner = tenant.clone();
    let deployments = api.state(move |state| {
        let tenant = owner.id;
        let processes = stored
            .processes
            .into_iter()
            .filter_map(|key| state.definitions.get(&(tenant, key)));
        let graphs = stored
            .decision_requirements
            .into_iter()
            .filter_map(|key| state.decision_requirements.get(&(tenant, key)));
        let decisions = stored
            .decisions
            .into_iter()
            .filter_map(|key| state.decisions.get(&(tenant, key)));
        let forms = stored
            .forms
            .into_iter()
            .filter_map(|key| state.forms.get(&(tenant, key)));
        processes
            .map(|row| process_view(&owner, &row))
            .chain(graphs.map(|row| decision_requirements_view(&owner, &row)))
            .chain(decisions.map(|row| decision_view(&owner, &row)))
            .chain(forms.map(|row| form_view(&owner, &row)))
            .collect()
    });
    Ok(DeploymentView {
        deployment_key: Some(stored.deployment.to_string()),
        tenant_id: Arc::clone(&tenant.name),
        deployments: deployments.await?,
        warnings,
        warnings_left_out,
    })
}

/// As many as fit into an answer, and the number of the others.
fn warning_views(found: Vec<ResourceWarning>) -> (Vec<ResourceDiagnostic>, usize) {
    let left_out = found.len().saturating_sub(MAX_LISTED_WARNINGS);
    let shown = found.into_iter().take(MAX_LISTED_WARNINGS);
    let views = shown.map(|warning| of_one(&warning.resource, warning.found));
    (views.collect(), left_out)
}

fn process_view(tenant: &Tenant, row: &DefinitionRow) -> DeployedView {
    let process = ProcessView {
        process_definition_key: row.key.to_string(),
        process_definition_id: Arc::clone(&row.id),
        process_definition_version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: Arc::clone(&tenant.name),
    };
    DeployedView {
        process_definition: Some(process),
        ..DeployedView::default()
    }
}

fn decision_requirements_view(tenant: &Tenant, row: &DecisionRequirementsRow) -> DeployedView {
    let graph = DecisionRequirementsView {
        decision_requirements_key: row.key.to_string(),
        decision_requirements_id: Arc::clone(&row.id),
        decision_requirements_name: Arc::clone(&row.name),
        version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: Arc::clone(&tenant.name),
    };
    DeployedView {
        decision_requirements: Some(graph),
        ..DeployedView::default()
    }
}

fn decision_view(tenant: &Tenant, row: &DecisionRow) -> DeployedView {
    let decision = DecisionView {
        decision_definition_key: row.key.to_string(),
        decision_definition_id: Arc::clone(&row.id),
        name: Arc::clone(&row.name),
        version: row.version,
        decision_requirements_key: row.requirements.to_string(),
        decision_requirements_id: Arc::clone(&row.requirements_id),
        tenant_id: Arc::clone(&tenant.name),
    };
    DeployedView {
        decision_definition: Some(decision),
        ..DeployedView::default()
    }
}

fn form_view(tenant: &Tenant, row: &FormRow) -> DeployedView {
    let form = FormView {
        form_key: row.key.to_string(),
        form_id: Arc::clone(&row.id),
        version: row.version,
        resource_name: Arc::clone(&row.resource),
        tenant_id: Arc::clone(&tenant.name),
    };
    DeployedView {
        form: Some(form),
        ..DeployedView::default()
    }
}
