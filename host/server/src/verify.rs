//! Checks a data folder while no server uses it: the journal, or what is left of it where
//! history has expired, replayed from its first entry, must give the very state that is
//! stored.

use std::path::Path;
use std::sync::Arc;

use gardesh_engine::Engine;
use gardesh_engine::state::State;
use gardesh_engine::state::backing::Empty;
use gardesh_store::Store;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Error, store_file};

/// Entries read at a time.
const PAGE: usize = 10_000;

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Entries in the journal.
    pub entries: u64,
    /// Rows in the stored state.
    pub rows: u64,
    /// Tables in which the replayed state differs from the stored one.
    pub differing: Vec<Difference>,
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

/// Replays the journal of a data folder and compares.
///
/// # Errors
/// When the store cannot be opened or read: a running server holds it, for example.
pub fn verify(data_dir: &Path) -> Result<Report, Error> {
    let file = store_file(data_dir);
    let failed = |source| Error::Store {
        file: file.clone(),
        source,
    };
    crate::expect_store(data_dir)?;
    let store = Store::open(&file).map_err(failed)?;
    let mut engine = Engine::new(Arc::new(Empty));
    let (mut entries, mut position) = (0, 0);
    loop {
        let page = store.entries(position + 1, PAGE).map_err(failed)?;
        let Some(last) = page.last() else {
            break;
        };
        position = last.position;
        for entry in &page {
            engine.replay(entry);
        }
        entries += page.len() as u64;
    }
    // The counters are rows like the others, written when a batch is set aside.
    engine.freeze(Vec::new());
    let stored = fingerprints(&State::new(store.backing()));
    let replayed = fingerprints(engine.state());
    let rows = stored.iter().map(|table| table.rows).sum();
    Ok(Report {
        entries,
        rows,
        differing: compare(&stored, &replayed),
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
