//! Cases and batch operations whose history has expired: their rows go in bounded steps, each
//! with a transaction of its own or besides what is projected. What customers were asked and
//! said stays.

use gardesh_engine::event::RetentionEvent;
use gardesh_engine::key::*;
use rusqlite::{Connection, OptionalExtension, params};

use super::batch::{BatchOperation, BatchOperationItem};
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
        process_instance_key: ProcessInstanceKey,
        /// The journal's entry that said so: what comes after it stays.
        position: u64,
    }
    key: [process_instance_key],
    changes: [],
    indexes: [],
}

row! {
    /// A batch operation whose rows are to go.
    pub struct ExpiredBatch in "expired_batches" {
        /// The batch operation.
        batch_operation_key: BatchOperationKey,
        /// The journal's entry that said so.
        position: u64,
    }
    key: [batch_operation_key],
    changes: [],
    indexes: [],
}

/// What expires together with its rows.
pub(crate) struct Owner {
    /// The table that lists those that have expired.
    expired: &'static str,
    /// The column that names it, there and in its rows.
    key: &'static str,
    /// The statements that remove some of its rows, table by table. Their parameters are the
    /// tenant, the key, the number of rows, and the last position.
    removals: fn(&str) -> Vec<String>,
}

/// Cases and batch operations.
pub(crate) const OWNERS: [Owner; 2] = [
    Owner {
        expired: ExpiredCase::TABLE,
        key: "process_instance_key",
        removals: case_removals,
    },
    Owner {
        expired: ExpiredBatch::TABLE,
        key: "batch_operation_key",
        removals: batch_removals,
    },
];

/// The case itself comes first, so that a search does not find it with half of its history.
/// All but entries are below the last position.
fn case_removals(key: &str) -> Vec<String> {
    vec![
        removal::<ProcessInstance>(key, "?4"),
        removal::<ElementInstance>(key, "?4"),
        removal::<Variable>(key, "?4"),
        removal::<Job>(key, "?4"),
        removal::<UserTask>(key, "?4"),
        removal::<Incident>(key, "?4"),
        removal::<TriggerDecision>(key, "?4"),
        removal::<CaseEntry>(key, "position"),
    ]
}

fn batch_removals(key: &str) -> Vec<String> {
    vec![
        removal::<BatchOperation>(key, "?4"),
        removal::<BatchOperationItem>(key, "?4"),
    ]
}

fn removal<R: Row>(owner: &str, position: &str) -> String {
    let (table, key) = (R::TABLE, R::KEY.join(", "));
    format!(
        "DELETE FROM {table} WHERE (tenant, {key}) IN (SELECT tenant, {key} FROM {table} WHERE tenant = ?1 AND {owner} = ?2 AND {position} <= ?4 LIMIT ?3)"
    )
}

impl Owner {
    /// The statements that remove some of its rows.
    pub(crate) fn removals(&self) -> Vec<String> {
        (self.removals)(self.key)
    }

    /// Removes some rows of those that have expired, and says whether there may be more.
    fn remove_some(&self, connection: &Connection, rows_left: &mut u32) -> Result<bool, Error> {
        let Self { expired, key, .. } = self;
        while let Some((tenant, owner, position)) = self.first(connection)? {
            for sql in self.removals() {
                let mut statement = connection.prepare_cached(&sql)?;
                let removed = statement.execute(params![tenant, owner, *rows_left, position])?;
                *rows_left = rows_left.saturating_sub(u32::try_from(removed).unwrap_or(u32::MAX));
                if *rows_left == 0 {
                    return Ok(true);
                }
            }
            let done = format!("DELETE FROM {expired} WHERE tenant = ?1 AND {key} = ?2");
            connection
                .prepare_cached(&done)?
                .execute(params![tenant, owner])?;
        }
        Ok(false)
    }

    fn first(&self, connection: &Connection) -> Result<Option<(u32, i64, i64)>, Error> {
        let Self { expired, key, .. } = self;
        let sql = format!("SELECT tenant, {key}, position FROM {expired} LIMIT 1");
        let mut statement = connection.prepare_cached(&sql)?;
        let first = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        Ok(first.optional()?)
    }
}

/// Removes some rows of what has expired, and says whether more of them are left.
pub(crate) fn remove_some(connection: &Connection) -> Result<bool, Error> {
    let mut rows_left = MAX_REMOVED_ROWS;
    for owner in &OWNERS {
        if owner.remove_some(connection, &mut rows_left)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Projection {
    pub(super) fn apply_retention_event(&mut self, cx: &Context<'_>, event: &RetentionEvent) {
        match event {
            RetentionEvent::HistoryExpired { instance, .. } => self.history_expired(cx, *instance),
            RetentionEvent::BatchExpired { batch, .. } => self.batch_expired(cx, *batch),
            RetentionEvent::Set { .. }
            | RetentionEvent::Applied { .. }
            | RetentionEvent::HistoryDue { .. }
            | RetentionEvent::BatchHistoryDue { .. } => {}
        }
    }

    pub(super) fn history_expired(&mut self, cx: &Context<'_>, instance: ProcessInstanceKey) {
        let case = ExpiredCase {
            process_instance_key: instance,
            position: cx.position,
        };
        self.expired.add(cx.tenant, case);
    }

    pub(super) fn batch_expired(&mut self, cx: &Context<'_>, batch: BatchOperationKey) {
        let batch = ExpiredBatch {
            batch_operation_key: batch,
            position: cx.position,
        };
        self.expired_batches.add(cx.tenant, batch);
    }
}
