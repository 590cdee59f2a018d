//! Checks a data folder while no server uses it: the journal, or what is left of it where
//! history has expired, replayed from its first entry, must give the very state that is
//! stored. What a journal has lost at its end is said.

use std::path::Path;
use std::sync::Arc;

use gardesh_engine::Engine;
use gardesh_engine::event::Entry;
use gardesh_engine::key::Partition;
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_store::{Loss, Opening};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::folder::{expect_store, open_store, read_model_file, store_file};
use crate::limits::{MAX_LOST_CASES, VERIFIED_ENTRIES_PER_READ};

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Entries in the journal.
    pub entries: u64,
    /// Rows in the stored state.
    pub rows: u64,
    /// What was lost and accepted.
    pub lost: Option<Lost>,
    /// Tables in which the replayed state differs from the stored one.
    pub differing: Vec<Difference>,
}

/// What is missing at the journal's end.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// The last entry that is left, 0 for none.
    pub last_entry: u64,
    /// The last entry that was acknowledged.
    pub acknowledged_entry: u64,
    /// When the last entry that is left was written, in milliseconds since the epoch; what was
    /// done later in cases that had begun before is lost, too.
    pub last_entry_at_ms: Option<u64>,
    /// The first cases that are lost as a whole, as far as the read model knew them.
    pub cases: Vec<LostCase>,
}

/// A case that is lost.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LostCase {
    /// Its key.
    pub process_instance_key: u64,
    /// Its process.
    pub process_definition_id: String,
    /// Its number in the company's own books.
    pub business_key: Option<String>,
}

/// A table that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Its name.
    pub table: &'static str,
    /// Rows that are stored.
    pub stored_rows: u64,
    /// Rows that the replay made.
    pub replayed_rows: u64,
}

/// Looks through the store of a data folder page by page, replays its journal, and compares.
/// With `accept_loss` a journal that ends before what was acknowledged is taken as it is; the
/// read model, which knows more, is removed and built anew at the next start.
///
/// # Errors
/// When the store cannot be opened or read, is damaged, or has lost entries.
pub fn verify(data_dir: &Path, accept_loss: bool) -> Result<Report, Error> {
    let file = store_file(data_dir);
    let failed = |source| Error::Store {
        file: file.clone(),
        source,
    };
    expect_store(data_dir)?;
    let opening = Opening {
        accept_loss,
        ..Opening::checking_all()
    };
    let (store, loss) = open_store(data_dir, opening)?;
    let last = store.last_entry().map_err(failed)?;
    let lost = loss
        .map(|loss| give_up(data_dir, loss, last.as_deref()))
        .transpose()?;
    let mut engine = Engine::new(Arc::new(Empty), Partition::FIRST);
    let (mut entries, mut position) = (0, 0);
    loop {
        let page = store
            .entries(position + 1, VERIFIED_ENTRIES_PER_READ)
            .map_err(failed)?;
        let Some(last) = page.last() else {
            break;
        };
        position = last.position;
        for entry in &page {
            if entry.follows() != engine.state().position() {
                return Err(failed(gardesh_store::Error::Journal {
                    position: entry.position,
                    reason: "the entry before it is missing".to_owned(),
                }));
            }
            engine.replay(entry);
        }
        entries += page.len() as u64;
    }
    if entries > 0 {
        // The counters are rows like the others, written when a batch is set aside.
        engine.freeze(Vec::new());
    }
    let stored = store
        .read(|rows| fingerprints(&State::new(rows, Partition::FIRST)))
        .map_err(failed)?;
    let replayed = fingerprints(engine.state());
    let rows = stored.iter().map(|table| table.rows).sum();
    Ok(Report {
        entries,
        rows,
        lost,
        differing: compare(&stored, &replayed),
    })
}

/// Says what is lost, and lets the read model go, which is ahead.
fn give_up(data_dir: &Path, loss: Loss, last: Option<&Entry>) -> Result<Lost, Error> {
    let read_model = read_model_file(data_dir);
    let next_key = last.map_or(0, |entry| entry.next_key);
    // One that cannot be read does not know either.
    let known = gardesh_query::cases_from(&read_model, next_key, MAX_LOST_CASES);
    let cases = known.unwrap_or_default().into_iter().map(|case| LostCase {
        process_instance_key: case.key,
        process_definition_id: case.process,
        business_key: case.business_key,
    });
    let cases = cases.collect();
    gardesh_query::remove(&read_model)?;
    Ok(Lost {
        last_entry: loss.position,
        acknowledged_entry: loss.expected,
        last_entry_at_ms: last.map(|entry| entry.at_ms),
        cases,
    })
}

#[derive(Default)]
struct Fingerprint {
    table: &'static str,
    rows: u64,
    hash: Sha256,
}

/// One for each table, in the order of the tables.
fn fingerprints(state: &State) -> Vec<Fingerprint> {
    let mut tables: Vec<Fingerprint> = gardesh_engine::state::TABLES
        .iter()
        .map(|&table| Fingerprint {
            table,
            ..Default::default()
        })
        .collect();
    state.dump(&mut |table, key, row| {
        let Some(fingerprint) = tables
            .iter_mut()
            .find(|fingerprint| fingerprint.table == table)
        else {
            return;
        };
        fingerprint.rows += 1;
        for bytes in [key, row] {
            fingerprint.hash.update((bytes.len() as u64).to_be_bytes());
            fingerprint.hash.update(bytes);
        }
    });
    tables
}

fn compare(stored: &[Fingerprint], replayed: &[Fingerprint]) -> Vec<Difference> {
    let pairs = stored.iter().zip(replayed);
    let differing = pairs.filter(|(a, b)| a.hash.clone().finalize() != b.hash.clone().finalize());
    differing
        .map(|(stored, replayed)| Difference {
            table: stored.table,
            stored_rows: stored.rows,
            replayed_rows: replayed.rows,
        })
        .collect()
}
