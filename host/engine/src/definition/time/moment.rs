//! Points in time and durations as ISO 8601 and FEEL write them. A text in the diagram and one that an expression
//! gives are read by the same functions, so they mean the same.

use std::borrow::Cow;

use gardesh_feel::{DateTime, DaysTime, YearsMonths, Zone};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

/// A date and a time of day, with a zone, an offset, both or none. Where both are given the offset says which
/// moment it is, and the zone by which calendar one counts on from it.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
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

/// A point in time as a timer keeps it. Without a zone it is UTC.
pub(crate) fn due(text: &str) -> Option<u64> {
    let at = date_time(text)?;
    Some(match at.epoch_millis(&Zone::UTC) {
        Some(at_ms) => within(at_ms),
        None if at.date().civil().0 < 0 => 0,
        None => last_ms(),
    })
}

/// Journal time has no moments before 1970, and calendars here none after 9999: what was due before is due at once,
/// what is due later never comes.
pub(crate) fn within(at_ms: i64) -> u64 {
    u64::try_from(at_ms).unwrap_or(0).min(last_ms())
}

/// The last moment that can be written as a date.
fn last_ms() -> u64 {
    u64::try_from(Timestamp::MAX.as_millisecond()).unwrap_or(u64::MAX)
}

/// Where a cycle begins, in the calendar of its zone.
pub(crate) fn zoned(text: &str) -> Option<Zoned> {
    let at = date_time(text)?;
    let zone = match at.zone() {
        None => TimeZone::UTC,
        Some(Zone::Offset(seconds)) => TimeZone::fixed(Offset::from_seconds(seconds).ok()?),
        Some(Zone::Region(region)) => TimeZone::get(region.name()).ok()?,
    };
    let at = Timestamp::from_millisecond(at.epoch_millis(&Zone::UTC)?).ok()?;
    Some(at.to_zoned(zone))
}

/// A duration of ISO 8601. The parser takes other forms, too, which nobody else would.
pub(crate) fn span(text: &str) -> Option<Span> {
    let iso = text.strip_prefix(['-', '+']).unwrap_or(text);
    iso.starts_with('P').then(|| text.parse().ok()).flatten()
}

/// A while after a point in time, by the calendar of UTC.
pub(crate) fn after(from_ms: u64, text: &str) -> Option<u64> {
    match span(text) {
        Some(span) => Some(add(&utc(from_ms)?, &span).map_or_else(|| end(text), within)),
        // FEEL knows durations that are longer than any calendar.
        None if text.parse::<YearsMonths>().is_ok() || text.parse::<DaysTime>().is_ok() => {
            Some(end(text))
        }
        None => None,
    }
}

/// What is due so early or so late that there is no such date.
fn end(duration: &str) -> u64 {
    if duration.starts_with('-') {
        0
    } else {
        last_ms()
    }
}

/// A moment of journal time in the calendar of UTC.
pub(crate) fn utc(at_ms: u64) -> Option<Zoned> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned(TimeZone::UTC))
}

/// Milliseconds since 1970; none where the calendar ends.
pub(crate) fn add(from: &Zoned, span: &Span) -> Option<i64> {
    let at = from.checked_add(*span).ok()?;
    Some(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn durations_count_by_the_calendar_of_utc_and_end_with_it() {
        let from = due("2028-01-31T12:00:00Z").unwrap();
        for (text, expected) in [
            ("PT15M", "2028-01-31T12:15:00Z"),
            ("P1M", "2028-02-29T12:00:00Z"),
            ("P1Y2M3W4DT5H6M7.5S", "2029-04-25T17:06:07.500Z"),
            ("PT0S", "2028-01-31T12:00:00Z"),
            ("-PT1H", "2028-01-31T11:00:00Z"),
            ("-P100Y", "1970-01-01T00:00:00Z"),
            ("P9000Y", "9999-12-31T23:59:59Z"),
            ("P999999999Y", "9999-12-31T23:59:59Z"),
            ("-P999999999Y", "1970-01-01T00:00:00Z"),
            ("P99999999D", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(after(from, text), due(expected), "{text}");
        }
        for text in [
            "", "P", "PT", "P1", "1D", "PT1D", "1 hour", "P1H", "PT1S1M", "Pیک",
        ] {
            assert_eq!(after(from, text), None, "{text}");
        }
    }
}
