//! The Camunda 8 REST API v2, as far as the engine goes: field names, status codes and
//! problem titles are its own, so that its clients work. One file for each resource.
//!
//! Where the clients of 8.8 and 8.9 differ, 8.9 counts: absent values are `null`.

mod ad_hoc;
mod awaiting;
mod batch_operations;
mod batches;
mod cluster;
mod conditionals;
mod decisions;
mod deployments;
mod element_instances;
mod incidents;
mod job_activation;
mod job_result;
mod jobs;
mod messages;
mod migrations;
mod modifications;
mod process_definitions;
mod process_instances;
mod resources;
mod signals;
mod task_changes;
mod task_verdict;
mod tenants;
mod user_tasks;
mod variables;

use crate::limits::MAX_DEPLOYMENT_BYTES;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, patch, post, put};
use serde::Deserialize;

use self::batch_operations::{BatchItemView, BatchOperationView};
use self::element_instances::ElementInstanceView;
use self::incidents::IncidentView;
use self::process_definitions::DefinitionView;
use self::process_instances::InstanceView;
use super::api::Api;
use super::shown::{get as one, search};

/// The routes of `/v2`.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/v2/topology", get(cluster::topology))
        .route("/v2/status", get(cluster::status))
        .route("/v2/license", get(cluster::license))
        .route("/v2/authentication/me", get(cluster::me))
        .route("/v2/tenants", post(tenants::create))
        .route("/v2/tenants/search", post(tenants::search))
        .route(
            "/v2/tenants/{tenantId}",
            get(tenants::get)
                .put(tenants::update)
                .delete(tenants::delete),
        )
        .route(
            "/v2/deployments",
            post(deployments::create).layer(DefaultBodyLimit::max(MAX_DEPLOYMENT_BYTES)),
        )
        .route("/v2/resources/{key}/deletion", post(resources::delete))
        .route(
            "/v2/process-definitions/search",
            post(search::<DefinitionView>),
        )
        .route("/v2/process-definitions/{key}", get(one::<DefinitionView>))
        .route(
            "/v2/process-definitions/{key}/xml",
            get(process_definitions::xml),
        )
        .route(
            "/v2/process-definitions/{key}/form",
            get(process_definitions::start_form),
        )
        .route("/v2/process-instances", post(process_instances::create))
        .route("/v2/process-instances/search", post(search::<InstanceView>))
        .route("/v2/process-instances/{key}", get(one::<InstanceView>))
        .route(
            "/v2/process-instances/{key}/migration",
            post(migrations::migrate),
        )
        .route(
            "/v2/process-instances/{key}/cancellation",
            post(process_instances::cancel),
        )
        .route(
            "/v2/process-instances/{key}/modification",
            post(modifications::modify),
        )
        .route(
            "/v2/element-instances/search",
            post(search::<ElementInstanceView>),
        )
        .route(
            "/v2/element-instances/{key}",
            get(one::<ElementInstanceView>),
        )
        .route(
            "/v2/element-instances/{key}/variables",
            put(element_instances::set_variables),
        )
        .route(
            "/v2/element-instances/ad-hoc-activities/{key}/activation",
            post(ad_hoc::activate),
        )
        .merge(work())
        .merge(news())
        .merge(batches())
        .route("/v2/incidents/search", post(search::<IncidentView>))
        .route("/v2/incidents/{key}", get(one::<IncidentView>))
        .route("/v2/incidents/{key}/resolution", post(incidents::resolve))
        .route("/v2/variables/search", post(variables::search))
        .route("/v2/variables/{key}", get(variables::get))
}

/// What is done to many cases at once.
fn batches() -> Router<Api> {
    Router::new()
        .route("/v2/process-instances/cancellation", post(batches::cancel))
        .route(
            "/v2/process-instances/incident-resolution",
            post(batches::resolve_incidents),
        )
        .route(
            "/v2/process-instances/{key}/incident-resolution",
            post(batches::resolve_incidents_of),
        )
        .route("/v2/process-instances/migration", post(batches::migrate))
        .route("/v2/process-instances/modification", post(batches::modify))
        .route("/v2/process-instances/deletion", post(batches::delete))
        .route(
            "/v2/process-instances/{key}/deletion",
            post(batches::delete_one),
        )
        .route(
            "/v2/batch-operations/search",
            post(search::<BatchOperationView>),
        )
        .route("/v2/batch-operations/{key}", get(one::<BatchOperationView>))
        .route(
            "/v2/batch-operations/{key}/cancellation",
            post(batch_operations::cancel),
        )
        .route(
            "/v2/batch-operations/{key}/suspension",
            post(batch_operations::suspend),
        )
        .route(
            "/v2/batch-operations/{key}/resumption",
            post(batch_operations::resume),
        )
        .route(
            "/v2/batch-operation-items/search",
            post(search::<BatchItemView>),
        )
}

/// What workers and people do.
fn work() -> Router<Api> {
    Router::new()
        .route("/v2/jobs/activation", post(job_activation::activate))
        .route("/v2/jobs/search", post(jobs::search))
        .route("/v2/jobs/{key}", patch(jobs::update))
        .route("/v2/jobs/{key}/completion", post(jobs::complete))
        .route("/v2/jobs/{key}/failure", post(jobs::fail))
        .route("/v2/jobs/{key}/error", post(jobs::throw_error))
        .route("/v2/user-tasks/search", post(user_tasks::search))
        .route(
            "/v2/user-tasks/{key}",
            get(user_tasks::get).patch(user_tasks::update),
        )
        .route("/v2/user-tasks/{key}/assignment", post(user_tasks::assign))
        .route(
            "/v2/user-tasks/{key}/assignee",
            delete(user_tasks::unassign),
        )
        .route(
            "/v2/user-tasks/{key}/completion",
            post(user_tasks::complete),
        )
        .route("/v2/user-tasks/{key}/form", get(user_tasks::form))
        .route("/v2/forms/{key}", get(user_tasks::get_form))
        .route(
            "/v2/user-tasks/{key}/variables/search",
            post(user_tasks::variables),
        )
}

/// What the world outside tells the cases, and what it asks of decisions.
fn news() -> Router<Api> {
    Router::new()
        .route("/v2/messages/publication", post(messages::publish))
        .route("/v2/messages/correlation", post(messages::correlate))
        .route("/v2/signals/broadcast", post(signals::broadcast))
        .route("/v2/conditionals/evaluation", post(conditionals::evaluate))
        .route(
            "/v2/decision-definitions/evaluation",
            post(decisions::evaluate),
        )
        .route(
            "/v2/decision-definitions/{key}/xml",
            get(decisions::definition_xml),
        )
        .route(
            "/v2/decision-requirements/{key}/xml",
            get(decisions::requirements_xml),
        )
}

/// A body of which nothing is used: an `operationReference` at most, which in Camunda
/// goes to its own log records.
#[derive(Default, Deserialize)]
struct Nothing {}
