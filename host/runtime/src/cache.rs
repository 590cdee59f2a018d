//! Compiled components on disk: `<digest>-<compatibility>.cwasm` and, beside it, the
//! SHA-256 of that file. A file whose checksum is missing or differs does not exist; so a
//! crash or a damaged disk costs a compilation and nothing else. Running components have
//! their file mapped, so a file is replaced or removed and never written in place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Digest, Error};

/// The cache folder. It holds code that is run as it is, so nobody else may write there.
pub struct Cache {
    dir: PathBuf,
    compatibility: String,
    temporary: AtomicU64,
}

impl Cache {
    /// Opens the folder, made where it is missing, and clears out what no engine with this
    /// `compatibility` can use.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(dir: &Path, compatibility: &str) -> Result<Self, Error> {
        make_private(dir).map_err(|source| Error::Cache {
            action: "make",
            path: dir.to_owned(),
            source,
        })?;
        let cache = Self {
            dir: dir.to_owned(),
            compatibility: compatibility.to_owned(),
            temporary: AtomicU64::new(0),
        };
        cache.clear_stale().map_err(|source| Error::Cache {
            action: "read",
            path: dir.to_owned(),
            source,
        })?;
        Ok(cache)
    }

    /// The compiled form, if it is here and whole. Reads it all: call it where blocking
    /// is fine.
    pub fn find(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.code_path(digest);
        let expected = fs::read_to_string(self.sum_path(digest)).ok()?;
        let code = fs::read(&path).ok()?;
        if Digest::of(&code).to_string() == expected.trim() {
            return Some(path);
        }
        tracing::warn!(%digest, "the compiled form is damaged; compiling again");
        self.remove(digest);
        None
    }

    /// Keeps the compiled form; returns where.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn store(&self, digest: &Digest, code: &[u8]) -> Result<PathBuf, Error> {
        let path = self.code_path(digest);
        self.write(&path, code)?;
        let sum = Digest::of(code).to_string();
        self.write(&self.sum_path(digest), sum.as_bytes())?;
        Ok(path)
    }

    /// Drops the compiled form, if there is one.
    pub fn remove(&self, digest: &Digest) {
        // The checksum first: without it the rest does not count.
        for path in [self.sum_path(digest), self.code_path(digest)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!("cannot remove {}: {error}", path.display());
                }
                _ => {}
            }
        }
    }

    fn code_path(&self, digest: &Digest) -> PathBuf {
        self.dir
            .join(format!("{digest}-{}.cwasm", self.compatibility))
    }

    fn sum_path(&self, digest: &Digest) -> PathBuf {
        self.dir
            .join(format!("{digest}-{}.sha256", self.compatibility))
    }

    /// Writes a file so that it is there whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let n = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = self.dir.join(format!("{}-{n}.tmp", std::process::id()));
        let written = write_synced(&temporary, bytes)
            .and_then(|()| fs::rename(&temporary, path))
            .and_then(|()| File::open(&self.dir)?.sync_all());
        written.map_err(|source| {
            let _ = fs::remove_file(&temporary);
            Error::Cache {
                action: "write",
                path: path.to_owned(),
                source,
            }
        })
    }

    fn clear_stale(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| self.is_stale(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Ours by its name, and of no use any more. Foreign files are left alone.
    fn is_stale(&self, name: &str) -> bool {
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return false;
        };
        match (extension, stem.split_once('-')) {
            ("tmp", Some(_)) => true,
            ("cwasm" | "sha256", Some((digest, compatibility))) => {
                digest.parse::<Digest>().is_ok() && compatibility != self.compatibility
            }
            _ => false,
        }
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_found_until_it_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path(), "a").unwrap();
        let digest = Digest::of(b"x");
        assert_eq!(cache.find(&digest), None);
        let path = cache.store(&digest, b"code").unwrap();
        assert_eq!(cache.find(&digest), Some(path.clone()));
        for damage in [&b"cod"[..], b"codex", b"c0de", b""] {
            cache.store(&digest, b"code").unwrap();
            fs::write(&path, damage).unwrap();
            assert_eq!(cache.find(&digest), None, "{damage:?}");
            assert!(!path.exists());
        }
        cache.store(&digest, b"code").unwrap();
        fs::remove_file(cache.sum_path(&digest)).unwrap();
        assert_eq!(cache.find(&digest), None);
    }

    #[test]
    fn another_engine_starts_afresh_and_clears_out() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"x");
        let old = Cache::open(dir.path(), "old").unwrap();
        let path = old.store(&digest, b"code").unwrap();
        fs::write(dir.path().join("123-4.tmp"), b"half").unwrap();
        fs::write(dir.path().join("notes.txt"), b"mine").unwrap();
        let new = Cache::open(dir.path(), "new").unwrap();
        assert_eq!(new.find(&digest), None);
        assert!(!path.exists());
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("cache");
        Cache::open(&inner, "a").unwrap();
        let mode = fs::metadata(&inner).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
