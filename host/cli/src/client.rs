//! The HTTP client: one request, one answer. What can go wrong on the way, and how the server
//! says no, is in `answers.rs`; what to ask for and how to show it is the commands' business.

use std::io::{self, Read};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Method, Request, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, Body, SendBody};

use crate::answers::{Refused, refused, unreachable};
use crate::failure::Failure;
use crate::limits::{ANSWER_TIMEOUT, CONNECT_TIMEOUT, MAX_ANSWER_BYTES};

/// A server and how to speak to it.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
    tenant: Option<String>,
}

/// An answer of the server, as it came.
#[derive(Debug)]
pub struct Answer {
    /// The body; empty where the server had nothing to say.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body).map_err(|error| {
            Failure::Unexpected(format!(
                "Expected an answer that this version of gardesh can read, but {error}. \
                 Is the server of another version?"
            ))
        })
    }
}

/// What a request carries.
pub enum Payload<'a> {
    /// Nothing.
    Empty,
    /// A media type and the bytes, with something to do once the last one was sent.
    Bytes {
        media_type: &'a str,
        bytes: &'a [u8],
        sent: &'a dyn Fn(),
    },
}

impl Client {
    /// A client for the server at `base`, an address such as `http://127.0.0.1:8080`.
    pub fn new(base: &str, token: Option<String>, tenant: Option<String>) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base
            .parse()
            .ok()
            .filter(|uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")))
            .ok_or_else(|| {
                Failure::Usage(format!(
                    "Expected a server address such as http://127.0.0.1:8080, but got {base:?}"
                ))
            })?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ANSWER_TIMEOUT))
            .user_agent(concat!("gardesh/", env!("CARGO_PKG_VERSION")));
        // A proxy cannot reach what listens on this machine only.
        if is_loopback(&uri) {
            config = config.proxy(None);
        }
        if uri.scheme_str() == Some("https") {
            config = config.tls_config(tls());
        }
        Ok(Self {
            agent: config.build().new_agent(),
            base,
            token,
            tenant,
        })
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of a request.
    pub fn address(&self, path: &str, query: &[(&str, &str)]) -> String {
        format!("{}{path}{}", self.base, query_string(query))
    }

    /// `GET path?query`.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        self.request(Method::GET, path, query, Payload::Empty, ANSWER_TIMEOUT)
    }

    /// `POST path` with a JSON body.
    pub fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, Failure> {
        self.post_within(path, body, ANSWER_TIMEOUT)
    }

    /// As [`Client::post`], for an answer that may take up to `timeout`.
    pub fn post_within(
        &self,
        path: &str,
        body: &impl Serialize,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        let bytes = serde_json::to_vec(body)
            .map_err(|error| Failure::Unexpected(format!("Expected to write JSON, but {error}")))?;
        let payload = Payload::Bytes {
            media_type: "application/json",
            bytes: &bytes,
            sent: &|| {},
        };
        self.request(Method::POST, path, &[], payload, timeout)
    }

    /// `DELETE path`.
    pub fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.request(Method::DELETE, path, &[], Payload::Empty, ANSWER_TIMEOUT)
    }

    /// Any request. A path segment that a user gave goes through [`segment`] first.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        payload: Payload<'_>,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.address(path, query))
            .header("accept", "application/json, application/problem+json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(tenant) = &self.tenant {
            request = request.header("gardesh-tenant", tenant);
        }
        match payload {
            Payload::Empty => self.run(request.body(()), timeout),
            Payload::Bytes {
                media_type,
                bytes,
                sent,
            } => {
                let mut source = Watched { bytes, sent };
                let request = request
                    .header("content-type", media_type)
                    .header("content-length", bytes.len())
                    .body(SendBody::from_reader(&mut source));
                self.run(request, timeout)
            }
        }
    }

    fn run<B: AsSendBody>(
        &self,
        request: ureq::http::Result<Request<B>>,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        let request = request.map_err(|error| {
            Failure::Usage(format!("Expected a valid address and token, but {error}"))
        })?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .build();
        let response = self
            .agent
            .run(request)
            .map_err(|error| self.not_reached(error))?;
        self.answer(response)
    }

    fn answer(&self, mut response: Response<Body>) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        let media_type = header(&response, "content-type").to_owned();
        let location = header(&response, "location").to_owned();
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_string()
            .map_err(|error| self.not_reached(error))?;
        let is_json = media_type.split(';').next().is_some_and(|t| {
            let t = t.trim();
            t == "application/json" || t.ends_with("+json")
        });
        match status {
            200..300 if is_json || body.is_empty() => Ok(Answer { body }),
            _ => Err(refused(
                &self.base,
                &Refused {
                    status,
                    is_json,
                    media_type: &media_type,
                    location: &location,
                    body: &body,
                },
            )),
        }
    }

    fn not_reached(&self, error: ureq::Error) -> Failure {
        unreachable(&self.base, &error)
    }
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// TLS that trusts the authorities of the operating system: companies run their own.
fn tls() -> TlsConfig {
    // A second installation is refused, and the first one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build()
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri
        .host()
        .unwrap_or("")
        .trim_matches(|c| matches!(c, '[' | ']'));
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn query_string(query: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in query {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(&segment(name));
        text.push('=');
        text.push_str(&segment(value));
    }
    text
}

/// Percent-encodes all but the unreserved characters of RFC 3986, so that the text is one
/// segment of a path or one value of a query whatever is in it.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Bytes to send, with something to do after the last one.
struct Watched<'a> {
    bytes: &'a [u8],
    sent: &'a dyn Fn(),
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let had_some = !self.bytes.is_empty();
        let read = self.bytes.read(buffer)?;
        if had_some && self.bytes.is_empty() {
            (self.sent)();
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_a_user_types_stays_in_its_place() {
        assert_eq!(segment("a b/c?d=é"), "a%20b%2Fc%3Fd%3D%C3%A9");
        assert_eq!(segment("claim-finance_1.0~x"), "claim-finance_1.0~x");
        let query = query_string(&[("a", "1&2"), ("b", "{}")]);
        assert_eq!(query, "?a=1%262&b=%7B%7D");
        assert_eq!(query_string(&[]), "");
    }

    #[test]
    fn addresses_are_checked_before_anything_is_sent() {
        for base in ["", "127.0.0.1:8080", "ftp://x", "http://", "file:///etc"] {
            let error = Client::new(base, None, None).expect_err(base);
            assert_eq!(error.exit_code(), 2, "{base}");
        }
        assert_eq!(
            Client::new("http://h:1/", None, None).unwrap().base(),
            "http://h:1"
        );
    }

    #[test]
    fn loopback_is_seen_as_such() {
        for (uri, loopback) in [
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://localhost", true),
            ("http://example.com", false),
        ] {
            assert_eq!(is_loopback(&uri.parse().unwrap()), loopback, "{uri}");
        }
    }

    #[test]
    fn the_end_of_an_upload_is_told_once() {
        let times = Cell::new(0);
        let sent = || times.set(times.get() + 1);
        let mut watched = Watched {
            bytes: b"abcdef",
            sent: &sent,
        };
        let mut buffer = [0; 4];
        while watched.read(&mut buffer).unwrap() > 0 {}
        assert_eq!(watched.read(&mut buffer).unwrap(), 0);
        assert_eq!(times.get(), 1);
    }
}
