//! Who sends a request, and in which tenant it works. Handlers get both from here and nowhere else.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use gardesh_engine::identity::Identity;
use gardesh_engine::key::TenantId;

use super::access::SignedIn;
use super::api::Api;
use super::extract::quote;
use super::problem::{Code, Problem};

/// The header with the id of the tenant that a request works in. Without it, and without a
/// `tenantId` in the request itself, it is the default tenant.
pub const TENANT: HeaderName = HeaderName::from_static("gardesh-tenant");

/// A tenant, as requests and answers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its number in the engine.
    pub id: TenantId,
    /// Its id in the API.
    pub name: Arc<str>,
}

/// Who sends a request, and the one tenant that it works in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub tenant: Tenant,
    /// Who it is.
    pub identity: Identity,
    /// Whether the request has named the tenant in its header.
    has_named_tenant: bool,
}

impl Tenant {
    /// The tenant that is always there.
    pub fn default_one() -> Self {
        Self {
            id: TenantId::DEFAULT,
            name: TenantId::DEFAULT_NAME.into(),
        }
    }
}

impl Caller {
    /// The same caller in the tenant that the request names in its body, if it names one.
    ///
    /// # Errors
    /// When there is no such tenant, or the header names another one.
    pub async fn in_tenant(mut self, api: &Api, name: Option<&str>) -> Result<Self, Problem> {
        let Some(name) = name.filter(|name| **name != *self.tenant.name) else {
            return Ok(self);
        };
        if self.has_named_tenant {
            return Err(Problem::invalid(format!(
                "Expected one tenant, but the header '{TENANT}' names '{}' and the request '{}'. Name it in one of the two.",
                self.tenant.name,
                quote(name)
            )));
        }
        self.tenant = find(api, name).await?;
        Ok(self)
    }

    /// Refuses what concerns the server as a whole to whoever works in one tenant of it.
    ///
    /// # Errors
    /// When the request is for a tenant that somebody created.
    pub fn expect_default_tenant(&self) -> Result<(), Problem> {
        if self.tenant.id == TenantId::DEFAULT {
            return Ok(());
        }
        Err(Problem::invalid(format!(
            "Expected a request for the server as a whole, but it is for the tenant '{}'. Leave the header '{TENANT}' out.",
            self.tenant.name
        )))
    }

    /// As [`Self::in_tenant`] where the request may name several: they must be one and the same.
    ///
    /// # Errors
    /// As there, and when they are not.
    pub async fn in_one_tenant(self, api: &Api, names: &[String]) -> Result<Self, Problem> {
        let first = names.first().map(String::as_str);
        if let Some(other) = names.iter().find(|name| Some(&***name) != first) {
            return Err(Problem::invalid(format!(
                "Expected one tenant, but the request names '{}' and '{}'. Send a request for each.",
                quote(first.unwrap_or_default()),
                quote(other)
            )));
        }
        self.in_tenant(api, first).await
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        // Every route is guarded; one that is not answers nobody.
        let signed_in = parts.extensions.get::<SignedIn>().cloned();
        let SignedIn(identity) =
            signed_in.ok_or_else(|| Problem::internal("a route is not guarded"))?;
        let named = named_in(&parts.headers)?;
        let tenant = match &named {
            Some(name) => find(api, name).await?,
            None => Tenant::default_one(),
        };
        Ok(Self {
            tenant,
            identity,
            has_named_tenant: named.is_some(),
        })
    }
}

/// The tenant with this id.
async fn find(api: &Api, name: &str) -> Result<Tenant, Problem> {
    if name == TenantId::DEFAULT_NAME {
        return Ok(Tenant::default_one());
    }
    let asked: Arc<str> = name.into();
    let wanted = Arc::clone(&asked);
    let id = api
        .state(move |state| state.tenants_by_name.get(&wanted).map(|id| *id))
        .await?;
    match id {
        Some(id) => Ok(Tenant { id, name: asked }),
        None => Err(unknown(name)),
    }
}

/// 404: there is no such tenant.
pub fn unknown(name: &str) -> Problem {
    Problem::new(
        Code::ResourceNotFound,
        format!(
            "Expected a tenant with the id '{}', but there is none. Create it first, or leave the tenant out for the default one.",
            quote(name)
        ),
    )
}

fn named_in(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(&TENANT).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(name), None) => Ok(Some(name.to_owned())),
        _ => Err(Problem::invalid(format!(
            "Expected the header '{TENANT}' once, with the id of a tenant, but it comes several times or cannot be read."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_header_names_one_tenant() {
        let mut headers = HeaderMap::new();
        assert_eq!(named_in(&headers).unwrap(), None);
        headers.append(TENANT, HeaderValue::from_static("acme"));
        assert_eq!(named_in(&headers).unwrap().as_deref(), Some("acme"));
        headers.append(TENANT, HeaderValue::from_static("other"));
        assert!(named_in(&headers).is_err());
    }
}
