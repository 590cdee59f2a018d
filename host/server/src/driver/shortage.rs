//! Invocations for which the platform had no room (memory that all share, a compiler, a
//! processor): they come back after a pause, as the same attempt, and are made known to the
//! operator. Nothing of this is recorded, because it says nothing of the component.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::limits::{FIRST_SHORTAGE_PAUSE, MAX_SHORTAGE_DOUBLINGS, SHORTAGE_LOG_PACE};

/// What waits until its pause is over.
pub(super) struct Pauses<T> {
    /// By the end of the pause; the number keeps those apart that end together.
    until: BTreeMap<(Instant, u64), T>,
    number: u64,
    said: Option<Instant>,
    count: Arc<AtomicUsize>,
}

impl<T> Pauses<T> {
    /// Nothing waits. How much does is told in `count`.
    pub(super) fn new(count: Arc<AtomicUsize>) -> Self {
        Self {
            until: BTreeMap::new(),
            number: 0,
            said: None,
            count,
        }
    }

    /// Puts something back that met a shortage for the `times`-th time, for `reason`.
    pub(super) fn put(&mut self, now: Instant, times: u32, reason: &str, item: T) {
        let doublings = times.saturating_sub(1).min(MAX_SHORTAGE_DOUBLINGS);
        let pause = FIRST_SHORTAGE_PAUSE * 2_u32.pow(doublings);
        self.number += 1;
        self.until.insert((now + pause, self.number), item);
        self.tell();
        let silent = self.said.map(|said| now.saturating_duration_since(said));
        if silent.is_none_or(|silent| silent >= SHORTAGE_LOG_PACE) {
            self.said = Some(now);
            let waiting = self.until.len();
            tracing::warn!(
                waiting,
                "runs of components wait for room; no attempt is lost: {reason}"
            );
        }
    }

    /// How long until the first pause is over.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let ((until, _), _) = self.until.first_key_value()?;
        Some(until.saturating_duration_since(now))
    }

    /// The next whose pause is over.
    pub(super) fn take(&mut self, now: Instant) -> Option<T> {
        let first = self.until.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let item = first.remove();
        self.tell();
        Some(item)
    }

    fn tell(&self) {
        self.count.store(self.until.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_end_in_order() {
        let count = Arc::<AtomicUsize>::default();
        let mut pauses = Pauses::new(Arc::clone(&count));
        let now = Instant::now();
        let ms = Duration::from_millis;
        for (times, pause) in [(1, 250), (2, 500), (7, 16_000), (1_000, 16_000)] {
            pauses.put(now, times, "no memory", times);
            assert_eq!(pauses.wait(now), Some(ms(pause)));
            assert_eq!(pauses.take(now + ms(pause - 1)), None);
            assert_eq!(pauses.take(now + ms(pause)), Some(times));
        }
        pauses.put(now, 3, "no memory", 3);
        pauses.put(now, 1, "no memory", 1);
        pauses.put(now, 1, "no memory", 2);
        assert_eq!(count.load(Ordering::Relaxed), 3);
        let late = now + ms(60_000);
        let order: Vec<u32> = std::iter::from_fn(|| pauses.take(late)).collect();
        assert_eq!(order, [1, 2, 3]);
        assert_eq!((pauses.wait(now), count.load(Ordering::Relaxed)), (None, 0));
    }
}
