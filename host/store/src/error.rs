//! What can go wrong with the file: what it is, why, and what to do.

use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

use gardesh_engine::table::backing::Damage;

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk does not do what it should.
    #[error(
        "Expected to read and write the store, but {source}. {}",
        advice(source)
    )]
    Disk { source: io::Error },
    /// Another process has the file open.
    #[error(
        "Expected a store that nobody uses, but another process has it open. Stop the server that runs on this folder, or name another folder."
    )]
    InUse,
    /// Pages are not as they were written.
    #[error(
        "Expected the store as it was last written, but it is damaged: {reason}. Restore the folder from a backup. If it was copied while a server ran on it, copy it again with the server stopped, or use `gardesh data backup`. Look at the disk: what damaged this file may damage others."
    )]
    Damaged { reason: String },
    /// It ends before what was once acknowledged.
    #[error(
        "Expected the journal to go up to entry {expected}, which was acknowledged, but it ends at entry {position}: the newest commits are damaged, or the file is from an older backup. Restore the newest backup of the whole folder, or go on without what is lost: --accept-loss says what that is and builds the read model anew."
    )]
    Lost { position: u64, expected: u64 },
    /// There is none, but there was one.
    #[error(
        "Expected a store with {expected} entries, but there is no such file, although the folder has other files of it. Put the file back, or begin with an empty store: --accept-loss forgets all that was in it."
    )]
    Missing { expected: u64 },
    /// The file has another format.
    #[error(
        "Expected a store of format {expected}, but this one has format {found}, and there is no way from one to the other. Open it with the version of Gardesh that wrote it."
    )]
    Format { expected: u64, found: u64 },
    /// The file is of another program.
    #[error(
        "Expected a store, but this file is of another program, or its beginning is damaged. Name another folder, or restore the file from a backup."
    )]
    Foreign,
    /// An entry of the journal cannot be read.
    #[error(
        "Expected entry {position} of the journal as it was written, but it is damaged: {reason}. Restore the folder from a backup."
    )]
    Journal { position: u64, reason: String },
    /// The engine met a row that cannot be read.
    #[error("{0}")]
    Rows(String),
    /// Anything else that the file or redb has.
    #[error("Expected to read and write the store, but {0}.")]
    Storage(Box<redb::Error>),
}

/// What helps when the disk refuses.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "Give the user that runs this the right to read and write the file and its folder."
        }
        ErrorKind::ReadOnlyFilesystem => {
            "Make the file system writable, or name a folder on another one."
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "Make room on the disk and start again: what was acknowledged is there."
        }
        ErrorKind::IsADirectory => "Move the folder that has the name of the file out of the way.",
        ErrorKind::NotFound => "Name a folder that exists.",
        _ => "Look at the disk and start again: what was acknowledged is there.",
    }
}

impl From<redb::Error> for Error {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Corrupted(reason) => Self::Damaged { reason },
            redb::Error::Io(source) if source.kind() == ErrorKind::UnexpectedEof => Self::Damaged {
                reason: "it ends too early".to_owned(),
            },
            redb::Error::Io(source) if source.kind() == ErrorKind::InvalidData => Self::Damaged {
                reason: source.to_string(),
            },
            redb::Error::Io(source) => Self::Disk { source },
            // Tables that are there are made with the file and never change their types.
            error @ (redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableIsMultimap(_)) => Self::Damaged {
                reason: error.to_string(),
            },
            other => Self::Storage(Box::new(other)),
        }
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        redb::Error::Io(source).into()
    }
}

macro_rules! from_redb {
    ($($source:ident),+) => {$(
        impl From<redb::$source> for Error {
            fn from(error: redb::$source) -> Self {
                redb::Error::from(error).into()
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

/// Does something with the file. redb takes the pages of a file that was closed in order for
/// what they were, and may panic on damaged ones; that is an error like the others.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        if let Some(Damage(text)) = panic.downcast_ref() {
            return Err(Error::Rows(text.clone()));
        }
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Damaged {
            reason: format!("reading a page failed ({})", text.unwrap_or("no reason")),
        })
    })
}
