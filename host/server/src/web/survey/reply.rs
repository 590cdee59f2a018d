//! The HTTP side of a page: its headers. They keep it out of caches, search engines,
//! frames and referrers, and let it load nothing and run nothing.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::page::STYLE;

/// Nothing but the one stylesheet, known by its hash, and the form's way back to us.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page.
pub fn html(status: StatusCode, language: &str, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let mut response = private(status, language, Body::from(text));
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html);
            if status == StatusCode::SERVICE_UNAVAILABLE {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from_static("60"));
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "a survey page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the reader to the page itself, so that a reload does not send the answers again.
/// The address is relative, which leaves alone whatever a proxy put before it.
pub fn see_page(language: &str) -> Response {
    let mut response = private(StatusCode::SEE_OTHER, language, Body::empty());
    insert(&mut response, LOCATION, &format!("?lang={language}"));
    response
}

fn private(status: StatusCode, language: &str, body: Body) -> Response {
    let mut response = (status, body).into_response();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_LANGUAGE, language),
        (CONTENT_SECURITY_POLICY, &POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        insert(&mut response, name, value);
    }
    response
}

/// Sets a header. A value that no header can carry cannot come up: languages are tags of
/// letters, digits and hyphens.
fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
