//! Who may ask: the API token, the names that this server answers to, and the pages that
//! may send requests from a browser. What is asked is no concern of this file.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use gardesh_engine::identity::Identity;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use tower::Layer as _;

use super::extract::quote;
use super::problem::{self, Code, Problem};
use crate::limits::{MAX_REQUESTS, MIN_TOKEN_CHARS};

/// The one path of the interface that needs no token: load balancers ask for it.
const OPEN_PATH: &str = "/v1/health";

/// The client that everybody is who holds the server's API token.
const TOKEN_CLIENT: &str = "api-token";

/// Who a request was let in as.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Identity);

/// Who may use the interface, and under which names it is known.
#[derive(Clone, Debug)]
pub struct Access {
    /// SHA-256 of the API token, so that comparing takes the same time for every length.
    token: Option<[u8; 32]>,
    listens_on_loopback: bool,
    listen: SocketAddr,
    /// Scheme and authority of the address that customers see.
    public: Option<(String, Authority)>,
}

/// What is wrong with the settings of [`Access`].
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The public address is no absolute URL.
    #[error("Expected the public URL to be like 'https://example.com', but got '{0}'")]
    PublicUrl(String),
    /// A token that anybody could guess or no header can carry.
    #[error(
        "Expected an API token of at least {MIN_TOKEN_CHARS} printable ASCII characters without spaces"
    )]
    Token,
}

impl Access {
    /// Access for a server at `listen` that customers reach at `public_url`. Without a
    /// token everybody who reaches the address may do everything.
    ///
    /// # Errors
    /// When the URL is not absolute or the token is too short.
    pub fn new(
        token: Option<&str>,
        listen: SocketAddr,
        public_url: Option<&str>,
    ) -> Result<Self, AccessError> {
        if token.is_some_and(|token| {
            token.len() < MIN_TOKEN_CHARS || !token.bytes().all(|byte| byte.is_ascii_graphic())
        }) {
            return Err(AccessError::Token);
        }
        let public = public_url
            .map(|url| parse_origin(url).ok_or_else(|| AccessError::PublicUrl(url.to_owned())));
        Ok(Self {
            token: token.map(|token| Sha256::digest(token.as_bytes()).into()),
            listens_on_loopback: listen.ip().is_loopback(),
            listen,
            public: public.transpose()?,
        })
    }

    /// Who sends the request, by its token.
    fn sign_in(&self, headers: &HeaderMap) -> Result<SignedIn, Problem> {
        let Some(expected) = &self.token else {
            return Ok(SignedIn(Identity::Anonymous));
        };
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.as_bytes().split_at_checked(7)?;
            scheme
                .eq_ignore_ascii_case(b"Bearer ")
                .then(|| token.trim_ascii())
        });
        let Some(sent) = sent else {
            return Err(unauthorized(
                "Expected the header 'Authorization: Bearer …' with the API token, but there is none.",
            ));
        };
        let digest: [u8; 32] = Sha256::digest(sent).into();
        if bool::from(digest.ct_eq(expected)) {
            Ok(SignedIn(Identity::Client(TOKEN_CLIENT.into())))
        } else {
            Err(unauthorized(
                "Expected the API token of this server, but the request carries another one.",
            ))
        }
    }

    /// A page on the internet can have its own name point to 127.0.0.1 and then talk to
    /// a server there as to itself (DNS rebinding). Its requests still carry its name.
    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let authority = authority_of(uri, headers).ok_or_else(|| {
            Problem::new(
                Code::InvalidHost,
                "Expected one readable 'Host' header, but there is none.",
            )
        })?;
        if !self.listens_on_loopback || self.answers_to(&authority) {
            return Ok(());
        }
        Err(Problem::new(
            Code::WrongServer,
            format!(
                "Expected a request for this machine, but it is for '{}'. A server that listens on a loopback \
                 address answers to 'localhost' and to its public URL only.",
                quote(authority.host())
            ),
        ))
    }

    fn answers_to(&self, authority: &Authority) -> bool {
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let address = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        let here = address.is_ok_and(|ip| ip.is_loopback() || ip == self.listen.ip());
        let public = self
            .public
            .as_ref()
            .is_some_and(|(_, public)| public.host().eq_ignore_ascii_case(&host));
        here || public || host == "localhost" || host.ends_with(".localhost")
    }

    /// A browser sends requests for any page that asks it to. It says for which page.
    fn check_origin(&self, request: &Request) -> Result<(), Problem> {
        if matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS
        ) {
            return Ok(());
        }
        let headers = request.headers();
        let fetch_site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let allowed = match (fetch_site, headers.get(header::ORIGIN)) {
            (Some(site), _) => matches!(site, b"same-origin" | b"none"),
            (None, Some(origin)) => self.is_own_origin(origin, request),
            (None, None) => true,
        };
        if allowed {
            return Ok(());
        }
        Err(Problem::new(
            Code::ForbiddenOrigin,
            "Expected a request from a page of this server or from a program, but another site's page sent it.",
        ))
    }

    fn is_own_origin(&self, origin: &HeaderValue, request: &Request) -> bool {
        let Some((scheme, origin)) = origin.to_str().ok().and_then(parse_origin) else {
            return false;
        };
        let same_host =
            authority_of(request.uri(), request.headers()).is_some_and(|own| own == origin);
        let public = self.public.as_ref();
        same_host || public.is_some_and(|(own_scheme, own)| *own_scheme == scheme && *own == origin)
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

fn parse_origin(url: &str) -> Option<(String, Authority)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    Some((scheme.to_owned(), uri.authority()?.clone()))
}

