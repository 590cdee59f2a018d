//! Crashes between any two writes to the disk: what was acknowledged is there, no job's
//! result is recorded twice, the state is that of the journal, and in the end every case is
//! over or waits for something that is written down. Meanwhile the machine's clock jumps, the
//! newest commit is damaged, and commands are cut off by budgets of any size.

use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::clock::{JournalClock, Reading};
use gardesh_engine::command::{Command, GoOn, Record, Tick};
use gardesh_engine::effect::Effect;
use gardesh_engine::event::{Entry, Event, JobEvent};
use gardesh_engine::key::{Partition, TenantId};
use gardesh_engine::rejection::RejectionKind;
use gardesh_engine::table::backing::Empty;
use gardesh_store::Store;
use gardesh_tests::dump;

use crate::coverage::{self, Seen};
use crate::disk::Disk;
use crate::world::finish::NEWS_EVERY;
use crate::world::tenants::{self, NEIGHBOUR};
use crate::world::{TENANT, World, look};
use crate::{Reach, budget, for_seeds};

/// Batches in the life of one simulated server.
const BATCHES: usize = 30;

/// Rounds in which everything that is open is done, before a case counts as lost.
const MAX_ROUNDS: u32 = 800;

/// Times in a row that the clock does what is due at once, before others have their turn.
const MAX_TICKS: u32 = 200;

/// Commands between two looks at whether one has changed something of the other tenant.
const LOOKED_AT_EVERY: u32 = 16;

/// The farthest that the machine's clock is set ahead or back: some months.
const MAX_JUMP_MS: u64 = 100 * 24 * 3_600 * 1_000;

