//! The data folder: its files, who may read them, and what is said when it cannot be used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gardesh_store::{Loss, Opening, Store};

use crate::Error;

/// The store in a data folder.
pub(crate) fn store_file(data_dir: &Path) -> PathBuf {
    data_dir.join("gardesh.redb")
}

/// The read model in a data folder.
pub(crate) fn read_model_file(data_dir: &Path) -> PathBuf {
    data_dir.join("query.sqlite")
}

/// Compiled components in a data folder.
pub(crate) fn compiled_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("compiled")
}

/// What is checked or mended must be there: opening a store would make one. Where only the
/// store is gone, opening says so.
pub(crate) fn expect_store(data_dir: &Path) -> Result<(), Error> {
    if store_file(data_dir).exists() || gardesh_query::position_of(&read_model_file(data_dir)) > 0 {
        return Ok(());
    }
    let source = match fs::read_dir(data_dir) {
        Err(source) => source,
        Ok(_) => io::Error::new(io::ErrorKind::NotFound, "there is no store in it"),
    };
    Err(failed(data_dir)(source))
}

/// Opens the store of a data folder. What the read model knows of has been acknowledged.
pub(crate) fn open_store(
    data_dir: &Path,
    opening: Opening,
) -> Result<(Store, Option<Loss>), Error> {
    let file = store_file(data_dir);
    let expected = gardesh_query::position_of(&read_model_file(data_dir));
    let opening = Opening {
        expected: opening.expected.max(expected),
        ..opening
    };
    opening
        .open(&file)
        .map_err(|source| Error::Store { file, source })
}

/// Makes the folder where it is missing. It holds cases, answers and compiled code: they are
/// nobody else's business, also in a folder that was there before.
pub(crate) fn make_private(data_dir: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true);
    for folder in [data_dir.to_owned(), compiled_folder(data_dir)] {
        builder.create(folder).map_err(failed(data_dir))?;
    }
    #[cfg(unix)]
    for file in gardesh_query::files_of(&read_model_file(data_dir)) {
        use std::os::unix::fs::PermissionsExt as _;
        if let Ok(found) = fs::metadata(&file)
            && found.permissions().mode() & 0o077 != 0
        {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))
                .map_err(failed(data_dir))?;
        }
    }
    Ok(())
}

fn failed(data_dir: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::DataFolder {
        path: data_dir.to_owned(),
        source,
    }
}

/// What keeps somebody from using a folder, and what to do about it.
pub(crate) fn why_not(error: &io::Error) -> String {
    let (fact, action) = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            ("there is a file of that name", "Name a folder.")
        }
        io::ErrorKind::NotFound => (
            "there is no store in it",
            "Name the folder that a server was started with.",
        ),
        io::ErrorKind::PermissionDenied => (
            "this user may not use it",
            "Give the user the right to read and write it, or name another folder.",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            "its file system can only be read",
            "Make it writable, or name a folder on another one.",
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            "its disk is full",
            "Make room, or name a folder on another disk.",
        ),
        _ => return format!("{error}."),
    };
    format!("{fact}. {action}")
}
