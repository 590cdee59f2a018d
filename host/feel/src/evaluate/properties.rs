//! Paths: entries of contexts, and properties of dates, times, durations and ranges.

use super::Bound;
use super::machine::Machine;
use super::nodes::described;
use crate::{Date, Number, Time, Value, Zone};

impl Machine<'_, '_> {
    pub fn path(&mut self, value: Value, name: &str, position: u32) -> Result<Value, Bound> {
        match &value {
            Value::Context(context) => match context.get(name) {
                Some(entry) => Ok(entry.clone()),
                None => self.null(position, || {
                    format!("Expected an entry '{name}' in the context, but there is none")
                }),
            },
            Value::List(items) => {
                self.charge(items.len())?;
                let mut values = Vec::with_capacity(items.len());
                for item in items.iter() {
                    // Lists nest no deeper than the limit, so neither does this.
                    values.push(self.path(item.clone(), name, position)?);
                }
                self.list(values)
            }
            Value::Null => self.null(position, || {
                format!("Expected a context before '.{name}', but found null")
            }),
            other => match property(other, name) {
                Some(property) => Ok(property),
                None => self.null(position, || {
                    format!(
                        "Expected a property '{name}', but {} has none",
                        described(other)
                    )
                }),
            },
        }
    }
}

/// A property of a value that is no context.
pub(crate) fn property(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Date(date) => date_property(*date, name),
        Value::Time(time) => time_property(time, name),
        Value::DateTime(moment) => date_property(moment.date(), name)
            .or_else(|| zone_property(moment.zone(), moment.offset_seconds(), name))
            .or_else(|| time_property(&moment.time(), name)),
        Value::DaysTime(duration) => {
            let seconds = duration.total_seconds();
            let amount = match name {
                "days" => seconds / 86_400,
                "hours" => seconds / 3600 % 24,
                "minutes" => seconds / 60 % 60,
                "seconds" => {
                    let nanos = i128::from(seconds % 60) * 1_000_000_000
                        + i128::from(duration.subsecond_nanos());
                    return Number::from_scaled(nanos, -9).map(Value::Number);
                }
                _ => return None,
            };
            Some(amount.into())
        }
        Value::YearsMonths(duration) => match name {
            "years" => Some((duration.total_months() / 12).into()),
            "months" => Some((duration.total_months() % 12).into()),
            _ => None,
        },
        Value::Range(range) => match name {
            "start" => Some(range.start.clone().unwrap_or_default()),
            "end" => Some(range.end.clone().unwrap_or_default()),
            "start included" => Some(range.start_included.into()),
            "end included" => Some(range.end_included.into()),
            _ => None,
        },
        _ => None,
    }
}

fn date_property(date: Date, name: &str) -> Option<Value> {
    let (year, month, day) = date.civil();
    let part = match name {
        "year" => year,
        "month" => month,
        "day" => day,
        "weekday" => date.weekday(),
        _ => return None,
    };
    Some(part.into())
}

fn time_property(time: &Time, name: &str) -> Option<Value> {
    let (hour, minute, second) = time.clock();
    match name {
        "hour" => Some(hour.into()),
        "minute" => Some(minute.into()),
        "second" => {
            let nanos = i128::from(second) * 1_000_000_000 + i128::from(time.subsecond_nanos());
            Number::from_scaled(nanos, -9).map(Value::Number)
        }
        _ => zone_property(time.zone(), time.offset_seconds(), name),
    }
}

fn zone_property(zone: Option<Zone>, offset: Option<i32>, name: &str) -> Option<Value> {
    match name {
        "time offset" => Some(offset.map_or(Value::Null, |offset| {
            Value::DaysTime(crate::DaysTime::from_seconds(offset.into()))
        })),
        // Offsets are no time zones: only regions have a name.
        "timezone" => Some(match zone {
            Some(zone @ (Zone::Region(_) | Zone::Offset(0))) => zone.to_string().into(),
            _ => Value::Null,
        }),
        _ => None,
    }
}
