//! The keys of all rows that meet a filter, for operations on many of them: in parts, the
//! newest first. So a row that comes after the first part is in none of them, and taking one
//! part after the other comes to an end however many rows are added meanwhile.

use gardesh_engine::entities::batch_operation::BatchItem;
use gardesh_engine::key::*;
use rusqlite::{Connection, params_from_iter};

use crate::error::Error;
use crate::projection::incident::Incident;
use crate::projection::job::Job;
use crate::projection::process_instance::ProcessInstance;
use crate::row::Column;
use crate::search::{Searchable, Sql, condition, count};

/// A row that something can be done to.
pub trait Selectable: Searchable {
    /// The column of its key.
    const ITEM: &'static str;
}

impl Selectable for ProcessInstance {
    const ITEM: &'static str = "process_instance_key";
}

impl Selectable for Incident {
    const ITEM: &'static str = "incident_key";
}

impl Selectable for Job {
    const ITEM: &'static str = "job_key";
}

/// The next part of a selection: keys less than `below`, in descending order.
pub(crate) fn part<R: Selectable>(
    connection: &Connection,
    tenant: TenantId,
    filter: &R::Filter,
    below: u64,
    limit: u32,
) -> Result<Vec<BatchItem>, Error> {
    let mut sql = Sql::new(tenant);
    sql.push("SELECT ")
        .push(R::ITEM)
        .push(", process_instance_key")
        .append(&condition::<R>(tenant, filter)?)
        .push(" AND ")
        .push(R::ITEM)
        .push(" < ")
        .bind(i64::try_from(below).unwrap_or(i64::MAX))
        .push(" ORDER BY ")
        .push(R::ITEM)
        .push(" DESC LIMIT ")
        .bind(i64::from(limit));
    let mut statement = connection.prepare_cached(sql.text())?;
    let items = statement.query_map(params_from_iter(sql.parameters()), |row| {
        Ok(BatchItem {
            key: Column::read(row, 0)?,
            case: Column::read(row, 1)?,
        })
    })?;
    Ok(items.collect::<Result<_, _>>()?)
}

/// How many rows meet the filter, and whether there are more than were counted.
pub(crate) fn size<R: Selectable>(
    connection: &Connection,
    tenant: TenantId,
    filter: &R::Filter,
) -> Result<(u64, bool), Error> {
    count(connection, tenant, &condition::<R>(tenant, filter)?)
}
