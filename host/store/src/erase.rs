//! History that has expired: from the commit that says so on, nobody is shown it any more;
//! its bytes are erased in the background, in bounded steps that each commit on their own.
//! Between two steps the journal reads as if all of it were gone, so that what is left of it
//! always gives the same state.

use std::collections::BTreeSet;

use gardesh_engine::event::{Entry, Event};
use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    WriteTransaction,
};

use crate::journal::{BY_OWNER, ENTRIES, decode, encode};
use crate::{Error, payload};

/// Tenant, case or batch operation: the position from which on its expired history is still
/// there.
const EXPIRED: TableDefinition<'static, (u32, u64), u64> = TableDefinition::new("journal_expired");

/// Entries that one step looks at: a few milliseconds of work, which the next commit may
/// have to wait for.
const MAX_ENTRIES: usize = 64;

/// Bytes of entries that one step reads, for entries with large variables.
const MAX_BYTES: usize = 4 * 1024 * 1024;

pub(crate) fn create_table(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(EXPIRED)?;
    payload::create_tables(transaction)
}

/// Notes which histories expire with this entry.
pub(crate) fn note(transaction: &WriteTransaction, entry: &Entry) -> Result<(), Error> {
    for event in &entry.events {
        if let Some(key) = event.expires() {
            let mut expired = transaction.open_table(EXPIRED)?;
            expired.insert((entry.tenant.0, key), 0)?;
        }
    }
    payload::note(transaction, entry)
}

/// Erases some of what has expired. False when nothing is left to erase.
pub(crate) fn step(transaction: &WriteTransaction) -> Result<bool, Error> {
    let mut expired = transaction.open_table(EXPIRED)?;
    if expired.is_empty()? && !payload::is_due(transaction)? {
        return Ok(false);
    }
    let mut eraser = Eraser {
        entries: transaction.open_table(ENTRIES)?,
        by_owner: transaction.open_table(BY_OWNER)?,
        entries_left: MAX_ENTRIES,
        bytes_left: MAX_BYTES,
    };
    loop {
        let Some((owner, from)) = expired
            .first()?
            .map(|(owner, from)| (owner.value(), from.value()))
        else {
            return payload::erase(transaction, &mut eraser);
        };
        if let Some(next) = eraser.erase(owner, from)? {
            expired.insert(owner, next)?;
            return Ok(true);
        }
        expired.remove(owner)?;
    }
}

/// Changes entries, as many as one step may.
pub(crate) struct Eraser<'t> {
    entries: Table<'t, u64, &'static [u8]>,
    by_owner: Table<'t, (u32, u64, u64), ()>,
    entries_left: usize,
    bytes_left: usize,
}

impl Eraser<'_> {
    /// Erases the history of a case or batch operation from a position on, and gives the
    /// position where the next step goes on, if it could not finish.
    fn erase(&mut self, (tenant, owner): (u32, u64), from: u64) -> Result<Option<u64>, Error> {
        let of_owner = (tenant, owner, from)..=(tenant, owner, u64::MAX);
        let mut positions = Vec::new();
        for row in self.by_owner.range(of_owner)?.take(self.entries_left + 1) {
            positions.push(row?.0.value().2);
        }
        for position in positions {
            if !self.take_one() {
                return Ok(Some(position));
            }
            if !self.erase_from_entry(owner, position)? {
                self.by_owner.remove((tenant, owner, position))?;
            }
        }
        Ok(None)
    }

    /// Whether the step may change another entry, which it then does.
    pub(crate) fn take_one(&mut self) -> bool {
        let may = self.entries_left > 0 && self.bytes_left > 0;
        self.entries_left -= usize::from(may);
        may
    }

    /// Erases the history of a case or batch operation from an entry. Whether that still tells
    /// of it.
    fn erase_from_entry(&mut self, owner: u64, position: u64) -> Result<bool, Error> {
        let mut tells = false;
        self.change(position, |events| {
            events.retain(|event| event.history_of() != Some(owner));
            tells = events.iter().any(|event| event.told_of() == Some(owner));
        })?;
        Ok(tells)
    }

    /// Changes the events of an entry, if it is still there, which goes with the last of them.
    pub(crate) fn change(
        &mut self,
        position: u64,
        change: impl FnOnce(&mut Vec<Event>),
    ) -> Result<(), Error> {
        let Some(mut entry) = self.read(position)? else {
            return Ok(());
        };
        change(&mut entry.events);
        if entry.events.is_empty() {
            self.remove(&entry)
        } else {
            self.write(&entry)
        }
    }

    /// Removes an entry; the one after it says that it was there. The last one stays without
    /// events, so that the journal's end is known.
    fn remove(&mut self, entry: &Entry) -> Result<(), Error> {
        let next = self
            .entries
            .range(entry.position + 1..)?
            .next()
            .transpose()?
            .map(|(position, _)| position.value());
        let Some(mut next) = next.map(|next| self.read(next)).transpose()?.flatten() else {
            return self.write(entry);
        };
        next.erased_before += 1 + entry.erased_before;
        self.write(&next)?;
        self.entries.remove(entry.position)?;
        Ok(())
    }

    fn read(&mut self, position: u64) -> Result<Option<Entry>, Error> {
        let Some(bytes) = self.entries.get(position)? else {
            return Ok(None);
        };
        self.bytes_left = self.bytes_left.saturating_sub(bytes.value().len());
        decode(position, bytes.value()).map(Some)
    }

    fn write(&mut self, entry: &Entry) -> Result<(), Error> {
        self.entries
            .insert(entry.position, encode(entry)?.as_slice())?;
        Ok(())
    }
}

/// What has expired, for readers of the journal.
pub(crate) struct Expired(Option<ReadOnlyTable<(u32, u64), u64>>);

impl Expired {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self, Error> {
        let table = transaction.open_table(EXPIRED)?;
        let is_empty = table.is_empty()?;
        Ok(Self((!is_empty).then_some(table)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Takes out of an entry what has expired and is not erased yet.
    pub(crate) fn strip(&self, entry: &mut Entry) -> Result<(), Error> {
        let Some(table) = &self.0 else {
            return Ok(());
        };
        let history = entry.events.iter().filter_map(Event::history_of);
        let owners: BTreeSet<u64> = history.collect();
        for owner in owners {
            if table.get((entry.tenant.0, owner))?.is_some() {
                entry
                    .events
                    .retain(|event| event.history_of() != Some(owner));
            }
        }
        Ok(())
    }
}
