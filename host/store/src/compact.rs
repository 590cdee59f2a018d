//! Gives the space of what was erased back to the disk.

use std::path::Path;

use redb::Database;

use crate::error::guarded;
use crate::{Error, Store, erase, opening};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the file before.
    pub before: u64,
    /// Bytes of the file now.
    pub after: u64,
}

impl Store {
    /// Makes the file at a path as small as it can be. Nobody else may have it open. Each
    /// step is a commit, so whoever is interrupted has lost nothing.
    ///
    /// # Errors
    /// When it is in use, damaged or of another format, or the disk fails.
    pub fn compact(path: &Path) -> Result<Compacted, Error> {
        let size = || std::fs::metadata(path).map(|file| file.len());
        let before = size()?;
        let database = opening::whole(path)?;
        guarded(|| shrink(database))?;
        let after = size()?;
        Ok(Compacted { before, after })
    }
}

fn shrink(mut database: Database) -> Result<(), Error> {
    loop {
        let transaction = database.begin_write()?;
        let more = erase::step(&transaction)?;
        transaction.commit()?;
        if !more {
            break;
        }
    }
    while database.compact()? {}
    Ok(database.close()?)
}
