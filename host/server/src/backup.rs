//! Copies what cannot be built anew of a data folder while no server uses it: the store, and the
//! installation's secret. The store's copy is looked through page by page before it has its name.

use std::fs;
use std::io;
use std::path::Path;

use gardesh_store::{Opening, Store};
use serde::Serialize;

use crate::folder::{expect_store, make_private, open_store, store_file};
use crate::{Error, secret};

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The last entry of the journal that was copied, 0 for none.
    pub last_entry: u64,
    /// Bytes of the copy.
    pub bytes: u64,
}

/// Copies the store of a data folder into another folder, which must be missing or empty. That
/// is then a data folder itself; the read model is built there at the first start.
///
/// # Errors
/// When the store cannot be opened or is damaged, the other folder is in use, or a disk fails.
pub fn backup(data_dir: &Path, to: &Path) -> Result<Report, Error> {
    expect_store(data_dir)?;
    let file = store_file(data_dir);
    let of_store = |source| Error::Store {
        file: file.clone(),
        source,
    };
    // Held until the end, so that nobody writes in between.
    let (store, _) = open_store(data_dir, Opening::default())?;
    store.close().map_err(of_store)?;
    let last_entry = store.position().map_err(of_store)?;

    let failed = |source| Error::Backup {
        path: to.to_owned(),
        source,
    };
    expect_room(to).map_err(failed)?;
    make_private(to)?;
    let (copy, partial) = (store_file(to), to.join("gardesh.part"));
    fs::copy(&file, &partial).map_err(failed)?;
    check(&partial, last_entry).map_err(|source| Error::Store {
        file: partial.clone(),
        source,
    })?;
    let bytes = sync(&partial).map_err(failed)?;
    let (secret, copied) = (data_dir.join(secret::FILE), to.join(secret::FILE));
    if secret.exists() {
        fs::copy(secret, &copied).map_err(failed)?;
        sync(&copied).map_err(failed)?;
    }
    fs::rename(&partial, &copy).map_err(failed)?;
    sync(to).map_err(failed)?;
    Ok(Report { last_entry, bytes })
}

fn expect_room(to: &Path) -> io::Result<()> {
    match fs::read_dir(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(mut found) => match found.next() {
            None => Ok(()),
            Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
        },
    }
}

fn check(copy: &Path, last_entry: u64) -> Result<(), gardesh_store::Error> {
    let opening = Opening {
        expected: last_entry,
        ..Opening::checking_all()
    };
    let (store, _): (Store, _) = opening.open(copy)?;
    drop(store);
    Ok(())
}

fn sync(path: &Path) -> io::Result<u64> {
    let file = fs::File::open(path)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}
