//! When timers are due: dates, durations and cycles as ISO 8601 and cron write them. All in
//! journal time; nothing here asks a clock.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use gardesh_feel::{DateTime, Value, Zone};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::context::{Active, Context, Failure, mismatch, shown_text, wrong_type};
use crate::definition::{Source, TimerSpec};
use crate::limits::MAX_LATE_FIRINGS;
use crate::state::incident::IncidentKind;
use crate::state::subscription::{Afterwards, Cycle, Wait};
use crate::variables::Document;

/// What a timer event waits for, from now on.
///
/// # Errors
/// What its expression gave, when that is no time.
pub(super) fn wait(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    spec: &TimerSpec,
) -> Result<Wait, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let source = spec.source();
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    first_wait(spec, &value, ctx.at_ms).map_err(|fault| {
        let because = because(&reasons, &fault);
        wrong_type(expected(spec), source, &value, because, kind)
    })
}

/// Until when something lives for a while, from now on.
///
/// # Errors
/// What its expression gave, when that is no duration, or one that goes back.
pub(super) fn lifetime(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: &Source,
) -> Result<u64, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    let until = text_of(&value).and_then(|text| after(ctx.at_ms, &text.parse().ok()?));
    until
        .filter(|until| *until >= ctx.at_ms)
        .ok_or_else(|| wrong_type(DURATION, source, &value, &reasons, kind))
}

/// As [`wait`], for a start event, where there is no case to look at.
pub(crate) fn start_wait(ctx: &Context<'_>, spec: &TimerSpec) -> Result<Wait, String> {
    let (value, reasons) = ctx.evaluate_alone(spec.source())?;
    first_wait(spec, &value, ctx.at_ms).map_err(|fault| {
        let because = because(&reasons, &fault);
        mismatch(expected(spec), spec.source(), &value, because)
    })
}

/// Checks a time that stands in the diagram, as far as that can be done before it is due.
///
/// # Errors
/// What it should be, and why it is not.
pub(crate) fn check_literal(spec: &TimerSpec) -> Result<(), String> {
    let source = spec.source();
    let Source::Literal(value) = source else {
        return Ok(());
    };
    let text = text_of(value).unwrap_or_default();
    let fault = match spec {
        TimerSpec::Date(_) => date(&text).is_none().then(String::new),
        TimerSpec::Duration(_) => text.parse::<Span>().is_err().then(String::new),
        TimerSpec::Cycle(_) => Schedule::read(&text).err(),
    };
    match fault {
        Some(fault) => Err(mismatch(expected(spec), source, value, &fault)),
        None => Ok(()),
    }
}

/// Why a value is no time: what FEEL says of it, else what is wrong with the text.
fn because<'a>(reasons: &'a str, fault: &'a str) -> &'a str {
    if reasons.is_empty() { fault } else { reasons }
}

const DURATION: &str = "a duration (like PT15M or P1D)";

fn expected(spec: &TimerSpec) -> &'static str {
    match spec {
        TimerSpec::Date(_) => "a date and time (like 2030-01-31T08:00:00Z)",
        TimerSpec::Duration(_) => DURATION,
        TimerSpec::Cycle(_) => "a cycle (like R3/PT1H, or cron such as 0 0 9 * * MON-FRI)",
    }
}

