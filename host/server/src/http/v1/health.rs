//! `/v1/health`: whether the server takes commands, how far its read model is, and what is not
//! well with it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::http::api::Api;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`, or `degraded` while commands are taken and something else is not well.
    status: &'static str,
    version: &'static str,
    /// The journal's last committed position.
    position: u64,
    /// Commits since the server was started.
    commits: u64,
    /// How much of it searches can see.
    read_model_position: u64,
    /// Runs of components that pause because the platform has no room for them: memory,
    /// compilers or processors are short.
    paused_runs: usize,
    /// What is not well, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

/// `GET /v1/health`, the only route that needs no token.
pub async fn health(State(api): State<Api>) -> Json<Health> {
    let reasons: Vec<String> = api.read_model_trouble().into_iter().collect();
    Json(Health {
        status: if reasons.is_empty() { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        position: api.app.engine.position(),
        commits: api.app.engine.commits(),
        read_model_position: api.app.query.position(),
        paused_runs: api.app.engine.paused_runs(),
        reasons,
    })
}
