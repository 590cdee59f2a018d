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

/// A point in time in a request, as milliseconds since 1970, written as RFC 3339 has it. It has an offset, because a client
/// that leaves it out may mean its own. Java leaves out seconds that are zero, and `+0000` can only be UTC.
///
/// # Errors
/// A hint at what to write instead; empty where nothing in the text says what was meant.
pub fn read_instant(text: &str) -> Result<i64, &'static str> {
    let (date, clock) = match text.split_once(['T', 't']) {
        Some(parts) => parts,
        None if text.contains([' ', '_']) => return Err("write a T between the date and the time"),
        None => return Err(""),
    };
    let digits_at = |at: usize| date.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let is_date = date.len() == "2030-01-31".len() && (0..4).all(digits_at);
    if !is_date || text.contains(',') {
        return Err("");
    }
    if clock.contains(['[', '@']) {
        return Err("write the offset alone, such as +03:30, without the name of a zone");
    }
    let Some(end) = clock.find(['Z', 'z', '+', '-']) else {
        return Err("write Z or an offset, such as +03:30, after the time");
    };
    let offset = &clock[end..];
    let is_colons = offset.len() == "+03:30".len() || offset.len() == "+03:25:44".len();
    let is_utc = offset.eq_ignore_ascii_case("Z") || offset == "+0000";
    let has_colon = is_colons && offset.as_bytes()[3] == b':';
    if !is_utc && !has_colon {
        return Err("write the offset with hours, a colon and minutes, such as +03:30");
    }
    // Hours alone, or without colons, are others' forms.
    if clock.as_bytes().get(2) != Some(&b':') {
        return Err("");
    }
    let at: Timestamp = text.parse().map_err(|_| "")?;
    Ok(at.as_millisecond())
}

/// Whether the date of a user task leaves open where its clock stands, so that it is read as one in UTC.
pub(crate) fn is_without_zone(text: &str) -> bool {
    date_time(text.trim()).is_some_and(|at| at.offset_seconds().is_none())
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
    fn an_instant_is_rfc_3339_as_clients_send_it() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", 1_000),
            // Java's OffsetDateTime leaves out seconds that are zero.
            ("1969-12-31T23:59Z", -60_000),
            ("2026-11-21T13:30+03:30", 1_795_255_200_000),
            ("2026-11-21T13:30:00.000+03:30", 1_795_255_200_000),
            ("2026-11-21T10:00:00.123456789Z", 1_795_255_200_123),
            ("2026-11-21T10:00:00.000+0000", 1_795_255_200_000),
            ("2026-11-21t10:00:00z", 1_795_255_200_000),
        ] {
            assert_eq!(read_instant(text), Ok(expected), "{text}");
        }
        for (text, hint) in [
            ("2026-11-21T13:30:00+0330", "a colon"),
            ("2026-11-21T13:30:00+03", "a colon"),
            ("2026-11-21 10:00:00Z", "write a T"),
            ("2026-11-21T13:30@Asia/Tehran", "the name of a zone"),
            (
                "2026-11-21T13:30:00+03:30[Asia/Tehran]",
                "the name of a zone",
            ),
            ("2026-11-21T10:00:00", "write Z or an offset"),
            ("2026-11-21T10Z", ""),
            ("20261121T100000Z", ""),
            ("2026-02-30T10:00:00Z", ""),
            ("2026-11-21", ""),
            ("yesterday", ""),
            ("2026-11-21Tی", "write Z"),
            ("", ""),
        ] {
            let found = read_instant(text).expect_err(text);
            assert!(found.contains(hint), "{text}: {found}");
            assert_eq!(found.is_empty(), hint.is_empty(), "{text}: {found}");
        }
    }
}
