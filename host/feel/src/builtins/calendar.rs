//! Functions of dates, the present, and the text of a timer's cycle.

use super::arguments::{single, truncated, wrong};
use super::{Answer, Failure, Row};
use crate::evaluate::Machine;
use crate::{Date, DateTime, Value};

pub(super) const TABLE: &[Row] = &[
    ("now", "", |machine, _| Ok(Value::DateTime(now(machine)))),
    ("today", "", |machine, _| {
        Ok(Value::Date(now(machine).date()))
    }),
    ("day of year", "date", |_, arguments| {
        Ok(date(arguments)?.day_of_year().into())
    }),
    ("day of week", "date", |_, arguments| {
        Ok(WEEKDAYS[date(arguments)?.weekday() as usize - 1].into())
    }),
    ("month of year", "date", |_, arguments| {
        Ok(MONTHS[date(arguments)?.civil().1 as usize - 1].into())
    }),
    ("week of year", "date", |_, arguments| {
        Ok(date(arguments)?.week_of_year().into())
    }),
    ("last day of month", "date", |_, arguments| {
        let date = date(arguments)?;
        let last = date.add_days(date.last_day_of_month() - date.civil().2);
        last.map(Value::Date).ok_or_else(|| {
            Failure::Null("Expected a day of the calendar, but the month ends past it".to_owned())
        })
    }),
    ("cycle", "interval | repetitions, interval", cycle),
];

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn now(machine: &Machine<'_, '_>) -> DateTime {
    let environment = machine.evaluator.environment;
    DateTime::from_epoch_millis(environment.now_ms, &environment.zone)
}

fn date(arguments: &[Value]) -> Result<Date, Failure> {
    match single(arguments, 0) {
        Value::Date(date) => Ok(*date),
        Value::DateTime(moment) => Ok(moment.date()),
        _ => wrong("a date or date and time", arguments, 0),
    }
}

/// A repeating interval as timers take it: `R3/PT1H`, and without a number of repetitions endlessly.
fn cycle(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let last = arguments.len() - 1;
    let interval = single(arguments, last);
    if !matches!(interval, Value::DaysTime(_) | Value::YearsMonths(_)) {
        return wrong("a duration", arguments, last);
    }
    let repetitions = match single(arguments, 0) {
        _ if last == 0 => String::new(),
        // So that a variable can say it.
        Value::Null => String::new(),
        _ => truncated(arguments, 0)?.to_string(),
    };
    Ok(machine.string(format!("R{repetitions}/{interval}"))?)
}
