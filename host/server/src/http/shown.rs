//! Handlers that are the same for every resource of the read model: a search, and the one
//! with a key. What each looks like is beside its other handlers.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use gardesh_engine::key::TenantId;
use gardesh_query::{Keyed, Projected, Search, Searchable};

use super::api::Api;
use super::extract::{OptionalJson, PathKey};
use super::problem::Problem;
use super::search::Listing;

/// A row as the interface shows it.
pub trait Shown: From<<Self as Shown>::Row> {
    /// The row of the read model.
    type Row: Searchable<Filter: Send> + Send + 'static;
    /// What a message calls it.
    const NAME: &'static str;
}

/// `POST …/search`.
pub async fn search<V: Shown>(
    State(api): State<Api>,
    OptionalJson(search): OptionalJson<Search<V::Row>>,
) -> Result<Json<Listing<V>>, Problem> {
    api.search(TenantId::DEFAULT, search, V::from)
        .await
        .map(Json)
}

/// `GET …/{key}`.
pub async fn get<V: Shown<Row: Projected + Keyed<Key: FromStr + Send + 'static>>>(
    State(api): State<Api>,
    PathKey(key): PathKey<<V::Row as Keyed>::Key>,
) -> Result<Json<V>, Problem> {
    let row = api.find::<V::Row>(TenantId::DEFAULT, key).await?;
    row.map(V::from)
        .map(Json)
        .ok_or_else(|| Problem::not_found(V::NAME, key))
}
