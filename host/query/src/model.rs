//! The read model: one file, one writer that follows the journal, many readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gardesh_engine::entities::batch_operation::BatchItem;
use gardesh_engine::event::Entry;
use gardesh_engine::key::*;
use rusqlite::{Connection, params};
use tokio::sync::watch;

use crate::ahead::{Ahead, JournalSource};
use crate::error::Error;
use crate::limits::MAX_SEARCH_STEPS;
use crate::metrics::{self, Metrics, MetricsFilter};
use crate::projection::invitation::Invitation;
use crate::projection::{self, Definitions, Projected, Projection, history};
use crate::row::{Column, Keyed, Row};
use crate::schema::{self, Pool, Reader};
use crate::search::{self, Page, Search, Searchable};
use crate::selection::{self, Selectable};

/// A projection of the journal in a SQLite file, for searches and statistics. It holds
/// nothing that the journal does not, so it can be thrown away and built again at any time.
///
/// All functions but [`Self::wait_for`] block on the disk.
pub struct ReadModel {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Pool,
    position: watch::Sender<u64>,
    /// What single reads have looked up ahead of the file, if any had to of late.
    ahead: Mutex<Option<Ahead>>,
}

struct Writer {
    connection: Connection,
    projection: Projection,
}

impl ReadModel {
    /// Opens the file, or sets it up anew when it is not there, was made by another version
    /// or is damaged. [`Self::position`] says from where it wants the journal.
    ///
    /// # Errors
    /// When the file can neither be opened nor be set up.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let found = match schema::open_writer(path) {
            Ok(found) => found,
            Err(Error::Damaged(_)) => None,
            Err(error) => return Err(error),
        };
        let connection = found.map_or_else(|| schema::create(path), Ok)?;
        let position = stored_position(&connection)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Writer {
                connection,
                projection: Projection::default(),
            }),
            readers: Pool::new(path.to_owned()),
            position: watch::Sender::new(position),
            ahead: Mutex::default(),
        })
    }

    /// The position of the last projected journal entry; 0 for none.
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// To be called at a start with the journal's first entry from [`Self::position`] on, if
    /// it has one. When the journal is not the one that was projected (it was restored from
    /// a backup, say), the model is emptied; then this returns false.
    ///
    /// # Errors
    /// When the file cannot be read or set up anew.
    pub fn resume(&self, entry: Option<&Entry>) -> Result<bool, Error> {
        let mut writer = self.writer();
        let position = self.position();
        let known = "SELECT at_ms, next_key FROM meta";
        let projected: (u64, u64) = writer.connection.query_row(known, [], |row| {
            Ok((Column::read(row, 0)?, Column::read(row, 1)?))
        })?;
        let same = match entry {
            _ if position == 0 => true,
            Some(entry) if entry.position == position => (entry.at_ms, entry.next_key) == projected,
            // All that the entry told has expired since; then the next one has it in its gap.
            Some(entry) => {
                let goes_on = entry.at_ms >= projected.0 && entry.next_key >= projected.1;
                entry.follows() < position && goes_on
            }
            None => false,
        };
        if !same {
            self.start_over(&mut writer)?;
        }
        Ok(same)
    }

    /// Takes in entries of the journal, in one transaction. Those at or before
    /// [`Self::position`] are skipped. After an error nothing has changed, but for
    /// [`Error::Damaged`], after which the model is empty.
    ///
    /// # Errors
    /// [`Error::Gap`] when entries are missing; [`Error::UnknownElement`] and
    /// [`Error::Missing`] when they do not belong to this model's journal; the disk's.
    pub fn project(
        &self,
        entries: &[Arc<Entry>],
        definitions: &dyn Definitions,
    ) -> Result<(), Error> {
        let mut writer = self.writer();
        let position = self.position();
        let known = entries.partition_point(|entry| entry.position <= position);
        let entries = &entries[known..];
        let Some(last) = entries.last() else {
            return Ok(());
        };
        let mut before = position;
        for entry in entries {
            if entry.follows() > before {
                return Err(Error::Gap {
                    expected: before + 1,
                    found: entry.position,
                });
            }
            before = entry.position;
        }
        match writer.project(entries, last, definitions) {
            Ok(()) => {
                self.position.send_replace(last.position);
                // Whoever is looking something up just now clears it away the next time.
                if let Ok(mut ahead) = self.ahead.try_lock() {
                    *ahead = None;
                }
                Ok(())
            }
            Err(Error::Damaged(error)) => {
                self.start_over(&mut writer)?;
                Err(Error::Damaged(error))
            }
            Err(error) => {
                writer.projection.forget();
                Err(error)
            }
        }
    }

    /// Removes some rows of cases whose history has expired, in one transaction, and says
    /// whether more of them are left. To be called while there is nothing to project:
    /// [`Self::project`] does as much besides its own work.
    ///
    /// # Errors
    /// The disk's; after [`Error::Damaged`] the model is empty.
    pub fn remove_expired(&self) -> Result<bool, Error> {
        let mut writer = self.writer();
        match writer.remove_expired() {
            Err(Error::Damaged(error)) => {
                self.start_over(&mut writer)?;
                Err(Error::Damaged(error))
            }
            result => result,
        }
    }

    /// Empties the model; it is then built again from the journal's position 1.
    ///
    /// # Errors
    /// When the file cannot be removed or set up.
    pub fn rebuild(&self) -> Result<(), Error> {
        self.start_over(&mut self.writer())
    }

    /// Waits until a journal position has been projected: what a command changed can then
    /// be read. False when the time ran out first.
    pub async fn wait_for(&self, position: u64, timeout: Duration) -> bool {
        let mut projected = self.position.subscribe();
        let reached = projected.wait_for(|projected| *projected >= position);
        tokio::time::timeout(timeout, reached)
            .await
            .is_ok_and(|reached| reached.is_ok())
    }

    /// A page of the rows that meet a filter.
    ///
    /// # Errors
    /// [`Error::InvalidSearch`] and [`Error::TooCostly`] for the caller to mend; the disk's.
    pub fn search<R: Searchable>(
        &self,
        tenant: TenantId,
        search: &Search<R>,
    ) -> Result<Page<R>, Error> {
        let reader = self.reader()?;
        // Rows and their number are to be of one moment.
        let transaction = reader.unchecked_transaction()?;
        let page = search::run(&transaction, tenant, search)?;
        transaction.finish()?;
        Ok(page)
    }

    /// The next part of all that meet a filter: those with a key less than `below`, in
    /// descending order.
    ///
    /// # Errors
    /// [`Error::TooCostly`] for the caller to mend; the disk's.
    pub fn select<R: Selectable>(
        &self,
        tenant: TenantId,
        filter: &R::Filter,
        below: u64,
        limit: u32,
    ) -> Result<Vec<BatchItem>, Error> {
        selection::part::<R>(&*self.reader()?, tenant, filter, below, limit)
    }

    /// How many rows meet a filter, and whether there are more than were counted.
    ///
    /// # Errors
    /// As of [`Self::select`].
    pub fn count<R: Selectable>(
        &self,
        tenant: TenantId,
        filter: &R::Filter,
    ) -> Result<(u64, bool), Error> {
        selection::size::<R>(&*self.reader()?, tenant, filter)
    }

    /// The row with a key.
    ///
    /// # Errors
    /// The disk's.
    pub fn get<R: Keyed>(&self, tenant: TenantId, key: R::Key) -> Result<Option<R>, Error> {
        let reader = self.reader()?;
        projection::read(&reader, &schema::select_by_key::<R>(), tenant, key)
    }

    /// The row with a key as of a position of the journal, although the file has not come
    /// that far: what the journal has besides is applied in memory.
    ///
    /// # Errors
    /// [`Error::FarBehind`] when that is too much; the disk's and the journal's.
    pub fn get_ahead<R: Projected>(
        &self,
        tenant: TenantId,
        key: R::Key,
        position: u64,
        journal: &dyn JournalSource,
        definitions: &dyn Definitions,
    ) -> Result<Option<R>, Error> {
        let reader = self.reader()?;
        // All that is read of the file is to be of one moment.
        let transaction = reader.unchecked_transaction()?;
        let file = stored_position(&transaction)?;
        let mut kept = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ahead = kept
            .take()
            .filter(|ahead| ahead.is_of(file))
            .unwrap_or_else(|| Ahead::of(file));
        let advanced = ahead.advance(&transaction, position, journal, definitions);
        let row = advanced.and_then(|()| ahead.get(&transaction, tenant, key));
        // What failed halfway leaves nothing behind; what was too much would be so again.
        if matches!(row, Ok(_) | Err(Error::FarBehind { .. })) {
            *kept = Some(ahead);
        }
        transaction.finish()?;
        row
    }

    /// The invitation with a token, and whose it is: who holds a token needs no tenant.
    ///
    /// # Errors
    /// The disk's.
    pub fn invitation_by_token(
        &self,
        token: &str,
    ) -> Result<Option<(TenantId, Invitation)>, Error> {
        let reader = self.reader()?;
        let mut statement =
            reader.prepare_cached("SELECT tenant, * FROM invitations WHERE token = ?1")?;
        let mut rows = statement.query([token])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        // The table's own first column is the tenant, too.
        Ok(Some((TenantId(row.get(0)?), Invitation::read(row, 2)?)))
    }

    /// Positions of the journal entries that tell of a case, in order, from after a position.
    ///
    /// # Errors
    /// The disk's.
    pub fn case_entries(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
        after: u64,
        limit: u32,
    ) -> Result<Vec<u64>, Error> {
        let reader = self.reader()?;
        let sql = "SELECT position FROM case_entries WHERE tenant = ?1 AND process_instance_key = ?2 AND position > ?3 ORDER BY position LIMIT ?4";
        let mut statement = reader.prepare_cached(sql)?;
        let (instance, after) = (signed(instance.0), signed(after));
        let positions = statement.query_map(params![tenant.0, instance, after, limit], |row| {
            u64::read(row, 0)
        })?;
        Ok(positions.collect::<Result<_, _>>()?)
    }

    /// Scores and rates.
    ///
    /// # Errors
    /// [`Error::TooCostly`]; the disk's.
    pub fn metrics(&self, tenant: TenantId, filter: &MetricsFilter) -> Result<Metrics, Error> {
        metrics::measure(&*self.reader()?, tenant, filter)
    }

    fn reader(&self) -> Result<Reader<'_>, Error> {
        let reader = self.readers.get()?;
        reader.budget.refill(MAX_SEARCH_STEPS);
        Ok(reader)
    }

    /// A panic during a batch leaves rows in memory that were never committed.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(|poisoned| {
            self.writer.clear_poison();
            let mut writer = poisoned.into_inner();
            writer.projection.forget();
            writer
        })
    }

    fn start_over(&self, writer: &mut Writer) -> Result<(), Error> {
        // The old file stays open until the new one is there, which its name does not mind.
        writer.projection.forget();
        writer.connection = schema::create(&self.path)?;
        self.readers.replace_file();
        self.position.send_replace(0);
        Ok(())
    }
}

impl Writer {
    fn project(
        &mut self,
        entries: &[Arc<Entry>],
        last: &Entry,
        definitions: &dyn Definitions,
    ) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        for entry in entries {
            self.projection.apply(&transaction, definitions, entry)?;
        }
        self.projection.write(&transaction)?;
        history::remove_some(&transaction)?;
        let mut statement = transaction
            .prepare_cached("UPDATE meta SET position = ?1, at_ms = ?2, next_key = ?3")?;
        statement.execute(params![
            signed(last.position),
            signed(last.at_ms),
            signed(last.next_key)
        ])?;
        drop(statement);
        transaction.commit()?;
        self.projection.settle();
        Ok(())
    }

    fn remove_expired(&mut self) -> Result<bool, Error> {
        let transaction = self.connection.transaction()?;
        let more = history::remove_some(&transaction)?;
        transaction.commit()?;
        Ok(more)
    }
}

fn stored_position(connection: &Connection) -> Result<u64, Error> {
    Ok(connection.query_row("SELECT position FROM meta", [], |row| u64::read(row, 0))?)
}

/// SQLite's integers are signed; positions, times and keys stay far below its bound.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
