//! The durable store: state rows, journal and component bytes in one redb file.
//!
//! One commit writes a batch's journal entries and changed rows in one transaction, so the
//! two cannot come apart. What the rows mean is the engine's business; here they are bytes.

#![forbid(unsafe_code)]

mod blobs;
mod compact;
mod erase;
mod error;
mod format;
mod journal;
mod payload;
mod rows;

use std::path::Path;
use std::sync::Arc;

use gardesh_engine::state::Batch;
use gardesh_engine::state::backing::Backing;
use redb::{Database, StorageBackend};

pub use compact::Compacted;
pub use error::Error;
use format::{FORMAT, MIGRATIONS};
use rows::Rows;

/// Memory for redb's page cache. The engine keeps hot rows decoded in its own cache, so
/// this one only has to hold the upper levels of the trees.
const PAGE_CACHE_BYTES: usize = 32 * 1024 * 1024;

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
        Self::over(open(path)?)
    }

    /// Opens or makes a store on something that is not a file, such as a disk of a test.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn on(backend: impl StorageBackend) -> Result<Self, Error> {
        let database = builder().create_with_backend(backend)?;
        prepare(&database)?;
        Self::over(database)
    }

    fn over(database: Database) -> Result<Self, Error> {
        let database = Arc::new(database);
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
        erase::step(&transaction)?;
        transaction.commit()?;
        self.rows.refresh()
    }
}

fn open(path: &Path) -> Result<Database, Error> {
    let database = builder().create(path)?;
    prepare(&database)?;
    Ok(database)
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(PAGE_CACHE_BYTES);
    builder
}

/// Makes all tables of a new file, and brings an old one up to date.
fn prepare(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    format::bring_to(FORMAT, MIGRATIONS, &transaction)?;
    rows::create_tables(&transaction)?;
    journal::create_tables(&transaction)?;
    erase::create_table(&transaction)?;
    blobs::create_table(&transaction)?;
    transaction.commit()?;
    Ok(())
}
