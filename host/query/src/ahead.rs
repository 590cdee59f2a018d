//! Single rows ahead of the file: while it cannot be written (another process holds its lock,
//! the disk is full), or is only slow, what the journal has besides is applied in memory, upon
//! the rows that the file has. Searches see the file only.

use std::sync::Arc;

use gardesh_engine::event::Entry;
use gardesh_engine::key::TenantId;
use rusqlite::Connection;

use crate::error::Error;
use crate::limits::MAX_BYTES_AHEAD;
use crate::projection::{Definitions, Projected, Projection};

/// Where the entries come from that the file does not have.
pub trait JournalSource {
    /// Some entries, in order, from a position on; none at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    fn entries(
        &self,
        from: u64,
    ) -> Result<Vec<Arc<Entry>>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Rows in memory. They belong to one position of the file.
pub(crate) struct Ahead {
    /// The position of the file that they lie upon.
    file: u64,
    /// The last entry that was applied.
    position: u64,
    projection: Projection,
}

impl Ahead {
    /// Nothing yet, upon a file at a position.
    pub(crate) fn of(file: u64) -> Self {
        Self {
            file,
            position: file,
            projection: Projection::default(),
        }
    }

    /// Whether it lies upon a file at this position.
    pub(crate) fn is_of(&self, file: u64) -> bool {
        self.file == file
    }

    /// Applies what the journal has up to a position. The connection must see the file at
    /// the position that this lies upon. After an error other than [`Error::FarBehind`] it is
    /// to be thrown away.
    pub(crate) fn advance(
        &mut self,
        connection: &Connection,
        to: u64,
        journal: &dyn JournalSource,
        definitions: &dyn Definitions,
    ) -> Result<(), Error> {
        while self.position < to {
            if self.projection.bytes() > MAX_BYTES_AHEAD {
                return Err(Error::FarBehind {
                    position: self.file,
                    journal: to,
                });
            }
            let entries = journal.entries(self.position + 1).map_err(Error::Journal)?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            for entry in &entries {
                self.projection
                    .apply_ahead(connection, definitions, entry)?;
            }
            self.position = last.position;
        }
        Ok(())
    }

    /// The row with a key.
    pub(crate) fn get<R: Projected>(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
        key: R::Key,
    ) -> Result<Option<R>, Error> {
        self.projection.look_up(connection, tenant, key)
    }
}
