//! Makes a data folder as small as it can be while no server uses it.

use std::path::Path;

use gardesh_store::Store;
use serde::Serialize;

use crate::Error;
use crate::folder::{expect_store, read_model_file, store_file};

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The file of the journal, the state and the components.
    pub store: Size,
    /// The file of the read model; none when it is not there or will be built anew.
    pub read_model: Option<Size>,
}

/// Bytes of a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Before the compaction.
    pub before: u64,
    /// After it.
    pub after: u64,
}

/// Compacts the files of a data folder.
///
/// # Errors
/// When a file cannot be opened, read or written: a running server holds it, for example.
pub fn compact(data_dir: &Path) -> Result<Report, Error> {
    let file = store_file(data_dir);
    expect_store(data_dir)?;
    let store = Store::compact(&file).map_err(|source| Error::Store { file, source })?;
    let read_model = gardesh_query::compact(&read_model_file(data_dir))?;
    Ok(Report {
        store: Size {
            before: store.before,
            after: store.after,
        },
        read_model: read_model.map(|file| Size {
            before: file.before,
            after: file.after,
        }),
    })
}
