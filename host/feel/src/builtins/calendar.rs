//! Functions of dates, and the present.

use super::arguments::{single, wrong};
use super::{Failure, Row};
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
        Ok(date
            .add_days(date.last_day_of_month() - date.civil().2)
            .map_or(Value::Null, Value::Date))
    }),
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
