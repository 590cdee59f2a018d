//! `/v2/signals`: what everybody hears who waits for it.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::BroadcastSignal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::Json;
use crate::http::problem::Problem;
use crate::http::wire::variables;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BroadcastRequest {
    #[serde(default)]
    signal_name: String,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BroadcastView {
    signal_key: String,
    tenant_id: Arc<str>,
}

impl BroadcastRequest {
    fn command(self) -> Result<BroadcastSignal, Problem> {
        if self.signal_name.is_empty() {
            return Err(Problem::invalid(
                "Expected 'signalName' to name a signal, but there is none.",
            ));
        }
        Ok(BroadcastSignal {
            name: self.signal_name,
            variables: variables(self.variables.as_deref())?,
        })
    }
}

/// `POST /v2/signals/broadcast`.
pub async fn broadcast(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<BroadcastRequest>,
) -> Result<JsonBody<BroadcastView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    let key = api.submit(&caller, request.command()?).await?;
    Ok(JsonBody(BroadcastView {
        signal_key: key.to_string(),
        tenant_id: Arc::clone(&tenant.name),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_signal_has_a_name() {
        let command = |json: &str| parse::<BroadcastRequest>(json.as_bytes())?.command();
        let Ok(BroadcastSignal { name, variables }) =
            command(r#"{"signalName":"storm","variables":{"wind":12}}"#)
        else {
            panic!("a name and variables");
        };
        assert_eq!((name.as_str(), variables.len()), ("storm", 1));
        for json in [
            "{}",
            r#"{"signalName":""}"#,
            r#"{"signalName":"storm","variables":1}"#,
        ] {
            assert!(command(json).is_err(), "{json}");
        }
    }
}
