//! The processor time of one invocation: added up over its turns, on whichever threads they
//! are, so that waiting in line for a processor costs an invocation nothing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use crate::system::thread_cpu_time;

/// The account of one invocation. Its turns follow each other, so nothing here races.
#[derive(Default)]
pub struct Meter {
    /// Nanoseconds of the turns that are over.
    used: AtomicU64,
    /// What the thread's clock said when the present turn began.
    entered: AtomicU64,
}

impl Meter {
    /// What has been used; to be asked between turns.
    pub fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    /// What has been used, the present turn included; to be asked within it.
    pub fn used_by_now(&self) -> Duration {
        let entered = self.entered.load(Ordering::Relaxed);
        self.used() + Duration::from_nanos(thread_nanos().saturating_sub(entered))
    }

    /// Runs `future`, and adds up what it uses.
    pub async fn measure<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.entered.store(thread_nanos(), Ordering::Relaxed);
            let poll = future.as_mut().poll(context);
            let used = u64::try_from(self.used_by_now().as_nanos()).unwrap_or(u64::MAX);
            self.used.store(used, Ordering::Relaxed);
            poll
        })
        .await
    }
}

fn thread_nanos() -> u64 {
    u64::try_from(thread_cpu_time().as_nanos()).unwrap_or(u64::MAX)
}

/// What runs of a component use as a rule: the mean of the last few.
#[derive(Default)]
pub struct Habit {
    nanos: AtomicU64,
}

/// A run counts for one part in so many of the mean.
pub const REMEMBERED_RUNS: u32 = 4;

impl Habit {
    /// The mean of the last few runs, nothing before the first.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    /// Takes in what a run has used. Of two that end at the same moment one may be forgotten.
    pub fn add(&self, used: Duration) {
        let used = u64::try_from(used.as_nanos()).unwrap_or(u64::MAX);
        let mean = self.nanos.load(Ordering::Relaxed);
        let share = |nanos: u64| nanos / u64::from(REMEMBERED_RUNS);
        let mean = mean.saturating_sub(share(mean)).saturating_add(share(used));
        self.nanos.store(mean, Ordering::Relaxed);
    }
}

/// How far a future came within a bound.
pub enum Progress<F: Future> {
    /// To its end.
    Done(F::Output),
    /// To the bound; it can go on elsewhere.
    Unfinished(Pin<Box<F>>),
}

/// Runs `future`, whose processor time goes to `meter`, until it ends or has used `bound`.
pub async fn run_until<F: Future>(
    future: Pin<Box<F>>,
    meter: &Meter,
    bound: Duration,
) -> Progress<F> {
    let mut running = Some(future);
    poll_fn(|context| {
        let Some(mut future) = running.take() else {
            return Poll::Pending;
        };
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Progress::Done(output)),
            Poll::Pending if meter.used() >= bound => Poll::Ready(Progress::Unfinished(future)),
            Poll::Pending => {
                running = Some(future);
                Poll::Pending
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    fn spin(time: Duration) {
        let began = thread_cpu_time();
        while thread_cpu_time() - began < time {
            black_box(());
        }
    }

    #[tokio::test]
    async fn only_what_is_used_counts() {
        let meter = Meter::default();
        let waiting = async {
            for _ in 0..4 {
                spin(Duration::from_millis(5));
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        let began = Instant::now();
        meter.measure(waiting).await;
        assert!(began.elapsed() >= Duration::from_millis(140));
        let used = meter.used();
        assert!(used >= Duration::from_millis(20), "{used:?}");
        assert!(used < Duration::from_millis(60), "{used:?}");
    }

    #[test]
    fn a_habit_follows_the_last_runs() {
        let habit = Habit::default();
        let (quick, long) = (Duration::from_millis(1), Duration::from_millis(100));
        assert_eq!(habit.mean(), Duration::ZERO);
        habit.add(long);
        assert_eq!(habit.mean(), long / 4);
        (0..20).for_each(|_| habit.add(long));
        assert!(habit.mean() > long * 9 / 10, "{:?}", habit.mean());
        (0..20).for_each(|_| habit.add(quick));
        assert!(habit.mean() < quick * 2, "{:?}", habit.mean());
        habit.add(Duration::MAX);
        assert!(habit.mean() > long);
    }

    #[tokio::test]
    async fn what_takes_long_goes_on_elsewhere() {
        let meter = Arc::new(Meter::default());
        let bound = Duration::from_millis(10);
        let future = |turns: u32| {
            let meter = Arc::clone(&meter);
            Box::pin(async move {
                let work = async {
                    for _ in 0..turns {
                        spin(Duration::from_millis(4));
                        tokio::task::yield_now().await;
                    }
                    turns
                };
                meter.measure(work).await
            })
        };
        assert!(matches!(
            run_until(future(1), &meter, bound).await,
            Progress::Done(1)
        ));
        let Progress::Unfinished(rest) = run_until(future(5), &meter, bound).await else {
            panic!("20 ms of work ended within 10 ms");
        };
        assert!(meter.used() < Duration::from_millis(20));
        assert_eq!(tokio::spawn(rest).await.unwrap(), 5);
    }
}
