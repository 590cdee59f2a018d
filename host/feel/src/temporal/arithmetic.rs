//! Sums and differences of temporal values. `None` means a result outside the calendar.

use super::{DAY_SECONDS, Date, DateTime, DaysTime, NANOS, Time, YearsMonths, calendar, zone};
use crate::Number;
use crate::limits::MAX_YEAR;

impl Date {
    /// The same day of the month, or the month's last day when it is shorter.
    pub fn add_months(self, duration: YearsMonths) -> Option<Date> {
        let (year, month, day) = self.civil();
        let months = (year * 12 + month - 1).checked_add(duration.months)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        if year.abs() > MAX_YEAR {
            return None;
        }
        Date::new(year, month, day.min(calendar::days_in_month(year, month)))
    }

    /// The day that a duration added to this day's midnight falls on.
    pub fn add_duration(self, duration: DaysTime) -> Option<Date> {
        let nanos =
            i128::from(self.days) * i128::from(DAY_SECONDS * NANOS) + duration.total_nanos();
        Date::from_epoch_days(
            i64::try_from(nanos.div_euclid(i128::from(DAY_SECONDS * NANOS))).ok()?,
        )
    }

    pub fn add_days(self, days: i64) -> Option<Date> {
        Date::from_epoch_days(self.days.checked_add(days)?)
    }

    /// Whole years and months from `self` to `other`, rounded towards zero.
    pub fn months_until(self, other: Date) -> YearsMonths {
        if other < self {
            return YearsMonths {
                months: -other.months_until(self).months,
            };
        }
        let ((year, month, day), (to_year, to_month, to_day)) = (self.civil(), other.civil());
        let months = (to_year - year) * 12 + to_month - month;
        YearsMonths {
            months: months - i64::from(to_day < day),
        }
    }

    pub fn last_day_of_month(self) -> i64 {
        let (year, month, _) = self.civil();
        calendar::days_in_month(year, month)
    }
}

impl Time {
    /// Wraps around midnight.
    pub fn add_duration(&self, duration: DaysTime) -> Time {
        let day = i128::from(DAY_SECONDS * NANOS);
        let nanos = (i128::from(self.nanos) + duration.total_nanos()).rem_euclid(day);
        Time {
            nanos: nanos as u64,
            place: self.place.clone(),
        }
    }

    /// `None` when only one of the two has an offset.
    pub fn difference(&self, other: &Time) -> Option<DaysTime> {
        if !self.comparable(other) {
            return None;
        }
        DaysTime::from_nanos(i128::from(self.instant()) - i128::from(other.instant()))
    }
}

impl DateTime {
    /// Moves along the time line: in a region the wall clock follows its offset changes.
    pub fn add_duration(&self, duration: DaysTime) -> Option<DateTime> {
        let (instant, nanos) = self.instant();
        let total =
            i128::from(instant) * i128::from(NANOS) + i128::from(nanos) + duration.total_nanos();
        let instant = i64::try_from(total.div_euclid(i128::from(NANOS))).ok()?;
        let nanos = total.rem_euclid(i128::from(NANOS)) as u32;
        let place = match self.zone() {
            None => self.place.clone(),
            Some(zone) => zone::place_at_instant(&zone, instant),
        };
        let seconds = instant.checked_add(i64::from(place.offset().unwrap_or(0)))?;
        Date::from_epoch_days(seconds.div_euclid(DAY_SECONDS))?;
        Some(DateTime {
            seconds,
            nanos,
            place,
        })
    }

    /// Keeps the time of day.
    pub fn add_months(&self, duration: YearsMonths) -> Option<DateTime> {
        let date = self.date().add_months(duration)?;
        let seconds = date.days * DAY_SECONDS + self.seconds.rem_euclid(DAY_SECONDS);
        Some(DateTime::from_local(seconds, self.nanos, self.zone()))
    }

    /// `None` when only one of the two has an offset.
    pub fn difference(&self, other: &DateTime) -> Option<DaysTime> {
        if !self.comparable(other) {
            return None;
        }
        let ((seconds, nanos), (from_seconds, from_nanos)) = (self.instant(), other.instant());
        let seconds = i128::from(seconds) - i128::from(from_seconds);
        DaysTime::from_nanos(
            seconds * i128::from(NANOS) + i128::from(nanos) - i128::from(from_nanos),
        )
    }
}

impl DaysTime {
    pub fn checked_add(self, other: DaysTime) -> Option<DaysTime> {
        DaysTime::from_nanos(self.total_nanos() + other.total_nanos())
    }

    pub fn negate(self) -> DaysTime {
        DaysTime {
            seconds: self.seconds.saturating_neg(),
            nanos: -self.nanos,
        }
    }

    /// Times a number, cut to whole nanoseconds.
    pub fn checked_mul(self, factor: Number) -> Option<DaysTime> {
        from_nanoseconds(self.as_nanoseconds()?.checked_mul(factor)?)
    }

    pub fn checked_div(self, divisor: Number) -> Option<DaysTime> {
        from_nanoseconds(self.as_nanoseconds()?.checked_div(divisor)?)
    }

    pub fn ratio(self, other: DaysTime) -> Option<Number> {
        self.as_nanoseconds()?.checked_div(other.as_nanoseconds()?)
    }

    fn as_nanoseconds(self) -> Option<Number> {
        Number::from_i128(self.total_nanos())
    }
}

fn from_nanoseconds(nanos: Number) -> Option<DaysTime> {
    DaysTime::from_nanos(nanos.truncated_i128()?)
}

impl YearsMonths {
    pub fn checked_add(self, other: YearsMonths) -> Option<YearsMonths> {
        Some(YearsMonths {
            months: self.months.checked_add(other.months)?,
        })
    }

    pub fn negate(self) -> YearsMonths {
        YearsMonths {
            months: self.months.saturating_neg(),
        }
    }

    /// Times a number, cut to whole months.
    pub fn checked_mul(self, factor: Number) -> Option<YearsMonths> {
        YearsMonths::from_number(Number::from_i64(self.months).checked_mul(factor)?)
    }

    pub fn checked_div(self, divisor: Number) -> Option<YearsMonths> {
        YearsMonths::from_number(Number::from_i64(self.months).checked_div(divisor)?)
    }

    pub fn ratio(self, other: YearsMonths) -> Option<Number> {
        Number::from_i64(self.months).checked_div(Number::from_i64(other.months))
    }

    fn from_number(months: Number) -> Option<YearsMonths> {
        let months = i64::try_from(months.truncated_i128()?).ok()?;
        (months.unsigned_abs() / 12 <= MAX_YEAR as u64).then_some(YearsMonths { months })
    }
}
