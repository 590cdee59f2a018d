//! Searches: a typed filter, an order and a page become one statement. What each entity can
//! be filtered by stands beside its rows, in `projection`.

mod condition;
mod like;
mod operand;
mod page;
mod sort;
mod sql;

pub use condition::{Condition, Criterion, Operand, Operator};
pub(crate) use like::matches_pattern;
pub use operand::{AnyItem, Instant, JsonText, Key, ValueCondition};
pub use page::{Page, PageRequest};
pub use sort::{Order, Sort};
pub use sql::Sql;

use gardesh_engine::key::TenantId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::limits::{MAX_COUNTED_ROWS, MAX_PAGE_BYTES, MAX_VALUES};
use crate::row::Row;
use page::{Start, write_cursor};
use sort::{Term, terms};

/// A row that can be searched for.
pub trait Searchable: Row {
    /// What to filter by.
    type Filter: Filter;
    /// Names to sort by that do not follow from a column's name, with their expressions.
    const SORT_NAMES: &'static [(&'static str, &'static str)] = &[];
    /// Columns that are documents and cannot be sorted by.
    const NOT_SORTED: &'static [&'static str] = &[];

    /// Bytes of text in the row, where that can be much, with the chance to shorten it.
    fn fit(&mut self, _shorten: bool) -> usize {
        0
    }
}

/// What rows must be like. All fields that are given must hold.
pub trait Filter: Clone + Default + DeserializeOwned {
    /// Adds ` AND …` for each field that is given.
    fn render(&self, sql: &mut Sql);

    /// Whether any field asks for anything: one that does not is met by every row.
    fn narrows(&self) -> bool;
}

/// A search as the Camunda REST API writes it: `{"filter": …, "sort": […], "page": …}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[serde(bound = "R::Filter: DeserializeOwned")]
pub struct Search<R: Searchable> {
    /// Which rows.
    pub filter: R::Filter,
    /// In which order; by key if it does not say.
    pub sort: Vec<Sort>,
    /// Which of them.
    pub page: PageRequest,
    /// Whether long values are cut to their first 8,191 characters. Not part of the body:
    /// the API has it in the query.
    #[serde(skip)]
    pub shorten: bool,
}

impl<R: Searchable> Default for Search<R> {
    fn default() -> Self {
        Self {
            filter: R::Filter::default(),
            sort: Vec::new(),
            page: PageRequest::default(),
            shorten: false,
        }
    }
}

impl<R: Searchable> Search<R> {
    /// All rows that meet a filter, by key.
    pub fn by(filter: R::Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }
}

