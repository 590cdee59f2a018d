//! What can go wrong in the read model: mistakes of the caller apart from faults of ours.

use gardesh_engine::key::{ProcessDefinitionKey, TenantId};

/// An error of the read model.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The search cannot be carried out as it was asked for.
    #[error("{0}")]
    InvalidSearch(String),
    /// The search would take too much work or give too large an answer.
    #[error("{0}")]
    TooCostly(String),
    /// The entries do not follow on what was projected last.
    #[error(
        "Expected the journal entry at position {expected}, but the next one is at {found}. Read the journal from position() + 1."
    )]
    Gap {
        /// The position that should have come.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// The journal names an element that its definition does not have.
    #[error(
        "Expected element {element} in process definition {definition}, but it is unknown. The read model and the definitions do not belong to the same journal."
    )]
    UnknownElement {
        /// The definition.
        definition: ProcessDefinitionKey,
        /// The index in it.
        element: u32,
    },
    /// An event changes something that no earlier event created.
    #[error(
        "Expected a row in {table} with key {key} of tenant {tenant:?} at journal position {position}, but there is none. Delete the read model's file to have it built again."
    )]
    Missing {
        /// Where it should be.
        table: &'static str,
        /// Its key.
        key: String,
        /// Whose it is.
        tenant: TenantId,
        /// The entry that changes it.
        position: u64,
    },
    /// The file is so far behind the journal that what is missing does not fit into memory.
    #[error(
        "Expected the read model to be near the journal's position {journal}, but it is at {position}, and what lies between is too much to look through. Mend what holds it up; the server's log says what that is."
    )]
    FarBehind {
        /// Where it is.
        position: u64,
        /// Where it should be.
        journal: u64,
    },
    /// The journal could not be read.
    #[error("Expected to read the journal, but {0}")]
    Journal(Box<dyn std::error::Error + Send + Sync>),
    /// The file is damaged. The model is empty now and waits for the journal from position 1.
    #[error(
        "Expected a readable SQLite file, but it is damaged ({0}). It was set up anew and is built from the journal again."
    )]
    Damaged(rusqlite::Error),
    /// SQLite or the disk failed.
    #[error(
        "Expected the read model's file to be readable and writable, but {0}. Check the disk's space, the file's owner, and whether another program holds it."
    )]
    Sqlite(rusqlite::Error),
    /// The file could not be removed or its folder not be made.
    #[error(
        "Expected to set up the read model's file, but {0}. Check the disk's space and the folder's owner."
    )]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Whether whoever asked can put it right: HTTP 4xx rather than 5xx.
    pub fn is_mistake(&self) -> bool {
        matches!(self, Self::InvalidSearch(_) | Self::TooCostly(_))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, OperationInterrupted};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error),
            Some(OperationInterrupted) => Self::too_many_steps(),
            _ => Self::Sqlite(error),
        }
    }
}

impl Error {
    pub(crate) fn too_many_steps() -> Self {
        Self::TooCostly(
            "Expected a search that reads a bounded number of rows, but this one reads too many. Filter by a key, a state or a range of dates.".into(),
        )
    }
}
