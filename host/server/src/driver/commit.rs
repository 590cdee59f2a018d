//! The disk's thread: writes one batch at a time, then lets out what waited for it. While
//! there is none it erases history that has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use gardesh_engine::effect::Effect;
use gardesh_engine::key::TenantId;
use gardesh_engine::state::WriteBatch;
use gardesh_store::Store;
use tokio::sync::watch;

use super::projection::Feed;
use super::writer::Release;

/// A batch and what waits for it.
pub(super) struct Commit {
    pub batch: WriteBatch,
    pub releases: Vec<Release>,
    pub effects: Vec<(TenantId, Effect)>,
}

/// A batch that is on the disk.
pub(super) struct Written {
    /// What had to wait for it.
    pub effects: Vec<(TenantId, Effect)>,
    /// How long writing it took.
    pub took: Duration,
}

/// How far the disk is, for whoever asks.
#[derive(Default)]
pub(super) struct Progress {
    /// The position of the last entry on the disk.
    pub position: AtomicU64,
    /// Commits since the start; each is one fsync.
    pub commits: AtomicU64,
}

/// Starts the thread. What it receives back tells the writer that a batch is on the disk.
pub(super) fn start(
    store: Arc<Store>,
    progress: Arc<Progress>,
    feed: Feed,
    stopped: watch::Sender<Option<String>>,
) -> std::io::Result<(Sender<Commit>, Receiver<Written>)> {
    let (commits, incoming) = bounded::<Commit>(1);
    let (done, written) = unbounded();
    let work = move || {
        loop {
            let received = next(&store, &incoming).and_then(|commit| {
                let began = Instant::now();
                if let Some(commit) = &commit {
                    store.commit(&commit.batch)?;
                }
                Ok(commit.map(|commit| (commit, began.elapsed())))
            });
            // After a failed write nobody knows what the disk holds, so the process ends;
            // what was acknowledged is there, and the rest was never promised.
            let (commit, took) = match received {
                Ok(Some(written)) => written,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "the store failed");
                    stopped.send_replace(Some(error.to_string()));
                    return;
                }
            };
            let last = commit
                .batch
                .entries
                .last()
                .map_or(0, |entry| entry.position);
            progress.position.store(last, Ordering::Release);
            progress.commits.fetch_add(1, Ordering::Relaxed);
            feed.push(commit.batch.entries);
            for release in commit.releases {
                release();
            }
            let effects = commit.effects;
            if let Err(error) = store.after_commit() {
                tracing::warn!(%error, "how far the journal went could not be noted beside the store");
            }
            if done.send(Written { effects, took }).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("commit".into())
        .spawn(work)?;
    Ok((commits, written))
}

/// The next batch, none when there will not be one. While nobody has one, history that has
/// expired is erased, a step at a time.
fn next(
    store: &Store,
    incoming: &Receiver<Commit>,
) -> Result<Option<Commit>, gardesh_store::Error> {
    loop {
        match incoming.try_recv() {
            Ok(commit) => return Ok(Some(commit)),
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) if store.is_erasing()? => {
                store.erase_some()?;
            }
            Err(TryRecvError::Empty) => return Ok(incoming.recv().ok()),
        }
    }
}
