//! The rows of one table that a batch works on. They are read from SQLite when an event
//! changes them, changed in memory and written once at the end of the batch, so that what
//! starts and ends in one batch costs one insert.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gardesh_engine::key::{ProcessInstanceKey, TenantId};
use rusqlite::Connection;

use super::Context;
use crate::error::Error;
use crate::limits::MAX_CACHED_ROWS;
use crate::row::{Column, Keyed, Row, RowKey};
use crate::schema;

/// See the module's text.
pub struct Table<R: Keyed> {
    rows: HashMap<(TenantId, R::Key), Slot<R>>,
    /// Keys of the changed rows, each once.
    changed: Vec<(TenantId, R::Key)>,
    select: String,
    upsert: String,
    upsert_whole: String,
}

struct Slot<R> {
    row: R,
    changed: bool,
    /// Whether columns have changed that otherwise never do.
    whole: bool,
}

impl<R: Keyed> Default for Table<R> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            changed: Vec::new(),
            select: schema::select_by_key::<R>(),
            upsert: schema::upsert::<R>(),
            upsert_whole: schema::upsert_whole::<R>(),
        }
    }
}

impl<R: Keyed> Table<R> {
    /// Stores a row, new or with new values in its changeable columns.
    pub(crate) fn put(&mut self, tenant: TenantId, row: R) {
        let key = (tenant, row.key());
        let slot = Slot {
            row,
            changed: true,
            whole: false,
        };
        let before = self.rows.insert(key, slot);
        if !before.is_some_and(|slot| slot.changed) {
            self.changed.push(key);
        }
    }

    /// The row under a key, which an earlier event has created.
    pub(crate) fn get(&mut self, cx: &Context<'_>, key: R::Key) -> Result<&R, Error> {
        self.slot(cx, key).map(|slot| &slot.row)
    }

    /// The row under a key, if it is in memory.
    pub(crate) fn in_memory(&self, tenant: TenantId, key: R::Key) -> Option<&R> {
        self.rows.get(&(tenant, key)).map(|slot| &slot.row)
    }

