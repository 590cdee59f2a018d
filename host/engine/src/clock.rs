//! Journal time: what becomes of the clocks' readings before they are stamped on commands.
//! A machine's clock goes wrong and is put right; journal time never goes back, and what is to
//! happen in two seconds happens in two seconds. No clock is read in here: readings come in.
//!
//! - While the wall clock is ahead by a normal amount, journal time is the wall clock's.
//! - A jump ahead is followed when it has stood for [`BELIEVED_AFTER_MS`]: a clock that was wrong
//!   for some seconds has no timer fire. Until then journal time goes on by what has passed.
//! - While the wall clock is behind, journal time goes on by what has passed, but a little more
//!   slowly, so that the two meet again.
//! - At a start it is the wall clock's, or the time of the last entry where that is later.
//!
//! What cannot be taken back, which is the end of histories, goes by a second time that is more
//! careful: it follows a jump only after [`CONFIRMED_AFTER_MS`], a start included, and is never
//! ahead of the wall clock. How far it is behind is a part of each entry, so that no restart
//! makes a wrong time a right one.

use std::fmt;

use crate::event::Entry;
use crate::limits::{BELIEVED_AFTER_MS, CONFIRMED_AFTER_MS, MAX_NORMAL_LEAD_MS, NOTABLE_MS, SLEW};

/// What the clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, in milliseconds since the epoch. Somebody may set it.
    pub wall_ms: u64,
    /// Milliseconds since any fixed moment, by a clock that nobody sets; the time that the
    /// machine sleeps counts where the system tells.
    pub elapsed_ms: u64,
}

/// What is stamped on a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Journal time.
    pub at_ms: u64,
    /// How far that may be ahead of the true time.
    pub unconfirmed_ms: u64,
}

/// Something that whoever looks after the machine should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// At a start the wall clock is before the last entry.
    StartsBehind { by_ms: u64 },
    /// At a start the wall clock is far after the last entry.
    StartsAhead { by_ms: u64 },
    /// It went ahead a little, and journal time with it.
    Ahead { by_ms: u64 },
    /// It jumped ahead, and journal time waits whether it stays there.
    JumpedAhead { by_ms: u64 },
    /// It stayed there, and journal time follows.
    Followed { by_ms: u64 },
    /// It came back before that.
    CameBack,
    /// It was set back.
    SetBack { by_ms: u64 },
    /// Journal time and it have met again.
    CaughtUp,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wait, confirmed) = (Span(BELIEVED_AFTER_MS), Span(CONFIRMED_AFTER_MS));
        match self {
            Self::StartsBehind { by_ms } => write!(
                f,
                "The machine's clock is {} behind the last entry of the journal. Journal time begins there and goes on 1/{SLEW} more slowly until the clock has caught up; no history ends before that. Is the clock right?",
                Span(*by_ms)
            ),
            Self::StartsAhead { by_ms } => write!(
                f,
                "The machine's clock is {} ahead of the last entry of the journal, as after a long pause, and journal time with it. What is due is done now; history that would end because of it is kept for another {confirmed}.",
                Span(*by_ms)
            ),
            Self::Ahead { by_ms } => write!(
                f,
                "The machine's clock went ahead by {}, and journal time with it.",
                Span(*by_ms)
            ),
            Self::JumpedAhead { by_ms } => write!(
                f,
                "The machine's clock jumped ahead by {}. Journal time follows if it is still there in {wait}; until then timers go on as if it had not.",
                Span(*by_ms)
            ),
            Self::Followed { by_ms } => write!(
                f,
                "The machine's clock stayed where it jumped to, so journal time goes ahead by {}. What is due is done now; history that would end because of it is kept for another {confirmed}.",
                Span(*by_ms)
            ),
            Self::CameBack => f.write_str(
                "The machine's clock came back from its jump ahead. Journal time did not follow it there.",
            ),
            Self::SetBack { by_ms } => write!(
                f,
                "The machine's clock was set back and is {} behind journal time, which never goes back: it goes on 1/{SLEW} more slowly until the clock has caught up, and timers with it. No history ends before that.",
                Span(*by_ms)
            ),
            Self::CaughtUp => f.write_str(
                "The machine's clock has caught up with journal time.",
            ),
        }
    }
}

