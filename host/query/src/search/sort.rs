//! The order of a search's rows. Ties are broken by the key, so that every order is total
//! and pages neither overlap nor leave gaps.

use std::marker::PhantomData;

use serde::Deserialize;

use super::Searchable;
use crate::error::Error;
use crate::limits::{MAX_SHOWN_FIELD_CHARS, MAX_SORT_FIELDS};

/// One field to sort by, as in the Camunda REST API: `{"field": …, "order": "ASC"}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// The field's name in the API.
    pub field: String,
    /// Ascending unless it says otherwise.
    #[serde(default)]
    pub order: Order,
}

/// A direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Order {
    /// Rows without a value come first.
    #[default]
    #[serde(rename = "ASC", alias = "asc")]
    Ascending,
    /// Rows without a value come last.
    #[serde(rename = "DESC", alias = "desc")]
    Descending,
}

/// A SQL expression to order by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) expression: &'static str,
    pub(crate) descending: bool,
}

/// The terms of a total order over the rows of `R`.
pub(crate) fn terms<R: Searchable>(sort: &[Sort]) -> Result<Vec<Term>, Error> {
    if sort.len() > MAX_SORT_FIELDS {
        return Err(Error::InvalidSearch(format!(
            "Expected at most {MAX_SORT_FIELDS} fields to sort by, but got {}.",
            sort.len()
        )));
    }
    let mut terms: Vec<Term> = Vec::with_capacity(sort.len() + R::KEY.len());
    let mut add = |expression, descending| {
        if terms.iter().all(|term| term.expression != expression) {
            terms.push(Term {
                expression,
                descending,
            });
        }
    };
    for Sort { field, order } in sort {
        let expression = Fields::<R>::expression(field).ok_or_else(|| unknown_field::<R>(field))?;
        add(expression, *order == Order::Descending);
    }
    R::KEY.iter().for_each(|key| add(key, false));
    Ok(terms)
}

fn unknown_field<R: Searchable>(field: &str) -> Error {
    let mut names: Vec<String> = R::SORT_NAMES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.extend(
        R::COLUMNS
            .iter()
            .map(|column| api_name(column.name))
            .filter(|name| Fields::<R>::expression(name).is_some()),
    );
    names.sort_unstable();
    names.dedup();
    let shown: String = field.chars().take(MAX_SHOWN_FIELD_CHARS).collect();
    Error::InvalidSearch(format!(
        "Expected a field to sort by out of {}, but got {shown:?}.",
        names.join(", ")
    ))
}

struct Fields<R>(PhantomData<R>);

impl<R: Searchable> Fields<R> {
    fn expression(field: &str) -> Option<&'static str> {
        let named = R::SORT_NAMES
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, expression)| *expression);
        named.or_else(|| {
            let columns = R::COLUMNS.iter().map(|column| column.name);
            columns
                .filter(|name| !R::NOT_SORTED.contains(name))
                .find(|name| api_name(name) == field)
        })
    }
}

/// A column's name in the API: `start_date_ms` is `startDate`, because there a time is ISO 8601.
fn api_name(column: &str) -> String {
    let mut words = column.strip_suffix("_ms").unwrap_or(column).split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    name
}
