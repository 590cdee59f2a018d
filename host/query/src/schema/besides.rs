//! The file as seen by whoever is not its server: what it knows of the journal, for a store that
//! may have lost something, and how to get rid of it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::error::Error;

/// A case that the read model knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCase {
    /// Its key.
    pub key: u64,
    /// The id of its process.
    pub process: String,
    /// Its number in the company's own books.
    pub business_key: Option<String>,
}

/// The files of a read model at a path.
pub fn files_of(path: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|suffix| {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        PathBuf::from(file)
    })
}

/// Up to which entry of the journal the file at a path goes; 0 when it cannot tell.
pub fn position_of(path: &Path) -> u64 {
    let read = || -> rusqlite::Result<i64> {
        let position = "SELECT position FROM meta";
        look(path)?.query_row(position, [], |row| row.get(0))
    };
    read().ok().and_then(|p| u64::try_from(p).ok()).unwrap_or(0)
}

/// The first cases with a key from `from_key` on: what has begun after a store had that one as
/// its next.
///
/// # Errors
/// When the file cannot be read.
pub fn cases_from(path: &Path, from_key: u64, limit: u32) -> Result<Vec<KnownCase>, Error> {
    let connection = look(path)?;
    let mut found = connection.prepare(
        "SELECT process_instance_key, process_definition_id, business_key FROM process_instances
         WHERE process_instance_key >= ?1 ORDER BY process_instance_key LIMIT ?2",
    )?;
    let from_key = i64::try_from(from_key).unwrap_or(i64::MAX);
    let rows = found.query_map((from_key, limit), |row| {
        Ok(KnownCase {
            key: row.get::<_, i64>(0)?.cast_unsigned(),
            process: row.get(1)?,
            business_key: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Removes the file at a path with all that belongs to it. Nobody may have it open.
///
/// # Errors
/// When the disk refuses.
pub fn remove(path: &Path) -> Result<(), Error> {
    for file in files_of(path) {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn look(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}
