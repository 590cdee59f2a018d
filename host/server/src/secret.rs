//! The secret of an installation: made at its first start, kept in its data folder beside the
//! store, and told to nobody. Random numbers of components follow from it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The file, which belongs to the data folder as the store does.
pub(crate) const FILE: &str = "installation.key";

/// The secret of the installation in `folder`, made now where it is missing.
///
/// # Errors
/// When the file cannot be read or written, or is not one of these.
pub fn read_or_make(folder: &Path) -> io::Result<[u8; 32]> {
    let file = folder.join(FILE);
    match fs::read(&file) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            let message = format!(
                "Expected the 32 bytes of this installation's secret in {}, but it has another \
                 length. Put it back from a backup; without it, what a step makes up at random \
                 differs when it is tried again",
                file.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, message)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = rand::random();
            write(folder, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

/// It is there whole or not at all, and on the disk before anything follows from it.
fn write(folder: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let temporary = folder.join(format!("{FILE}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(FILE))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_the_same_and_is_another_elsewhere() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = read_or_make(here.path()).unwrap();
        assert_eq!(read_or_make(here.path()).unwrap(), secret);
        assert_ne!(read_or_make(there.path()).unwrap(), secret);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(here.path().join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(here.path().join(FILE), b"cut off").unwrap();
        let error = read_or_make(here.path()).unwrap_err();
        assert!(
            error.to_string().starts_with("Expected the 32 bytes"),
            "{error}"
        );
    }
}
