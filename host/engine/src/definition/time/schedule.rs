//! Cycles: repeating intervals of ISO 8601, and cron. The n-th time of an interval is its start and n times the
//! period, so that one from the end of January comes at the end of every month, and one in a zone keeps its hour
//! when the clock is put forward.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::Written;
use super::duration::Duration;
use super::moment;
use crate::limits::EARLIEST_MS;
use crate::shown::shown_text;

/// What is wrong with a cycle whose time no calendar has.
pub(crate) const BEYOND: &str = "its next time would be after the year 9999";

/// A cycle, read.
pub(crate) enum Schedule {
    /// `R3/PT1H`, `R/2030-01-01T08:00:00Z/P1D`.
    Interval {
        count: Option<u32>,
        start: Option<Zoned>,
        span: Span,
    },
    /// Cron, in a time zone.
    Cron { cron: Box<Cron>, zone: TimeZone },
}

impl Written for Schedule {
    const EXPECTED: &'static str = "a cycle (like R3/PT1H, or cron such as 0 0 9 * * MON-FRI)";

    fn read(text: &str) -> Result<Self, String> {
        match text.strip_prefix('R') {
            Some(repeating) => {
                let schedule = Self::interval(repeating).ok_or_else(String::new)?;
                if schedule.comes() {
                    Ok(schedule)
                } else {
                    Err(BEYOND.to_owned())
                }
            }
            None => Self::cron(text),
        }
    }
}

impl Schedule {
    fn interval(repeating: &str) -> Option<Self> {
        let (count, interval) = repeating.split_once('/')?;
        let count = match count {
            "" | "-1" => None,
            count => Some(count.parse().ok()?),
        };
        // A zone's name may hold a slash, a duration does not.
        let (start, span) = match interval.rsplit_once('/') {
            Some((start, span)) => (Some(moment::zoned(start)?), span),
            None => (None, interval),
        };
        let Ok(Duration::Span(span)) = Duration::read(span) else {
            return None;
        };
        // An empty or backward step would be due for ever.
        (span.is_positive() && count != Some(0)).then_some(Self::Interval { count, start, span })
    }

    /// Whether an interval leads to a time within the calendar; one that is due once has its start alone.
    fn comes(&self) -> bool {
        let Self::Interval { count, start, .. } = self else {
            return true;
        };
        let is_start_alone = start.is_some() && *count == Some(1);
        is_start_alone || self.nth(EARLIEST_MS, 1).is_some()
    }

    fn cron(text: &str) -> Result<Self, String> {
        let zoned = text
            .strip_prefix("TZ=")
            .or_else(|| text.strip_prefix("CRON_TZ="));
        let (zone, pattern) = match zoned {
            Some(rest) => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            None => ("UTC", text),
        };
        let pattern = match pattern.trim() {
            "@yearly" | "@annually" => "0 0 0 1 1 *",
            "@monthly" => "0 0 0 1 * *",
            "@weekly" => "0 0 0 * * 0",
            "@daily" | "@midnight" => "0 0 0 * * *",
            "@hourly" => "0 0 * * * *",
            pattern => pattern,
        };
        let schedule = Self::Cron {
            cron: Box::new(read_cron(pattern)?),
            zone: TimeZone::get(zone).map_err(|_| format!("there is no time zone '{zone}'"))?,
        };
        // Cron has no years, so what never was due since the clock began never will be.
        match schedule.cron_after(0) {
            Some(_) => Ok(schedule),
            None => Err("no day of the calendar is like that".to_owned()),
        }
    }

    /// The first time that it is due, and how often in all. An endless one does not make up for times before now. None where
    /// that would be after the end of the calendar.
    pub(crate) fn first(&self, now_ms: u64) -> Option<(u64, Option<u32>)> {
        let Self::Interval { count, start, .. } = self else {
            return Some((self.cron_after(now_ms)?, None));
        };
        let due_ms = match (start, count) {
            (Some(start), Some(_)) => Some(start.timestamp().as_millisecond()),
            (Some(_), None) => self.interval_after(now_ms, now_ms.saturating_sub(1)),
            (None, _) => self.nth(now_ms, 1),
        };
        Some((moment::within(due_ms?), *count))
    }

