//! Temporal values as text: the lexical forms of XML Schema with FEEL's `@Region/City` suffix.

use crate::limits::MAX_YEAR;
use std::fmt::{self, Write};
use std::str::FromStr;

use super::{DAY_SECONDS, Date, DateTime, DaysTime, NANOS, Place, Time, YearsMonths, Zone};

/// The text is no such date, time or duration, or it does not exist in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// How XML Schema lets a day end: midnight of the next one.
const END_OF_DAY: &str = "24:00:00";

/// A place in the text being read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, expected: char) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, expected: char) -> Result<(), Malformed> {
        self.eat(expected).then_some(()).ok_or(Malformed)
    }

    fn digits(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    fn two_digits(&mut self) -> Result<i64, Malformed> {
        match self.digits() {
            digits if digits.len() == 2 => digits.parse().map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    fn date(&mut self) -> Result<Date, Malformed> {
        let negative = self.eat('-');
        let digits = self.digits();
        // Four digits, or more without leading zeros.
        if digits.len() < 4 || digits.len() > 9 || (digits.len() > 4 && digits.starts_with('0')) {
            return Err(Malformed);
        }
        let year: i64 = digits.parse().map_err(|_| Malformed)?;
        self.expect('-')?;
        let month = self.two_digits()?;
        self.expect('-')?;
        let day = self.two_digits()?;
        Date::new(if negative { -year } else { year }, month, day).ok_or(Malformed)
    }

    fn time(&mut self) -> Result<Time, Malformed> {
        let ends_day = self.rest.starts_with(END_OF_DAY);
        let hour = if ends_day {
            self.rest = &self.rest[2..];
            0
        } else {
            self.two_digits()?
        };
        self.expect(':')?;
        let minute = self.two_digits()?;
        self.expect(':')?;
        let second = self.two_digits()?;
        let nanos = if self.eat('.') {
            fraction_nanos(self.digits())?
        } else {
            0
        };
        if ends_day && nanos != 0 {
            return Err(Malformed);
        }
        let zone = self.zone()?;
        Time::new(hour, minute, second, nanos, zone).ok_or(Malformed)
    }

    fn zone(&mut self) -> Result<Option<Zone>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        if self.eat('Z') {
            return Ok(Some(Zone::UTC));
        }
        if self.eat('@') {
            let name = std::mem::take(&mut self.rest);
            return Zone::named(name).map(Some).ok_or(Malformed);
        }
        let sign = if self.eat('-') {
            -1
        } else {
            self.expect('+')?;
            1
        };
        let hours = self.two_digits()?;
        self.expect(':')?;
        let minutes = self.two_digits()?;
        let seconds = if self.eat(':') { self.two_digits()? } else { 0 };
        if minutes > 59 || seconds > 59 {
            return Err(Malformed);
        }
        let offset = sign * (hours * 3600 + minutes * 60 + seconds);
        Zone::offset(offset as i32).map(Some).ok_or(Malformed)
    }

    fn end(&self) -> Result<(), Malformed> {
        self.rest.is_empty().then_some(()).ok_or(Malformed)
    }
}

/// Digits after the decimal point; those below a nanosecond are cut off.
fn fraction_nanos(digits: &str) -> Result<u32, Malformed> {
    if digits.is_empty() {
        return Err(Malformed);
    }
    let kept = &digits[..digits.len().min(9)];
    let value: u32 = kept.parse().map_err(|_| Malformed)?;
    Ok(value * 10u32.pow(9 - kept.len() as u32))
}

impl FromStr for Date {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Date, Malformed> {
        let mut reader = Reader { rest: text };
        let date = reader.date()?;
        reader.end().map(|()| date)
    }
}

impl FromStr for Time {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Time, Malformed> {
        let mut reader = Reader {
            rest: text.strip_prefix('T').unwrap_or(text),
        };
        let time = reader.time()?;
        reader.end().map(|()| time)
    }
}

impl FromStr for DateTime {
    type Err = Malformed;

    /// A date alone is that day's midnight.
    fn from_str(text: &str) -> Result<DateTime, Malformed> {
        let mut reader = Reader { rest: text };
        let date = reader.date()?;
        if reader.rest.is_empty() {
            return Ok(DateTime {
                seconds: date.days * DAY_SECONDS,
                nanos: 0,
                place: Place::NONE,
            });
        }
        reader.expect('T')?;
        // The end of a day is the start of the next.
        let date = if reader.rest.starts_with(END_OF_DAY) {
            date.add_days(1).ok_or(Malformed)?
        } else {
            date
        };
        let time = reader.time()?;
        reader.end().map(|()| DateTime::new(date, &time))
    }
}

impl FromStr for YearsMonths {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<YearsMonths, Malformed> {
        let mut reader = Reader { rest: text };
        let negative = reader.eat('-');
        reader.expect('P')?;
        let (mut months, mut units) = (0i64, ['Y', 'M'].iter());
        while !reader.rest.is_empty() {
            let amount: i64 = reader.digits().parse().map_err(|_| Malformed)?;
            let unit = *units
                .find(|unit| reader.rest.starts_with(**unit))
                .ok_or(Malformed)?;
            reader.expect(unit)?;
            let amount = if unit == 'Y' {
                amount.checked_mul(12)
            } else {
                Some(amount)
            };
            months = amount
                .and_then(|amount| months.checked_add(amount))
                .ok_or(Malformed)?;
        }
        if text.ends_with('P') || months.abs() / 12 > MAX_YEAR {
            return Err(Malformed);
        }
        Ok(YearsMonths {
            months: if negative { -months } else { months },
        })
    }
}

impl FromStr for DaysTime {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<DaysTime, Malformed> {
        let mut reader = Reader { rest: text };
        let negative = reader.eat('-');
        reader.expect('P')?;
        let mut nanos = 0i128;
        let mut units: &[(char, i64)] = &[('D', DAY_SECONDS)];
        while !reader.rest.is_empty() {
            if units.first().is_none_or(|unit| unit.0 == 'D') && reader.eat('T') {
                units = &[('H', 3600), ('M', 60), ('S', 1)];
                if reader.rest.is_empty() {
                    return Err(Malformed);
                }
            }
            let amount: i64 = reader.digits().parse().map_err(|_| Malformed)?;
            let fraction = if reader.eat('.') {
                // Digits may be missing here, unlike in times.
                Some(fraction_nanos(reader.digits()).unwrap_or(0))
            } else {
                None
            };
            let index = units
                .iter()
                .position(|unit| reader.rest.starts_with(unit.0))
                .ok_or(Malformed)?;
            let (unit, seconds) = units[index];
            if fraction.is_some() && unit != 'S' {
                return Err(Malformed);
            }
            reader.expect(unit)?;
            // An empty list after days means that only `T` may follow, which the test above takes.
            units = &units[index + 1..];
            nanos += i128::from(amount) * i128::from(seconds) * i128::from(NANOS)
                + i128::from(fraction.unwrap_or(0));
        }
        if text.ends_with('P') {
            return Err(Malformed);
        }
        DaysTime::from_nanos(if negative { -nanos } else { nanos }).ok_or(Malformed)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        let sign = if year < 0 { "-" } else { "" };
        write!(formatter, "{sign}{:04}-{month:02}-{day:02}", year.abs())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(formatter, "{hour:02}:{minute:02}:{second:02}")?;
        write_fraction(formatter, self.subsecond_nanos())?;
        match self.zone() {
            None => Ok(()),
            Some(zone) => write!(
                formatter,
                "{}{zone}",
                if matches!(zone, Zone::Region(_)) {
                    "@"
                } else {
                    ""
                }
            ),
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}T{}", self.date(), self.time())
    }
}

impl fmt::Display for Zone {
    /// `Z`, `+01:00` or `Europe/Paris`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Offset(0) => formatter.write_char('Z'),
            Zone::Offset(offset) => {
                let (sign, seconds) = (if *offset < 0 { '-' } else { '+' }, offset.abs());
                write!(
                    formatter,
                    "{sign}{:02}:{:02}",
                    seconds / 3600,
                    seconds / 60 % 60
                )?;
                if seconds % 60 != 0 {
                    write!(formatter, ":{:02}", seconds % 60)
                } else {
                    Ok(())
                }
            }
            Zone::Region(region) => formatter.write_str(region.name()),
        }
    }
}

