//! `/v1/metrics`: scores and rates. The formulas are the read model's.

use axum::Json;
use axum::extract::State;
use gardesh_query::{Metrics, MetricsFilter};

use super::params::Params;
use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// `GET /v1/metrics`.
pub async fn metrics(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Metrics>, Problem> {
    let filter = MetricsFilter {
        survey: params.text("surveyId"),
        process_id: params.text("processDefinitionId"),
        from_ms: params.time("from")?,
        to_ms: params.time("to")?,
    };
    params.finish()?;
    api.read(move |query| query.metrics(caller.tenant.id, &filter))
        .await
        .map(Json)
}
