//! Keeps the read model up with the journal, on a thread of its own. It never holds up the
//! engine: where it falls behind it reads the journal from the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use gardesh_engine::event::Entry;
use gardesh_query::ReadModel;
use gardesh_store::Store;

use super::definitions::DefinitionLookup;
use crate::limits::{
    CATCH_UP_ENTRIES, LONG_PROJECTION_PACE, MAX_WAITING_BATCHES, PAUSE_PER_WRITE, PROJECTION_PACE,
    PROJECTION_RETRY_PAUSE,
};

/// Where committed entries are put.
pub(super) struct Feed(Sender<Vec<Arc<Entry>>>);

impl Feed {
    pub(super) fn push(&self, entries: Vec<Arc<Entry>>) {
        // What does not fit is found in the journal later.
        drop(self.0.try_send(entries));
    }
}

/// How far behind the journal the read model is, and why, where that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// For how long it has not had something that was committed.
    pub time: Duration,
    /// What failed, while it does.
    pub reason: Option<Arc<str>>,
}

/// Since when the read model has been behind, and what failed; none while it is not.
#[derive(Default)]
pub(super) struct Standing(Mutex<Option<Behind>>);

struct Behind {
    since: Instant,
    reason: Option<Arc<str>>,
}

impl Standing {
    pub(super) fn lag(&self) -> Option<Lag> {
        self.lock().as_ref().map(Behind::lag)
    }

    fn is_behind(&self) {
        self.lock().get_or_insert_with(Behind::now);
    }

    /// Says whether this reason is news.
    fn fails(&self, reason: Arc<str>) -> bool {
        let mut behind = self.lock();
        let before = &mut behind.get_or_insert_with(Behind::now).reason;
        before.replace(Arc::clone(&reason)) != Some(reason)
    }

    /// Says how far behind it was.
    fn is_even(&self) -> Option<Lag> {
        self.lock().take().as_ref().map(Behind::lag)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Behind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Behind {
    fn now() -> Self {
        Self {
            since: Instant::now(),
            reason: None,
        }
    }

    fn lag(&self) -> Lag {
        Lag {
            time: self.since.elapsed(),
            reason: self.reason.clone(),
        }
    }
}

/// Starts the thread.
pub(super) fn start(
    store: Arc<Store>,
    query: Arc<ReadModel>,
    definitions: Arc<DefinitionLookup>,
    standing: Arc<Standing>,
) -> std::io::Result<Feed> {
    let (feed, batches) = bounded(MAX_WAITING_BATCHES);
    // Until what it has is known to be all.
    standing.is_behind();
    let projector = Projector {
        store,
        query,
        definitions,
        standing,
    };
    std::thread::Builder::new()
        .name("projection".into())
        .spawn(move || projector.run(&batches))?;
    Ok(Feed(feed))
}

struct Projector {
    store: Arc<Store>,
    query: Arc<ReadModel>,
    definitions: Arc<DefinitionLookup>,
    standing: Arc<Standing>,
}

type Failure = Box<dyn std::error::Error>;

type Batches = Receiver<Vec<Arc<Entry>>>;

impl Projector {
    /// Ends with the feed.
    fn run(&self, batches: &Batches) {
        let start = || self.resume().and_then(|()| self.catch_up(u64::MAX));
        let mut goes_on = self.persist(batches, start);
        let (mut written, mut pause) = (Instant::now(), PROJECTION_PACE);
        while goes_on && self.persist(batches, || self.remove_expired(batches)) {
            let Ok(mut batch) = batches.recv() else {
                return;
            };
            self.standing.is_behind();
            std::thread::sleep(pause.saturating_sub(written.elapsed()));
            batch.extend(batches.try_iter().flatten());
            let began = Instant::now();
            let mut batch = Some(batch);
            goes_on = self.persist(batches, || match batch.take() {
                Some(batch) => self.take(&batch),
                // The journal has everything that has come since.
                None => self.catch_up(u64::MAX),
            });
            written = Instant::now();
            pause = (written - began)
                .saturating_mul(PAUSE_PER_WRITE)
                .clamp(PROJECTION_PACE, LONG_PROJECTION_PACE);
        }
    }

    /// Works until it succeeds; false when the feed has ended before. What comes out of that
    /// meanwhile must be looked for in the journal.
    fn persist(&self, batches: &Batches, mut work: impl FnMut() -> Result<(), Failure>) -> bool {
        while let Err(error) = work() {
            let position = self.query.position();
            let reason: Arc<str> = error.to_string().into();
            if self.standing.fails(Arc::clone(&reason)) {
                tracing::error!(
                    error = &*reason,
                    position,
                    "the read model could not take in the journal; it tries again every {} s",
                    PROJECTION_RETRY_PAUSE.as_secs()
                );
            }
            let again = Instant::now() + PROJECTION_RETRY_PAUSE;
            loop {
                match batches.recv_deadline(again) {
                    Ok(_) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return false,
                }
            }
        }
        if let Some(lag) = self.standing.is_even().filter(|lag| lag.reason.is_some()) {
            let (position, seconds) = (self.query.position(), lag.time.as_secs());
            tracing::info!(position, seconds, "the read model has caught up");
        }
        true
    }

    /// Rows of expired cases go while there is nothing to project.
    fn remove_expired(&self, batches: &Batches) -> Result<(), Failure> {
        while batches.is_empty() && self.query.remove_expired()? {}
        Ok(())
    }

    fn take(&self, batch: &[Arc<Entry>]) -> Result<(), Failure> {
        let Some(first) = batch.first() else {
            return Ok(());
        };
        let gapless = batch
            .windows(2)
            .all(|pair| pair[1].position == pair[0].position + 1);
        if first.position > self.query.position() + 1 || !gapless {
            return self.catch_up(batch.last().map_or(0, |last| last.position));
        }
        Ok(self.query.project(batch, &*self.definitions)?)
    }

    /// A read model of another journal, as after a restored backup, begins anew.
    fn resume(&self) -> Result<(), Failure> {
        let entries = self.store.entries(self.query.position(), 1)?;
        if !self.query.resume(entries.first().map(|entry| &**entry))? {
            tracing::warn!("the read model was of another journal and is built anew");
        }
        Ok(())
    }

    /// Projects what the journal has, to a position.
    fn catch_up(&self, to: u64) -> Result<(), Failure> {
        while self.query.position() < to {
            let entries = self
                .store
                .entries(self.query.position() + 1, CATCH_UP_ENTRIES)?;
            if entries.is_empty() {
                break;
            }
            self.query.project(&entries, &*self.definitions)?;
        }
        Ok(())
    }
}