/// Times as text: FEEL's own types are written as ISO 8601.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Date(_) | Value::DateTime(_) | Value::DaysTime(_) | Value::YearsMonths(_) => {
            Some(value.to_json().trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// What is wrong is told where there is more to say than that it is no time.
fn first_wait(spec: &TimerSpec, value: &Value, now_ms: u64) -> Result<Wait, String> {
    let text = text_of(value).ok_or_else(String::new)?;
    let (due_ms, cycle) = match spec {
        TimerSpec::Date(_) => (date(&text), None),
        TimerSpec::Duration(_) => (
            text.parse().ok().and_then(|span| after(now_ms, &span)),
            None,
        ),
        TimerSpec::Cycle(_) => {
            let first = Schedule::read(&text)?.first(now_ms);
            let (due_ms, left) = first.ok_or("it is never due")?;
            let text = text.into();
            (Some(due_ms), Some(Cycle { text, left }))
        }
    };
    let due_ms = due_ms.ok_or_else(String::new)?;
    Ok(Wait::Timer { due_ms, cycle })
}

/// What becomes of a timer that has just fired. A cycle goes on from when it was due, so it
/// does not drift. After a downtime, a counted cycle makes up for every firing it missed; an
/// endless one fires once for all of them and goes on where it would be.
pub(super) fn afterwards(wait: &Wait, now_ms: u64) -> Afterwards {
    let Wait::Timer {
        due_ms,
        cycle: Some(cycle),
    } = wait
    else {
        return Afterwards::Closed;
    };
    let Ok(schedule) = Schedule::read(&cycle.text) else {
        return Afterwards::Closed;
    };
    let left = match cycle.left {
        Some(0 | 1) => return Afterwards::Closed,
        Some(left) => Some(left - 1),
        None => None,
    };
    let next = match left {
        Some(_) => schedule.next(*due_ms),
        None => schedule.next_after(*due_ms, now_ms),
    };
    match next {
        Some(due_ms) => Afterwards::Again { due_ms, left },
        None => Afterwards::Closed,
    }
}

/// A point in time, in milliseconds since the epoch. Without a zone it is UTC.
pub(super) fn date(text: &str) -> Option<u64> {
    u64::try_from(date_time(text)?.epoch_millis(&Zone::offset(0)?)?).ok()
}

/// A date and a time of day as ISO 8601 or FEEL write them.
pub(super) fn date_time(text: &str) -> Option<DateTime> {
    // FEEL writes a zone after an @, ISO 8601's extension (RFC 9557) in brackets; an offset
    // before the brackets says it all.
    let feel = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((time, zone)) if has_offset(time) => {
            Zone::named(zone)?;
            time.to_owned()
        }
        Some((time, zone)) => format!("{time}@{zone}"),
        None => text.to_owned(),
    };
    feel.parse().ok()
}

fn has_offset(time: &str) -> bool {
    let clock = time.split_once('T').map_or("", |(_, clock)| clock);
    clock.contains(['Z', '+', '-'])
}

/// A while after a point in time, by the calendar of UTC.
fn after(from_ms: u64, span: &Span) -> Option<u64> {
    let from = Timestamp::from_millisecond(i64::try_from(from_ms).ok()?).ok()?;
    let due = from.to_zoned(TimeZone::UTC).checked_add(*span).ok()?;
    u64::try_from(due.timestamp().as_millisecond()).ok()
}

/// A cycle, read.
enum Schedule {
    /// `R3/PT1H`, `R/2030-01-01T08:00:00Z/P1D`.
    Interval {
        count: Option<u32>,
        start_ms: Option<u64>,
        span: Span,
    },
    /// Cron, in a time zone.
    Cron { cron: Box<Cron>, zone: TimeZone },
}

impl Schedule {
    /// # Errors
    /// What is wrong with it, where there is more to say than that it is no cycle.
    fn read(text: &str) -> Result<Self, String> {
        match text.strip_prefix('R') {
            Some(repeating) => Self::interval(repeating).ok_or_else(String::new),
            None => Self::cron(text),
        }
    }

    fn interval(repeating: &str) -> Option<Self> {
        let (count, interval) = repeating.split_once('/')?;
        let count = match count {
            "" | "-1" => None,
            count => Some(count.parse().ok()?),
        };
        let (start_ms, span) = match interval.rsplit_once('/') {
            Some((start, span)) => (Some(date(start)?), span),
            None => (None, interval),
        };
        let span: Span = span.parse().ok()?;
        // An empty or backward step would be due for ever.
        let forward = after(1_000_000_000_000, &span)? > 1_000_000_000_000;
        (forward && count != Some(0)).then_some(Self::Interval {
            count,
            start_ms,
            span,
        })
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
        Ok(Self::Cron {
            cron: Box::new(read_cron(pattern)?),
            zone: TimeZone::get(zone).map_err(|_| format!("there is no time zone '{zone}'"))?,
        })
    }

