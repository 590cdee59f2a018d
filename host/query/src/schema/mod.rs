//! The tables: their definitions follow from the row types, and the file remembers the text
//! that it was made with. A file made with another text is not migrated but built again
//! from the journal, which is always possible.

mod besides;
mod connection;
mod pool;

pub use besides::{KnownCase, cases_from, files_of, position_of, remove};
pub use connection::{Compacted, compact};
pub(crate) use connection::{create, open_writer};
pub(crate) use pool::{Pool, Reader};

use crate::projection;
use crate::row::Row;

/// Counts changes in what is written that the tables' text does not show.
const REVISION: u32 = 1;

/// One row: the text that the file was made with, the position of the last projected
/// entry, and that entry's time and next key, which tell whether the journal is still the
/// same one.
const META: &str = "CREATE TABLE meta (schema TEXT NOT NULL, position INTEGER NOT NULL, at_ms INTEGER NOT NULL, next_key INTEGER NOT NULL) STRICT;\n";

/// The statements that make an empty file.
pub(crate) fn definition() -> String {
    let mut sql = format!("-- revision {REVISION}\n{META}");
    projection::each_table(&mut |table| sql.push_str(table));
    sql += "ANALYZE sqlite_schema;\n";
    projection::each_estimate(&mut |estimate| sql.push_str(estimate));
    sql
}

/// Rows of a large table, for the estimates.
const MANY: u64 = 1_000_000;

/// Columns in which many rows have the same value: how many of [`MANY`]. In the others it
/// is a handful.
const COARSE: &[(&str, u64)] = &[
    ("tenant", MANY),
    ("state", MANY / 4),
    ("process_definition_id", MANY / 20),
    ("survey_id", MANY / 20),
    ("name", MANY / 20),
    ("job_type", MANY / 50),
    ("assignee", MANY / 500),
];

/// How wide each column of an index is, in the planner's bytes. It rounds what it makes of that
/// to so few steps that two indexes may seem to cost the same although one has a column more;
/// then it takes the wider one, which is in another order. With this width it does not.
const WIDTH: u32 = 12;

/// A handful.
const FEW: u64 = 10;

/// The statements that tell SQLite's planner what the indexes of a full table are like.
/// Without them it takes a tenant for as selective as a name; with figures of its own it
/// would plan differently from one day to the next.
pub(crate) fn estimates<R: Row>() -> String {
    let mut sql = estimate(R::TABLE, R::TABLE, ["tenant"].iter().chain(R::KEY).copied());
    for (number, index) in R::INDEXES.iter().enumerate() {
        let (columns, _) = parts(index);
        sql += &estimate(
            R::TABLE,
            &format!("{}_{number}", R::TABLE),
            columns.split(", "),
        );
    }
    sql
}

fn estimate<'a>(table: &str, index: &str, columns: impl Iterator<Item = &'a str>) -> String {
    let mut rows = MANY;
    let mut figures = MANY.to_string();
    let mut width = 0_u32;
    for column in columns {
        let same = COARSE
            .iter()
            .find(|(name, _)| *name == column)
            .map_or(FEW, |(_, rows)| *rows);
        rows = rows.min(same);
        figures += &format!(" {rows}");
        width += 1;
    }
    // The last column of a primary key leaves one row.
    if table == index {
        figures.truncate(figures.rfind(' ').unwrap_or(figures.len()));
        figures += " 1";
    } else {
        figures += &format!(" sz={}", WIDTH * width);
    }
    format!("INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{figures}');\n")
}

/// The statements that make one table and its indexes. The tenant comes first in its key.
pub(crate) fn table_definition<R: Row>() -> String {
    let mut sql = format!("CREATE TABLE {} (tenant INTEGER NOT NULL, ", R::TABLE);
    for column in R::COLUMNS {
        let null = if column.nullable { "" } else { " NOT NULL" };
        sql += &format!("{} {}{null}, ", column.name, column.sql_type);
    }
    sql += &format!(
        "PRIMARY KEY (tenant, {})) STRICT, WITHOUT ROWID;\n",
        R::KEY.join(", ")
    );
    for (number, index) in R::INDEXES.iter().enumerate() {
        let (columns, rows) = parts(index);
        sql += &format!(
            "CREATE INDEX {table}_{number} ON {table} ({columns}){rows};\n",
            table = R::TABLE
        );
    }
    sql
}

/// An index's column list, and the clause that says which rows are in it.
fn parts(index: &str) -> (&str, &str) {
    index.split_at(index.find(" WHERE ").unwrap_or(index.len()))
}

/// The statement that stores a row, or changes the changeable columns of the one with the
/// same key. Indexes on the other columns are not touched by a change.
pub(crate) fn upsert<R: Row>() -> String {
    upsert_of::<R>(R::CHANGES)
}

/// The statement that stores a row, or puts it in the place of the one with the same key.
pub(crate) fn upsert_whole<R: Row>() -> String {
    let columns = R::COLUMNS.iter().map(|column| column.name);
    let changes: Vec<&str> = columns.filter(|name| !R::KEY.contains(name)).collect();
    upsert_of::<R>(&changes)
}

fn upsert_of<R: Row>(changes: &[&str]) -> String {
    let columns: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    let action = if changes.is_empty() {
        "NOTHING".to_owned()
    } else {
        let changes: Vec<String> = changes
            .iter()
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        format!("UPDATE SET {}", changes.join(", "))
    };
    format!(
        "INSERT INTO {} (tenant, {}) VALUES (?{}) ON CONFLICT (tenant, {}) DO {action}",
        R::TABLE,
        columns.join(", "),
        ", ?".repeat(columns.len()),
        R::KEY.join(", "),
    )
}

/// The statement that reads the row with one key.
pub(crate) fn select_by_key<R: Row>() -> String {
    let columns: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    let keys: String = R::KEY.iter().map(|key| format!(" AND {key} = ?")).collect();
    format!(
        "SELECT {} FROM {} WHERE tenant = ?{keys}",
        columns.join(", "),
        R::TABLE
    )
}
