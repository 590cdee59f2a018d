//! Parameters of a list: taken from the query string one by one, and none left over, so
//! that a misspelt filter is an error and not a longer list.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use gardesh_query::{Condition, Key, PageRequest};

use crate::http::extract::{Query, quote};
use crate::http::problem::Problem;
use crate::http::wire::{parse_iso, parse_key};

/// The parameters of a request.
pub struct Params {
    given: BTreeMap<String, String>,
    known: Vec<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(given) = Query::from_request_parts(parts, state).await?;
        Ok(Self {
            given,
            known: Vec::new(),
        })
    }
}

impl Params {
    /// A parameter as it stands.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        self.given.remove(name)
    }

    /// A condition on a text.
    pub fn equal(&mut self, name: &'static str) -> Option<Condition<String>> {
        self.text(name).map(Condition::eq)
    }

    /// A condition on a key.
    pub fn key(&mut self, name: &'static str) -> Result<Option<Condition<Key>>, Problem> {
        let key = self.parsed(name, "a key (a positive whole number)", parse_key)?;
        Ok(key
            .and_then(|key| i64::try_from(key).ok())
            .map(|key| Condition::eq(Key(key))))
    }

    /// A time in milliseconds since the epoch.
    pub fn time(&mut self, name: &'static str) -> Result<Option<u64>, Problem> {
        self.parsed(name, "a time such as 2026-11-21T10:00:00.000Z", parse_iso)
    }

    /// Something that goes by a few names; their case does not matter.
    pub fn named<T: serde::de::DeserializeOwned>(
        &mut self,
        name: &'static str,
        names: &str,
    ) -> Result<Option<T>, Problem> {
        self.parsed(name, names, |text| {
            let name = serde_json::Value::String(text.to_ascii_uppercase());
            serde_json::from_value(name).ok()
        })
    }

    /// A condition on that.
    pub fn one_of<T: serde::de::DeserializeOwned>(
        &mut self,
        name: &'static str,
        names: &str,
    ) -> Result<Option<Condition<T>>, Problem> {
        Ok(self.named(name, names)?.map(Condition::eq))
    }

    /// The page, by the names that searches have for it.
    pub fn page(&mut self) -> Result<PageRequest, Problem> {
        Ok(PageRequest {
            from: self.parsed("from", "a whole number", |text| text.parse().ok())?,
            limit: self.parsed("limit", "a whole number", |text| text.parse().ok())?,
            after: self.text("after"),
            before: self.text("before"),
        })
    }

    /// Refuses whatever was not taken.
    pub fn finish(self) -> Result<(), Problem> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(name) => Err(Problem::invalid(format!(
                "Expected the parameters {}, but got '{}'.",
                self.known.join(", "),
                quote(name)
            ))),
        }
    }

    fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let value = parse(&text).ok_or_else(|| {
            Problem::invalid(format!(
                "Expected '{name}' to be {expected}, but got '{}'.",
                quote(&text)
            ))
        })?;
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;
    use gardesh_query::InvitationState;

    use super::*;

    async fn params(query: &str) -> Params {
        let uri = format!("/v1/invitations?{query}");
        let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        Params::from_request_parts(&mut parts, &())
            .await
            .map_err(|problem| problem.detail().to_owned())
            .unwrap()
    }

    #[tokio::test]
    async fn parameters_are_taken_one_by_one() {
        let mut params = params("surveyId=a%20b&state=open&limit=5&processInstanceKey=7").await;
        assert_eq!(
            params.equal("surveyId"),
            Some(Condition::eq("a b".to_owned()))
        );
        assert_eq!(
            params.one_of("state", "").unwrap(),
            Some(Condition::eq(InvitationState::Open))
        );
        assert_eq!(
            params.key("processInstanceKey").unwrap(),
            Some(Condition::eq(Key(7)))
        );
        let page = params.page().unwrap();
        assert_eq!((page.limit, page.from, page.after), (Some(5), None, None));
        assert!(params.finish().is_ok());
    }

    #[tokio::test]
    async fn mistakes_are_named() {
        let mut strange = params("surveyID=a").await;
        assert_eq!(strange.text("surveyId"), None);
        assert_eq!(
            strange.finish().unwrap_err().detail(),
            "Expected the parameters surveyId, but got 'surveyID'."
        );
        assert!(params("k=x").await.key("k").is_err());
        assert!(params("from=yesterday").await.time("from").is_err());
        assert!(params("limit=-1").await.page().is_err());
        assert!(
            params("state=lost")
                .await
                .one_of::<InvitationState>("state", "")
                .is_err()
        );
    }
}
