//! Conversions between types: numbers, strings, dates, times and durations from text or parts,
//! and JSON.

use super::arguments::{any, because, is_given, number, single, text, truncated, wrong};
use super::{Answer, Failure, Row};
use crate::evaluate::Machine;
use crate::{Date, DateTime, Number, Time, Value, Zone};

pub(super) const TABLE: &[Row] = &[
    (
        "number",
        "from, grouping separator, decimal separator | from",
        to_number,
    ),
    ("string", "from", to_string),
    ("date", "from | year, month, day", date),
    ("time", "from | hour, minute, second, offset?", time),
    (
        "date and time",
        "from | date, time | date, timezone | year, month, day, hour, minute, second, offset?",
        date_and_time,
    ),
    ("duration", "from", duration),
    (
        "years and months duration",
        "from, to",
        years_and_months_duration,
    ),
    ("from json", "value", from_json),
    ("to json", "value", to_json),
];

/// The value of `@"…"`; null when it is nothing temporal.
pub(crate) fn at_literal(text: &str) -> Value {
    text.parse()
        .map(Value::Date)
        .or_else(|_| text.parse().map(Value::Time))
        .or_else(|_| text.parse().map(Value::DateTime))
        .or_else(|_| text.parse().map(Value::DaysTime))
        .or_else(|_| text.parse().map(Value::YearsMonths))
        .unwrap_or(Value::Null)
}

fn to_number(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    if arguments.len() == 1
        && let Value::Number(number) = single(arguments, 0)
    {
        return Ok(Value::Number(*number));
    }
    let source = text(arguments, 0)?;
    let separator = |index| match any(arguments, index) {
        Value::Null => Ok(None),
        _ => text(arguments, index).map(Some),
    };
    let (grouping, decimal) = (separator(1)?, separator(2)?);
    if !matches!(grouping, None | Some(" " | "," | ".")) {
        return because("Expected ' ', ',' or '.' as grouping separator, but found another text");
    }
    if !matches!(decimal, None | Some("," | ".")) {
        return because("Expected ',' or '.' as decimal separator, but found another text");
    }
    if grouping.is_some() && grouping == decimal {
        return because("Expected two separators that differ, but they are the same");
    }
    let mut plain = source.to_owned();
    if let Some(grouping) = grouping {
        plain = plain.replace(grouping, "");
    }
    if let Some(decimal) = decimal.filter(|decimal| *decimal != ".") {
        if plain.contains('.') {
            return because(format!("Expected a number, but found \"{source}\""));
        }
        plain = plain.replace(decimal, ".");
    }
    let number: Result<Number, _> = plain.parse();
    number
        .map(Value::Number)
        .or_else(|_| because(format!("Expected a number, but found \"{source}\"")))
}

fn to_string(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    match any(arguments, 0) {
        Value::Null => Ok(Value::Null),
        Value::String(text) => Ok(Value::String(text.clone())),
        other => {
            // The extent bounds the text before it is made.
            let size = usize::try_from(other.extent().size).unwrap_or(usize::MAX);
            machine.string_fits(size)?;
            machine.charge(size)?;
            Ok(machine.string(other.to_string())?)
        }
    }
}

fn date(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    if arguments.len() == 3 {
        return date_of_parts(arguments).map(Value::Date);
    }
    match single(arguments, 0) {
        Value::Date(date) => Ok(Value::Date(*date)),
        Value::DateTime(moment) => Ok(Value::Date(moment.date())),
        Value::String(text) => text.parse().map(Value::Date).or_else(|_| {
            because(format!(
                "Expected a date such as 2024-02-29, but found \"{text}\""
            ))
        }),
        _ => wrong("a string or date and time", arguments, 0),
    }
}

fn time(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    if arguments.len() >= 3 {
        return time_of_parts(arguments).map(Value::Time);
    }
    match single(arguments, 0) {
        Value::Time(time) => Ok(Value::Time(time.clone())),
        Value::DateTime(moment) => Ok(Value::Time(moment.time())),
        Value::Date(_) => {
            let midnight = Time::new(0, 0, 0, 0, Some(Zone::UTC));
            Ok(midnight.map_or(Value::Null, Value::Time))
        }
        Value::String(text) => text.parse().map(Value::Time).or_else(|_| {
            because(format!(
                "Expected a time such as 08:30:00, but found \"{text}\""
            ))
        }),
        _ => wrong("a string or date and time", arguments, 0),
    }
}

/// Whole seconds and nanoseconds.
fn seconds(value: Number) -> Result<(i64, u32), Failure> {
    let nanos = Number::from_scaled(1, 9)
        .and_then(|billion| value.checked_mul(billion))
        .and_then(Number::truncated_i128);
    match nanos {
        Some(nanos) if (0..60_000_000_000).contains(&nanos) => Ok((
            (nanos / 1_000_000_000) as i64,
            (nanos % 1_000_000_000) as u32,
        )),
        _ => because(format!(
            "Expected seconds from 0 to below 60, but found {value}"
        )),
    }
}

