//! What handlers take from a request, with errors in the reader's words. The bounds on
//! bodies are here; what the bodies mean is beside the handlers.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use gardesh_engine::limits::MAX_NAME_BYTES;
use serde::de::DeserializeOwned;

use super::problem::{Code, Problem};
use crate::limits::{JSON_BODY_TIME, MAX_JSON_BYTES, MAX_QUOTED_CHARS};

/// A JSON body.
pub struct Json<T>(pub T);

/// A JSON body that may be left out, which means the same as `{}`.
pub struct OptionalJson<T>(pub T);

/// The key that is the only parameter in the path.
pub struct PathKey<K>(pub K);

/// The text that is the only parameter in the path.
pub struct PathText(pub String);

/// The query string.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_json(request)
            .await
            .and_then(|bytes| parse(&bytes))
            .map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let untyped = !request.headers().contains_key(header::CONTENT_TYPE);
        let bytes = if untyped {
            read_body(request.into_body(), MAX_JSON_BYTES, JSON_BODY_TIME).await?
        } else {
            read_json(request).await?
        };
        match bytes.trim_ascii() {
            b"" => parse(b"{}"),
            _ if untyped => Err(wrong_type(None)),
            json => parse(json),
        }
        .map(Self)
    }
}

impl<S: Send + Sync, K: FromStr + Send> FromRequestParts<S> for PathKey<K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let PathText(text) = PathText::from_request_parts(parts, state).await?;
        let digits = super::wire::parse_key(&text).is_some();
        digits
            .then(|| text.parse().ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| {
                Problem::invalid(format!(
                    "Expected a key (a positive whole number) in the path, but got '{}'.",
                    quote(&text)
                ))
            })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|e| Problem::invalid(format!("Expected a readable path, but {e}.")))?;
        Ok(Self(text))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::try_from_uri(&parts.uri).map_err(|e| {
            Problem::invalid(format!(
                "Expected a readable query string, but {}.",
                e.body_text()
            ))
        })?;
        Ok(Self(query.0))
    }
}

async fn read_json(request: Request) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(wrong_type(request.headers().get(header::CONTENT_TYPE)));
    }
    read_body(request.into_body(), MAX_JSON_BYTES, JSON_BODY_TIME).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str())
    else {
        return false;
    };
    let media_type = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn wrong_type(found: Option<&header::HeaderValue>) -> Problem {
    let found = found.map_or("there is none".to_owned(), |value| {
        format!(
            "it is '{}'",
            quote(&String::from_utf8_lossy(value.as_bytes()))
        )
    });
    Problem::new(
        Code::UnsupportedMediaType,
        format!("Expected the content type application/json, but {found}."),
    )
}

/// Reads a body to its end, but no more than `limit` bytes and no longer than `time`.
pub async fn read_body(body: Body, limit: usize, time: Duration) -> Result<Bytes, Problem> {
    let reading = axum::body::to_bytes(body, limit);
    match tokio::time::timeout(time, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(Problem::new(
            Code::PayloadTooLarge,
            format!("Expected a body of at most {limit} bytes, but it is longer."),
        )),
        Ok(Err(error)) => Err(Problem::new(
            Code::InvalidBody,
            format!("Expected a complete body, but it could not be read: {error}."),
        )),
        Err(_) => Err(Problem::new(
            Code::BodyTimeout,
            format!(
                "Expected the body within {} s, but it is not complete.",
                time.as_secs()
            ),
        )),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Reads JSON; an error says what was expected, and where.
///
/// Only an object will do: serde would take a list for the fields of a type in order.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    if json
        .trim_ascii_start()
        .first()
        .is_some_and(|byte| b"[\"-0123456789tfn".contains(byte))
    {
        return Err(Problem::invalid(
            "Expected the body to be a JSON object, but it is another kind of value.",
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        Problem::new(Code::InvalidBody, explain(&path, error.inner()))
    })?;
    deserializer
        .end()
        .map_err(|error| Problem::new(Code::InvalidBody, explain(".", &error)))?;
    Ok(value)
}

/// Turns serde's account of an error ("invalid type: string "x", expected u32 at line 1
/// column 7") into the house's form, with the place first.
fn explain(path: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    let place = if path == "." {
        "the body".to_owned()
    } else {
        format!("'{}'", quote(path))
    };
    let at = format!("(line {}, column {})", error.line(), error.column());
    if !error.is_data() {
        return format!("Expected {place} to be JSON, but there is a mistake: {message} {at}.");
    }
    let mistyped = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "));
    match mistyped.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, expected)) => format!(
            "Expected {place} to be {expected}, but it is {} {at}.",
            quote(found)
        ),
        None => format!(
            "Expected {place} to be readable, but there is a mistake: {} {at}.",
            quote(message)
        ),
    }
}

