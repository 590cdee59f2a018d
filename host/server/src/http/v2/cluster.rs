//! What the server says of itself to clients that look for a Camunda cluster: one node,
//! one partition, no licence to check, one user without a name.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::http::api::Api;
use crate::http::problem::Problem;

/// The version of the REST API that is spoken. Clients choose their behaviour by it.
const API_VERSION: &str = "8.9.0";

/// `GET /v2/topology`.
pub async fn topology(State(api): State<Api>) -> Json<Value> {
    let is_well = api.read_model_trouble().is_none();
    Json(topology_document(api.app.config.listen, is_well))
}

fn topology_document(listen: SocketAddr, is_well: bool) -> Value {
    let health = if is_well { "healthy" } else { "unhealthy" };
    json!({
        "brokers": [{
            "nodeId": 0,
            "host": listen.ip().to_string(),
            "port": listen.port(),
            "partitions": [{"partitionId": 1, "role": "leader", "health": health}],
            "version": API_VERSION,
        }],
        "clusterId": null,
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": API_VERSION,
        "lastCompletedChangeId": "-1",
    })
}

/// `GET /v2/status`: 204 while commands are taken and searches answered; otherwise it says why
/// they are not.
pub async fn status(State(api): State<Api>) -> Result<StatusCode, Problem> {
    api.expect_searches()?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/license`: there is none to have.
pub async fn license() -> Json<Value> {
    Json(
        json!({"validLicense": true, "licenseType": "unknown", "isCommercial": false, "expiresAt": null}),
    )
}

/// `GET /v2/authentication/me`: who holds the token may do everything.
pub async fn me(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let tenants = super::tenants::all(&api).await?;
    Ok(Json(json!({
        "username": "gardesh",
        "displayName": null,
        "email": null,
        "authorizedComponents": ["*"],
        "tenants": tenants,
        "groups": [],
        "roles": [],
        "salesPlanType": null,
        "c8Links": {},
        "canLogout": false,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topology_names_this_server() {
        let document = topology_document("127.0.0.1:8080".parse().unwrap(), true);
        assert_eq!(document["brokers"][0]["host"], "127.0.0.1");
        assert_eq!(document["brokers"][0]["port"], 8080);
        assert_eq!(document["partitionsCount"], 1);
        let partition = &document["brokers"][0]["partitions"][0];
        assert_eq!(partition["health"], "healthy");
    }
}
