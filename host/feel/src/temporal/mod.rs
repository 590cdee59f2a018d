//! Dates, times and durations: the values, their order and their parts. The calendar, zones,
//! text and arithmetic are beside this file.
//!
//! FEEL's years go to nine digits, which no calendar crate covers, so days are counted here;
//! only the rules of IANA zones come from a crate.

mod arithmetic;
mod calendar;
mod text;
mod zone;

pub use text::Malformed;
pub use zone::Zone;

use std::cmp::Ordering;
use zone::Region;

use crate::limits::MAX_YEAR;

const NANOS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// A calendar date, proleptic Gregorian, counted in days from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    days: i64,
}

/// A time of day, with an offset, a region or neither. Equality is of the instants within a day.
#[derive(Clone, Debug)]
pub struct Time {
    nanos: u64,
    place: Place,
}

/// A date with a time of day: an instant when it has an offset or region, else a local one.
#[derive(Clone, Debug)]
pub struct DateTime {
    /// Local wall-clock seconds since 1970-01-01T00:00:00.
    seconds: i64,
    nanos: u32,
    place: Place,
}

/// A duration in days, hours, minutes and seconds, to the nanosecond; both fields have its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaysTime {
    seconds: i64,
    nanos: i32,
}

/// A duration in years and months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearsMonths {
    months: i64,
}

/// Offset in seconds east of UTC, valid for the value that holds it, and the region that gave it.
/// Kept with the value, so that order needs no rules.
#[derive(Clone, Debug)]
struct Place {
    offset: i32,
    region: Option<Region>,
}

/// The offset of local values.
const LOCAL: i32 = i32::MIN;

impl Place {
    const NONE: Place = Place {
        offset: LOCAL,
        region: None,
    };

    fn zone(&self) -> Option<Zone> {
        match &self.region {
            Some(region) => Some(Zone::Region(region.clone())),
            None => self.offset().map(Zone::Offset),
        }
    }

    fn offset(&self) -> Option<i32> {
        (self.offset != LOCAL).then_some(self.offset)
    }
}

impl Date {
    /// `None` when there is no such day or the year has more than nine digits.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Date> {
        if !(-MAX_YEAR..=MAX_YEAR).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        (1..=calendar::days_in_month(year, month))
            .contains(&day)
            .then(|| Date {
                days: calendar::days_from_civil(year, month, day),
            })
    }

    /// The inverse of [`Date::epoch_days`]; `None` outside the calendar.
    pub fn from_epoch_days(days: i64) -> Option<Date> {
        let (first, last) = (
            calendar::days_from_civil(-MAX_YEAR, 1, 1),
            calendar::days_from_civil(MAX_YEAR, 12, 31),
        );
        (first..=last).contains(&days).then_some(Date { days })
    }

    /// (year, month, day)
    pub fn civil(self) -> (i64, i64, i64) {
        calendar::civil_from_days(self.days)
    }

    /// Days since 1970-01-01.
    pub fn epoch_days(self) -> i64 {
        self.days
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> i64 {
        (self.days + 3).rem_euclid(7) + 1
    }

    pub fn day_of_year(self) -> i64 {
        self.days - calendar::days_from_civil(self.civil().0, 1, 1) + 1
    }

    /// The ISO 8601 week.
    pub fn week_of_year(self) -> i64 {
        calendar::iso_week(self)
    }
}

impl Time {
    /// `second` may have a fraction, given in nanoseconds.
    pub fn new(
        hour: i64,
        minute: i64,
        second: i64,
        nanos: u32,
        zone: Option<Zone>,
    ) -> Option<Time> {
        if !(0..24).contains(&hour)
            || !(0..60).contains(&minute)
            || !(0..60).contains(&second)
            || i64::from(nanos) >= NANOS
        {
            return None;
        }
        let nanos = (hour * 3600 + minute * 60 + second) * NANOS + i64::from(nanos);
        Some(Time {
            nanos: nanos as u64,
            place: zone::place_without_date(zone),
        })
    }

    /// (hour, minute, second)
    pub fn clock(&self) -> (i64, i64, i64) {
        let seconds = (self.nanos / NANOS as u64) as i64;
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// The fraction of the second, in nanoseconds.
    pub fn subsecond_nanos(&self) -> u32 {
        (self.nanos % NANOS as u64) as u32
    }

    pub fn zone(&self) -> Option<Zone> {
        self.place.zone()
    }

    /// Seconds east of UTC. For a region this is its standard time.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.place.offset()
    }

    /// Nanoseconds since midnight UTC; local times count from their own midnight.
    fn instant(&self) -> i64 {
        self.nanos as i64 - i64::from(self.place.offset().unwrap_or(0)) * NANOS
    }
}

impl DateTime {
    pub fn new(date: Date, time: &Time) -> DateTime {
        let local = date.days * DAY_SECONDS + (time.nanos / NANOS as u64) as i64;
        DateTime::from_local(local, time.subsecond_nanos(), time.zone())
    }

    fn from_local(seconds: i64, nanos: u32, zone: Option<Zone>) -> DateTime {
        DateTime {
            seconds,
            nanos,
            place: zone::place_at_local(zone, seconds),
        }
    }

