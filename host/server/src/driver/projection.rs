//! Keeps the read model up with the journal, on a thread of its own. It never holds up the
//! engine: where it falls behind it reads the journal from the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use gardesh_engine::event::Entry;
use gardesh_engine::key::{DefinitionKey, TenantId};
use gardesh_query::{Definitions, ElementInfo, ReadModel};
use gardesh_store::Store;

use super::definitions::DefinitionLookup;

/// Batches that may wait; past it they are read from the journal.
const MAX_WAITING_BATCHES: usize = 256;

/// Entries of the journal projected in one transaction while catching up.
const CATCH_UP_ENTRIES: usize = 1_000;

/// Between two writes at the least: a case that goes on is written once in this time instead
/// of with every commit, and searches are behind by no more than that. After a pause what
/// comes first is written at once.
const BETWEEN_WRITES: Duration = Duration::from_millis(20);

/// The same while writing takes long: the more that is under way, the more a longer pause
/// saves, and people who search do not feel a tenth of a second.
const BETWEEN_LONG_WRITES: Duration = Duration::from_millis(100);

/// How much longer than a write the pause after it is, so that the read model takes a fifth of
/// a core and not a whole one.
const PAUSE_PER_WRITE: u32 = 4;

/// Where committed entries are put.
pub(super) struct Feed(Sender<Vec<Arc<Entry>>>);

impl Feed {
    pub(super) fn push(&self, entries: Vec<Arc<Entry>>) {
        // What does not fit is found in the journal later.
        drop(self.0.try_send(entries));
    }
}

/// Starts the thread.
pub(super) fn start(
    store: Arc<Store>,
    query: Arc<ReadModel>,
    definitions: Arc<DefinitionLookup>,
) -> std::io::Result<Feed> {
    let (feed, batches) = bounded(MAX_WAITING_BATCHES);
    let projector = Projector {
        store,
        query,
        definitions,
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
}

impl Projector {
    fn run(&self, batches: &Receiver<Vec<Arc<Entry>>>) {
        self.report(self.resume().and_then(|()| self.catch_up(u64::MAX)));
        self.report(self.remove_expired(batches));
        let (mut written, mut pause) = (Instant::now(), BETWEEN_WRITES);
        while let Ok(mut batch) = batches.recv() {
            std::thread::sleep(pause.saturating_sub(written.elapsed()));
            batch.extend(batches.try_iter().flatten());
            let began = Instant::now();
            self.report(self.take(&batch));
            written = Instant::now();
            pause = (written - began)
                .saturating_mul(PAUSE_PER_WRITE)
                .clamp(BETWEEN_WRITES, BETWEEN_LONG_WRITES);
            self.report(self.remove_expired(batches));
        }
    }

    /// Rows of expired cases go while there is nothing to project.
    fn remove_expired(
        &self,
        batches: &Receiver<Vec<Arc<Entry>>>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        while batches.is_empty() && self.query.remove_expired()? {}
        Ok(())
    }

    fn report(&self, result: Result<(), Box<dyn std::error::Error>>) {
        if let Err(error) = result {
            // The journal has everything; the next batch tries to catch up again.
            tracing::error!(%error, position = self.query.position(), "the read model could not take in the journal");
        }
    }

    fn take(&self, batch: &[Arc<Entry>]) -> Result<(), Box<dyn std::error::Error>> {
        let Some(first) = batch.first() else {
            return Ok(());
        };
        let gapless = batch
            .windows(2)
            .all(|pair| pair[1].position == pair[0].position + 1);
        if first.position > self.query.position() + 1 || !gapless {
            return self.catch_up(batch.last().map_or(0, |last| last.position));
        }
        Ok(self.query.project(batch, self)?)
    }

    /// A read model of another journal, as after a restored backup, begins anew.
    fn resume(&self) -> Result<(), Box<dyn std::error::Error>> {
        let entries = self.store.entries(self.query.position(), 1)?;
        if !self.query.resume(entries.first().map(|entry| &**entry))? {
            tracing::warn!("the read model was of another journal and is built anew");
        }
        Ok(())
    }

    /// Projects what the journal has, to a position.
    fn catch_up(&self, to: u64) -> Result<(), Box<dyn std::error::Error>> {
        while self.query.position() < to {
            let entries = self
                .store
                .entries(self.query.position() + 1, CATCH_UP_ENTRIES)?;
            if entries.is_empty() {
                break;
            }
            self.query.project(&entries, self)?;
        }
        Ok(())
    }
}

impl Definitions for Projector {
    fn element(
        &self,
        tenant: TenantId,
        definition: DefinitionKey,
        element: u32,
    ) -> Option<ElementInfo> {
        let definition = self.definitions.get(tenant, definition)?;
        let node = definition.nodes.get(usize::try_from(element).ok()?)?;
        Some(ElementInfo {
            id: Arc::clone(&node.id),
            name: node.name.clone(),
            kind: node.type_name(),
        })
    }
}
