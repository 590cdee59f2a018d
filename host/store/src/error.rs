//! What can go wrong with the file.

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, the file or a damaged page.
    #[error("the store cannot be read or written: {0}")]
    Storage(Box<redb::Error>),
    /// The file has another format.
    #[error(
        "Expected a store of format {expected}, but this one has format {found}, and there is no way from one to the other. Open it with the version of Gardesh that wrote it."
    )]
    Format { expected: u64, found: u64 },
    /// The file is of another program.
    #[error(
        "Expected a store, but this file has tables of another program in it. Name another file or folder."
    )]
    Foreign,
    /// An entry of the journal cannot be read.
    #[error("entry {position} of the journal is damaged: {reason}")]
    Journal { position: u64, reason: String },
}

macro_rules! from_redb {
    ($($source:ident),+) => {$(
        impl From<redb::$source> for Error {
            fn from(error: redb::$source) -> Self {
                Self::Storage(Box::new(error.into()))
            }
        }
    )+};
}
from_redb!(
    DatabaseError,
    TransactionError,
    TableError,
    StorageError,
    CommitError,
    CompactionError
);

impl Error {
    pub(crate) fn io(error: std::io::Error) -> Self {
        Self::Storage(Box::new(redb::Error::Io(error)))
    }
}