#[test]
fn nothing_is_lost_or_doubled_by_crashes() {
    for_seeds(1_000, Reach::Some, |seed, seen| {
        let mut rng = Rng::with_seed(seed);
        let world = World::new(&mut rng);
        let mut machine = Machine::start(Disk::default(), Clocks::default(), &mut rng);
        machine.process(world.deployment(), seen);
        machine.process(tenants::creation(), seen);
        machine.process_for(NEIGHBOUR, world.deployment(), seen);
        machine.commit();
        for _ in 0..BATCHES {
            for _ in 0..rng.usize(1..6) {
                let next = world.happening(&mut rng, &mut machine.engine);
                machine.pass(next.after_ms);
                let accepted = machine.process(next.command, seen);
                assert!(!(next.refused && accepted), "Expected a refusal");
                if rng.u32(..4) == 0 {
                    let command = tenants::command(&mut rng, &mut machine.engine);
                    machine.process_for(NEIGHBOUR, command, seen);
                }
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
            if rng.u32(..10) == 0 {
                machine.clocks.jump(&mut rng);
            }
            machine.do_what_is_due(seen);
        }
        machine.finish(&world, &mut rng, seen);
    });
}

/// The clocks of a machine: one that somebody sets, and one that nobody does.
#[derive(Clone, Copy)]
struct Clocks(Reading);

impl Default for Clocks {
    fn default() -> Self {
        Self(Reading {
            // As in `Twins`, so that dates in diagrams lie where they are looked at.
            wall_ms: 1_704_096_000_000,
            elapsed_ms: 0,
        })
    }
}

impl Clocks {
    /// Somebody sets the clock: by a little or by a lot, ahead or back.
    fn jump(&mut self, rng: &mut Rng) {
        let farthest = [10_000, MAX_JUMP_MS][rng.usize(..2)];
        let by = rng.u64(..farthest);
        let wall_ms = &mut self.0.wall_ms;
        *wall_ms = match rng.bool() {
            true => *wall_ms + by,
            false => *wall_ms - by,
        };
    }
}

/// A server without its network: the engine over a store on a simulated disk.
struct Machine {
    disk: Disk,
    store: Store,
    engine: Engine,
    clocks: Clocks,
    journal_clock: JournalClock,
    journal_ms: u64,
    entries: Vec<Arc<Entry>>,
    /// The last position that was acknowledged to somebody.
    acknowledged: u64,
    /// Commands so far.
    commands: u32,
}

impl Machine {
    fn start(disk: Disk, clocks: Clocks, rng: &mut Rng) -> Self {
        let store = Store::on(disk.clone()).expect("a store that opens");
        Self::over(disk, store, clocks, rng)
    }

    fn over(disk: Disk, store: Store, clocks: Clocks, rng: &mut Rng) -> Self {
        let engine =
            Engine::new(store.backing(), Partition::FIRST).with_budget(budget(rng.usize(..)));
        let last = store.last_entry().expect("a readable journal");
        let (journal_clock, _) = JournalClock::new(last.as_deref(), clocks.0);
        Self {
            disk,
            acknowledged: engine.state().position(),
            store,
            engine,
            clocks,
            journal_clock,
            journal_ms: last.map_or(0, |entry| entry.at_ms),
            entries: Vec::new(),
            commands: 0,
        }
    }

    /// Time goes by, for all clocks.
    fn pass(&mut self, time_ms: u64) {
        self.tell_time();
        let before = self.journal_ms;
        self.clocks.0.wall_ms += time_ms;
        self.clocks.0.elapsed_ms += time_ms;
        self.tell_time();
        let passed = self.journal_ms - before;
        assert!(
            passed + 1 >= time_ms - time_ms / 8,
            "Expected {time_ms} ms to pass, but for the journal it were {passed}"
        );
    }

    /// Journal time never goes back, and what is certain of it is never ahead of the clock.
    fn tell_time(&mut self) -> u64 {
        self.journal_clock.advance(self.clocks.0);
        let stamp = self.journal_clock.stamp();
        assert!(stamp.at_ms >= self.journal_ms, "journal time went back");
        assert!(stamp.at_ms.saturating_sub(stamp.unconfirmed_ms) <= self.clocks.0.wall_ms);
        self.journal_ms = stamp.at_ms;
        stamp.unconfirmed_ms
    }

    /// What is due now is done, as the server does it between the commands of others.
    fn do_what_is_due(&mut self, seen: &mut Seen) {
        for _ in 0..MAX_TICKS {
            self.tell_time();
            let next = self.engine.next_due();
            let Some((_, tenant)) = next.filter(|(due_ms, _)| *due_ms <= self.journal_ms) else {
                return;
            };
            self.process_for(tenant, Command::Tick(Tick), seen);
        }
    }

    /// Whether the command was carried out.
    fn process(&mut self, command: Command, seen: &mut Seen) -> bool {
        self.process_for(TENANT, command, seen)
    }

    /// Now and then, that nothing has changed in the other tenant.
    fn process_for(&mut self, tenant: TenantId, command: Command, seen: &mut Seen) -> bool {
        let other = if tenant == TENANT { NEIGHBOUR } else { TENANT };
        self.commands += 1;
        let looks = self.commands.is_multiple_of(LOOKED_AT_EVERY);
        let before = looks.then(|| tenants::rows_of(self.engine.state(), other));
        let accepted = self.carry_out(tenant, command, seen);
        if let Some(before) = before {
            let after = tenants::rows_of(self.engine.state(), other);
            assert_eq!(
                before, after,
                "{tenant:?} has changed something of {other:?}"
            );
        }
        accepted
    }

    fn carry_out(&mut self, tenant: TenantId, command: Command, seen: &mut Seen) -> bool {
        let unconfirmed_ms = self.tell_time();
        let name = coverage::name_of(&command);
        let record = Record {
            tenant,
            at_ms: self.journal_ms,
            unconfirmed_ms,
            identity: None,
            entropy: [self.engine.state().position() as u8; 32],
            command,
        };
        let mut processed = self.engine.process(record.clone());
        // What takes too long for a command is worked out beside it.
        while let Some(question) = processed.postponed {
            self.engine.remember(question.answer());
            processed = self.engine.process(record.clone());
        }
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
        for effect in processed.effects {
            if let Effect::Answer { instance, question } = effect {
                self.engine.remember(question.answer());
                self.carry_out(tenant, Command::GoOn(GoOn { instance }), seen);
            }
        }
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
        self.look_at_damage(&disk, rng);
        let next = Self::start(disk, self.clocks, rng);
        assert!(
            next.acknowledged >= self.acknowledged,
            "Expected everything up to {} to be there after a crash, but it ends at {}",
            self.acknowledged,
            next.acknowledged
        );
        next.check();
        next
    }

    /// Some bytes of the newest commit go bad. That is told, unless nothing is lost by it; and
    /// who accepts the loss goes on with what is whole.
    fn look_at_damage(&self, disk: &Disk, rng: &mut Rng) {
        let damaged = disk.with_damage(rng);
        let Ok(store) = Store::on(damaged.clone()) else {
            return;
        };
        let is_told = store.expect(self.acknowledged).is_err();
        let machine = Self::over(damaged, store, self.clocks, rng);
        assert!(is_told || machine.acknowledged >= self.acknowledged);
        machine.check();
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
        let mut replayed = Engine::new(Arc::new(Empty), Partition::FIRST);
        let mut completed = BTreeSet::new();
        for entry in &journal {
            replayed.replay(entry);
            for event in &entry.events {
                if let Event::Job(JobEvent::Completed { job, .. }) = event {
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
            self.do_what_is_due(seen);
            if round % NEWS_EVERY == 0 {
                self.pass(600_000);
                self.do_what_is_due(seen);
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
