//! The machine's clocks, and what the log says of them. What journal time makes of their
//! readings is the engine's.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use gardesh_engine::clock::{JournalClock, Notice, Reading};
use gardesh_engine::event::Entry;

/// Where readings come from.
pub type Clock = Arc<dyn Fn() -> Reading + Send + Sync>;

/// The machine's clocks.
pub fn system_clock() -> Clock {
    // Nobody sets this one, and it goes on while the machine sleeps.
    let start = boot_time::Instant::now();
    Arc::new(move || Reading {
        wall_ms: now_ms(),
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// What the wall clock shows, for what is shown to people. What counts is journal time.
pub fn now_ms() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// Begins journal time after the last entry.
pub(super) fn start(clock: Clock, last: Option<&Entry>) -> (Clock, JournalClock) {
    let (journal_clock, notice) = JournalClock::new(last, clock());
    if let Some(notice) = notice {
        tell(notice);
    }
    (clock, journal_clock)
}

/// Writes a notice into the log.
pub(super) fn tell(notice: Notice) {
    match notice {
        Notice::StartsAhead { .. } | Notice::CameBack | Notice::CaughtUp => {
            tracing::info!("{notice}")
        }
        _ => tracing::warn!("{notice}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_that_nobody_sets_goes_on() {
        let clock = system_clock();
        let before = clock();
        std::thread::sleep(std::time::Duration::from_millis(5));
        let after = clock();
        assert!(after.elapsed_ms > before.elapsed_ms, "{before:?} {after:?}");
        assert!(after.wall_ms > 1_700_000_000_000, "{after:?}");
    }
}