impl fmt::Display for DaysTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == DaysTime::ZERO {
            return formatter.write_str("PT0S");
        }
        let (seconds, nanos) = (self.seconds.unsigned_abs(), self.nanos.unsigned_abs());
        let negative = self.seconds < 0 || self.nanos < 0;
        formatter.write_str(if negative { "-P" } else { "P" })?;
        let day = DAY_SECONDS as u64;
        write_unit(formatter, seconds / day, 'D')?;
        if seconds % day == 0 && nanos == 0 {
            return Ok(());
        }
        formatter.write_char('T')?;
        write_unit(formatter, seconds % day / 3600, 'H')?;
        write_unit(formatter, seconds / 60 % 60, 'M')?;
        if seconds % 60 != 0 || nanos != 0 {
            write!(formatter, "{}", seconds % 60)?;
            write_fraction(formatter, nanos)?;
            formatter.write_char('S')?;
        }
        Ok(())
    }
}

impl fmt::Display for YearsMonths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.months == 0 {
            return formatter.write_str("P0M");
        }
        formatter.write_str(if self.months < 0 { "-P" } else { "P" })?;
        write_unit(formatter, self.months.unsigned_abs() / 12, 'Y')?;
        write_unit(formatter, self.months.unsigned_abs() % 12, 'M')
    }
}

fn write_unit(formatter: &mut fmt::Formatter<'_>, amount: u64, unit: char) -> fmt::Result {
    if amount == 0 {
        Ok(())
    } else {
        write!(formatter, "{amount}{unit}")
    }
}

fn write_fraction(formatter: &mut fmt::Formatter<'_>, nanos: u32) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(formatter, ".{}", digits.trim_end_matches('0'))
}
