//! What messages and signals carried, and what was asked of decisions outside of any case:
//! it belongs to no case, so it goes when it is older than what its tenant keeps. A message or
//! a signal counts from when nobody could take it any more. What the engine needs of such an
//! event to give the same state stays (`Event::without_payload`), so it does not matter how far
//! this has come. Time is that of the journal: while nothing happens, nothing goes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use gardesh_engine::event::{
    DecisionEvent, Entry, Event, MessageEvent, RetentionEvent, SignalEvent,
};
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction,
};

use crate::Error;
use crate::erase::Eraser;

/// Tenant, message or broadcast: the position of the entry that holds what it carries, while it
/// lives.
const LIVING: TableDefinition<'static, (u32, u64), u64> = TableDefinition::new("payloads_living");

/// Tenant, time, position, key: what an entry holds and nobody needs since then.
const OVER: TableDefinition<'static, (u32, u64, u64, u64), ()> =
    TableDefinition::new("payloads_over");

/// Tenant: for how long it keeps them; where it is not here, for ever.
const KEPT: TableDefinition<'static, u32, u64> = TableDefinition::new("payloads_kept");

/// Tenant: up to which time they are to go now.
const EXPIRED: TableDefinition<'static, u32, u64> = TableDefinition::new("payloads_expired");

pub(crate) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(LIVING)?;
    transaction.open_table(OVER)?;
    transaction.open_table(KEPT)?;
    transaction.open_table(EXPIRED)?;
    Ok(())
}

/// Notes what an entry carries.
pub(crate) fn note(transaction: &WriteTransaction, entry: &Entry) -> Result<(), Error> {
    let tenant = entry.tenant.0;
    for event in &entry.events {
        if let Event::Retention(RetentionEvent::Set { history_ms }) = event {
            let mut kept = transaction.open_table(KEPT)?;
            match history_ms {
                Some(kept_ms) => drop(kept.insert(tenant, *kept_ms)?),
                None => drop(kept.remove(tenant)?),
            }
        }
        if let Some(change) = Change::of(event) {
            change.note(transaction, entry)?;
        }
    }
    Ok(())
}

/// Lets what has become too old by the time of these entries go.
pub(crate) fn expire(transaction: &WriteTransaction, entries: &[Arc<Entry>]) -> Result<(), Error> {
    let kept = transaction.open_table(KEPT)?;
    if kept.is_empty()? {
        return Ok(());
    }
    let last: BTreeMap<u32, u64> = entries
        .iter()
        .map(|entry| (entry.tenant.0, entry.confirmed_ms()))
        .collect();
    for (tenant, at_ms) in last {
        let kept_ms = kept.get(tenant)?.map(|kept_ms| kept_ms.value());
        let Some(until_ms) = kept_ms.and_then(|kept_ms| at_ms.checked_sub(kept_ms)) else {
            continue;
        };
        let over = transaction.open_table(OVER)?;
        let oldest = over.range(up_to(tenant, until_ms))?.next().transpose()?;
        if oldest.is_some() {
            transaction.open_table(EXPIRED)?.insert(tenant, until_ms)?;
        }
    }
    Ok(())
}

fn up_to(tenant: u32, until_ms: u64) -> RangeInclusive<(u32, u64, u64, u64)> {
    (tenant, 0, 0, 0)..=(tenant, until_ms, u64::MAX, u64::MAX)
}

/// What an event means for what it or another one carries.
enum Change {
    /// The entry holds it from now on, in place of an earlier one.
    Holds(u64),
    /// Nobody needs what an earlier entry holds.
    Ends(u64),
    /// The entry holds it, and nobody needs it.
    IsOver(u64),
}

impl Change {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Message(MessageEvent::Expired { message }) => Some(Self::Ends(message.0)),
            Event::Signal(SignalEvent::Ended { broadcast }) => Some(Self::Ends(broadcast.0)),
            Event::Decision(DecisionEvent::Evaluated { .. }) => {
                event.payload_key().map(Self::IsOver)
            }
            _ => event.payload_key().map(Self::Holds),
        }
    }

    fn note(self, transaction: &WriteTransaction, entry: &Entry) -> Result<(), Error> {
        let mut living = transaction.open_table(LIVING)?;
        let tenant = entry.tenant.0;
        let (key, position) = match self {
            Self::IsOver(key) => (key, Some(entry.position)),
            Self::Ends(key) => {
                let held = living.remove((tenant, key))?;
                (key, held.map(|position| position.value()))
            }
            Self::Holds(key) => {
                let held = living.insert((tenant, key), entry.position)?;
                (key, held.map(|position| position.value()))
            }
        };
        if let Some(position) = position {
            let row = (tenant, entry.at_ms, position, key);
            transaction.open_table(OVER)?.insert(row, ())?;
        }
        Ok(())
    }
}

/// Whether something is to go now.
pub(crate) fn is_due(transaction: &WriteTransaction) -> Result<bool, Error> {
    Ok(!transaction.open_table(EXPIRED)?.is_empty()?)
}

/// As [`is_due`], for readers.
pub(crate) fn is_expired(transaction: &ReadTransaction) -> Result<bool, Error> {
    Ok(!transaction.open_table(EXPIRED)?.is_empty()?)
}

/// Takes some of it out of the journal. False when nothing is left to take out.
pub(crate) fn erase(
    transaction: &WriteTransaction,
    eraser: &mut Eraser<'_>,
) -> Result<bool, Error> {
    let mut expired = transaction.open_table(EXPIRED)?;
    let mut over = transaction.open_table(OVER)?;
    loop {
        let first = expired.first()?;
        let Some((tenant, until_ms)) = first.map(|(row, until)| (row.value(), until.value()))
        else {
            return Ok(false);
        };
        while let Some((at_ms, position)) = first_old(&over, tenant, until_ms)? {
            if !eraser.take_one() {
                return Ok(true);
            }
            // One entry may hold thousands, and is written once for all of them.
            let here = (tenant, at_ms, position, 0)..=(tenant, at_ms, position, u64::MAX);
            let mut keys = BTreeSet::new();
            for row in over.extract_from_if(here, |_, ()| true)? {
                keys.insert(row?.0.value().3);
            }
            eraser.change(position, |entry| {
                let all = std::mem::take(&mut entry.events).into_iter();
                entry.events = all
                    .filter_map(|event| match event.payload_key() {
                        Some(key) if keys.contains(&key) => event.without_payload(),
                        _ => Some(event),
                    })
                    .collect();
                true
            })?;
        }
        expired.remove(tenant)?;
    }
}

/// When the first of what is to go of a tenant was over, and the position of its entry.
fn first_old(
    over: &impl ReadableTable<(u32, u64, u64, u64), ()>,
    tenant: u32,
    until_ms: u64,
) -> Result<Option<(u64, u64)>, Error> {
    let first = over.range(up_to(tenant, until_ms))?.next().transpose()?;
    Ok(first.map(|(row, _)| {
        let (_, at_ms, position, _) = row.value();
        (at_ms, position)
    }))
}
