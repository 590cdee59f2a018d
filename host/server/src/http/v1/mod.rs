//! What Camunda's API does not have: components, surveys and what came of them, a case's
//! history and how long it is kept, the server's health. Keys are text, lists are `items` with their `page`.

mod batches;
mod components;
mod decision_record;
mod decision_view;
mod event_view;
mod experience;
mod health;
mod history;
mod metrics;
mod params;
mod retention;
mod surveys;
mod suspension;
mod unserved_jobs;

use axum::Router;
use axum::routing::{get, post, put};

use super::api::Api;

/// The routes of `/v1`.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/health", get(health::health))
        .route(
            "/v1/components",
            get(components::list).post(components::upload),
        )
        .route(
            "/v1/components/{name}",
            get(components::get).delete(components::remove),
        )
        .route("/v1/components/{name}/disable", post(components::disable))
        .route("/v1/components/{name}/enable", post(components::enable))
        .route(
            "/v1/components/{name}/configuration",
            put(components::configure),
        )
        .route("/v1/surveys", get(surveys::list).post(surveys::save))
        .route("/v1/surveys/{id}", get(surveys::get))
        .route("/v1/invitations", get(experience::invitations))
        .route("/v1/responses", get(experience::responses))
        .route("/v1/decisions", get(experience::decisions))
        .route("/v1/notifications", get(experience::notifications))
        .route("/v1/metrics", get(metrics::metrics))
        .route("/v1/retention", get(retention::get).put(retention::set))
        .route("/v1/process-instances/suspension", post(batches::suspend))
        .route("/v1/process-instances/resumption", post(batches::resume))
        .route(
            "/v1/process-instances/variables",
            post(batches::set_variables),
        )
        .route("/v1/jobs/retries", post(batches::set_retries))
        .route("/v1/jobs/timeout", post(batches::set_timeout))
        .route("/v1/process-instances/{key}/history", get(history::history))
        .route(
            "/v1/process-instances/{key}/unserved-jobs",
            get(unserved_jobs::list),
        )
        .route(
            "/v1/process-instances/{key}/suspension",
            post(suspension::suspend),
        )
        .route(
            "/v1/process-instances/{key}/resumption",
            post(suspension::resume),
        )
        .route(
            "/v1/process-definitions/{key}/suspension",
            post(suspension::suspend_definition),
        )
        .route(
            "/v1/process-definitions/{key}/resumption",
            post(suspension::resume_definition),
        )
}
