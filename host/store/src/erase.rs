//! History that has expired: from the commit that says so on, nobody is shown it any more;
//! its bytes are erased in the background, in bounded steps that each commit on their own.
//! Between two steps the journal reads as if all of it were gone, so that what is left of it
//! always gives the same state.
//!
//! It goes entry by entry and not owner by owner: one entry may tell of thousands of cases,
//! and is read and written once for all of them that wait.

use std::collections::BTreeSet;

use gardesh_engine::event::{Entry, Event};
use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    WriteTransaction,
};

use crate::journal::{BY_OWNER, ENTRIES, decode, encode};
use crate::limits::{BYTES_PER_OWNER, MAX_ERASED_BYTES, MAX_ERASED_ENTRIES, MAX_NEW_OWNERS};
use crate::{Error, payload};

/// Tenant, case or batch operation: some of its expired history is still there.
const EXPIRED: TableDefinition<'static, (u32, u64), ()> = TableDefinition::new("history_expired");

/// Position, tenant, case or batch operation: the first entry that tells of an owner in
/// [`EXPIRED`] and has not been looked at. Each of these owners has one row; position 0, where
/// no entry is, says that nobody has looked yet where its first one is.
const WAITING: TableDefinition<'static, (u64, u32, u64), ()> =
    TableDefinition::new("history_waiting");

pub(crate) fn create_table(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(EXPIRED)?;
    transaction.open_table(WAITING)?;
    payload::create_tables(transaction)
}

/// Notes which histories expire with this entry.
pub(crate) fn note(transaction: &WriteTransaction, entry: &Entry) -> Result<(), Error> {
    for event in &entry.events {
        if let Some(key) = event.expires() {
            let tenant = entry.tenant.0;
            transaction.open_table(EXPIRED)?.insert((tenant, key), ())?;
            let mut waiting = transaction.open_table(WAITING)?;
            waiting.insert((0, tenant, key), ())?;
        }
    }
    payload::note(transaction, entry)
}

/// Erases some of what has expired. False when nothing is left to erase.
pub(crate) fn step(transaction: &WriteTransaction) -> Result<bool, Error> {
    let mut owners = Owners {
        expired: transaction.open_table(EXPIRED)?,
        waiting: transaction.open_table(WAITING)?,
    };
    if owners.waiting.is_empty()? && !payload::is_due(transaction)? {
        return Ok(false);
    }
    let mut eraser = Eraser {
        entries: transaction.open_table(ENTRIES)?,
        by_owner: transaction.open_table(BY_OWNER)?,
        entries_left: MAX_ERASED_ENTRIES,
        bytes_left: MAX_ERASED_BYTES,
    };
    while let Some(position) = owners.first()? {
        if !eraser.take_one() {
            return Ok(true);
        }
        eraser.erase(&mut owners, position)?;
    }
    payload::erase(transaction, &mut eraser)
}

/// Whose expired history is still there.
struct Owners<'t> {
    expired: Table<'t, (u32, u64), ()>,
    waiting: Table<'t, (u64, u32, u64), ()>,
}

impl Owners<'_> {
    /// The first position that somebody waits at.
    fn first(&self) -> Result<Option<u64>, Error> {
        Ok(self.waiting.first()?.map(|(row, _)| row.value().0))
    }

    /// Who waits at a position, which is all that expired and that its entry tells of: nobody
    /// waits before it.
    fn at(&self, position: u64) -> Result<BTreeSet<(u32, u64)>, Error> {
        let most = match position {
            0 => MAX_NEW_OWNERS,
            _ => usize::MAX,
        };
        let rows = (position, 0, 0)..=(position, u32::MAX, u64::MAX);
        let mut found = BTreeSet::new();
        for row in self.waiting.range(rows)?.take(most) {
            let (_, tenant, owner) = row?.0.value();
            found.insert((tenant, owner));
        }
        Ok(found)
    }

    /// Lets an owner wait at its next position; without one its history is gone.
    fn go_on(
        &mut self,
        (tenant, owner): (u32, u64),
        from: u64,
        to: Option<u64>,
    ) -> Result<(), Error> {
        self.waiting.remove((from, tenant, owner))?;
        match to {
            Some(to) => drop(self.waiting.insert((to, tenant, owner), ())?),
            None => drop(self.expired.remove((tenant, owner))?),
        }
        Ok(())
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
    /// Erases the history of all who wait at a position from its entry, and lets them go on.
    fn erase(&mut self, owners: &mut Owners<'_>, position: u64) -> Result<(), Error> {
        let here = owners.at(position)?;
        let still_told_of = self.erase_from_entry(&here, position)?;
        for &(tenant, owner) in &here {
            if !still_told_of.contains(&owner) {
                self.by_owner.remove((tenant, owner, position))?;
            }
            let later = (tenant, owner, position + 1)..=(tenant, owner, u64::MAX);
            let next = self.by_owner.range(later)?.next().transpose()?;
            let next = next.map(|(row, _)| row.value().2);
            owners.go_on((tenant, owner), position, next)?;
        }
        let spent = here.len().saturating_mul(BYTES_PER_OWNER);
        self.bytes_left = self.bytes_left.saturating_sub(spent);
        Ok(())
    }

    /// Whether the step may change another entry, which it then does.
    pub(crate) fn take_one(&mut self) -> bool {
        let may = self.entries_left > 0 && self.bytes_left > 0;
        self.entries_left -= usize::from(may);
        may
    }

    /// Erases the history of cases and batch operations from an entry. Whom that still tells of.
    fn erase_from_entry(
        &mut self,
        owners: &BTreeSet<(u32, u64)>,
        position: u64,
    ) -> Result<BTreeSet<u64>, Error> {
        let mut still_told_of = BTreeSet::new();
        self.change(position, |entry| {
            let tenant = entry.tenant.0;
            let before = entry.events.len();
            entry.events.retain(|event| {
                let owner = event.history_of();
                !owner.is_some_and(|owner| owners.contains(&(tenant, owner)))
            });
            still_told_of = entry.events.iter().filter_map(Event::told_of).collect();
            entry.events.len() < before
        })?;
        Ok(still_told_of)
    }

    /// Lets `change` change the events of an entry, if it is still there, and say whether it
    /// did. The entry goes with the last of them.
    pub(crate) fn change(
        &mut self,
        position: u64,
        change: impl FnOnce(&mut Entry) -> bool,
    ) -> Result<(), Error> {
        let Some(mut entry) = self.read(position)? else {
            return Ok(());
        };
        if !change(&mut entry) {
            return Ok(());
        }
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
pub(crate) struct Expired(Option<ReadOnlyTable<(u32, u64), ()>>);

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
