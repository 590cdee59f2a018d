//! How times are written: points in time and durations in `moment`, cycles and cron in `schedule`. A text in
//! the diagram and one that an expression gives are read by the same functions, so they mean the same, and
//! what passes a deployment works when it is due. Nothing here asks a clock.

pub(crate) mod moment;
pub(crate) mod schedule;

use std::sync::Arc;

use gardesh_feel::{DateTime, Value, Zone};
use jiff::Timestamp;

use super::{Source, TimerSpec, mismatch};
use schedule::Schedule;

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
        TimerSpec::Date(_) => moment::due(&text).is_none().then(String::new),
        TimerSpec::Duration(_) => moment::after(0, &text).is_none().then(String::new),
        TimerSpec::Cycle(_) => Schedule::read(&text).err(),
    };
    match fault {
        Some(fault) => Err(mismatch(expected(spec), source, value, &fault)),
        None => Ok(()),
    }
}

pub(crate) const DURATION: &str = "a duration (like PT15M or P1D)";

pub(crate) fn expected(spec: &TimerSpec) -> &'static str {
    match spec {
        TimerSpec::Date(_) => "a date and time (like 2030-01-31T08:00:00Z)",
        TimerSpec::Duration(_) => DURATION,
        TimerSpec::Cycle(_) => "a cycle (like R3/PT1H, or cron such as 0 0 9 * * MON-FRI)",
    }
}

/// Times as text: FEEL's own types are written as ISO 8601.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Date(_) | Value::DateTime(_) | Value::DaysTime(_) | Value::YearsMonths(_) => {
            Some(value.to_json().trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// What a date of a task should be.
pub(crate) const TASK_DATE: &str =
    "a date and time with a zone or an offset (like 2030-01-31T08:00:00Z)";

/// A date and a time with a zone or an offset, as a task keeps it: with the offset alone, as
/// every reader of ISO 8601 knows it.
pub(crate) fn task_date(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    // A date alone would be read as its midnight.
    moment::date_time(text)
        .filter(|_| text.contains('T'))
        .and_then(|at| with_offset(&at))
}

pub(crate) fn with_offset(at: &DateTime) -> Option<Arc<str>> {
    let text = at.in_zone(&Zone::offset(at.offset_seconds()?)?).to_string();
    // The years that FEEL knows reach further than those of searches.
    text.parse::<Timestamp>().ok()?;
    Some(text.into())
}

/// As [`task_date`], for a value of FEEL's own; one without a zone is in UTC, as for timers.
pub(crate) fn task_date_of(at: &DateTime) -> Option<Arc<str>> {
    match at.offset_seconds() {
        Some(_) => with_offset(at),
        None => with_offset(&at.in_zone(&Zone::offset(0)?)),
    }
}
