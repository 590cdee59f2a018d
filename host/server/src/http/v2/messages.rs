//! `/v2/messages`: what the world outside tells the cases that wait for it.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::{CorrelateMessage, MessageCorrelated, PublishMessage};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::Json;
use crate::http::problem::Problem;
use crate::http::wire::{Whole, variables};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicationRequest {
    #[serde(default)]
    name: String,
    correlation_key: Option<String>,
    time_to_live: Option<Whole>,
    message_id: Option<String>,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicationView {
    message_key: String,
    tenant_id: Arc<str>,
}

impl PublicationRequest {
    /// Without a time to live only those hear the message who wait for it now, and an empty
    /// id is none: both as in Camunda.
    fn command(self) -> Result<PublishMessage, Problem> {
        let Whole(time_to_live) = self.time_to_live.unwrap_or_default();
        let time_to_live_ms = u64::try_from(time_to_live).map_err(|_| {
            Problem::invalid(format!(
                "Expected 'timeToLive' to be 0 or more, but got {time_to_live}."
            ))
        })?;
        Ok(PublishMessage {
            name: named(self.name)?,
            correlation_key: self.correlation_key.unwrap_or_default(),
            message_id: self.message_id.filter(|id| !id.is_empty()),
            time_to_live_ms,
            variables: variables(self.variables.as_deref())?,
        })
    }
}

fn named(name: String) -> Result<String, Problem> {
    if name.is_empty() {
        return Err(Problem::invalid(
            "Expected 'name' to name a message, but there is none.",
        ));
    }
    Ok(name)
}

/// `POST /v2/messages/publication`.
pub async fn publish(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<PublicationRequest>,
) -> Result<JsonBody<PublicationView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    let key = api.submit(&caller, request.command()?).await?;
    Ok(JsonBody(PublicationView {
        message_key: key.to_string(),
        tenant_id: Arc::clone(&tenant.name),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CorrelationRequest {
    #[serde(default)]
    name: String,
    correlation_key: Option<String>,
    variables: Option<Box<RawValue>>,
    tenant_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CorrelationView {
    message_key: String,
    /// None for a message that is for so many processes that whoever waits for it comes
    /// later.
    process_instance_key: Option<String>,
    tenant_id: Arc<str>,
}

impl CorrelationRequest {
    fn command(self) -> Result<CorrelateMessage, Problem> {
        Ok(CorrelateMessage {
            name: named(self.name)?,
            correlation_key: self.correlation_key.unwrap_or_default(),
            variables: variables(self.variables.as_deref())?,
        })
    }
}

/// `POST /v2/messages/correlation`: 404 when nobody takes it now.
pub async fn correlate(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<CorrelationRequest>,
) -> Result<JsonBody<CorrelationView>, Problem> {
    let caller = caller.in_tenant(&api, request.tenant_id.as_deref()).await?;
    let tenant = &caller.tenant;
    let MessageCorrelated { key, instance } = api.submit(&caller, request.command()?).await?;
    Ok(JsonBody(CorrelationView {
        message_key: key.to_string(),
        process_instance_key: instance.map(|key| key.to_string()),
        tenant_id: Arc::clone(&tenant.name),
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn a_message_without_more_than_its_name_does_not_wait() {
        let command = |json: &str| parse::<PublicationRequest>(json.as_bytes())?.command();
        let Ok(PublishMessage {
            name,
            correlation_key,
            message_id: None,
            time_to_live_ms: 0,
            variables,
        }) = command(r#"{"name":"paid","messageId":"","variables":null}"#)
        else {
            panic!("the defaults of Camunda");
        };
        assert_eq!((name.as_str(), correlation_key.as_str()), ("paid", ""));
        assert!(variables.is_empty());
        let json = r#"{"name":"paid","correlationKey":"C-1","timeToLive":"60000","messageId":"m","variables":{"a":1}}"#;
        let Ok(PublishMessage {
            message_id: Some(_),
            time_to_live_ms: 60_000,
            ..
        }) = command(json)
        else {
            panic!("{json}");
        };
    }

    #[test]
    fn mistaken_messages_are_refused() {
        for json in [
            "{}",
            r#"{"name":""}"#,
            r#"{"name":"paid","timeToLive":-1}"#,
            r#"{"name":"paid","timeToLive":"PT1H"}"#,
            r#"{"name":"paid","correlationKey":7}"#,
            r#"{"name":"paid","variables":[]}"#,
        ] {
            let refused = parse::<PublicationRequest>(json.as_bytes())
                .and_then(PublicationRequest::command)
                .unwrap_err();
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{json}");
        }
        let nameless = parse::<CorrelationRequest>(br#"{"correlationKey":"C-1"}"#)
            .and_then(CorrelationRequest::command)
            .unwrap_err();
        assert_eq!(nameless.status(), StatusCode::BAD_REQUEST);
    }
}