/// A length of time, for people.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        match (days, hours, minutes) {
            (0, 0, 0) => write!(f, "{}.{} s", seconds, self.0 % 1_000 / 100),
            (0, 0, _) => write!(f, "{minutes} min {} s", seconds % 60),
            (0, _, _) => write!(f, "{hours} h {minutes} min"),
            (_, _, _) => write!(f, "{days} d {hours} h"),
        }
    }
}

/// Journal time, see the module's text.
#[derive(Debug)]
pub struct JournalClock {
    now: Follower,
    confirmed: Follower,
    last: Reading,
    /// What is left over of slowing down by whole milliseconds.
    slewed: u64,
    /// Whether it was said that the wall clock is behind.
    is_behind: bool,
}

impl JournalClock {
    /// The clock of a journal that ends with an entry, and what there is to say about the
    /// machine's.
    pub fn new(last: Option<&Entry>, reading: Reading) -> (Self, Option<Notice>) {
        let wall_ms = reading.wall_ms;
        let last_ms = last.map_or(wall_ms, |entry| entry.at_ms);
        let confirmed_ms = last.map_or(wall_ms, Entry::confirmed_ms);
        let (behind_ms, ahead_ms) = (
            last_ms.saturating_sub(wall_ms),
            wall_ms.saturating_sub(last_ms),
        );
        let clock = Self {
            now: Follower::at(last_ms.max(wall_ms), BELIEVED_AFTER_MS),
            confirmed: Follower::at(confirmed_ms.min(wall_ms), CONFIRMED_AFTER_MS),
            last: reading,
            slewed: 0,
            is_behind: behind_ms >= NOTABLE_MS,
        };
        let notice = match () {
            () if clock.is_behind => Some(Notice::StartsBehind { by_ms: behind_ms }),
            () if ahead_ms > MAX_NORMAL_LEAD_MS => Some(Notice::StartsAhead { by_ms: ahead_ms }),
            () => None,
        };
        (clock, notice)
    }

    /// Goes on to a reading.
    pub fn advance(&mut self, reading: Reading) -> Option<Notice> {
        let passed_ms = reading.elapsed_ms.saturating_sub(self.last.elapsed_ms);
        self.last.wall_ms = reading.wall_ms;
        self.last.elapsed_ms = self.last.elapsed_ms.max(reading.elapsed_ms);
        let reading = self.last;

        let behind_ms = (self.now.at_ms.saturating_add(passed_ms)).saturating_sub(reading.wall_ms);
        let slew_ms = self.slew(passed_ms, behind_ms);
        let moved = self.now.advance(passed_ms - slew_ms, reading);
        self.confirmed.advance(passed_ms, reading);
        let surely = self.confirmed.at_ms.min(reading.wall_ms);
        self.confirmed.at_ms = surely.min(self.now.at_ms);
        self.notice(moved, behind_ms)
    }

    /// Journal time as of the last reading.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            at_ms: self.now.at_ms,
            unconfirmed_ms: self.now.at_ms - self.confirmed.at_ms,
        }
    }

    /// By how much journal time goes slower than what has passed, while it is ahead.
    fn slew(&mut self, passed_ms: u64, ahead_ms: u64) -> u64 {
        if ahead_ms == 0 {
            self.slewed = 0;
            return 0;
        }
        let parts = self.slewed.saturating_add(passed_ms);
        self.slewed = parts % SLEW;
        (parts / SLEW).min(ahead_ms).min(passed_ms)
    }

    fn notice(&mut self, moved: Option<Moved>, behind_ms: u64) -> Option<Notice> {
        let was_behind = self.is_behind;
        self.is_behind = match was_behind {
            true => behind_ms > 0,
            false => behind_ms >= NOTABLE_MS,
        };
        match moved {
            _ if self.is_behind && !was_behind => Some(Notice::SetBack { by_ms: behind_ms }),
            Some(Moved::Along { by_ms }) if by_ms >= NOTABLE_MS => Some(Notice::Ahead { by_ms }),
            Some(Moved::Seen { by_ms }) => Some(Notice::JumpedAhead { by_ms }),
            Some(Moved::Followed { by_ms }) => Some(Notice::Followed { by_ms }),
            Some(Moved::Gone) => Some(Notice::CameBack),
            _ if was_behind && !self.is_behind => Some(Notice::CaughtUp),
            _ => None,
        }
    }
}

