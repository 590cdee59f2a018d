//! The files of a store as the operating system sees them: who may read them, and whether one
//! is a store at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

/// The first bytes of every redb file.
const MAGIC: &[u8] = b"redb";

/// Opens a file, or makes it, for this user alone: it may lie in a folder that others can read.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata()?.permissions().mode();
        // A file that belongs to somebody else may still be used, if that is allowed.
        if mode & 0o077 != 0
            && let Err(error) = file.set_permissions(Permissions::from_mode(mode & 0o700))
        {
            tracing::warn!(%error, path = %path.display(), "others can read the file");
        }
    }
    Ok(file)
}

/// What is at the path of a store.
pub(crate) enum Found {
    Nothing,
    Store { bytes: u64 },
}

/// Looks at what is there before redb does, which would make a new store of an empty file.
pub(crate) fn look(path: &Path) -> Result<Found, Error> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        file => file?,
    };
    if file.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    let bytes = file.metadata()?.len();
    if bytes == 0 {
        return Ok(Found::Nothing);
    }
    let mut begins = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut begins)?;
    if begins != MAGIC {
        return Err(Error::Foreign);
    }
    Ok(Found::Store { bytes })
}
