//! Crashes between any two writes to the disk: what was acknowledged is there, no job's
//! result is recorded twice, the state is that of the journal, and in the end every case is
//! over or waits for something that is written down.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{Command, Record};
use gardesh_engine::event::{Entry, Event};
use gardesh_engine::rejection::RejectionKind;
use gardesh_engine::state::backing::Empty;
use gardesh_store::Store;
use gardesh_tests::dump;

use crate::coverage::{self, Seen};
use crate::disk::Disk;
use crate::world::finish::NEWS_EVERY;
use crate::world::{TENANT, World, look};
use crate::{Reach, for_seeds};

/// Batches in the life of one simulated server.
const BATCHES: usize = 30;

/// Rounds in which everything that is open is done, before a case counts as lost.
const MAX_ROUNDS: u32 = 800;

#[test]
fn nothing_is_lost_or_doubled_by_crashes() {
    for_seeds(1_000, Reach::Some, |seed, seen| {
        let mut rng = Rng::with_seed(seed);
        let world = World::new(&mut rng);
        let mut machine = Machine::start(Disk::default());
        machine.process(world.deployment(), seen);
        machine.commit();
        for _ in 0..BATCHES {
            for _ in 0..rng.usize(1..6) {
                let next = world.happening(&mut rng, &mut machine.engine);
                machine.now_ms += next.after_ms;
                let accepted = machine.process(next.command, seen);
                assert!(!(next.refused && accepted), "Expected a refusal");
            }
            match rng.u32(..8) {
                // The power fails before the batch is written, or while it is.
                0 => machine = machine.crash(&mut rng, seen),
                1 => {
                    machine.write_without_sync(&mut rng);
                    machine = machine.crash(&mut rng, seen);
                }
                // Or while history that has expired is erased.
                2 => {
                    machine.commit();
                    machine.erase_without_sync(&mut rng);
                    machine = machine.crash(&mut rng, seen);
                }
                3 => {
                    machine.commit();
                    machine.store.erase_some().expect("a disk that works");
                }
                _ => machine.commit(),
            }
            // The clock of the machine may have been wrong; journal time does not go back.
            if rng.u32(..10) == 0 {
                machine.now_ms = machine
                    .now_ms
                    .saturating_sub(rng.u64(..10_000))
                    .max(machine.journal_ms);
            }
        }
        machine.finish(&world, &mut rng, seen);
    });
}

/// A server without its network: the engine over a store on a simulated disk.
struct Machine {
    disk: Disk,
    store: Store,
    engine: Engine,
    now_ms: u64,
    journal_ms: u64,
    entries: Vec<Arc<Entry>>,
    /// The last position that was acknowledged to somebody.
    acknowledged: u64,
}

impl Machine {
    fn start(disk: Disk) -> Self {
        let store = Store::on(disk.clone()).expect("a store that opens");
        let engine = Engine::new(store.backing());
        Self {
            disk,
            store,
            engine,
            // As in `Twins`, so that dates in diagrams lie where they are looked at.
            now_ms: 1_704_096_000_000,
            journal_ms: 0,
            entries: Vec::new(),
            acknowledged: 0,
        }
    }

    /// Whether the command was carried out.
    fn process(&mut self, command: Command, seen: &mut Seen) -> bool {
        self.journal_ms = self.now_ms.max(self.journal_ms);
        let name = coverage::name_of(&command);
        let processed = self.engine.process(Record {
            tenant: TENANT,
            at_ms: self.journal_ms,
            unconfirmed_ms: 0,
            entropy: [self.engine.state().position() as u8; 32],
            command,
        });
        match &processed.reply {
            Ok(_) => seen.command(&name),
            Err(rejection) => {
                assert_ne!(rejection.kind, RejectionKind::Internal, "{rejection}");
                assert!(
                    processed.entry.is_none(),
                    "A refusal of {name} changed something"
                );
            }
        }
        if let Some(entry) = &processed.entry {
            seen.entry(entry, &mut self.engine);
        }
        self.entries.extend(processed.entry);
        processed.reply.is_ok()
    }

