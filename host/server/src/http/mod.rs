//! The programming interface over HTTP: which routes there are and what handlers share.
//! `/v2` speaks the Camunda 8 REST API, `/v1` what that does not have. Pages for people
//! are in `web`, starting and stopping in the crate's root.

mod access;
mod api;
mod batches;
mod caller;
mod catalog;
mod connections;
mod drain;
mod extract;
mod problem;
mod reading;
mod search;
mod serve;
mod shown;
mod v1;
mod v2;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use tower::Layer as _;

pub use access::{Access, AccessError};
pub use serve::{listen, serve};

use crate::app::App;
use api::Api;

/// Everything that the server answers to: the interface, and the pages given, which
/// have their state already. All checks are around it.
pub fn router(app: App, pages: Router) -> Router {
    let access = Arc::new(app.access.clone());
    let interface = Router::new()
        .merge(v1::routes())
        .merge(v2::routes())
        .layer(middleware::from_fn(reading::say_what_was_missed))
        .with_state(Api::new(app));
    let routes = access::guard_interface(interface, Arc::clone(&access))
        .merge(pages)
        .fallback(problem::unknown_route)
        .method_not_allowed_fallback(problem::wrong_method);
    let guarded = access::guard_all(routes, access);
    Router::new().fallback_service(middleware::from_fn(drain::unread_body).layer(guarded))
}
