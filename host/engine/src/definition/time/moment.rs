//! Points in time as ISO 8601 and FEEL write them. FEEL's own reader is underneath; beside its forms, ISO 8601 leaves the
//! seconds out, and Java writes zones in brackets.

use std::borrow::Cow;
use std::sync::Arc;

use gardesh_feel::{DateTime, Zone};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

use super::Written;

/// A point in time as a timer keeps it: milliseconds since 1970. Without a zone it is UTC, and a date alone is its midnight.
pub(crate) struct Moment(u64);

impl Written for Moment {
    const EXPECTED: &'static str = "a date and time (like 2030-01-31T08:00:00Z)";

    fn read(text: &str) -> Result<Self, String> {
        let at = date_time(text).ok_or_else(String::new)?;
        Ok(Self(match at.epoch_millis(&Zone::UTC) {
            Some(at_ms) => within(at_ms),
            None if at.date().civil().0 < 0 => 0,
            None => last_ms(),
        }))
    }
}

impl Moment {
    /// When that is.
    pub(crate) fn due_ms(&self) -> u64 {
        self.0
    }
}

/// A date of a user task, as a task keeps it: with the offset alone, as every reader of ISO 8601 knows it.
pub(crate) struct TaskDate(pub Arc<str>);

impl Written for TaskDate {
    const EXPECTED: &'static str = "a date and time of day (like 2030-01-31T08:00:00Z)";

    fn read(text: &str) -> Result<Self, String> {
        // A date alone would be read as its midnight, so that a task which is due on a day would be late all day.
        let at = date_time(text).filter(|_| text.contains('T'));
        let at = at.ok_or_else(String::new)?;
        // Without a zone it is UTC, as for timers.
        let offset = Zone::offset(at.offset_seconds().unwrap_or(0)).ok_or_else(String::new)?;
        let text = at.in_zone(&offset).to_string();
        // The years that FEEL knows reach further than those of searches.
        match text.parse::<Timestamp>() {
            Ok(_) => Ok(Self(text.into())),
            Err(_) => Err("its year has more than four digits".to_owned()),
        }
    }
}

/// A point in time in a request, as milliseconds since 1970. It has a zone or an offset, because a client that leaves
/// them out may mean its own.
pub fn read_instant(text: &str) -> Option<i64> {
    let at = date_time(text)?;
    at.offset_seconds()?;
    at.epoch_millis(&Zone::UTC)
}

/// A date and a time of day, with a zone, an offset, both or none. Where both are given the offset says which
/// moment it is, and the zone by which calendar one counts on from it.
fn date_time(text: &str) -> Option<DateTime> {
    let bracketed = text.strip_suffix(']').and_then(|text| text.split_once('['));
    match bracketed.or_else(|| text.split_once('@')) {
        Some((time, zone)) if has_offset(time) => {
            let at: DateTime = with_seconds(time).parse().ok()?;
            Some(at.in_zone(&Zone::named(zone)?))
        }
        Some((time, zone)) => format!("{}@{zone}", with_seconds(time)).parse().ok(),
        None => with_seconds(text).parse().ok(),
    }
}

fn has_offset(time: &str) -> bool {
    let clock = time.split_once('T').map_or("", |(_, clock)| clock);
    clock.contains(['Z', '+', '-'])
}

/// ISO 8601 may leave the seconds out, FEEL may not.
fn with_seconds(text: &str) -> Cow<'_, str> {
    const MINUTES: usize = "T08:00".len();
    let end = text.find('T').map(|at| at + MINUTES);
    match end.and_then(|end| text.split_at_checked(end)) {
        Some((minutes, rest)) if !rest.starts_with(':') => format!("{minutes}:00{rest}").into(),
        _ => text.into(),
    }
}

/// Journal time has no moments before 1970, and calendars here none after 9999: what was due before is due at once,
/// what is due later never comes.
pub(super) fn within(at_ms: i64) -> u64 {
    u64::try_from(at_ms).unwrap_or(0).min(last_ms())
}

/// The last moment that can be written as a date.
pub(super) fn last_ms() -> u64 {
    u64::try_from(Timestamp::MAX.as_millisecond()).unwrap_or(u64::MAX)
}

/// Where a cycle begins, in the calendar of its zone.
pub(super) fn zoned(text: &str) -> Option<Zoned> {
    let at = date_time(text)?;
    let zone = match at.zone() {
        None => TimeZone::UTC,
        Some(Zone::Offset(seconds)) => TimeZone::fixed(Offset::from_seconds(seconds).ok()?),
        Some(Zone::Region(region)) => TimeZone::get(region.name()).ok()?,
    };
    let at = Timestamp::from_millisecond(at.epoch_millis(&Zone::UTC)?).ok()?;
    Some(at.to_zoned(zone))
}

/// A moment of journal time in the calendar of UTC.
pub(super) fn utc(at_ms: u64) -> Option<Zoned> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned(TimeZone::UTC))
}

