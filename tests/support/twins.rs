//! An engine in memory beside a second one that sees only its journal. After every command
//! the two must hold the same state, byte for byte.

use std::sync::Arc;

use gardesh_engine::command::{GoOn, Record};
use gardesh_engine::effect::Effect;
use gardesh_engine::event::{Entry, Event};
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::{Budget, Engine, Request};

/// See the module's text.
pub struct Twins {
    /// The one that processes commands.
    pub live: Engine,
    /// The other's journal.
    pub journal: Vec<Arc<Entry>>,
    /// The clock, in milliseconds since the epoch.
    pub now_ms: u64,
    replayed: Engine,
}

impl Default for Twins {
    fn default() -> Self {
        Self {
            live: Engine::new(Arc::new(Empty), Partition::FIRST),
            journal: Vec::new(),
            // A Monday morning: 2024-01-01T08:00:00Z.
            now_ms: 1_704_096_000_000,
            replayed: Engine::new(Arc::new(Empty), Partition::FIRST),
        }
    }
}

impl Twins {
    /// The same with another budget for each command.
    pub fn with_budget(self, budget: Budget) -> Self {
        Self {
            live: self.live.with_budget(budget),
            ..self
        }
    }

    /// Has a command carried out.
    ///
    /// # Errors
    /// The rejection.
    ///
    /// # Panics
    /// When the engine failed, or the replayed state differs.
    pub fn process<R: Request>(&mut self, command: R) -> Result<R::Answer, Rejection> {
        let record = Record {
            tenant: TenantId::DEFAULT,
            at_ms: self.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [self.journal.len() as u8; 32],
            command,
        };
        let mut processed = self.live.process(record.clone());
        // What takes too long for a command is worked out beside it.
        while let Some(question) = processed.postponed {
            self.live.remember(question.answer());
            processed = self.live.process(record.clone());
        }
        if let Err(rejection) = &processed.reply {
            assert_ne!(
                rejection.kind,
                RejectionKind::Internal,
                "{rejection} on {}",
                told(&record.command)
            );
        }
        let mut deploys = false;
        if let Some(entry) = processed.entry {
            deploys = entry.events.iter().any(is_deployment);
            let bytes = postcard::to_allocvec(&*entry).expect("an entry of our own types");
            let entry: Entry = postcard::from_bytes(&bytes).expect("what was written");
            self.replayed.replay(&entry);
            self.journal.push(Arc::new(entry));
        }
        let (live, replayed) = (self.live.state(), self.replayed.state());
        // Sources are large and change with deployments only.
        let dump = match deploys {
            true => dump,
            false => dump_without_sources,
        };
        assert_eq!(
            dump(live),
            dump(replayed),
            "replay differs after {}",
            told(&record.command)
        );
        for effect in processed.effects {
            if let Effect::Answer { instance, question } = effect {
                self.live.remember(question.answer());
                self.process(GoOn { instance })?;
            }
        }
        processed.reply
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().flat_map(|entry| &entry.events)
    }
}

/// A command, for a message. One that deploys files has no end otherwise.
fn told(command: &impl Request) -> String {
    format!("{command:?}").chars().take(1_000).collect()
}

fn is_deployment(event: &Event) -> bool {
    matches!(
        event,
        Event::ProcessDefinition(_) | Event::Form(_) | Event::Decision(_) | Event::Deployment(_)
    )
}

/// All rows of a state as bytes: table, key, row.
pub fn dump(state: &State) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    state.dump(&mut |table, key, row| rows.push((table, key.to_vec(), row.to_vec())));
    rows
}

fn dump_without_sources(state: &State) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    state.dump(&mut |table, key, row| {
        if !matches!(table, "sources" | "decision_sources") {
            rows.push((table, key.to_vec(), row.to_vec()));
        }
    });
    rows
}
