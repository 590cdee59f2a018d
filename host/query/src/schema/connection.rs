//! Opening the file: how SQLite is set up for the one writer and for readers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::Error;
use crate::limits::{CHECKPOINT_PAGES, MAX_PREPARED_STATEMENTS, MAX_SEARCH_STEPS, STEPS_PER_CHECK};
use crate::projection::history;
use crate::search::matches_pattern;

/// The work that the search on a connection may still do.
#[derive(Clone, Default)]
pub(crate) struct Budget(Arc<AtomicU64>);

impl Budget {
    /// Starts a search with this many steps.
    pub(crate) fn refill(&self, steps: u64) {
        self.0.store(steps, Ordering::Relaxed);
    }

    /// Uses up steps; false when there are none left.
    fn spend(&self, steps: u64) -> bool {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(steps);
        self.0.store(left, Ordering::Relaxed);
        left > 0
    }
}

/// Opens the file for writing if it was made with the present schema.
///
/// # Errors
/// [`Error::Damaged`] when it is not a SQLite file that can be read.
pub(crate) fn open_writer(path: &Path) -> Result<Option<Connection>, Error> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let connection = Connection::open(path)?;
    set_up_writer(&connection)?;
    // Without the table `meta` it is a file of somebody else or of an interrupted set-up.
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'";
    if connection.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let made_with = connection
        .query_row("SELECT schema FROM meta", [], |row| row.get::<_, String>(0))
        .optional()?;
    Ok((made_with == Some(super::definition())).then_some(connection))
}

/// What came of a compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the file before.
    pub before: u64,
    /// Bytes of the file now.
    pub after: u64,
}

/// Makes the file at a path as small as it can be, while nobody else has it open. Does
/// nothing when it is not there or of another version, because then it is built again.
///
/// # Errors
/// When the file cannot be read or written, or is damaged.
pub fn compact(path: &Path) -> Result<Option<Compacted>, Error> {
    let Some(connection) = open_writer(path)? else {
        return Ok(None);
    };
    let size = || -> Result<u64, Error> {
        // What is in the write-ahead log is moved into the file itself.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(std::fs::metadata(path)?.len())
    };
    let before = size()?;
    while history::remove_some(&connection)? {}
    connection.execute_batch("VACUUM")?;
    let after = size()?;
    Ok(Some(Compacted { before, after }))
}

/// Makes an empty file in place of whatever is there.
pub(crate) fn create(path: &Path) -> Result<Connection, Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    super::besides::remove(path)?;
    // SQLite gives its other files the mode of this one.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut private = std::fs::OpenOptions::new();
        private.write(true).create(true).truncate(false).mode(0o600);
        private.open(path)?;
    }
    let mut connection = Connection::open(path)?;
    set_up_writer(&connection)?;
    let schema = super::definition();
    let transaction = connection.transaction()?;
    transaction.execute_batch(&schema)?;
    transaction.execute("INSERT INTO meta VALUES (?1, 0, 0, 0)", [&schema])?;
    transaction.commit()?;
    Ok(connection)
}

/// `synchronous = NORMAL` only waits for the disk at a checkpoint. It may lose the last
/// transactions in a power failure, which the journal makes up for, but not damage the
/// file, as OFF may.
fn set_up_writer(connection: &Connection) -> Result<(), Error> {
    connection.set_prepared_statement_cache_capacity(MAX_PREPARED_STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    Ok(())
}

/// Opens the file for searches, each of which is interrupted when its budget is used up.
pub(crate) fn open_reader(path: &Path) -> Result<(Connection, Budget), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(MAX_PREPARED_STATEMENTS);
    let budget = Budget::default();
    budget.refill(MAX_SEARCH_STEPS);
    let spent = budget.clone();
    let steps = i32::try_from(STEPS_PER_CHECK).unwrap_or(i32::MAX);
    connection.progress_handler(steps, Some(move || !spent.spend(STEPS_PER_CHECK.into())))?;
    add_pattern_match(&connection, budget.clone())?;
    Ok((connection, budget))
}

/// `matches(pattern, text)`: LIKE with Camunda's wildcards. SQLite's own LIKE and GLOB
/// backtrack without a bound.
fn add_pattern_match(connection: &Connection, budget: Budget) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("matches", 2, flags, move |context| {
        let (pattern, text) = (context.get_raw(0), context.get_raw(1));
        let (Ok(pattern), Ok(text)) = (pattern.as_str(), text.as_str()) else {
            return Ok(false);
        };
        let (found, steps) = matches_pattern(pattern, text);
        if budget.spend(steps) {
            Ok(found)
        } else {
            Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT),
                None,
            ))
        }
    })?;
    Ok(())
}
