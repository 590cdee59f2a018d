//! Cases whose history has expired: their rows go in bounded steps, each with a transaction
//! of its own or besides what is projected. What customers were asked and said stays.

use gardesh_engine::key::*;
use rusqlite::{Connection, OptionalExtension, params};

use super::element_instance::ElementInstance;
use super::incident::Incident;
use super::job::Job;
use super::process_instance::{CaseEntry, ProcessInstance};
use super::user_task::UserTask;
use super::variable::Variable;
use super::{Context, Projection, TriggerDecision};
use crate::error::Error;
use crate::limits::MAX_REMOVED_ROWS;
use crate::row::{Row, row};

row! {
    /// A case whose rows are to go.
    pub struct ExpiredCase in "expired_cases" {
        /// The case.
        process_instance_key: InstanceKey,
        /// The journal's entry that said so: what comes after it stays.
        position: u64,
    }
    key: [process_instance_key],
    changes: [],
    indexes: [],
}

/// The statements that remove some rows of a case, table by table; the case itself comes
/// first, so that a search does not find it with half of its history. Their parameters are
/// the tenant, the case, the number of rows, and the last position, which all but entries
/// are below.
pub(crate) fn removals() -> [String; 8] {
    [
        removal::<ProcessInstance>("?4"),
        removal::<ElementInstance>("?4"),
        removal::<Variable>("?4"),
        removal::<Job>("?4"),
        removal::<UserTask>("?4"),
        removal::<Incident>("?4"),
        removal::<TriggerDecision>("?4"),
        removal::<CaseEntry>("position"),
    ]
}

fn removal<R: Row>(position: &str) -> String {
    let (table, key) = (R::TABLE, R::KEY.join(", "));
    format!(
        "DELETE FROM {table} WHERE (tenant, {key}) IN (SELECT tenant, {key} FROM {table} WHERE tenant = ?1 AND process_instance_key = ?2 AND {position} <= ?4 LIMIT ?3)"
    )
}

/// Removes some rows of expired cases, and says whether more of them are left.
pub(crate) fn remove_some(connection: &Connection) -> Result<bool, Error> {
    let mut rows_left = MAX_REMOVED_ROWS;
    while let Some((tenant, case, position)) = first(connection)? {
        for sql in removals() {
            let mut statement = connection.prepare_cached(&sql)?;
            let removed = statement.execute(params![tenant, case, rows_left, position])?;
            rows_left = rows_left.saturating_sub(u32::try_from(removed).unwrap_or(u32::MAX));
            if rows_left == 0 {
                return Ok(true);
            }
        }
        let done = "DELETE FROM expired_cases WHERE tenant = ?1 AND process_instance_key = ?2";
        connection
            .prepare_cached(done)?
            .execute(params![tenant, case])?;
    }
    Ok(false)
}

fn first(connection: &Connection) -> Result<Option<(u32, i64, i64)>, Error> {
    let sql = "SELECT tenant, process_instance_key, position FROM expired_cases LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let first = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Ok(first.optional()?)
}

impl Projection {
    pub(super) fn history_expired(&mut self, cx: &Context<'_>, instance: InstanceKey) {
        let case = ExpiredCase {
            process_instance_key: instance,
            position: cx.position,
        };
        self.expired.add(cx.tenant, case);
    }
}
