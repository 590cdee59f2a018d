//! What searches share: how many to show, and the body of a search request.

use clap::Args;
use serde_json::{Map, Value, json};

/// How many items a list shows.
#[derive(Debug, Args)]
pub struct Limit {
    /// How many to show at most
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
}

/// The filter of a search request.
#[derive(Debug, Default)]
pub struct Filter(Map<String, Value>);

impl Filter {
    /// Only what has this value in this field; without a value the field does not matter.
    pub fn with(mut self, field: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(field.to_owned(), value.into());
        }
        self
    }

    /// As [`Filter::with`], for a key: keys are text in the API.
    pub fn with_key(self, field: &str, key: Option<u64>) -> Self {
        self.with(field, key.map(|key| key.to_string()))
    }

    /// The body of a search request: newest first, by `newest_by`.
    pub fn request(self, newest_by: &str, limit: &Limit) -> Value {
        self.sorted(newest_by, "DESC", limit)
    }

    /// The body of a search request: in the order of the alphabet, by `name`.
    pub fn request_by_name(self, name: &str, limit: &Limit) -> Value {
        self.sorted(name, "ASC", limit)
    }

    fn sorted(self, field: &str, order: &str, limit: &Limit) -> Value {
        json!({
            "filter": self.0,
            "sort": [{"field": field, "order": order}],
            "page": {"limit": limit.limit},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_holds_only_what_was_asked_for() {
        let request = Filter::default()
            .with("state", Some("ACTIVE"))
            .with("assignee", None::<&str>)
            .with_key("processInstanceKey", Some(7))
            .request("startDate", &Limit { limit: 5 });
        let expected = json!({
            "filter": {"state": "ACTIVE", "processInstanceKey": "7"},
            "sort": [{"field": "startDate", "order": "DESC"}],
            "page": {"limit": 5},
        });
        assert_eq!(request, expected);
    }
}
