//! The disk's thread: writes one batch at a time, then lets out what waited for it. While
//! there is none it erases history that has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use gardesh_engine::effect::Effect;
use gardesh_engine::key::TenantId;
use gardesh_engine::state::Batch;
use gardesh_store::Store;
use tokio::sync::watch;

use super::projection::Feed;
use super::writer::Release;

/// A batch and what waits for it.
pub(super) struct Commit {
    pub batch: Batch,
    pub releases: Vec<Release>,
    pub effects: Vec<(TenantId, Effect)>,
}

type Written = Receiver<Vec<(TenantId, Effect)>>;

/// Starts the thread. What it receives back tells the writer that a batch is on the disk.
pub(super) fn start(
    store: Arc<Store>,
    position: Arc<AtomicU64>,
    feed: Feed,
    stopped: watch::Sender<Option<String>>,
) -> std::io::Result<(Sender<Commit>, Written)> {
    let (commits, incoming) = bounded::<Commit>(1);
    let (done, written) = unbounded();
    let work = move || {
        loop {
            let received = next(&store, &incoming).and_then(|commit| {
                if let Some(commit) = &commit {
                    store.commit(&commit.batch)?;
                }
                Ok(commit)
            });
            // After a failed write nobody knows what the disk holds, so the process ends;
            // what was acknowledged is there, and the rest was never promised.
            let commit = match received {
                Ok(Some(commit)) => commit,
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
            position.store(last, Ordering::Release);
            feed.push(commit.batch.entries);
            for release in commit.releases {
                release();
            }
            if done.send(commit.effects).is_err() {
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