/// The authority that a request is for: from an absolute request line (HTTP/2 has no
/// other), otherwise from its only `Host` header.
fn authority_of(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    if let Some(authority) = uri.authority() {
        return Some(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
        _ => None,
    }
}

/// Puts the checks that only the programming interface needs around its routes: token
/// and origin. Pages for customers carry their own secret in the link.
pub fn guard_interface<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    access: Arc<Access>,
) -> Router<S> {
    routes.layer(middleware::from_fn_with_state(access, check_interface))
}

async fn check_interface(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    let checked = access.check_origin(&request).and_then(|()| {
        if request.uri().path() == OPEN_PATH {
            Ok(SignedIn(Identity::Anonymous))
        } else {
            access.sign_in(request.headers())
        }
    });
    let mut response = match checked {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        set_default(response.headers_mut(), name, value);
    }
    response
}

/// Puts the checks that every request passes around the whole server: its place in line and
/// the name that it asks for. They are around the router and not on each of its routes, or
/// axum would copy them with the route for every request.
pub fn guard_all(routes: Router, access: Arc<Access>) -> Router {
    let places = Arc::new(Semaphore::new(MAX_REQUESTS));
    let checks = middleware::from_fn_with_state((access, places), check_all);
    Router::new().fallback_service(checks.layer(routes))
}

