//! The law of the journal: whatever happens, the state rebuilt from it equals live state,
//! byte for byte, after every command.

use fastrand::Rng;
use gardesh_tests::Twins;

use crate::{diagram, for_seeds, world};

const COMMANDS: usize = 150;

#[test]
fn replayed_state_equals_live_state_after_every_command() {
    for_seeds(1_000, |seed| {
        let mut rng = Rng::with_seed(seed);
        let mut twins = Twins::default();
        let deployment = world::deployment(&diagram::diagram(&mut rng));
        twins.process(deployment).expect("a deployment");
        for _ in 0..COMMANDS {
            let next = world::happening(&mut rng, &twins.live);
            twins.now_ms += next.after_ms;
            // Some come too late and are refused; that changes nothing.
            drop(twins.process(next.command));
            assert_eq!(world::stuck(twins.live.state()), [], "a token is lost");
        }
    });
}
