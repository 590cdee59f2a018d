//! The durable store: state rows, journal and component bytes in one redb file.
//!
//! One commit writes a batch's journal entries and changed rows in one transaction, so the
//! two cannot come apart. What the rows mean is the engine's business; here they are bytes.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod blobs;
mod compact;
mod erase;
mod error;
mod file;
mod format;
mod journal;
mod limits;
mod mark;
mod opening;
mod payload;
mod rows;
mod seal;

use std::path::Path;
use std::sync::Arc;

use gardesh_engine::state::WriteBatch;
use gardesh_engine::table::backing::Backing;
use redb::{Database, StorageBackend};

pub use compact::Compacted;
pub use error::Error;
use error::guarded;
use mark::Mark;
pub use opening::{Loss, Opening};
use rows::Rows;

/// The store of one partition.
pub struct Store {
    database: Arc<Database>,
    rows: Arc<Rows>,
    /// None where the store is not a file.
    mark: Option<Mark>,
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it is damaged, in use by another process, of another format, or ends before what
    /// was acknowledged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Opening::default().open(path).map(|(store, _)| store)
    }

    /// Opens or makes a store on something that is not a file, such as a disk of a test. How
    /// far its journal should go is known to the caller, see [`Self::expect`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn on(backend: impl StorageBackend) -> Result<Self, Error> {
        guarded(|| Self::over(opening::on(backend)?, None))
    }

    fn over(database: Database, mark: Option<Mark>) -> Result<Self, Error> {
        let database = Arc::new(database);
        let rows = Arc::new(Rows::new(Arc::clone(&database))?);
        Ok(Self {
            database,
            rows,
            mark,
        })
    }

    /// Refuses a store that ends before an entry that was acknowledged.
    ///
    /// # Errors
    /// [`Error::Lost`], or when the file cannot be read.
    pub fn expect(&self, expected: u64) -> Result<(), Error> {
        let position = self.position()?;
        if position < expected {
            return Err(Error::Lost { position, expected });
        }
        Ok(())
    }

    /// The rows, for the engine to read through.
    pub fn backing(&self) -> Arc<dyn Backing> {
        Arc::clone(&self.rows) as Arc<dyn Backing>
    }

    /// Reads rows through the engine; a row that cannot be read is an error.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn read<T>(&self, read: impl FnOnce(Arc<dyn Backing>) -> T) -> Result<T, Error> {
        guarded(|| Ok(read(self.backing())))
    }

    /// Writes a batch and waits until it is on the disk.
    ///
    /// # Errors
    /// When the disk fails; then nothing of the batch is there.
    pub fn commit(&self, batch: &WriteBatch) -> Result<(), Error> {
        guarded(|| {
            let transaction = self.database.begin_write()?;
            rows::write(&transaction, batch)?;
            journal::write(&transaction, batch)?;
            erase::step(&transaction)?;
            transaction.commit()?;
            if let (Some(mark), Some(last)) = (&self.mark, batch.entries.last()) {
                mark.set(last.position)?;
            }
            self.rows.refresh()
        })
    }

    /// What need not hold up a commit: from time to time the mark of how far the journal went
    /// is made to outlive a power failure. To be called after commits, once they are
    /// acknowledged.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn after_commit(&self) -> Result<(), Error> {
        match &self.mark {
            Some(mark) => Ok(mark.sync_now_and_then()?),
            None => Ok(()),
        }
    }

    /// Writes what the next start needs to know of the file, which otherwise reads all of it.
    /// To be called when nothing more is to be written.
    ///
    /// # Errors
    /// When the disk fails; what was committed is there.
    pub fn close(&self) -> Result<(), Error> {
        guarded(|| {
            let mut transaction = self.database.begin_write()?;
            transaction.set_quick_repair(true);
            transaction.commit()?;
            match &self.mark {
                Some(mark) => Ok(mark.sync()?),
                None => Ok(()),
            }
        })
    }
}
