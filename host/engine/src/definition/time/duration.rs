//! Durations of ISO 8601: `P1Y2M3W4DT5H6M7.5S`, or parts of that in this order. A timer counts them by the calendar of
//! UTC; how long something is kept counts by the longest years and months that there are.

use std::borrow::Cow;

use gardesh_feel::{DaysTime, YearsMonths};
use jiff::Span;

use super::Written;
use super::moment::{add, last_ms, utc, within};

pub(super) const HOUR_MS: u64 = 60 * 60 * 1_000;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;

/// A duration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Duration {
    /// One that a calendar can count.
    Span(Span),
    /// One that is longer than any calendar. FEEL has such.
    Endless { is_negative: bool },
}

impl Written for Duration {
    const EXPECTED: &'static str = "a duration (like PT15M or P1D)";

    fn read(text: &str) -> Result<Self, String> {
        read(text).ok_or_else(String::new)
    }
}

fn read(text: &str) -> Option<Duration> {
    // The parser takes other forms, too, which nobody else would.
    let iso = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !iso.starts_with('P') {
        return None;
    }
    let (text, is_cut) = shortened(text)?;
    if let Ok(span) = text.parse() {
        return Some(Duration::Span(whole_ms(span, is_cut)?));
    }
    // What FEEL reads besides has more digits before the point than a span holds.
    let years_months = text.parse::<YearsMonths>().map(|months| months.to_string());
    let feel = years_months.or_else(|_| text.parse::<DaysTime>().map(|days| days.to_string()));
    let is_negative = text.starts_with('-');
    let Ok(span) = feel.ok()?.parse() else {
        return Some(Duration::Endless { is_negative });
    };
    Some(Duration::Span(whole_ms(span, is_cut)?))
}

/// The text with no more digits after the point than the parser takes, and whether something was cut off. None where a
/// point has no digit on one side of it.
fn shortened(text: &str) -> Option<(Cow<'_, str>, bool)> {
    const DIGITS: usize = 9;
    let Some(point) = text.find(['.', ',']) else {
        return Some((text.into(), false));
    };
    let (whole, fraction) = (&text[..point], &text[point + 1..]);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || !whole.ends_with(|last: char| last.is_ascii_digit()) {
        return None;
    }
    if digits <= DIGITS {
        return Some((text.into(), false));
    }
    let (kept, unit) = (&fraction[..DIGITS], &fraction[digits..]);
    let is_cut = fraction[DIGITS..digits].bytes().any(|digit| digit != b'0');
    Some((format!("{whole}.{kept}{unit}").into(), is_cut))
}

/// A span of whole milliseconds, which is what the clock counts. What is finer is rounded up, so that nothing is due too
/// early.
fn whole_ms(span: Span, is_cut: bool) -> Option<Span> {
    let is_finer = is_cut || span.get_microseconds() != 0 || span.get_nanoseconds() != 0;
    let up = i64::from(is_finer && !span.is_negative());
    let span = span.try_microseconds(0).ok()?.try_nanoseconds(0).ok()?;
    span.try_milliseconds(span.get_milliseconds() + up).ok()
}

impl Duration {
    /// A while after a point in time, by the calendar of UTC.
    pub(crate) fn after(self, from_ms: u64) -> u64 {
        let at_ms = match self {
            Self::Span(span) => utc(from_ms).and_then(|from| add(&from, &span)),
            Self::Endless { .. } => None,
        };
        // What is due so early or so late that there is no such date.
        let end_ms = if self.is_negative() { 0 } else { last_ms() };
        at_ms.map_or(end_ms, within)
    }

    /// Whether it goes back.
    fn is_negative(self) -> bool {
        match self {
            Self::Span(span) => span.is_negative(),
            Self::Endless { is_negative } => is_negative,
        }
    }

    /// Milliseconds, with the longest years and months that there are; none for one that goes back.
    pub(super) fn longest_ms(self) -> Option<u64> {
        let span = match self {
            Self::Span(span) => span,
            Self::Endless { is_negative } => return (!is_negative).then(last_ms),
        };
        let parts = [
            (i64::from(span.get_years()), 366 * DAY_MS),
            (i64::from(span.get_months()), 31 * DAY_MS),
            (i64::from(span.get_weeks()), 7 * DAY_MS),
            (i64::from(span.get_days()), DAY_MS),
            (i64::from(span.get_hours()), HOUR_MS),
            (span.get_minutes(), 60 * 1_000),
            (span.get_seconds(), 1_000),
            (span.get_milliseconds(), 1),
        ];
        parts.into_iter().try_fold(0_u64, |sum, (count, ms)| {
            sum.checked_add(u64::try_from(count).ok()?.checked_mul(ms)?)
        })
    }
}

/// How long something lives: a duration that does not go back.
pub(crate) struct Lifetime(Duration);

impl Written for Lifetime {
    const EXPECTED: &'static str = "a duration that does not go back (like PT15M or P1D)";

    fn read(text: &str) -> Result<Self, String> {
        let duration = Duration::read(text)?;
        if duration.is_negative() {
            return Err(String::new());
        }
        Ok(Self(duration))
    }
}

impl Lifetime {
    /// When it is over that began at a point in time.
    pub(crate) fn after(&self, from_ms: u64) -> u64 {
        self.0.after(from_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::moment::Moment;
    use super::*;

    #[test]
    fn durations_count_by_the_calendar_of_utc_and_end_with_it() {
        let ms = |text| Moment::read(text).unwrap().due_ms();
        let from_ms = ms("2028-01-31T12:00:00Z");
        for (text, expected) in [
            ("PT15M", "2028-01-31T12:15:00Z"),
            ("P1M", "2028-02-29T12:00:00Z"),
            ("P1Y2M3W4DT5H6M7.5S", "2029-04-25T17:06:07.500Z"),
            ("PT1.5H", "2028-01-31T13:30:00Z"),
            ("PT1.0000000000001S", "2028-01-31T12:00:01.001Z"),
            ("PT1.0001S", "2028-01-31T12:00:01.001Z"),
            ("PT1.0000000000000S", "2028-01-31T12:00:01Z"),
            ("PT0.9999S", "2028-01-31T12:00:01Z"),
            ("-PT1.0001S", "2028-01-31T11:59:59Z"),
            ("PT0S", "2028-01-31T12:00:00Z"),
            ("-PT1H", "2028-01-31T11:00:00Z"),
            ("-P100Y", "1970-01-01T00:00:00Z"),
            ("P9000Y", "9999-12-31T23:59:59Z"),
            ("P999999999Y", "9999-12-31T23:59:59Z"),
            ("-P999999999Y", "1970-01-01T00:00:00Z"),
            ("P99999999D", "9999-12-31T23:59:59Z"),
        ] {
            let duration = Duration::read(text).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(duration.after(from_ms), ms(expected), "{text}");
        }
        for text in [
            "", "P", "PT", "P1", "1D", "PT1D", "1 hour", "P1H", "PT1S1M", "Pیک", "P1.5D", "P0.5Y",
            "PT1.S", "PT.5S", "PT1.",
        ] {
            assert!(Duration::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_lifetime_does_not_go_back() {
        for (text, lives) in [
            ("PT1H", true),
            ("PT0S", true),
            ("-PT0S", true),
            ("P999999999Y", true),
            ("-PT1H", false),
            ("-P999999999Y", false),
        ] {
            assert_eq!(Lifetime::read(text).is_ok(), lives, "{text}");
        }
    }
}
