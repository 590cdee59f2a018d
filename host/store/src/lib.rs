//! The durable store: state rows, journal and component bytes in one redb file.
//!
//! One commit writes a batch's journal entries and changed rows in one transaction, so the
//! two cannot come apart. What the rows mean is the engine's business; here they are bytes.

#![forbid(unsafe_code)]

mod blobs;
mod error;
mod journal;
mod rows;

use std::path::Path;
use std::sync::Arc;

use gardesh_engine::state::Batch;
use gardesh_engine::state::backing::Backing;
use redb::{Database, ReadableTable, TableDefinition};

pub use error::Error;
use rows::Rows;

/// The layout of the file. A file with another one is refused: it needs a newer program, or
/// a migration that does not exist yet.
const FORMAT: u64 = 1;

/// Facts about the file itself, by name.
const META: TableDefinition<'static, &str, u64> = TableDefinition::new("meta");

/// Memory for redb's page cache. The engine keeps hot rows decoded in its own cache, so
/// this one only has to hold the upper levels of the trees.
const PAGE_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// The store of one partition.
pub struct Store {
    database: Arc<Database>,
    rows: Arc<Rows>,
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it is damaged, in use by another process, or of another format.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut builder = Database::builder();
        builder.set_cache_size(PAGE_CACHE_BYTES);
        let database = Arc::new(builder.create(path)?);
        prepare(&database)?;
        let rows = Arc::new(Rows::new(Arc::clone(&database))?);
        Ok(Self { database, rows })
    }

    /// The rows, for the engine to read through.
    pub fn backing(&self) -> Arc<dyn Backing> {
        Arc::clone(&self.rows) as Arc<dyn Backing>
    }

    /// Writes a batch and waits until it is on the disk.
    ///
    /// # Errors
    /// When the disk fails; then nothing of the batch is there.
    pub fn commit(&self, batch: &Batch) -> Result<(), Error> {
        let transaction = self.database.begin_write()?;
        rows::write(&transaction, batch)?;
        journal::write(&transaction, batch)?;
        transaction.commit()?;
        self.rows.refresh()
    }
}

/// Makes all tables of a new file, and checks the format of an old one.
fn prepare(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        let found = meta.get("format")?.map(|format| format.value());
        match found {
            Some(FORMAT) => {}
            Some(found) => {
                return Err(Error::Format {
                    expected: FORMAT,
                    found,
                });
            }
            None => {
                meta.insert("format", FORMAT)?;
            }
        }
        rows::create_tables(&transaction)?;
        journal::create_tables(&transaction)?;
        blobs::create_table(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}
