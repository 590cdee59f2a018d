//! The engine under simulated clients, clock, disk and crashes, over random diagrams. Every
//! case is named by a seed; a failure prints it, and `GARDESH_SEED=n cargo test -p
//! gardesh-tests --test simulation` repeats it alone and tells all
//! that happens. `GARDESH_SEEDS=n` runs that many new ones: `make simulate` does, to look for
//! what nobody has thought of.

mod coverage;
mod crash;
mod diagram;
mod disk;
mod read_model;
mod replay;
mod world;

use coverage::Seen;
use gardesh_engine::Budget;

/// What the seeds of a run must reach together.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// Everything that there is: events, commands, kinds of elements.
    Everything,
    /// What comes up: the same world does less at a time.
    Some,
}

/// Where the seeds of a usual run begin. They are the same in each, so that a change that
/// passed is not held up by what was there before it.
const FIRST_SEED: u64 = 14_030_830;

/// Budgets of a command, from a single step to more than anything takes.
const FUEL: &[u64] = &[1, 150, 1_000, 20_000, u64::MAX];

/// One of these budgets.
fn budget(number: usize) -> Budget {
    Budget {
        fuel: FUEL[number % FUEL.len()],
        ..Budget::default()
    }
}

/// Runs a check for many seeds, or for the one that `GARDESH_SEED` names.
fn for_seeds(default: u64, reach: Reach, check: impl Fn(u64, &mut Seen)) {
    let read = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = read("GARDESH_SEED") {
        return check(seed, &mut Seen::telling());
    }
    let mut seen = Seen::default();
    let (first, count) = match read("GARDESH_SEEDS") {
        Some(count) => (fastrand::u64(..1 << 32), count),
        None => (FIRST_SEED, default),
    };
    println!("seeds {first} to {}", first + count - 1);
    for seed in first..first + count {
        seen.begin();
        let mut attempt = || check(seed, &mut seen);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut attempt));
        if let Err(panic) = outcome {
            eprintln!("Failed with GARDESH_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
    seen.assert_excuses_hold();
    let missed = seen.missed();
    println!("rarest: {:?}\nnot reached: {missed:#?}", seen.rarest());
    // Fewer seeds than usual need not reach everything.
    let must_reach = reach == Reach::Everything && count >= default;
    assert!(missed.is_empty() || !must_reach, "see above");
}