async fn check_all(
    State((access, places)): State<(Arc<Access>, Arc<Semaphore>)>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri().clone();
    let place = places.try_acquire().map_err(|_| {
        Problem::new(Code::TooManyRequests, format!(
            "Expected fewer than {MAX_REQUESTS} requests at once, but there are as many. Try again after a pause."
        ))
    });
    let checked = place.and_then(|place| {
        access.check_host(&uri, request.headers())?;
        Ok(place)
    });
    let response = match checked {
        Ok(_place) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let mut response = problem::name_instance(response, uri.path());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        set_default(response.headers_mut(), name, value);
    }
    response
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::{get, post};
    use tower::ServiceExt as _;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn server(token: Option<&str>, listen: &str, public_url: Option<&str>) -> Router {
        let access = Arc::new(Access::new(token, listen.parse().unwrap(), public_url).unwrap());
        let interface: Router = Router::new()
            .route("/v1/health", get(|| async { "up" }))
            .route(
                "/v2/jobs/search",
                post(|| async { "found" }).get(|| async { "read" }),
            );
        let pages = Router::new().route("/s/abc", post(|| async { "thanks" }));
        guard_all(
            guard_interface(interface, access.clone()).merge(pages),
            access,
        )
    }

    async fn status(server: &Router, line: &str, headers: &[(&str, &str)]) -> u16 {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        server
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    #[tokio::test]
    async fn the_token_guards_all_but_health() {
        let server = server(Some(TOKEN), "127.0.0.1:8080", None);
        let host = ("host", "localhost:8080");
        for (line, authorization, expected) in [
            ("GET /v1/health", "", 200),
            ("GET /v2/jobs/search", "", 401),
            ("GET /v2/jobs/search", "Bearer wrong", 401),
            ("GET /v2/jobs/search", "Bearer 0123456789abcdeg", 401),
            ("GET /v2/jobs/search", "Bearer 0123456789abcdef0", 401),
            ("GET /v2/jobs/search", "Basic 0123456789abcdef", 401),
            ("GET /v2/jobs/search", "Bearer", 401),
            ("GET /v2/jobs/search", "bearer 0123456789abcdef", 200),
            ("POST /v2/jobs/search", "Bearer 0123456789abcdef", 200),
        ] {
            let found = status(&server, line, &[host, ("authorization", authorization)]).await;
            assert_eq!(found, expected, "{line} {authorization:?}");
        }
    }

    #[tokio::test]
    async fn a_loopback_server_answers_to_its_own_names_only() {
        let local = server(None, "127.0.0.1:8080", Some("https://cases.example.com"));
        let open = server(None, "0.0.0.0:8080", None);
        for (host, expected) in [
            ("localhost:8080", 200),
            ("LOCALHOST", 200),
            ("demo.localhost:1", 200),
            ("127.0.0.1:8080", 200),
            ("127.1.2.3", 200),
            ("[::1]:8080", 200),
            ("cases.example.com", 200),
            ("evil.example.com", 421),
            ("localhost.example.com", 421),
            ("notlocalhost", 421),
            ("192.168.0.1:8080", 421),
            ("", 400),
            ("a b", 400),
        ] {
            assert_eq!(
                status(&local, "GET /v1/health", &[("host", host)]).await,
                expected,
                "{host}"
            );
        }
        assert_eq!(status(&local, "GET /v1/health", &[]).await, 400);
        assert_eq!(
            status(
                &local,
                "GET /v1/health",
                &[("host", "localhost"), ("host", "evil.test")]
            )
            .await,
            400
        );
        assert_eq!(
            status(
                &local,
                "GET http://evil.test/v1/health",
                &[("host", "localhost")]
            )
            .await,
            421
        );
        assert_eq!(
            status(&open, "GET /v1/health", &[("host", "cases.example.com")]).await,
            200
        );
    }

    #[tokio::test]
    async fn other_sites_pages_cannot_write() {
        let server = server(None, "127.0.0.1:8080", Some("https://cases.example.com"));
        let host = ("host", "localhost:8080");
        for (line, name, value, expected) in [
            ("POST /v2/jobs/search", "sec-fetch-site", "cross-site", 403),
            ("POST /v2/jobs/search", "sec-fetch-site", "same-site", 403),
            ("POST /v2/jobs/search", "sec-fetch-site", "same-origin", 200),
            ("POST /v2/jobs/search", "sec-fetch-site", "none", 200),
            ("GET /v2/jobs/search", "sec-fetch-site", "cross-site", 200),
            ("POST /v2/jobs/search", "origin", "null", 403),
            (
                "POST /v2/jobs/search",
                "origin",
                "http://localhost:3000",
                403,
            ),
            (
                "POST /v2/jobs/search",
                "origin",
                "http://localhost:8080",
                200,
            ),
            (
                "POST /v2/jobs/search",
                "origin",
                "https://cases.example.com",
                200,
            ),
            (
                "POST /v2/jobs/search",
                "origin",
                "http://cases.example.com",
                403,
            ),
            ("POST /s/abc", "sec-fetch-site", "cross-site", 200),
        ] {
            let found = status(&server, line, &[host, (name, value)]).await;
            assert_eq!(found, expected, "{line} {name}: {value}");
        }
    }

    #[tokio::test]
    async fn answers_carry_security_headers_even_when_refused() {
        let server = server(Some(TOKEN), "127.0.0.1:8080", None);
        let request = Request::builder()
            .uri("/v2/jobs/search")
            .header("host", "localhost");
        let response = server
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        for name in [header::X_CONTENT_TYPE_OPTIONS, header::CACHE_CONTROL] {
            assert!(response.headers().contains_key(&name), "{name}");
        }
        let body = axum::body::to_bytes(response.into_body(), 10_000).await;
        let problem: serde_json::Value = serde_json::from_slice(&body.unwrap()).unwrap();
        assert_eq!(problem["instance"], "/v2/jobs/search");
    }

    #[test]
    fn weak_settings_are_refused() {
        let listen = "127.0.0.1:8080".parse().unwrap();
        for (token, url) in [
            (Some("short"), None),
            (Some("sixteen chars and spaces"), None),
            (None, Some("example.com")),
            (None, Some("ftp://example.com")),
            (None, Some("")),
        ] {
            assert!(
                Access::new(token, listen, url).is_err(),
                "{token:?} {url:?}"
            );
        }
    }
}