/// An optional offset from UTC, as a duration.
fn offset(arguments: &[Value], index: usize) -> Result<Option<Zone>, Failure> {
    if !is_given(arguments, index) {
        return Ok(None);
    }
    match single(arguments, index) {
        Value::Null => Ok(None),
        Value::DaysTime(offset) => {
            let zone = i32::try_from(offset.total_seconds())
                .ok()
                .and_then(Zone::offset);
            zone.map(Some).ok_or_else(|| {
                Failure::Null(format!(
                    "Expected an offset below 18 hours, but found {offset}"
                ))
            })
        }
        _ => wrong("a days and time duration", arguments, index),
    }
}

fn date_and_time(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    match arguments.len() {
        1 => {
            match single(arguments, 0) {
                Value::DateTime(moment) => Ok(Value::DateTime(moment.clone())),
                Value::Date(date) => Ok(Value::DateTime(DateTime::from_date(*date))),
                Value::String(text) => {
                    let moment = text.parse().map(Value::DateTime);
                    moment.or_else(|_| because(format!("Expected a date and time such as 2024-02-29T08:30:00, but found \"{text}\"")))
                }
                _ => wrong("a string", arguments, 0),
            }
        }
        2 => date_with(arguments),
        _ => {
            let (date, time) = (date_of_parts(arguments)?, time_of_parts(&arguments[3..])?);
            Ok(Value::DateTime(DateTime::new(date, &time)))
        }
    }
}

/// A date with a time, or a date-time in a time zone.
fn date_with(arguments: &[Value]) -> Answer {
    match (single(arguments, 0), single(arguments, 1)) {
        (Value::Date(date), Value::Time(time)) => Ok(Value::DateTime(DateTime::new(*date, time))),
        (Value::DateTime(moment), Value::Time(time)) => {
            Ok(Value::DateTime(DateTime::new(moment.date(), time)))
        }
        (Value::DateTime(moment), Value::String(name)) => match Zone::named(name) {
            Some(zone) => Ok(Value::DateTime(moment.in_zone(&zone))),
            None => because(format!(
                "Expected a time zone such as Europe/Paris, but found \"{name}\""
            )),
        },
        (Value::Date(_) | Value::DateTime(_), _) => wrong("a time", arguments, 1),
        _ => wrong("a date", arguments, 0),
    }
}

fn date_of_parts(arguments: &[Value]) -> Result<Date, Failure> {
    let (year, month, day) = (
        truncated(arguments, 0)?,
        truncated(arguments, 1)?,
        truncated(arguments, 2)?,
    );
    Date::new(year, month, day).ok_or_else(|| {
        Failure::Null(format!(
            "Expected a day of the calendar, but found {year}-{month}-{day}"
        ))
    })
}

fn time_of_parts(arguments: &[Value]) -> Result<Time, Failure> {
    let (hour, minute) = (truncated(arguments, 0)?, truncated(arguments, 1)?);
    let (second, nanos) = seconds(number(arguments, 2)?)?;
    let time = Time::new(hour, minute, second, nanos, offset(arguments, 3)?);
    time.ok_or_else(|| {
        Failure::Null("Expected a time of the day, but the parts make none".to_owned())
    })
}

fn duration(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    match single(arguments, 0) {
        Value::DaysTime(duration) => Ok(Value::DaysTime(*duration)),
        Value::YearsMonths(duration) => Ok(Value::YearsMonths(*duration)),
        Value::String(text) => {
            let duration = text
                .parse()
                .map(Value::DaysTime)
                .or_else(|_| text.parse().map(Value::YearsMonths));
            duration.or_else(|_| {
                because(format!(
                    "Expected a duration such as P1DT2H or P1Y6M, but found \"{text}\""
                ))
            })
        }
        _ => wrong("a string", arguments, 0),
    }
}

fn years_and_months_duration(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    // The time of day does not count.
    let day = |index| match single(arguments, index) {
        Value::Date(date) => Ok(*date),
        Value::DateTime(moment) => Ok(moment.date()),
        _ => wrong("a date or date and time", arguments, index),
    };
    let between = day(0)?.months_until(day(1)?);
    Ok(Value::YearsMonths(between))
}

fn from_json(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let source = text(arguments, 0)?;
    machine.charge(source.len() / 4)?;
    match Value::from_json(source) {
        Ok(value) => Ok(machine.checked(value)?),
        Err(error) => because(error.to_string()),
    }
}

fn to_json(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let value = any(arguments, 0);
    let size = usize::try_from(value.extent().size).unwrap_or(usize::MAX);
    machine.string_fits(size)?;
    machine.charge(size)?;
    Ok(machine.string(value.to_json())?)
}
