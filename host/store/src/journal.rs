//! The journal: every entry by its position, and for each case and each batch operation the
//! positions that are about it. An entry is postcard behind one byte that numbers its layout, and
//! before its checksum.

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_engine::event::{Entry, Event};
use gardesh_engine::key::{ProcessInstanceKey, TenantId};
use gardesh_engine::state::WriteBatch;
use redb::{ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use crate::erase::{self, Expired};
use crate::error::guarded;
use crate::{Error, Store, payload, seal};

/// Position to entry.
pub(crate) const ENTRIES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("journal");

/// Tenant, case or batch operation, position: the entries that are about it. Both have their
/// keys from one counter.
pub(crate) const BY_OWNER: TableDefinition<'static, (u32, u64, u64), ()> =
    TableDefinition::new("journal_by_owner");

/// The layout of an entry.
const LAYOUT: u8 = 2;

pub(crate) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(ENTRIES)?;
    transaction.open_table(BY_OWNER)?;
    Ok(())
}

pub(crate) fn write(transaction: &WriteTransaction, batch: &WriteBatch) -> Result<(), Error> {
    let mut entries = transaction.open_table(ENTRIES)?;
    let mut by_owner = transaction.open_table(BY_OWNER)?;
    for entry in &batch.entries {
        entries.insert(entry.position, encode(entry)?.as_slice())?;
        let told_of: BTreeSet<u64> = entry.events.iter().filter_map(Event::told_of).collect();
        for key in told_of {
            by_owner.insert((entry.tenant.0, key, entry.position), ())?;
        }
        erase::note(transaction, entry)?;
    }
    payload::expire(transaction, &batch.entries)
}

pub(crate) fn encode(entry: &Entry) -> Result<Vec<u8>, Error> {
    let written = postcard::to_extend(entry, vec![LAYOUT]);
    let mut bytes = written.map_err(|e| Error::Journal {
        position: entry.position,
        reason: e.to_string(),
    })?;
    seal::seal(&entry.position.to_be_bytes(), &mut bytes);
    Ok(bytes)
}

pub(crate) fn decode(position: u64, bytes: &[u8]) -> Result<Entry, Error> {
    let damaged = |reason: String| Error::Journal { position, reason };
    let opened = seal::open(&position.to_be_bytes(), bytes);
    let bytes = opened.ok_or_else(|| damaged("its checksum is wrong".to_owned()))?;
    match bytes.split_first() {
        Some((&LAYOUT, body)) => postcard::from_bytes(body).map_err(|e| damaged(e.to_string())),
        other => Err(damaged(format!(
            "Expected layout {LAYOUT}, but found {:?}",
            other.map(|(layout, _)| layout)
        ))),
    }
}

impl Store {
    /// Up to `limit` entries from a position on, without the history that has expired.
    ///
    /// # Errors
    /// When the file cannot be read or an entry is damaged.
    pub fn entries(&self, from_position: u64, limit: usize) -> Result<Vec<Arc<Entry>>, Error> {
        guarded(|| {
            let transaction = self.database.begin_read()?;
            let table = transaction.open_table(ENTRIES)?;
            let expired = Expired::open(&transaction)?;
            let mut entries = Vec::new();
            for row in table.range(from_position..)?.take(limit) {
                let (position, bytes) = row?;
                let mut entry = decode(position.value(), bytes.value())?;
                expired.strip(&mut entry)?;
                entries.push(Arc::new(entry));
            }
            Ok(entries)
        })
    }

    /// The last entry, none in a new store.
    ///
    /// # Errors
    /// When the file cannot be read or the entry is damaged.
    pub fn last_entry(&self) -> Result<Option<Arc<Entry>>, Error> {
        guarded(|| {
            let transaction = self.database.begin_read()?;
            let table = transaction.open_table(ENTRIES)?;
            let Some((position, bytes)) = table.last()? else {
                return Ok(None);
            };
            let mut entry = decode(position.value(), bytes.value())?;
            Expired::open(&transaction)?.strip(&mut entry)?;
            Ok(Some(Arc::new(entry)))
        })
    }

    /// Up to `limit` entries that are about a case, after a position, without the history
    /// that has expired.
    ///
    /// # Errors
    /// When the file cannot be read or an entry is damaged.
    pub fn entries_of(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
        after_position: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Entry>>, Error> {
        guarded(|| {
            let transaction = self.database.begin_read()?;
            let index = transaction.open_table(BY_OWNER)?;
            let table = transaction.open_table(ENTRIES)?;
            let expired = Expired::open(&transaction)?;
            let from = (tenant.0, instance.0, after_position.saturating_add(1));
            let mut entries = Vec::new();
            for row in index
                .range(from..=(tenant.0, instance.0, u64::MAX))?
                .take(limit)
            {
                let (_, _, position) = row?.0.value();
                if let Some(bytes) = table.get(position)? {
                    let mut entry = decode(position, bytes.value())?;
                    expired.strip(&mut entry)?;
                    entries.push(Arc::new(entry));
                }
            }
            Ok(entries)
        })
    }

    /// The position of the last entry, 0 in a new store.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn position(&self) -> Result<u64, Error> {
        guarded(|| {
            let table = self.database.begin_read()?.open_table(ENTRIES)?;
            let last = table.last()?;
            Ok(last.map_or(0, |(position, _)| position.value()))
        })
    }

    /// Whether there is expired history whose bytes are still there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_erasing(&self) -> Result<bool, Error> {
        guarded(|| {
            let transaction = self.database.begin_read()?;
            Ok(!Expired::open(&transaction)?.is_empty() || payload::is_expired(&transaction)?)
        })
    }

    /// Erases some of the expired history, in a commit of its own, and says whether more of
    /// it is left. To be called while there is nothing else to write: [`Self::commit`] does
    /// as much besides its own work.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn erase_some(&self) -> Result<bool, Error> {
        guarded(|| {
            let transaction = self.database.begin_write()?;
            let more = erase::step(&transaction)?;
            transaction.commit()?;
            // The pages of an older view cannot be used again while that is open.
            self.rows.refresh()?;
            Ok(more)
        })
    }
}
