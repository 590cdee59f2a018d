//! `/v1/retention`: how long the history of ended cases is kept where their definition does
//! not say.

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::SetRetention;
use gardesh_engine::definition::{read_retention, write_retention};
use serde::{Deserialize, Serialize};

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::Json;
use crate::http::problem::Problem;

/// The tenant's retention.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retention {
    /// An ISO 8601 duration; null is for ever, and has to be said.
    #[serde(deserialize_with = "Option::deserialize")]
    history_time_to_live: Option<String>,
}

/// `GET /v1/retention`.
pub async fn get(State(api): State<Api>, caller: Caller) -> Result<JsonBody<Retention>, Problem> {
    let row = api
        .state(move |state| state.retention.get(&caller.tenant.id))
        .await?;
    let history_ms = row.and_then(|row| row.history_ms);
    Ok(JsonBody(Retention {
        history_time_to_live: history_ms.map(write_retention),
    }))
}

/// `PUT /v1/retention`: it reaches the cases that have ended already, too.
pub async fn set(
    State(api): State<Api>,
    caller: Caller,
    Json(wanted): Json<Retention>,
) -> Result<JsonBody<Retention>, Problem> {
    let history_ms = match &wanted.history_time_to_live {
        None => None,
        Some(text) => Some(read_retention(text).ok_or_else(|| {
            Problem::invalid(format!(
                "Expected an ISO 8601 duration such as P90D, or null for ever, but got '{text}'."
            ))
        })?),
    };
    let command = SetRetention { history_ms };
    api.submit(&caller, command).await?;
    get(State(api), caller).await
}
