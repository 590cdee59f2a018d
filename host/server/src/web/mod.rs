//! Pages for people, rendered on the server. What programs talk to is in `http`.

mod survey;

use axum::Router;

use crate::app::App;

/// Every route that shows a page.
pub fn router() -> Router<App> {
    survey::router()
}
