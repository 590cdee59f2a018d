//! A blocking HTTP client whose replies are easy to check. It follows no redirect and
//! takes no status for an error, because both are what is tested.

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Response};

use crate::PATIENCE;

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
    tenant: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked, for messages.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Client {
    /// A client of the server at `base`, such as `http://127.0.0.1:8080`, that shows the
    /// given token.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            agent: config.into(),
            base: base.to_owned(),
            token: token.map(str::to_owned),
            tenant: None,
        }
    }

    /// The same client, for whom every request is one in this tenant.
    pub fn in_tenant(&self, name: &str) -> Self {
        Self {
            tenant: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// The address of a path of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// GET, or `Err` with the reason when there was no reply at all.
    pub fn try_get(&self, path: &str) -> Result<Reply, String> {
        self.send("GET", path, &[], None)
    }

    /// GET with further headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, None)
            .unwrap_or_else(|e| panic!("{e}"))
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[])
    }

    /// POST of JSON, or `Err` when there was no reply, as under a kill.
    pub fn try_post(&self, path: &str, body: &Value) -> Result<Reply, String> {
        self.try_send_json("POST", path, body)
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.try_post(path, body).unwrap_or_else(|e| panic!("{e}"))
    }

    /// PATCH with JSON.
    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.try_send_json("PATCH", path, body)
            .unwrap_or_else(|e| panic!("{e}"))
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.try_send_json("PUT", path, body)
            .unwrap_or_else(|e| panic!("{e}"))
    }

    fn try_send_json(&self, method: &str, path: &str, body: &Value) -> Result<Reply, String> {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    /// POST of anything.
    pub fn post_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Reply {
        self.send("POST", path, &[("content-type", content_type)], Some(body))
            .unwrap_or_else(|e| panic!("{e}"))
    }

    /// Any request: method, path, headers and, where the method takes one, a body.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, String> {
        let request = format!("{method} {path}");
        let mut builder = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        if let Some(token) = &self.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        if let Some(tenant) = &self.tenant {
            builder = builder.header("gardesh-tenant", tenant);
        }
        let result = match body {
            Some(body) => builder
                .body(body)
                .map_err(ureq::Error::from)
                .and_then(|r| self.agent.run(r)),
            None => builder
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|r| self.agent.run(r)),
        };
        result
            .and_then(|response| Reply::read(&request, response))
            .map_err(|e| format!("{request}: {e}"))
    }
}

impl Reply {
    fn read(request: &str, mut response: Response<ureq::Body>) -> Result<Reply, ureq::Error> {
        Ok(Reply {
            request: request.to_owned(),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response
                .body_mut()
                .with_config()
                .limit(64 * 1024 * 1024)
                .read_to_string()?,
        })
    }

    /// A header's value, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The reply itself when it has the expected status.
    ///
    /// # Panics
    /// When it has another one; the message shows the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        let Reply {
            request,
            status: found,
            body,
            ..
        } = &self;
        assert_eq!(
            *found, status,
            "Expected {status} from {request}, but it is {found}: {body}"
        );
        self
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(e) => panic!(
                "Expected JSON from {}, but {e}: {}",
                self.request, self.body
            ),
        }
    }
}
