//! A disk that can lose power: what was written since the last sync may be there or not,
//! in any order, and torn in the middle of a write. And one on which sectors go bad.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use redb::StorageBackend;

/// What a disk writes as one: after a power failure a sector is either old or new.
const SECTOR: usize = 512;

/// A change that has not been synced.
#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct Content {
    /// What a reader sees.
    seen: Vec<u8>,
    /// What is safe.
    safe: Vec<u8>,
    unsafe_changes: Vec<Change>,
    /// Where the last sync made something safe, and how much.
    newest: Vec<(usize, usize)>,
    /// Changes until the disk fails for good.
    left: Option<usize>,
}

impl Content {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("the power has failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// The disk; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Content>>);

impl Disk {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is found after a power failure at this moment.
    pub fn after_power_failure(&self, rng: &mut Rng) -> Disk {
        let content = self.lock();
        let mut found = content.safe.clone();
        // Each change is lost, kept or kept in part; they reach the disk in any order, which
        // matters only where they overlap, and there the later one wins or is lost.
        for change in &content.unsafe_changes {
            match change {
                _ if rng.u32(..3) == 0 => {}
                Change::Length(length) => found.resize(*length, 0),
                Change::Write { offset, bytes } => {
                    for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                        if rng.u32(..8) != 0 {
                            put(&mut found, offset + number * SECTOR, sector);
                        }
                    }
                }
            }
        }
        Disk(Arc::new(Mutex::new(Content {
            seen: found.clone(),
            safe: found,
            unsafe_changes: Vec::new(),
            newest: content.newest.clone(),
            left: None,
        })))
    }

    /// A copy in which some bytes of a sector that was written last are others.
    pub fn with_damage(&self, rng: &mut Rng) -> Disk {
        let content = self.lock();
        let mut found = content.safe.clone();
        if let Some((offset, length)) = content.newest.get(rng.usize(..content.newest.len().max(1)))
        {
            let at = offset + rng.usize(..(*length).max(1));
            let end = (at + rng.usize(1..SECTOR)).min(found.len());
            for byte in found.get_mut(at..end).into_iter().flatten() {
                *byte ^= rng.u8(1..);
            }
        }
        Disk(Arc::new(Mutex::new(Content {
            seen: found.clone(),
            safe: found,
            ..Content::default()
        })))
    }

    /// Lets the power fail after so many further changes.
    pub fn fail_after(&self, changes: usize) {
        self.lock().left = Some(changes);
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if content.len() < offset + bytes.len() {
        content.resize(offset + bytes.len(), 0);
    }
    content[offset..offset + bytes.len()].copy_from_slice(bytes);
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("a small disk")
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.lock();
        let offset = place(offset);
        match content.seen.get(offset..offset + out.len()) {
            Some(bytes) => {
                out.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut content = self.lock();
        content.spend()?;
        let length = place(length);
        content.seen.resize(length, 0);
        content.unsafe_changes.push(Change::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut content = self.lock();
        content.spend()?;
        let changes = std::mem::take(&mut content.unsafe_changes);
        let writes = changes.iter().filter_map(|change| match change {
            Change::Write { offset, bytes } => Some((*offset, bytes.len())),
            Change::Length(_) => None,
        });
        let newest: Vec<_> = writes.collect();
        if !newest.is_empty() {
            content.newest = newest;
        }
        let Content { seen, safe, .. } = &mut *content;
        safe.clone_from(seen);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut content = self.lock();
        content.spend()?;
        let offset = place(offset);
        put(&mut content.seen, offset, data);
        content.unsafe_changes.push(Change::Write {
            offset,
            bytes: data.to_vec(),
        });
        Ok(())
    }
}
