//! Component bytes by digest. They are written once and never change.

use redb::{ReadableDatabase, TableDefinition, WriteTransaction};

use crate::{Error, Store};

/// SHA-256 in hexadecimal to bytes.
const BLOBS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("blobs");

pub(crate) fn create_table(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(BLOBS)?;
    Ok(())
}

impl Store {
    /// Keeps bytes under their digest, and waits until they are on the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put_blob(&self, digest: &str, bytes: &[u8]) -> Result<(), Error> {
        if self
            .database
            .begin_read()?
            .open_table(BLOBS)?
            .get(digest)?
            .is_some()
        {
            return Ok(());
        }
        let transaction = self.database.begin_write()?;
        transaction.open_table(BLOBS)?.insert(digest, bytes)?;
        transaction.commit()?;
        Ok(())
    }

    /// The bytes under a digest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, Error> {
        let table = self.database.begin_read()?.open_table(BLOBS)?;
        let blob = table.get(digest)?;
        Ok(blob.map(|bytes| bytes.value().to_vec()))
    }
}