/// Milliseconds since 1970; none where the calendar ends.
pub(super) fn add(from: &Zoned, span: &Span) -> Option<i64> {
    let at = from.checked_add(*span).ok()?;
    Some(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(text: &str) -> Option<u64> {
        Moment::read(text).ok().map(|moment| moment.due_ms())
    }

    #[test]
    fn dates_are_read_in_every_spelling() {
        for (text, utc) in [
            ("2030-01-31T08:00:00Z", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00Z", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00", "2030-01-31T08:00:00Z"),
            ("2030-01-31", "2030-01-31T00:00:00Z"),
            ("2030-01-31T08:00:00.250+03:30", "2030-01-31T04:30:00.250Z"),
            ("2030-01-31T08:00@Asia/Tehran", "2030-01-31T04:30:00Z"),
            ("2030-01-31T08:00:00[Asia/Tehran]", "2030-01-31T04:30:00Z"),
            (
                "2030-01-31T08:00:00+03:30[Asia/Tehran]",
                "2030-01-31T04:30:00Z",
            ),
            (
                "2030-01-31T08:00:00+03:30@Asia/Tehran",
                "2030-01-31T04:30:00Z",
            ),
            (
                "2030-01-31T08:00:00Z[Europe/Berlin]",
                "2030-01-31T08:00:00Z",
            ),
            ("2030-01-31T08:00:00Z[UTC]", "2030-01-31T08:00:00Z"),
            // The offset says which moment it is, also one that the zone does not have then.
            (
                "2030-01-31T08:00:00+05:00[Europe/Berlin]",
                "2030-01-31T03:00:00Z",
            ),
            // In the gap of a switch the clock is put forward, in the fold the first is meant.
            ("2030-03-31T02:30:00@Europe/Berlin", "2030-03-31T01:30:00Z"),
            ("2030-10-27T02:30:00@Europe/Berlin", "2030-10-27T00:30:00Z"),
            (
                "2030-10-27T02:30:00+01:00[Europe/Berlin]",
                "2030-10-27T01:30:00Z",
            ),
        ] {
            let [found, expected] =
                [text, utc].map(|text| due(text).unwrap_or_else(|| panic!("{text}")));
            assert_eq!(found, expected, "{text}");
            assert_eq!(
                found,
                within(zoned(text).unwrap().timestamp().as_millisecond()),
                "{text}"
            );
        }
        for text in [
            "",
            "T",
            "tomorrow",
            "2030-13-01T00:00:00Z",
            "2030-02-29T00:00:00Z",
            "2030-01-31T08Z",
            "2030-01-31T08:00:00+3",
            "2030-01-31T08:00:00[]",
            "2030-01-31T08:00:00[Asia/Tehran",
            "2030-01-31T08:00:00[Nowhere/Town]",
            "2030-01-31T08:00:00Z@Nowhere/Town",
            "یT08:00:00Z",
            "2030-01-31T08:00ی",
        ] {
            assert_eq!(due(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_due_before_journal_time_is_due_at_once_and_what_comes_after_calendars_never_comes()
    {
        for (text, expected) in [
            ("1969-12-31T23:59:59Z", 0),
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00+01:00", 0),
            ("1900-01-01T00:00:00Z", 0),
            ("0001-01-01T00:00:00Z", 0),
            ("-999999999-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:01Z", 1_000),
            ("9999-12-31T23:59:59Z", last_ms()),
            ("999999999-12-31T23:59:59Z", last_ms()),
        ] {
            assert_eq!(due(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_date_of_a_task_is_kept_with_its_offset() {
        let kept_as = |text: &str| Some(TaskDate::read(text).ok()?.0);
        for (text, kept) in [
            ("2030-01-31T08:00:00Z", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00:00.25Z", "2030-01-31T08:00:00.25Z"),
            ("2030-01-31T08:00", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00:00+03:30", "2030-01-31T08:00:00+03:30"),
            (
                "2025-01-01T10:00:00@Europe/Berlin",
                "2025-01-01T10:00:00+01:00",
            ),
            (
                "2025-07-01T10:00:00[Europe/Berlin]",
                "2025-07-01T10:00:00+02:00",
            ),
            (
                "2025-01-01T10:00:00+05:00[Asia/Yekaterinburg]",
                "2025-01-01T10:00:00+05:00",
            ),
            ("2025-01-01T10:00:00Z[UTC]", "2025-01-01T10:00:00Z"),
        ] {
            assert_eq!(kept_as(text).as_deref(), Some(kept), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2030-01-31",
            "2030-01-31T08:00:00[Nowhere/Town]",
            "2030-02-30T08:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(kept_as(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_says_where_the_clock_stands() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1969-12-31T23:59Z", Some(-60_000)),
            ("2026-11-21T13:30:00.000+03:30", Some(1_795_255_200_000)),
            ("2026-11-21T13:30@Asia/Tehran", Some(1_795_255_200_000)),
            ("2026-11-21T10:00:00", None),
            ("2026-11-21", None),
            ("yesterday", None),
        ] {
            assert_eq!(read_instant(text), expected, "{text}");
        }
    }
}
