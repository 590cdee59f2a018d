//! Pages: by offset, or by a cursor that stands for a row and stays right while rows come
//! and go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::Value;
use serde::Deserialize;
use serde_json::json;

use super::sort::Term;
use crate::error::Error;
use crate::limits::{DEFAULT_PAGE_ROWS, MAX_CURSOR_BYTES, MAX_PAGE_ROWS};

/// Which page, as in the Camunda REST API: at most one of `from`, `after` and `before`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PageRequest {
    /// Rows to leave out.
    pub from: Option<u64>,
    /// Rows on the page, 1 to 10,000; 100 if it does not say.
    pub limit: Option<u32>,
    /// The end cursor of the page before.
    pub after: Option<String>,
    /// The start cursor of the page after.
    pub before: Option<String>,
}

/// One page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    /// The rows, in order.
    pub items: Vec<R>,
    /// Rows that meet the filter, on all pages.
    pub total_items: u64,
    /// Whether there are more than were counted.
    pub has_more_total_items: bool,
    /// Stands for the first row.
    pub start_cursor: Option<String>,
    /// Stands for the last row.
    pub end_cursor: Option<String>,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    Offset(i64),
    After(Vec<Value>),
    Before(Vec<Value>),
}

impl PageRequest {
    pub(crate) fn limit(&self) -> Result<u32, Error> {
        match self.limit.unwrap_or(DEFAULT_PAGE_ROWS) {
            limit @ 1..=MAX_PAGE_ROWS => Ok(limit),
            limit => Err(Error::InvalidSearch(format!(
                "Expected a page limit of 1 to {MAX_PAGE_ROWS}, but got {limit}."
            ))),
        }
    }

    pub(crate) fn start(&self, terms: &[Term]) -> Result<Start, Error> {
        match (self.from, &self.after, &self.before) {
            (from, None, None) => Ok(Start::Offset(
                i64::try_from(from.unwrap_or(0)).unwrap_or(i64::MAX),
            )),
            (None, Some(cursor), None) => read_cursor(cursor, terms).map(Start::After),
            (None, None, Some(cursor)) => read_cursor(cursor, terms).map(Start::Before),
            _ => Err(Error::InvalidSearch(
                "Expected one of 'from', 'after' and 'before' in the page, but got several.".into(),
            )),
        }
    }
}

/// A cursor is JSON in base64: the order that it belongs to, and the row's values in it.
pub(crate) fn write_cursor(terms: &[Term], values: &[Value]) -> String {
    let values: Vec<serde_json::Value> = values.iter().map(to_json).collect();
    STANDARD.encode(json!([order_of(terms), values]).to_string())
}

fn read_cursor(cursor: &str, terms: &[Term]) -> Result<Vec<Value>, Error> {
    let refused = |but: &str| {
        Error::InvalidSearch(format!(
            "Expected a cursor from a page of the same search, but {but}. Start again without a cursor."
        ))
    };
    if cursor.len() > MAX_CURSOR_BYTES {
        return Err(refused("it is too long"));
    }
    let json = STANDARD
        .decode(cursor)
        .map_err(|_| refused("it is not one"))?;
    let (order, values): (String, Vec<serde_json::Value>) =
        serde_json::from_slice(&json).map_err(|_| refused("it is not one"))?;
    if order != order_of(terms) || values.len() != terms.len() {
        return Err(refused("it belongs to another order"));
    }
    let values: Option<Vec<Value>> = values.into_iter().map(from_json).collect();
    values.ok_or_else(|| refused("it is not one"))
}

fn order_of(terms: &[Term]) -> String {
    terms
        .iter()
        .map(|term| {
            format!(
                "{}{}",
                if term.descending { '-' } else { '+' },
                term.expression
            )
        })
        .collect()
}

/// Columns hold integers and text only.
fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Null | Value::Real(_) | Value::Blob(_) => serde_json::Value::Null,
    }
}

fn from_json(value: serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Null => Some(Value::Null),
        serde_json::Value::Number(number) => number.as_i64().map(Value::Integer),
        serde_json::Value::String(text) => Some(Value::Text(text)),
        serde_json::Value::Bool(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            None
        }
    }
}
