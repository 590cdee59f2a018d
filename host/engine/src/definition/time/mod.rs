//! Times as texts: dates, durations and cycles as ISO 8601 and FEEL write them, and cron. A text in the diagram, one that
//! an expression gives and one in a request are read here and nowhere else, so what deploys also runs, and what does
//! not is refused with the same words. Nothing here asks a clock; what waits for a time is in `elements/timer.rs`.

mod duration;
mod moment;
mod retention;
mod schedule;

use gardesh_feel::Value;

use super::Source;

pub(crate) use duration::{Duration, Lifetime};
pub use moment::read_instant;
pub(crate) use moment::{Moment, TaskDate, is_without_zone};
pub use retention::{read_retention, write_retention};
pub(crate) use schedule::{BEYOND, Schedule};

/// A time that is written as a text.
pub(crate) trait Written: Sized {
    /// What it is, for messages.
    const EXPECTED: &'static str;

    /// Reads a text without space around it.
    ///
    /// # Errors
    /// What is wrong with it; empty where there is no more to say than that it is not what is expected.
    fn read(text: &str) -> Result<Self, String>;
}

/// Reads the value of a source. `reasons` is what FEEL says of whatever is null in it.
///
/// # Errors
/// What was expected of the source, what it is instead, and why.
pub(crate) fn read<T: Written>(source: &Source, value: &Value, reasons: &str) -> Result<T, String> {
    let fault = match text_of(value) {
        Some(text) => match T::read(&text) {
            Ok(time) => return Ok(time),
            Err(fault) => fault,
        },
        None => String::new(),
    };
    let because = if reasons.is_empty() { &fault } else { reasons };
    Err(source.mismatch(T::EXPECTED, value, because))
}

/// A value as the text of a time: FEEL's own types are written as ISO 8601.
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
