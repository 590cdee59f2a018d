//! Component bytes by digest. They are written once and never change.

use redb::{ReadableDatabase, TableDefinition, WriteTransaction};

use crate::error::guarded;
use crate::{Error, Store, seal};

/// SHA-256 in hexadecimal to bytes, before their checksum.
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
        guarded(|| {
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
            let mut sealed = bytes.to_vec();
            seal::seal(digest.as_bytes(), &mut sealed);
            transaction
                .open_table(BLOBS)?
                .insert(digest, sealed.as_slice())?;
            transaction.commit()?;
            Ok(())
        })
    }

    /// The bytes under a digest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, Error> {
        guarded(|| {
            let table = self.database.begin_read()?.open_table(BLOBS)?;
            let Some(sealed) = table.get(digest)? else {
                return Ok(None);
            };
            let bytes = seal::open(digest.as_bytes(), sealed.value());
            let bytes = bytes.ok_or_else(|| Error::Damaged {
                reason: format!("the checksum of component {digest} is wrong"),
            })?;
            Ok(Some(bytes.to_vec()))
        })
    }
}