/// Declares a filter whose fields are criteria, each on a column. Further fields may be about
/// some row of another table that shares a column: the same row has to meet all of them.
macro_rules! filter {
    (
        $(#[$doc:meta])*
        pub struct $name:ident { $( $(#[$attribute:meta])* $field:ident : $criterion:ty => $column:literal ),* $(,)? }
        $( where $own:literal has $other:literal by $shared:literal {
            $( $part:ident : $asked:ty => $there:literal ),* $(,)?
        } )?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct $name {
            $(
                $(#[$attribute])*
                #[allow(missing_docs, reason = "the field's name says it")]
                pub $field: Option<$criterion>,
            )*
            $( $(
                #[allow(missing_docs, reason = "the field's name says it")]
                pub $part: Option<$asked>,
            )* )?
        }

        impl $crate::search::Filter for $name {
            fn render(&self, sql: &mut $crate::search::Sql) {
                $(
                    if let Some(criterion) = &self.$field {
                        $crate::search::Criterion::render(criterion, $column, sql);
                    }
                )*
                $(
                    if false $( || self.$part.as_ref().is_some_and($crate::search::Criterion::narrows) )* {
                        sql.push(concat!(
                            " AND EXISTS (SELECT 1 FROM ", $other, " WHERE tenant = ?1 AND ",
                            $other, ".", $shared, " = ", $own, ".", $shared,
                        ));
                        $(
                            if let Some(criterion) = &self.$part {
                                $crate::search::Criterion::render(criterion, $there, sql);
                            }
                        )*
                        sql.push(")");
                    }
                )?
            }

            fn narrows(&self) -> bool {
                false $( || self.$field.as_ref().is_some_and($crate::search::Criterion::narrows) )*
                $( $( || self.$part.as_ref().is_some_and($crate::search::Criterion::narrows) )* )?
            }
        }
    };
}

pub(crate) use filter;

/// Carries out a search.
pub(crate) fn run<R: Searchable>(
    connection: &Connection,
    tenant: TenantId,
    search: &Search<R>,
) -> Result<Page<R>, Error> {
    let terms = terms::<R>(&search.sort)?;
    let limit = search.page.limit()?;
    let start = search.page.start(&terms)?;
    let condition = condition::<R>(tenant, &search.filter)?;
    let statement = page_statement::<R>(tenant, &condition, &terms, &start, limit);
    let mut rows = read_rows::<R>(connection, &statement, terms.len(), search.shorten)?;
    if matches!(start, Start::Before(_)) {
        rows.reverse();
    }
    let (total_items, has_more_total_items) = if let Start::Offset(from) = start
        && rows.len() < limit as usize
        && (from == 0 || !rows.is_empty())
    {
        // The page shows the end of the rows: no need to count them.
        (from.unsigned_abs() + rows.len() as u64, false)
    } else {
        count(connection, tenant, &condition)?
    };
    let cursor =
        |row: Option<&(R, Vec<Value>)>| row.map(|(_, values)| write_cursor(&terms, values));
    Ok(Page {
        start_cursor: cursor(rows.first()),
        end_cursor: cursor(rows.last()),
        items: rows.into_iter().map(|(row, _)| row).collect(),
        total_items,
        has_more_total_items,
    })
}

/// From which table, and what its rows must be like.
pub(crate) fn condition<R: Searchable>(tenant: TenantId, filter: &R::Filter) -> Result<Sql, Error> {
    let mut sql = Sql::new(tenant);
    sql.push(" FROM ").push(R::TABLE).push(" WHERE tenant = ?1");
    filter.render(&mut sql);
    if sql.parameters().len() > MAX_VALUES {
        return Err(Error::TooCostly(format!(
            "Expected at most {MAX_VALUES} values in a search, but there are {}. Ask in several searches.",
            sql.parameters().len()
        )));
    }
    Ok(sql)
}

/// How SQLite would find the rows of a search, step by step.
#[cfg(test)]
pub(crate) fn plan<R: Searchable>(
    connection: &Connection,
    search: &Search<R>,
) -> Result<Vec<String>, Error> {
    let tenant = TenantId::DEFAULT;
    let terms = terms::<R>(&search.sort)?;
    let condition = condition::<R>(tenant, &search.filter)?;
    let sql = page_statement::<R>(tenant, &condition, &terms, &search.page.start(&terms)?, 1);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text()))?;
    let steps = statement.query_map(params_from_iter(sql.parameters()), |row| row.get(3))?;
    Ok(steps.collect::<Result<_, _>>()?)
}

fn page_statement<R: Searchable>(
    tenant: TenantId,
    condition: &Sql,
    terms: &[Term],
    start: &Start,
    limit: u32,
) -> Sql {
    let mut sql = Sql::new(tenant);
    let columns = R::COLUMNS.iter().map(|column| column.name);
    sql.push("SELECT ")
        .list(columns.chain(terms.iter().map(|term| term.expression)))
        .append(condition);
    let backwards = matches!(start, Start::Before(_));
    if let Start::After(values) | Start::Before(values) = start {
        sql.push(" AND ");
        beyond(&mut sql, terms, values, backwards);
    }
    sql.push(" ORDER BY ");
    for (number, term) in terms.iter().enumerate() {
        sql.push(if number > 0 { ", " } else { "" })
            .push(term.expression);
        sql.push(if term.descending != backwards {
            " DESC"
        } else {
            ""
        });
    }
    sql.push(" LIMIT ").bind(i64::from(limit));
    if let Start::Offset(from @ 1..) = start {
        sql.push(" OFFSET ").bind(*from);
    }
    sql
}

/// The rows that come after the one with these values: first by the first term, or the same
/// in it and after in the others. NULL comes first in ascending order.
fn beyond(sql: &mut Sql, terms: &[Term], values: &[Value], backwards: bool) {
    let (Some((term, terms)), Some((value, values))) = (terms.split_first(), values.split_first())
    else {
        return;
    };
    let column = term.expression;
    sql.push("(");
    match (term.descending != backwards, value) {
        (false, Value::Null) => sql.push(column).push(" IS NOT NULL"),
        (false, value) => sql.push(column).push(" > ").bind(value.clone()),
        (true, Value::Null) => sql.push("0"),
        (true, value) => {
            sql.push("(").push(column).push(" < ").bind(value.clone());
            sql.push(" OR ").push(column).push(" IS NULL)")
        }
    };
    if !terms.is_empty() {
        sql.push(" OR (")
            .push(column)
            .push(" IS ")
            .bind(value.clone())
            .push(" AND ");
        beyond(sql, terms, values, backwards);
        sql.push(")");
    }
    sql.push(")");
}

fn read_rows<R: Searchable>(
    connection: &Connection,
    sql: &Sql,
    terms: usize,
    shorten: bool,
) -> Result<Vec<(R, Vec<Value>)>, Error> {
    let mut statement = connection.prepare_cached(sql.text())?;
    let mut found = statement.query(params_from_iter(sql.parameters()))?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = found.next()? {
        let mut item = R::read(row, 0)?;
        bytes += item.fit(shorten);
        if bytes > MAX_PAGE_BYTES {
            return Err(Error::TooCostly(format!(
                "Expected a page of at most {MAX_PAGE_BYTES} bytes, but its rows have more. Ask for fewer rows or for shortened values."
            )));
        }
        let values = (R::COLUMNS.len()..R::COLUMNS.len() + terms).map(|at| row.get(at));
        rows.push((item, values.collect::<Result<_, _>>()?));
    }
    Ok(rows)
}

pub(crate) fn count(
    connection: &Connection,
    tenant: TenantId,
    condition: &Sql,
) -> Result<(u64, bool), Error> {
    let mut sql = Sql::new(tenant);
    let most = i64::try_from(MAX_COUNTED_ROWS).unwrap_or(i64::MAX);
    sql.push("SELECT count(*) FROM (SELECT 1")
        .append(condition)
        .push(" LIMIT ")
        .bind(most + 1)
        .push(")");
    let mut statement = connection.prepare_cached(sql.text())?;
    let counted: i64 = statement.query_row(params_from_iter(sql.parameters()), |row| row.get(0))?;
    Ok((counted.min(most).unsigned_abs(), counted > most))
}
