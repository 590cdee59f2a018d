//! The law of the journal: whatever happens, the state rebuilt from it equals live state,
//! byte for byte, after every command.

use fastrand::Rng;
use gardesh_engine::command::{Command, Tick};
use gardesh_engine::limits::START_KEY_KEPT_MS;
use gardesh_tests::Twins;

use crate::coverage::{self, Seen};
use crate::world::{World, look};
use crate::{Reach, budget, for_seeds};

const COMMANDS: usize = 150;

/// Ticks of the clock at the end of a simulation.
const LATE_TICKS: usize = 10;

#[test]
fn replayed_state_equals_live_state_after_every_command() {
    for_seeds(1_500, Reach::Everything, |seed, seen| {
        let mut rng = Rng::with_seed(seed);
        let mut twins = Twins::default();
        // Some are cut off wherever they are.
        if seed % 8 == 0 {
            twins = twins.with_budget(budget((seed / 8) as usize));
        }
        let world = World::new(&mut rng);
        twins.process(world.deployment()).expect("a deployment");
        take_in(seen, &mut twins, 0);
        for _ in 0..COMMANDS {
            let next = world.happening(&mut rng, &mut twins.live);
            twins.now_ms += next.after_ms;
            let (name, before) = (coverage::name_of(&next.command), twins.journal.len());
            let told = next.refused.then(|| format!("{:?}", next.command));
            let outcome = twins.process(next.command);
            if let Some(told) = told {
                assert!(outcome.is_err(), "Expected a refusal of {told}");
            }
            if outcome.is_ok() {
                seen.command(&name);
            }
            take_in(seen, &mut twins, before);
            look::assert_nothing_lost(&mut twins.live, &name);
        }
        a_day_later(&mut twins, seen);
    });
}

/// What is due much later than anything that happens in between, such as the end of the time in
/// which a start can be sent again.
fn a_day_later(twins: &mut Twins, seen: &mut Seen) {
    twins.now_ms += START_KEY_KEPT_MS;
    for _ in 0..LATE_TICKS {
        let before = twins.journal.len();
        twins
            .process(Command::Tick(Tick))
            .expect("a clock that goes on");
        take_in(seen, twins, before);
    }
    look::assert_nothing_lost(&mut twins.live, "a day later");
}

/// Takes in what the journal has got since a place.
fn take_in(seen: &mut Seen, twins: &mut Twins, from: usize) {
    for entry in &twins.journal[from..] {
        seen.entry(entry, &mut twins.live);
    }
}
