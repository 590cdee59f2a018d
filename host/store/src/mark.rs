//! How far the journal went, in a small file beside the store. When a commit is damaged, redb
//! takes it for one that was cut off by a crash and goes back to the one before; only something
//! outside of the file can tell the two apart.
//!
//! It is written before a commit is acknowledged and synced now and then, because a second sync
//! for each commit would double its time: after a crash of the process it is exact, and after
//! a power failure it is a few commits behind. It is never ahead.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::file::open_private;
use crate::limits::MARK_SYNC_PACE;
use crate::seal;

/// Under what the position is sealed.
const KEY: &[u8] = b"gardesh-mark";

/// The file, with the last position in it.
pub(crate) struct Mark(Mutex<Inner>);

struct Inner {
    file: File,
    synced: Instant,
    is_synced: bool,
}

/// The mark of a store.
pub(crate) fn file_of(store: &Path) -> PathBuf {
    store.with_extension("mark")
}

/// The position in the mark of a store, 0 when there is none or it is damaged itself.
pub(crate) fn read(store: &Path) -> io::Result<u64> {
    let bytes = match std::fs::read(file_of(store)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        bytes => bytes?,
    };
    let position = seal::open(KEY, &bytes).and_then(|position| position.try_into().ok());
    if position.is_none() && !bytes.is_empty() {
        tracing::warn!(
            "the mark beside the store is damaged; how far the journal went is known from the read model only"
        );
    }
    Ok(position.map_or(0, u64::from_be_bytes))
}

impl Mark {
    /// Opens or makes the mark of a store.
    pub(crate) fn open(store: &Path) -> io::Result<Self> {
        let file = open_private(&file_of(store))?;
        Ok(Self(Mutex::new(Inner {
            file,
            synced: Instant::now(),
            is_synced: true,
        })))
    }

    /// Notes a position.
    pub(crate) fn set(&self, position: u64) -> io::Result<()> {
        let mut bytes = position.to_be_bytes().to_vec();
        seal::seal(KEY, &mut bytes);
        let mut inner = self.lock();
        inner.file.seek(SeekFrom::Start(0))?;
        inner.file.write_all(&bytes)?;
        inner.is_synced = false;
        Ok(())
    }

    /// Syncs what was noted, if the last time is long enough ago.
    pub(crate) fn sync_now_and_then(&self) -> io::Result<()> {
        let is_time = self.lock().synced.elapsed() >= MARK_SYNC_PACE;
        if is_time { self.sync() } else { Ok(()) }
    }

    /// Syncs what was noted.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let mut inner = self.lock();
        if !inner.is_synced {
            inner.file.sync_data()?;
            inner.is_synced = true;
        }
        inner.synced = Instant::now();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
