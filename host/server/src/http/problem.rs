//! The one shape of every refusal: a problem document (RFC 9457) with the titles that
//! clients of the Camunda REST API look for. Who may ask at all is in `access.rs`.

mod code;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gardesh_engine::rejection::{Rejection, RejectionKind};
use serde::Serialize;

pub use self::code::Code;
use crate::driver::SubmitError;

/// Seconds after which a client that met a full server should come again.
const RETRY_AFTER_SECONDS: &str = "1";

/// Why a request was not answered as asked.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    diagnostics: Vec<ResourceDiagnostic>,
    /// What it is about, for programs.
    keys: BTreeMap<&'static str, String>,
}

/// One finding about one file of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDiagnostic {
    /// The file's name, as uploaded.
    pub resource: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// Stable kebab-case name of the rule.
    pub code: Cow<'static, str>,
    /// The element of the diagram that is concerned, where it has an id.
    pub element_id: Option<String>,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// "Expected X, but Y", then a hint.
    pub message: String,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    diagnostics: &'a [ResourceDiagnostic],
    #[serde(flatten)]
    keys: &'a BTreeMap<&'static str, String>,
}

impl Problem {
    /// A problem of a kind that programs know, with words for people.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            diagnostics: Vec::new(),
            keys: BTreeMap::new(),
        }
    }

    /// 400: a value of the request cannot be used.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, detail)
    }

    /// 404: what the request names does not exist.
    pub fn not_found(what: &str, key: impl std::fmt::Display) -> Self {
        Self::new(
            Code::ResourceNotFound,
            format!("Expected {what} with key '{key}', but no such {what} was found."),
        )
    }

    /// 500: nothing the client could have done. The cause goes to the operator's log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            Code::InternalError,
            "The request was not answered, because the server failed. The server's log has the cause; report it with the time of the request.",
        )
    }

    /// The same problem with the findings that led to it, for tools.
    pub fn with_diagnostics(self, diagnostics: Vec<ResourceDiagnostic>) -> Self {
        Self {
            diagnostics,
            ..self
        }
    }

    /// The same problem with the key of something that it is about.
    pub fn with(mut self, name: &'static str, key: impl std::fmt::Display) -> Self {
        self.keys.insert(name, key.to_string());
        self
    }

    /// The status that the response will have.
    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// The words for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    fn respond(&self, instance: &str) -> Response {
        let status = self.code.status();
        let document = Document {
            r#type: &self.code.reference(),
            title: self.code.title(),
            status: status.as_u16(),
            detail: &self.detail,
            instance,
            diagnostics: &self.diagnostics,
            keys: &self.keys,
        };
        // A document of strings and numbers always serializes.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(
                    header::RETRY_AFTER,
                    HeaderValue::from_static(RETRY_AFTER_SECONDS),
                );
            }
            _ => {}
        }
        response
    }
}

/// What the engine refuses, with the status that the Camunda REST API gives it.
impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let code = match rejection.kind {
            RejectionKind::InvalidArgument => Code::InvalidArgument,
            RejectionKind::NotFound => Code::ResourceNotFound,
            RejectionKind::InvalidState => Code::InvalidState,
            RejectionKind::AlreadyExists => Code::AlreadyExists,
            RejectionKind::LimitExceeded => Code::LimitExceeded,
            RejectionKind::Internal => Code::InternalError,
        };
        Self::new(code, rejection.message)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Rejected(rejection) => rejection.into(),
            SubmitError::Overloaded => Self::new(
                Code::CommandQueueFull,
                "The command was not carried out, because the command queue is full. Try again after a pause.",
            ),
            SubmitError::Stopped => Self::new(
                Code::ServerStopping,
                "The command was not carried out, because the server is stopping. Try again when it runs again.",
            ),
        }
    }
}

impl From<gardesh_query::Error> for Problem {
    fn from(error: gardesh_query::Error) -> Self {
        match error {
            error if error.is_mistake() => Self::invalid(error.to_string()),
            gardesh_query::Error::FarBehind { .. } => {
                Self::new(Code::ReadModelBehind, error.to_string())
            }
            error => Self::internal(error),
        }
    }
}

/// The response names no instance yet; [`name_instance`] adds it, because only the
/// request knows its path.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.respond("");
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Writes the request's path into the problem that answers it, if one does.
pub fn name_instance(response: Response, path: &str) -> Response {
    let problem = response.extensions().get::<Arc<Problem>>().cloned();
    let Some(problem) = problem else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    let (named, body) = problem.respond(path).into_parts();
    // It is that of the body without the path.
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(named.headers);
    Response::from_parts(parts, body)
}

/// Answers a path that nobody serves.
pub async fn unknown_route(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::new(
        Code::RouteNotFound,
        format!(
            "Expected a path of this interface, but there is nothing at '{}'.",
            uri.path()
        ),
    )
}

/// Answers a method that a path does not know.
pub async fn wrong_method(request: Request) -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        format!(
            "Expected another method for '{}', but got {}.",
            request.uri().path(),
            request.method()
        ),
    )
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(
        method: &str,
        path: &str,
    ) -> (StatusCode, Option<HeaderValue>, serde_json::Value) {
        let refuse = || async {
            Problem::from(Rejection::new(
                RejectionKind::InvalidState,
                "Expected a, but b.",
            ))
        };
        let router: Router = Router::new()
            .route("/v2/jobs/{key}/completion", post(refuse))
            .fallback(unknown_route)
            .method_not_allowed_fallback(wrong_method);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = name_instance(response, path).into_parts();
        let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
        let length = parts.headers.get(header::CONTENT_LENGTH);
        assert!(length.is_none_or(|length| *length == *bytes.len().to_string()));
        (
            parts.status,
            parts.headers.get(header::CONTENT_TYPE).cloned(),
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[tokio::test]
    async fn problems_carry_title_status_and_path() {
        for (method, path, status, title, code_name) in [
            (
                "POST",
                "/v2/jobs/7/completion",
                409,
                "INVALID_STATE",
                "invalid-state",
            ),
            (
                "GET",
                "/v2/jobs/7/completion",
                405,
                "METHOD_NOT_ALLOWED",
                "method-not-allowed",
            ),
            ("GET", "/v2/nothing", 404, "NOT_FOUND", "route-not-found"),
        ] {
            let (code, content_type, body) = answer(method, path).await;
            assert_eq!(code.as_u16(), status, "{method} {path}");
            assert_eq!(content_type.unwrap(), "application/problem+json");
            assert_eq!(body["type"], format!("/docs/errors#{code_name}"));
            assert_eq!(body["title"], title);
            assert_eq!(body["status"], status);
            assert_eq!(body["instance"], path);
            assert!(
                body["detail"].as_str().unwrap().starts_with("Expected"),
                "{body}"
            );
        }
    }

    #[test]
    fn back_pressure_is_recognisable() {
        let response = Problem::from(SubmitError::Overloaded).respond("/v2/jobs/activation");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(
            Problem::from(SubmitError::Overloaded).code.title(),
            "RESOURCE_EXHAUSTED"
        );
    }
}