    /// The time after one that was due. `armed_ms` is when the timer began to wait; `left` firings of a counted cycle
    /// are still to come.
    pub(crate) fn next(
        &self,
        armed_ms: u64,
        due_ms: u64,
        now_ms: u64,
        left: Option<u32>,
    ) -> Option<u64> {
        match (self, left) {
            (Self::Cron { .. }, _) => self.cron_after(due_ms.max(now_ms)),
            (Self::Interval { count, start, .. }, Some(left)) => {
                let fired = i64::from(count.unwrap_or(left).saturating_sub(left));
                let first = i64::from(start.is_none());
                self.nth(armed_ms, fired + first).map(moment::within)
            }
            (Self::Interval { .. }, None) => self
                .interval_after(armed_ms, due_ms.max(now_ms))
                .map(moment::within),
        }
    }

    /// The start of an interval and `n` periods.
    fn nth(&self, armed_ms: u64, n: i64) -> Option<i64> {
        let Self::Interval { start, span, .. } = self else {
            return None;
        };
        let span = span.checked_mul(n).ok()?;
        match start {
            Some(start) => moment::add(start, &span),
            None => moment::add(&moment::utc(armed_ms)?, &span),
        }
    }

    /// The first time of an interval after another. Periods are not of the same length, so it is searched for, by
    /// doubling the steps and then halving them.
    fn interval_after(&self, armed_ms: u64, after_ms: u64) -> Option<i64> {
        let after_ms = i64::try_from(after_ms).ok()?;
        // What is beyond the calendar is after everything.
        let is_after = |n| self.nth(armed_ms, n).is_none_or(|at_ms| at_ms > after_ms);
        if is_after(0) {
            return self.nth(armed_ms, 0);
        }
        let (mut low, mut high) = (0, 1);
        while !is_after(high) {
            (low, high) = (high, high * 2);
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_after(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        self.nth(armed_ms, high)
    }

    fn cron_after(&self, from_ms: u64) -> Option<u64> {
        let Self::Cron { cron, zone } = self else {
            return None;
        };
        let from = Timestamp::from_millisecond(i64::try_from(from_ms).ok()?).ok()?;
        let next = cron.find_next_occurrence(&from.to_zoned(zone.clone()), false);
        u64::try_from(next.ok()?.timestamp().as_millisecond()).ok()
    }
}

/// The fields of a cron expression.
const CRON_FIELDS: [&str; 6] = [
    "seconds",
    "minutes",
    "hours",
    "days of the month",
    "months",
    "days of the week",
];

/// Cron as Spring writes it, which Camunda uses.
///
/// # Errors
/// Which field cannot be read.
fn read_cron(pattern: &str) -> Result<Cron, String> {
    // Day of month and day of week must both match; the classic cron takes either. A step may
    // begin at a number (`5/15`) and goes on to the highest.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Disallowed)
        .dom_and_dow(true)
        .sloppy_ranges(true)
        .build();
    let read = |pattern: &str| parser.parse(pattern).ok();
    let fields: Vec<&str> = pattern.split_whitespace().collect();
    if fields.len() != CRON_FIELDS.len() {
        let found = fields.len();
        return Err(format!(
            "cron has six fields, from seconds to days of the week, and here are {found}"
        ));
    }
    for (at, field) in fields.iter().enumerate() {
        let mut alone = ["*"; CRON_FIELDS.len()];
        alone[at] = field;
        // The parser would take a step without a beginning, too, which nobody else does.
        let begins = field.split(',').all(|part| !part.starts_with('/'));
        if !begins || read(&alone.join(" ")).is_none() {
            return Err(unread_field(CRON_FIELDS[at], field));
        }
    }
    read(pattern).ok_or_else(String::new)
}

fn unread_field(name: &str, field: &str) -> String {
    let field = shown_text(field);
    if field.contains("L-") {
        return format!(
            "days before the last one, such as {field}, are not known here; L is the last day of a month, LW its last weekday"
        );
    }
    format!("{field} is not readable as {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> u64 {
        let moment = moment::Moment::read(text);
        moment.unwrap_or_else(|_| panic!("{text}")).due_ms()
    }

    #[test]
    fn cycles_go_on_from_when_they_were_due() {
        let start = ms("2026-03-27T08:00:00Z");
        for (text, expected) in [
            ("R3/PT1H", "2026-03-27T09:00:00Z 2026-03-27T10:00:00Z"),
            ("R/P1M", "2026-04-27T08:00:00Z 2026-05-27T08:00:00Z"),
            (
                "R2/2026-04-01T00:00:00Z/P1D",
                "2026-04-01T00:00:00Z 2026-04-02T00:00:00Z",
            ),
            (
                "0 0 9 * * MON-FRI",
                "2026-03-27T09:00:00Z 2026-03-30T09:00:00Z",
            ),
            ("0 0 9 L * *", "2026-03-31T09:00:00Z 2026-04-30T09:00:00Z"),
            ("0 0 9 * * 1#1", "2026-04-06T09:00:00Z 2026-05-04T09:00:00Z"),
            (
                "0 0 0 13 * FRI",
                "2026-11-13T00:00:00Z 2027-08-13T00:00:00Z",
            ),
            ("@hourly", "2026-03-27T09:00:00Z 2026-03-27T10:00:00Z"),
            ("0 0/5 * * * *", "2026-03-27T08:05:00Z 2026-03-27T08:10:00Z"),
            (
                "0 5/15 * * * *",
                "2026-03-27T08:05:00Z 2026-03-27T08:20:00Z",
            ),
            (
                "0 50/15 * * * *",
                "2026-03-27T08:50:00Z 2026-03-27T09:50:00Z",
            ),
            (
                "0 0/30 8-10 * * *",
                "2026-03-27T08:30:00Z 2026-03-27T09:00:00Z",
            ),
            (
                "20/25 * * * * *",
                "2026-03-27T08:00:20Z 2026-03-27T08:00:45Z",
            ),
            (
                "0 0 0 ? * MON/2",
                "2026-03-29T00:00:00Z 2026-03-30T00:00:00Z",
            ),
            (
                "0 0 0 1 FEB/3 *",
                "2026-05-01T00:00:00Z 2026-08-01T00:00:00Z",
            ),
            // The clock goes forward on 29 March in Berlin: 9 o'clock is an hour earlier in UTC.
            (
                "TZ=Europe/Berlin 0 0 9 * * *",
                "2026-03-28T08:00:00Z 2026-03-29T07:00:00Z",
            ),
        ] {
            let schedule = Schedule::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            let (first, count) = schedule.first(start).unwrap();
            let left = count.map(|count| count - 1);
            let second = schedule.next(start, first, first, left).unwrap();
            let (a, b) = expected.split_once(' ').unwrap();
            assert_eq!((first, second), (ms(a), ms(b)), "{text}");
        }
    }

    /// The first times of a cycle that was armed at one of them.
    fn times(text: &str, armed: &str, how_many: usize) -> Vec<String> {
        let schedule = Schedule::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let armed_ms = ms(armed);
        let (mut due_ms, mut left) = schedule.first(armed_ms).unwrap();
        let mut times = Vec::new();
        loop {
            let at = Timestamp::from_millisecond(due_ms.cast_signed()).unwrap();
            times.push(at.to_string());
            left = left.map(|left| left - 1);
            if times.len() == how_many || left == Some(0) {
                return times;
            }
            due_ms = schedule.next(armed_ms, due_ms, due_ms, left).unwrap();
        }
    }

    #[test]
    fn intervals_count_from_their_start() {
        for (text, armed, expected) in [
            // The end of each month.
            (
                "R/2026-01-31T00:00:00Z/P1M",
                "2026-01-01T00:00:00Z",
                "2026-01-31T00:00:00Z 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z",
            ),
            (
                "R3/2026-01-31T00:00:00Z/P1M",
                "2026-01-01T00:00:00Z",
                "2026-01-31T00:00:00Z 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z",
            ),
            (
                "R/P1M",
                "2026-01-31T09:00:00Z",
                "2026-02-28T09:00:00Z 2026-03-31T09:00:00Z",
            ),
            (
                "R2/P1M",
                "2026-01-31T09:00:00Z",
                "2026-02-28T09:00:00Z 2026-03-31T09:00:00Z",
            ),
            // Armed between two of its times.
            (
                "R/2026-01-31T00:00:00Z/P1M",
                "2026-02-10T00:00:00Z",
                "2026-02-28T00:00:00Z 2026-03-31T00:00:00Z",
            ),
            // Leap days.
            (
                "R/2028-02-29T00:00:00Z/P1Y",
                "2028-01-01T00:00:00Z",
                "2028-02-29T00:00:00Z 2029-02-28T00:00:00Z 2030-02-28T00:00:00Z 2031-02-28T00:00:00Z 2032-02-29T00:00:00Z",
            ),
            // Eight o'clock in Berlin stays that across the switch, in every spelling.
            (
                "R/2030-03-30T08:00:00@Europe/Berlin/P1D",
                "2030-03-01T00:00:00Z",
                "2030-03-30T07:00:00Z 2030-03-31T06:00:00Z 2030-04-01T06:00:00Z",
            ),
            (
                "R/2030-03-30T08:00:00[Europe/Berlin]/P1D",
                "2030-03-01T00:00:00Z",
                "2030-03-30T07:00:00Z 2030-03-31T06:00:00Z",
            ),
            (
                "R2/2030-03-30T08:00:00+01:00[Europe/Berlin]/P1D",
                "2030-03-01T00:00:00Z",
                "2030-03-30T07:00:00Z 2030-03-31T06:00:00Z",
            ),
            (
                "R/2030-10-26T08:00@Europe/Berlin/P1D",
                "2030-03-01T00:00:00Z",
                "2030-10-26T06:00:00Z 2030-10-27T07:00:00Z",
            ),
            // Hours are hours, and an offset alone has no switch.
            (
                "R/2030-03-30T08:00:00@Europe/Berlin/PT24H",
                "2030-03-01T00:00:00Z",
                "2030-03-30T07:00:00Z 2030-03-31T07:00:00Z",
            ),
            (
                "R/2030-03-30T08:00:00+01:00/P1D",
                "2030-03-01T00:00:00Z",
                "2030-03-30T07:00:00Z 2030-03-31T07:00:00Z",
            ),
            // An hour that is left out one day is not left out on the others.
            (
                "R/2030-03-30T02:30:00@Europe/Berlin/P1D",
                "2030-03-01T00:00:00Z",
                "2030-03-30T01:30:00Z 2030-03-31T01:30:00Z 2030-04-01T00:30:00Z",
            ),
            // A start before journal time.
            (
                "R/1969-12-31T08:00:00Z/P1D",
                "2030-03-01T09:00:00Z",
                "2030-03-02T08:00:00Z 2030-03-03T08:00:00Z",
            ),
            (
                "R3/1969-12-31T23:00:00Z/PT1H",
                "2030-03-01T09:00:00Z",
                "1970-01-01T00:00:00Z 1970-01-01T00:00:00Z 1970-01-01T01:00:00Z",
            ),
            // Very many periods after the start.
            (
                "R/0001-01-01T00:00:00Z/PT1S",
                "2030-03-01T09:00:00.500Z",
                "2030-03-01T09:00:01Z 2030-03-01T09:00:02Z",
            ),
        ] {
            let expected: Vec<&str> = expected.split(' ').collect();
            assert_eq!(times(text, armed, expected.len()), expected, "{text}");
        }
    }

    #[test]
    fn a_cycle_ends_with_the_calendar() {
        for text in ["R/P1Y", "R/9998-01-01T00:00:00Z/P1Y"] {
            let schedule = Schedule::read(text).unwrap();
            let from_ms = ms("9999-12-01T00:00:00Z");
            assert_eq!(
                schedule.next(from_ms, from_ms, from_ms, None),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn a_cycle_whose_next_time_is_past_the_calendar_is_refused() {
        for text in [
            "R/P8000Y",
            "R2/P9000Y",
            "R1/P8000Y",
            "R/2030-01-01T00:00:00Z/P8000Y",
            "R2/9999-01-01T00:00:00Z/P1Y",
        ] {
            assert_eq!(
                Schedule::read(text).err().as_deref(),
                Some(BEYOND),
                "{text}"
            );
        }
        assert!(Schedule::read("R1/9999-01-01T00:00:00Z/P1Y").is_ok());
        // What could come when it was deployed may not when it begins to wait.
        let schedule = Schedule::read("R/P7000Y").unwrap();
        assert_eq!(schedule.first(ms("3500-01-01T00:00:00Z")), None);
    }

    #[test]
    fn what_is_no_cycle_is_refused() {
        for text in [
            "R",
            "R3",
            "R3/",
            "R0/PT1H",
            "R/PT0S",
            "R/-PT1H",
            "R/1 hour",
            "RX/PT1H",
            "R/2030/P1D",
        ] {
            assert_eq!(Schedule::read(text).err().as_deref(), Some(""), "{text}");
        }
        for (text, why) in [
            ("", "here are 0"),
            ("* * *", "here are 3"),
            ("0 0 9 * * * 2030", "here are 7"),
            ("TZ=Nowhere/Town 0 0 9 * * *", "no time zone 'Nowhere/Town'"),
            ("TZ=UTC", "here are 0"),
            ("0 0 25 * * *", "\"25\" is not readable as hours"),
            ("0 0/0 9 * * *", "\"0/0\" is not readable as minutes"),
            ("0 60/5 9 * * *", "\"60/5\" is not readable as minutes"),
            ("0 /5 9 * * *", "\"/5\" is not readable as minutes"),
            ("0 0 9 * MAI *", "\"MAI\" is not readable as months"),
            ("0 0 9 L-3 * *", "L is the last day"),
            ("0 0 0 30 2 *", "no day of the calendar"),
        ] {
            let fault = Schedule::read(text).err().unwrap_or_default();
            assert!(fault.contains(why), "{text}: {fault}");
        }
    }
}