/// A time that follows the wall clock when that is ahead by a normal amount, or has been ahead
/// for long enough.
#[derive(Debug)]
struct Follower {
    at_ms: u64,
    after_ms: u64,
    lead: Option<Lead>,
}

/// How far the wall clock is ahead, and since when, by the clock that nobody sets.
#[derive(Clone, Copy, Debug)]
struct Lead {
    by_ms: u64,
    since_ms: u64,
}

enum Moved {
    /// To the wall clock, which was ahead by a normal amount.
    Along { by_ms: u64 },
    /// Not yet: it has only just jumped.
    Seen { by_ms: u64 },
    /// To the wall clock, which has been there for long enough.
    Followed { by_ms: u64 },
    /// No more: it has come back.
    Gone,
}

impl Follower {
    fn at(at_ms: u64, after_ms: u64) -> Self {
        Self {
            at_ms,
            after_ms,
            lead: None,
        }
    }

    fn advance(&mut self, passed_ms: u64, reading: Reading) -> Option<Moved> {
        self.at_ms = self.at_ms.saturating_add(passed_ms);
        let by_ms = reading.wall_ms.saturating_sub(self.at_ms);
        if by_ms <= MAX_NORMAL_LEAD_MS {
            self.at_ms += by_ms;
            let gone = self.lead.take().map(|_| Moved::Gone);
            return gone.or((by_ms > 0).then_some(Moved::Along { by_ms }));
        }
        let standing = self
            .lead
            .filter(|lead| lead.by_ms.abs_diff(by_ms) <= MAX_NORMAL_LEAD_MS);
        let Some(lead) = standing else {
            self.lead = Some(Lead {
                by_ms,
                since_ms: reading.elapsed_ms,
            });
            return Some(Moved::Seen { by_ms });
        };
        if reading.elapsed_ms.saturating_sub(lead.since_ms) < self.after_ms {
            return None;
        }
        self.lead = None;
        self.at_ms = reading.wall_ms;
        Some(Moved::Followed { by_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::TenantId;

    const SECOND: u64 = 1_000;
    const MINUTE: u64 = 60 * SECOND;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    /// Where the stories begin, by the wall clock.
    const START: u64 = 20_000 * DAY;

    fn entry(at_ms: u64, unconfirmed_ms: u64) -> Entry {
        Entry {
            position: 1,
            erased_before: 0,
            at_ms,
            unconfirmed_ms,
            tenant: TenantId::DEFAULT,
            identity: None,
            next_key: 1,
            events: Vec::new(),
        }
    }

    /// A machine on which journal time runs, read once in a second as by an idle server.
    struct Machine {
        clock: JournalClock,
        reading: Reading,
        said: Vec<Notice>,
    }

    impl Machine {
        fn start(last: Option<Entry>, wall_ms: u64) -> Self {
            let reading = Reading {
                wall_ms,
                elapsed_ms: 7 * HOUR,
            };
            let (clock, notice) = JournalClock::new(last.as_ref(), reading);
            Self {
                clock,
                reading,
                said: notice.into_iter().collect(),
            }
        }

        /// The same journal on a machine that has started anew.
        fn restart(self, wall_ms: u64) -> Self {
            let Stamp {
                at_ms,
                unconfirmed_ms,
            } = self.clock.stamp();
            Self::start(Some(entry(at_ms, unconfirmed_ms)), wall_ms)
        }

        fn read(&mut self) {
            let before = self.clock.stamp();
            self.said.extend(self.clock.advance(self.reading));
            let after = self.clock.stamp();
            assert!(after.at_ms >= before.at_ms, "journal time went back");
            let confirmed_ms = after.at_ms - after.unconfirmed_ms;
            assert!(confirmed_ms <= self.reading.wall_ms, "{after:?}");
        }

        fn wait(&mut self, ms: u64) {
            self.wait_in_steps_of(SECOND, ms);
        }

        fn wait_in_steps_of(&mut self, step_ms: u64, ms: u64) {
            let mut left = ms;
            while left > 0 {
                let step = left.min(step_ms);
                self.reading.wall_ms += step;
                self.reading.elapsed_ms += step;
                left -= step;
                self.read();
            }
        }

        fn jump(&mut self, ms: i64) {
            self.reading.wall_ms = self.reading.wall_ms.saturating_add_signed(ms);
            self.read();
        }

        fn now(&self) -> u64 {
            self.clock.stamp().at_ms
        }

        fn confirmed(&self) -> u64 {
            let stamp = self.clock.stamp();
            stamp.at_ms - stamp.unconfirmed_ms
        }
    }

    /// What happens to a machine.
    enum Step {
        Wait(u64),
        Jump(i64),
        /// The server starts anew, with the wall clock this far from where it was.
        Restart(i64),
    }
    use Step::*;

    fn go(story: &[Step]) -> Machine {
        let mut machine = Machine::start(None, START);
        for step in story {
            match *step {
                Wait(ms) => machine.wait(ms),
                Jump(ms) => machine.jump(ms),
                Restart(ms) => {
                    let wall_ms = machine.reading.wall_ms.saturating_add_signed(ms);
                    machine = machine.restart(wall_ms);
                }
            }
        }
        machine
    }

    const DAYS_60: i64 = (60 * DAY).cast_signed();

    /// What happened; journal time and the confirmed time after it, both from [`START`].
    type Story = (&'static str, Vec<Step>, i64, i64);

    fn stories() -> Vec<Story> {
        let [second, minute, hour, day] = [SECOND, MINUTE, HOUR, DAY].map(u64::cast_signed);
        let [believed, confirmed] = [BELIEVED_AFTER_MS, CONFIRMED_AFTER_MS].map(u64::cast_signed);
        let hour_and = |ms: i64| hour + ms;
        #[rustfmt::skip]
        let stories = vec![
            ("a right clock", vec![Wait(HOUR)], hour, hour),
            ("ahead for some seconds", vec![Jump(DAYS_60), Wait(13 * SECOND), Jump(-DAYS_60), Wait(7 * SECOND)], 20 * second, 20 * second),
            ("ahead and not yet followed", vec![Jump(DAYS_60), Wait(BELIEVED_AFTER_MS - SECOND)], believed - second, believed - second),
            ("ahead for good", vec![Jump(DAYS_60), Wait(BELIEVED_AFTER_MS)], DAYS_60 + believed, believed),
            ("and confirmed", vec![Jump(DAYS_60), Wait(CONFIRMED_AFTER_MS)], DAYS_60 + confirmed, DAYS_60 + confirmed),
            ("a jump that goes further begins anew", vec![Jump(DAYS_60), Wait(50 * SECOND), Jump(DAYS_60), Wait(50 * SECOND)], 100 * second, 100 * second),
            ("a small step ahead", vec![Jump(30_000), Wait(SECOND)], 31 * second, 31 * second),
            ("set back: slower, and confirmed time with the wall clock", vec![Wait(2 * DAY), Jump(-day), Wait(20 * MINUTE)], 2 * day + 19 * minute, day + 20 * minute),
            ("set back for a moment", vec![Wait(HOUR), Jump(-DAYS_60), Wait(10 * SECOND), Jump(DAYS_60)], hour_and(10 * second), hour_and(10 * second - DAYS_60)),
            ("set back and caught up", vec![Wait(HOUR), Jump(-minute), Wait(20 * MINUTE)], hour_and(19 * minute), hour_and(19 * minute)),
            ("sleep, which counts in both clocks", vec![Wait(9 * HOUR)], 9 * hour, 9 * hour),
            ("frozen from outside, which is a jump", vec![Jump(9 * hour), Wait(BELIEVED_AFTER_MS)], 9 * hour + believed, believed),
            ("a start after a pause", vec![Wait(HOUR), Restart(DAYS_60), Wait(MINUTE)], hour_and(DAYS_60 + minute), hour_and(minute)),
            ("a quick start", vec![Wait(HOUR), Restart(5_000), Wait(MINUTE)], hour_and(minute + 5_000), hour_and(minute + 5_000)),
            ("a start before the last entry", vec![Wait(HOUR), Restart(-minute), Wait(20 * MINUTE)], hour_and(19 * minute), hour_and(19 * minute)),
            ("no number of starts makes a wrong clock right", vec![Wait(HOUR), Restart(DAYS_60), Wait(MINUTE), Restart(0), Wait(MINUTE)], hour_and(DAYS_60 + 2 * minute), hour_and(2 * minute)),
            ("put right between two starts", vec![Wait(HOUR), Restart(DAYS_60), Restart(-DAYS_60), Wait(20 * SECOND)], hour_and(DAYS_60 + 19 * second), hour_and(20 * second)),
        ];
        stories
    }

    #[test]
    fn journal_time_after_jumps_sleeps_and_restarts() {
        for (name, story, now, confirmed) in stories() {
            let machine = go(&story);
            let since_start = |ms: u64| ms.cast_signed() - START.cast_signed();
            assert_eq!(since_start(machine.now()), now, "{name}");
            assert_eq!(
                since_start(machine.confirmed()),
                confirmed,
                "{name}: confirmed"
            );
        }
    }

    #[test]
    fn both_directions_are_told_once() {
        let by_ms = 60 * DAY;
        let minute = MINUTE.cast_signed();
        #[rustfmt::skip]
        let table: &[(&[Step], &[Notice])] = &[
            (&[Wait(HOUR)], &[]),
            (&[Jump(900), Wait(MINUTE), Jump(-900), Wait(MINUTE)], &[]),
            (&[Jump(30_000), Wait(MINUTE)], &[Notice::Ahead { by_ms: 30_000 }]),
            (&[Jump(DAYS_60), Wait(2 * MINUTE)], &[Notice::JumpedAhead { by_ms }, Notice::Followed { by_ms }]),
            (&[Jump(DAYS_60), Wait(SECOND), Jump(-DAYS_60), Wait(MINUTE)], &[Notice::JumpedAhead { by_ms }, Notice::CameBack]),
            (&[Wait(HOUR), Jump(-minute), Wait(HOUR)], &[Notice::SetBack { by_ms: MINUTE }, Notice::CaughtUp]),
            (&[Restart(-minute), Wait(HOUR)], &[Notice::StartsBehind { by_ms: MINUTE }, Notice::CaughtUp]),
            (&[Restart(DAYS_60), Wait(HOUR)], &[Notice::StartsAhead { by_ms }]),
        ];
        for (number, (story, said)) in table.iter().enumerate() {
            assert_eq!(&go(story).said, said, "story {number}");
        }
    }

    #[test]
    fn intervals_stay_right_whatever_the_wall_clock_does() {
        for jump in [0, DAYS_60, -DAYS_60, 1_500, -1_500, i64::MAX, i64::MIN] {
            let mut machine = Machine::start(None, START);
            machine.wait(HOUR);
            machine.jump(jump);
            let before = machine.now();
            machine.wait_in_steps_of(1, 2 * SECOND);
            let passed = machine.now() - before;
            assert!((1_900..=2_000).contains(&passed), "{jump}: {passed}");
        }
    }

    #[test]
    fn a_machine_that_is_read_each_millisecond_slows_down_as_one_read_each_second() {
        let mut often = go(&[Wait(HOUR), Jump(-(HOUR.cast_signed()))]);
        let mut seldom = go(&[Wait(HOUR), Jump(-(HOUR.cast_signed()))]);
        often.wait_in_steps_of(1, MINUTE);
        seldom.wait_in_steps_of(MINUTE, MINUTE);
        assert_eq!(often.now(), seldom.now());
        assert_eq!(often.now(), START + HOUR + 57 * SECOND);
    }

    #[test]
    fn notices_read_as_sentences() {
        let text = Notice::SetBack {
            by_ms: 60 * DAY + 2 * HOUR,
        }
        .to_string();
        assert!(text.contains("is 60 d 2 h behind journal time"), "{text}");
        for (ms, text) in [
            (1_250, "1.2 s"),
            (61_000, "1 min 1 s"),
            (3 * HOUR + MINUTE, "3 h 1 min"),
        ] {
            assert_eq!(Span(ms).to_string(), text);
        }
    }
}