    /// The row under a key, if it is there.
    pub(crate) fn find(&mut self, cx: &Context<'_>, key: R::Key) -> Result<Option<&R>, Error> {
        match self.slot(cx, key) {
            Ok(slot) => Ok(Some(&slot.row)),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The row under a key, to be changed.
    pub(crate) fn change(&mut self, cx: &Context<'_>, key: R::Key) -> Result<&mut R, Error> {
        if !self.slot(cx, key)?.changed {
            self.changed.push((cx.tenant, key));
        }
        let slot = self.slot(cx, key)?;
        slot.changed = true;
        Ok(&mut slot.row)
    }

    /// As [`Self::change`], in columns that otherwise keep their first value: of a case that
    /// goes on by another definition, say.
    pub(crate) fn change_whole(&mut self, cx: &Context<'_>, key: R::Key) -> Result<&mut R, Error> {
        self.change(cx, key)?;
        let slot = self.slot(cx, key)?;
        slot.whole = true;
        Ok(&mut slot.row)
    }

    /// The keys of a case's rows that meet a condition, in order. It is said twice: in SQL
    /// for the rows of the file, and for those in memory, which may have changed since.
    pub(crate) fn keys_of_case(
        &mut self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        condition: &str,
        meets: impl Fn(&R) -> bool,
    ) -> Result<Vec<R::Key>, Error> {
        let mut keys = self.stored_keys_of_case(cx, instance, condition)?;
        keys.retain(|key| {
            let slot = self.rows.get(&(cx.tenant, *key));
            slot.is_none_or(|slot| meets(&slot.row))
        });
        let in_memory = self.rows.iter();
        let of_tenant = in_memory.filter(|((tenant, _), _)| *tenant == cx.tenant);
        keys.extend(
            of_tenant
                .filter(|(_, slot)| meets(&slot.row))
                .map(|((_, key), _)| *key),
        );
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    fn stored_keys_of_case(
        &self,
        cx: &Context<'_>,
        instance: ProcessInstanceKey,
        condition: &str,
    ) -> Result<Vec<R::Key>, Error> {
        let sql = format!(
            "SELECT {} FROM {} WHERE tenant = ?1 AND process_instance_key = ?2 AND {condition}",
            R::KEY.join(", "),
            R::TABLE
        );
        let mut statement = cx.connection.prepare_cached(&sql)?;
        cx.tenant.0.bind(&mut statement, 1)?;
        instance.bind(&mut statement, 2)?;
        let mut rows = statement.raw_query();
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            keys.push(R::Key::read_key(row, 0)?);
        }
        Ok(keys)
    }

    fn slot(&mut self, cx: &Context<'_>, key: R::Key) -> Result<&mut Slot<R>, Error> {
        match self.rows.entry((cx.tenant, key)) {
            Entry::Occupied(slot) => Ok(slot.into_mut()),
            Entry::Vacant(vacant) => {
                let row = read(cx.connection, &self.select, cx.tenant, key)?;
                let row = row.ok_or_else(|| cx.missing(R::TABLE, key))?;
                Ok(vacant.insert(Slot {
                    row,
                    changed: false,
                    whole: false,
                }))
            }
        }
    }

    /// Writes the changed rows, in the order of their keys.
    pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), Error> {
        if self.changed.is_empty() {
            return Ok(());
        }
        self.changed.sort_unstable();
        let mut statement = connection.prepare_cached(&self.upsert)?;
        for key in self.changed.drain(..) {
            let Some(slot) = self.rows.get_mut(&key) else {
                continue;
            };
            slot.changed = false;
            if std::mem::take(&mut slot.whole) {
                let mut statement = connection.prepare_cached(&self.upsert_whole)?;
                bind(&mut statement, key.0, &slot.row)?;
                statement.raw_execute()?;
            } else {
                bind(&mut statement, key.0, &slot.row)?;
                statement.raw_execute()?;
            }
        }
        Ok(())
    }

    /// Within a batch that makes very many rows: writes and forgets them before they become
    /// too many. Rows that are never written have a bound of their own.
    pub(crate) fn relieve(&mut self, cx: &Context<'_>) -> Result<(), Error> {
        if self.rows.len() > MAX_CACHED_ROWS && !cx.ahead {
            self.write(cx.connection)?;
            self.rows.clear();
        }
        Ok(())
    }

    /// After a commit: keeps the rows for the next batch, unless they have become too many.
    pub(crate) fn settle(&mut self) {
        if self.rows.len() > MAX_CACHED_ROWS {
            self.rows.clear();
        }
    }

    /// Forgets all rows: they are large, or their transaction did not commit.
    pub(crate) fn forget(&mut self) {
        self.rows.clear();
        self.changed.clear();
    }

    /// Nothing: its rows are found by their keys.
    pub(crate) fn forget_lists(&mut self) {
        self.changed.clear();
    }

    /// The rows in memory.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &R> {
        self.rows.values().map(|slot| &slot.row)
    }
}

/// Rows that are only added.
pub(crate) struct Additions<R> {
    rows: Vec<(TenantId, R)>,
    upsert: String,
}

impl<R: Row> Default for Additions<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            upsert: schema::upsert::<R>(),
        }
    }
}

impl<R: Row> Additions<R> {
    pub(crate) fn add(&mut self, tenant: TenantId, row: R) {
        self.rows.push((tenant, row));
    }

    pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut statement = connection.prepare_cached(&self.upsert)?;
        for (tenant, row) in self.rows.drain(..) {
            bind(&mut statement, tenant, &row)?;
            statement.raw_execute()?;
        }
        Ok(())
    }

    pub(crate) fn last(&self) -> Option<&(TenantId, R)> {
        self.rows.last()
    }

    /// Forgets the rows, which only searches look for.
    pub(crate) fn forget_lists(&mut self) {
        self.rows.clear();
    }

    /// The rows in memory.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &R> {
        self.rows.iter().map(|(_, row)| row)
    }

    pub(crate) fn forget(&mut self) {
        self.rows.clear();
    }
}

fn bind<R: Row>(
    statement: &mut rusqlite::Statement<'_>,
    tenant: TenantId,
    row: &R,
) -> rusqlite::Result<()> {
    tenant.0.bind(statement, 1)?;
    row.bind(statement, 2)
}

/// Reads the row with one key.
pub(crate) fn read<R: Keyed>(
    connection: &Connection,
    select: &str,
    tenant: TenantId,
    key: R::Key,
) -> Result<Option<R>, Error> {
    let mut statement = connection.prepare_cached(select)?;
    tenant.0.bind(&mut statement, 1)?;
    key.bind_key(&mut statement, 2)?;
    let mut rows = statement.raw_query();
    match rows.next()? {
        Some(row) => Ok(Some(R::read(row, 0)?)),
        None => Ok(None),
    }
}
