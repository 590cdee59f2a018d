//! Handlers that are the same for every resource of the read model: a search, and the one
//! with a key. What each looks like is beside its other handlers.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use gardesh_query::{Keyed, Projected, Search, Searchable};

use super::api::Api;
use super::caller::{Caller, Tenant};
use super::extract::{OptionalJson, PathKey};
use super::problem::{Code, Problem};
use super::search::Listing;

/// A row as the interface shows it.
pub trait Shown: Sized {
    /// The row of the read model.
    type Row: Searchable<Filter: Send> + Send + 'static;
    /// What a message calls it.
    const NAME: &'static str;
    /// What the refusal of an unknown key is called.
    const NOT_FOUND: Code;
    /// How a row of a tenant looks.
    fn of(row: Self::Row, tenant: &Tenant) -> Self;
}

/// `POST …/search`.
pub async fn search<V: Shown>(
    State(api): State<Api>,
    caller: Caller,
    OptionalJson(search): OptionalJson<Search<V::Row>>,
) -> Result<Json<Listing<V>>, Problem> {
    let tenant = &caller.tenant;
    let found = api.search(tenant.id, search, |row| V::of(row, tenant));
    found.await.map(Json)
}

/// `GET …/{key}`.
pub async fn get<V: Shown<Row: Projected + Keyed<Key: FromStr + Send + 'static>>>(
    State(api): State<Api>,
    caller: Caller,
    PathKey(key): PathKey<<V::Row as Keyed>::Key>,
) -> Result<Json<V>, Problem> {
    let row = api.find::<V::Row>(caller.tenant.id, key).await?;
    row.map(|row| V::of(row, &caller.tenant))
        .map(Json)
        .ok_or_else(|| Problem::not_found(V::NOT_FOUND, V::NAME, key))
}