    /// The instant `millis` after 1970-01-01T00:00:00Z, as seen in `zone`.
    pub fn from_epoch_millis(millis: i64, zone: &Zone) -> DateTime {
        let instant = millis.div_euclid(1000);
        let nanos = millis.rem_euclid(1000) as u32 * 1_000_000;
        let place = zone::place_at_instant(zone, instant);
        DateTime {
            seconds: instant + i64::from(place.offset().unwrap_or(0)),
            nanos,
            place,
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; a local date-time is taken to be in `default`.
    pub fn epoch_millis(&self, default: &Zone) -> Option<i64> {
        let offset = match self.place.offset() {
            Some(offset) => offset,
            None => zone::place_at_local(Some(default.clone()), self.seconds)
                .offset()
                .unwrap_or(0),
        };
        (self.seconds - i64::from(offset))
            .checked_mul(1000)?
            .checked_add(i64::from(self.nanos / 1_000_000))
    }

    pub fn date(&self) -> Date {
        Date {
            days: self.seconds.div_euclid(DAY_SECONDS),
        }
    }

    pub fn time(&self) -> Time {
        let nanos =
            self.seconds.rem_euclid(DAY_SECONDS) as u64 * NANOS as u64 + u64::from(self.nanos);
        Time {
            nanos,
            place: self.place.clone(),
        }
    }

    pub fn zone(&self) -> Option<Zone> {
        self.place.zone()
    }

    /// Seconds east of UTC at this instant.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.place.offset()
    }

    /// The same instant in another zone; a local date-time is placed in it.
    pub fn in_zone(&self, zone: &Zone) -> DateTime {
        match self.place.offset() {
            None => DateTime::from_local(self.seconds, self.nanos, Some(zone.clone())),
            Some(offset) => {
                let instant = self.seconds - i64::from(offset);
                let place = zone::place_at_instant(zone, instant);
                DateTime {
                    seconds: instant + i64::from(place.offset().unwrap_or(0)),
                    nanos: self.nanos,
                    place,
                }
            }
        }
    }

    /// Seconds and nanoseconds on the time line; local values count as UTC.
    fn instant(&self) -> (i64, u32) {
        (
            self.seconds - i64::from(self.place.offset().unwrap_or(0)),
            self.nanos,
        )
    }

    /// Midnight at the start of the day, UTC: what DMN takes a date for among date-times.
    pub fn from_date(date: Date) -> DateTime {
        DateTime {
            seconds: date.days * DAY_SECONDS,
            nanos: 0,
            place: Place {
                offset: 0,
                region: None,
            },
        }
    }

    /// The order of this date-time and the midnight of a date in the same zone.
    pub fn cmp_date(&self, date: Date) -> Option<Ordering> {
        Some((self.seconds, self.nanos).cmp(&(date.days * DAY_SECONDS, 0)))
    }

    /// Whether both have an offset or neither has: only then is their order defined.
    pub fn comparable(&self, other: &DateTime) -> bool {
        self.place.offset().is_some() == other.place.offset().is_some()
    }
}

impl Time {
    /// Whether both have an offset or neither has: only then is their order defined.
    pub fn comparable(&self, other: &Time) -> bool {
        self.place.offset().is_some() == other.place.offset().is_some()
    }
}

impl Time {
    /// What order and equality go by: DMN distinguishes no instants within a millisecond.
    fn millis(&self) -> i64 {
        self.instant().div_euclid(1_000_000)
    }
}

impl DateTime {
    /// What order and equality go by: DMN distinguishes no instants within a millisecond.
    fn millis(&self) -> (i64, u32) {
        let (seconds, nanos) = self.instant();
        (seconds, nanos / 1_000_000)
    }
}

macro_rules! ordered_by_instant {
    ($($kind:ty),*) => {$(
        impl PartialEq for $kind {
            fn eq(&self, other: &Self) -> bool {
                self.partial_cmp(other) == Some(Ordering::Equal)
            }
        }

        impl Eq for $kind {}

        impl PartialOrd for $kind {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.comparable(other).then(|| self.millis().cmp(&other.millis()))
            }
        }
    )*};
}

ordered_by_instant!(Time, DateTime);

impl DaysTime {
    pub const ZERO: DaysTime = DaysTime {
        seconds: 0,
        nanos: 0,
    };

    /// `None` outside ±2^63 seconds.
    pub fn from_nanos(nanos: i128) -> Option<DaysTime> {
        let seconds = i64::try_from(nanos / i128::from(NANOS)).ok()?;
        Some(DaysTime {
            seconds,
            nanos: (nanos % i128::from(NANOS)) as i32,
        })
    }

    pub fn from_seconds(seconds: i64) -> DaysTime {
        DaysTime { seconds, nanos: 0 }
    }

    pub fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS) + i128::from(self.nanos)
    }

    /// Rounded towards zero.
    pub fn total_millis(self) -> i128 {
        self.total_nanos() / 1_000_000
    }

    pub fn total_seconds(self) -> i64 {
        self.seconds
    }

    pub fn subsecond_nanos(self) -> i32 {
        self.nanos
    }
}

impl YearsMonths {
    pub const ZERO: YearsMonths = YearsMonths { months: 0 };

    pub fn new(months: i64) -> YearsMonths {
        YearsMonths { months }
    }

    pub fn total_months(self) -> i64 {
        self.months
    }
}