    /// The first time that it is due, and how often in all.
    fn first(&self, now_ms: u64) -> Option<(u64, Option<u32>)> {
        match self {
            Self::Interval {
                count, start_ms, ..
            } => {
                let due_ms = match start_ms {
                    Some(start_ms) if count.is_none() && *start_ms < now_ms => {
                        self.next_after(*start_ms, now_ms)?
                    }
                    Some(start_ms) => *start_ms,
                    None => self.next(now_ms)?,
                };
                Some((due_ms, *count))
            }
            Self::Cron { .. } => Some((self.next(now_ms)?, None)),
        }
    }

    /// The time after one.
    fn next(&self, from_ms: u64) -> Option<u64> {
        match self {
            Self::Interval { span, .. } => after(from_ms, span),
            Self::Cron { cron, zone } => {
                let from = Timestamp::from_millisecond(i64::try_from(from_ms).ok()?).ok()?;
                let next = cron
                    .find_next_occurrence(&from.to_zoned(zone.clone()), false)
                    .ok()?;
                u64::try_from(next.timestamp().as_millisecond()).ok()
            }
        }
    }

    /// The first time of the schedule that is after `now_ms`, going on from `from_ms`.
    fn next_after(&self, from_ms: u64, now_ms: u64) -> Option<u64> {
        if matches!(self, Self::Cron { .. }) {
            return self.next(from_ms.max(now_ms));
        }
        let mut due_ms = self.next(from_ms)?;
        // Steps of the same length are skipped at once; months are not of the same length,
        // and so few of them fit into a downtime that walking is quick.
        let step_ms = due_ms - from_ms;
        if let Some(behind) = now_ms.checked_sub(due_ms).filter(|_| self.is_exact()) {
            due_ms += behind / step_ms * step_ms;
        }
        for _ in 0..MAX_LATE_FIRINGS {
            if due_ms > now_ms {
                return Some(due_ms);
            }
            due_ms = self.next(due_ms)?;
        }
        Some(now_ms + step_ms)
    }

    fn is_exact(&self) -> bool {
        match self {
            Self::Interval { span, .. } => span.get_years() == 0 && span.get_months() == 0,
            Self::Cron { .. } => false,
        }
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
        date(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        for (text, utc) in [
            ("2030-01-31T08:00:00Z", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00:00", "2030-01-31T08:00:00Z"),
            ("2030-01-31T08:00:00+03:30", "2030-01-31T04:30:00Z"),
            ("2030-01-31T08:00:00@Asia/Tehran", "2030-01-31T04:30:00Z"),
            ("2030-01-31T08:00:00[Asia/Tehran]", "2030-01-31T04:30:00Z"),
            (
                "2030-01-31T08:00:00+03:30[Asia/Tehran]",
                "2030-01-31T04:30:00Z",
            ),
        ] {
            assert_eq!(ms(text), ms(utc), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2030-13-01T00:00:00Z",
            "1900-01-01T00:00:00Z",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
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
            let (first, _) = schedule.first(start).unwrap();
            let second = schedule.next(first).unwrap();
            let (a, b) = expected.split_once(' ').unwrap();
            assert_eq!((first, second), (ms(a), ms(b)), "{text}");
        }
    }

    #[test]
    fn what_is_no_cycle_is_refused() {
        for text in ["R", "R3", "R3/", "R0/PT1H", "R/PT0S", "R/-PT1H"] {
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
        ] {
            let fault = Schedule::read(text).err().unwrap_or_default();
            assert!(fault.contains(why), "{text}: {fault}");
        }
    }

    #[test]
    fn an_endless_cycle_fires_once_for_a_downtime_and_a_counted_one_makes_up_for_it() {
        let due_ms = ms("2026-01-01T00:00:00Z");
        let now_ms = ms("2026-01-02T00:30:00Z");
        for (text, left, next) in [
            ("R/PT1H", None, "2026-01-02T01:00:00Z"),
            ("R/P1M", None, "2026-02-01T00:00:00Z"),
            ("R5/PT1H", Some(5), "2026-01-01T01:00:00Z"),
            ("0 0 * * * *", None, "2026-01-02T01:00:00Z"),
        ] {
            let cycle = Some(Cycle {
                text: text.into(),
                left,
            });
            let after = afterwards(&Wait::Timer { due_ms, cycle }, now_ms);
            let left = left.map(|left| left - 1);
            assert_eq!(
                after,
                Afterwards::Again {
                    due_ms: ms(next),
                    left
                },
                "{text}"
            );
        }
    }
}