    fn commit(&mut self) {
        let batch = self.engine.freeze(std::mem::take(&mut self.entries));
        self.store.commit(&batch).expect("a disk that works");
        self.engine.written();
        self.acknowledged = self.engine.state().position();
    }

    /// The batch reaches the disk in part; nobody hears of it.
    fn write_without_sync(&mut self, rng: &mut Rng) {
        let batch = self.engine.freeze(std::mem::take(&mut self.entries));
        self.disk.fail_after(rng.usize(..40));
        // Whether it failed does not matter: the process dies now.
        drop(self.store.commit(&batch));
    }

    /// Erasing reaches the disk in part.
    fn erase_without_sync(&mut self, rng: &mut Rng) {
        self.disk.fail_after(rng.usize(..40));
        drop(self.store.erase_some());
    }

    /// What the next process finds.
    fn crash(self, rng: &mut Rng, seen: &mut Seen) -> Self {
        seen.begin();
        let disk = self.disk.after_power_failure(rng);
        let mut next = Self::start(disk);
        (next.now_ms, next.journal_ms) = (self.now_ms, self.journal_ms);
        next.acknowledged = next.engine.state().position();
        assert!(
            next.acknowledged >= self.acknowledged,
            "Expected everything up to {} to be there after a crash, but it ends at {}",
            self.acknowledged,
            next.acknowledged
        );
        next.check();
        next
    }

    /// The journal has no gap and gives the state that is stored.
    fn check(&self) {
        let journal = self
            .store
            .entries(1, usize::MAX)
            .expect("a readable journal");
        // Places whose history has expired are owned up to by the entry after them; replay
        // looks at that.
        let last = journal.last().map_or(0, |entry| entry.position);
        assert_eq!(last, self.engine.state().position());
        let mut replayed = Engine::new(Arc::new(Empty));
        let mut completed = BTreeSet::new();
        for entry in &journal {
            replayed.replay(entry);
            for event in &entry.events {
                if let Event::JobCompleted { job, .. } = event {
                    assert!(
                        completed.insert(*job),
                        "the result of job {job} is there twice"
                    );
                }
            }
        }
        let (stored, replayed) = (dump(self.engine.state()), dump(replayed.state()));
        let stored: Vec<_> = stored
            .into_iter()
            .filter(|(table, ..)| *table != "counters")
            .collect();
        let replayed: Vec<_> = replayed
            .into_iter()
            .filter(|(table, ..)| *table != "counters")
            .collect();
        assert_eq!(stored, replayed, "stored state is not that of the journal");
    }

    /// Everybody does their part until every case is over.
    fn finish(&mut self, world: &World, rng: &mut Rng, seen: &mut Seen) {
        for round in 0..MAX_ROUNDS {
            look::assert_nothing_lost(&mut self.engine, "a round");
            if look::instances(self.engine.state()).is_empty() {
                self.commit();
                return self.check();
            }
            for command in world.finish(rng, &mut self.engine, round) {
                self.process(command, seen);
            }
            if round % NEWS_EVERY == 0 {
                self.now_ms += 600_000;
                for _ in 0..4 {
                    self.process(Command::Tick, seen);
                }
                self.commit();
            }
        }
        // A message goes to one case of a process. Where an event that stays open waits for
        // the same one, it may take all of them, and the others rightly wait for ever. So do
        // tokens at a join whose others an operator has taken away.
        let state = self.engine.state();
        let mut open = look::instances(state);
        open.retain(|instance| {
            !look::waits_for_message(state, *instance) && !look::waits_at_join(state, *instance)
        });
        if !open.is_empty() {
            let left = look::left(&mut self.engine, &open);
            panic!("Expected every case to be over, but there are still\n{left}");
        }
    }
}