/// Checks text that is to name something. The state's keys cannot hold control characters.
pub fn check_name(what: &str, name: &str) -> Result<Arc<str>, Problem> {
    if name.trim().is_empty() || name.len() > MAX_NAME_BYTES || name.contains(char::is_control) {
        return Err(Problem::invalid(format!(
            "Expected the name of a {what}, of 1 to {MAX_NAME_BYTES} bytes without control characters, but got '{}'.",
            quote(name)
        )));
    }
    Ok(name.into())
}

/// Foreign text for a message: short and on one line.
pub fn quote(text: &str) -> String {
    let line: String = text
        .chars()
        .take(MAX_QUOTED_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        line + "…"
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use axum::http::StatusCode;

    use super::*;
    use crate::http::wire::Key;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Body {
        max_jobs: Option<u32>,
        nested: Nested,
        variables: Option<Box<RawValue>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Nested {
        keys: Vec<Key>,
    }

    #[test]
    fn errors_say_what_and_where() {
        for (json, expected) in [
            (
                r#"{"maxJobs":"x"}"#,
                "Expected 'maxJobs' to be u32, but it is string \"x\" (line 1, column 14).",
            ),
            (
                r#"{"nested":{"keys":["1",true]}}"#,
                "Expected 'nested.keys[1]' to be a key (a positive whole number, as text), \
                 but it is boolean `true` (line 1, column 27).",
            ),
            (
                "",
                "Expected the body to be JSON, but there is a mistake: EOF while parsing a value (line 1, column 0).",
            ),
            (
                "{} {}",
                "Expected the body to be JSON, but there is a mistake: trailing characters (line 1, column 4).",
            ),
            (
                "[]",
                "Expected the body to be a JSON object, but it is another kind of value.",
            ),
        ] {
            let problem = parse::<Body>(json.as_bytes()).map(|_| ()).unwrap_err();
            assert_eq!(problem.detail(), expected, "{json}");
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn raw_values_and_unknown_fields_pass() {
        let body: Body = parse(br#"{"variables":{"a":1.10},"new":[1,2],"maxJobs":null}"#).unwrap();
        assert_eq!(body.variables.unwrap().get(), r#"{"a":1.10}"#);
        assert_eq!(body.max_jobs, None);
    }

    async fn json(content_type: Option<&str>, body: &'static str) -> Result<Body, Problem> {
        let mut request = Request::builder().uri("/");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let request = request.body(axum::body::Body::from(body)).unwrap();
        OptionalJson::<Body>::from_request(request, &())
            .await
            .map(|json| json.0)
    }

    #[tokio::test]
    async fn a_body_needs_its_type_and_may_be_left_out() {
        for (content_type, body, status) in [
            (None, "", 200),
            (None, "{}", 415),
            (Some("text/plain"), "{}", 415),
            (Some("application/x-www-form-urlencoded"), "{}", 415),
            (Some("application/json"), "", 200),
            (Some("application/json; charset=utf-8"), "{}", 200),
            (Some("application/vnd.api+json"), " {} ", 200),
            (Some("application/json"), "{", 400),
        ] {
            let found = json(content_type, body)
                .await
                .map_or_else(|p| p.status().as_u16(), |_| 200);
            assert_eq!(found, status, "{content_type:?} {body:?}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(
            &*check_name("job type", "بررسی خسارت").unwrap(),
            "بررسی خسارت"
        );
        for name in ["", "  ", "a\0b", "line\nbreak", &"x".repeat(513)] {
            assert_eq!(
                check_name("job type", name).unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{name:?}"
            );
        }
    }

    #[tokio::test]
    async fn long_bodies_are_refused() {
        let body = axum::body::Body::from(vec![b' '; 11]);
        let problem = read_body(body, 10, JSON_BODY_TIME).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_bodies_are_refused() {
        let never = axum::body::Body::from_stream(futures_util::stream::pending::<
            Result<Bytes, std::io::Error>,
        >());
        let problem = read_body(never, 10, JSON_BODY_TIME).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
