//! Ranges of comparable values, open or closed at each end, or unbounded there.

use std::cmp::Ordering;

use crate::Value;
use crate::value::Extent;

/// `[1..5)`, `> 3`, `@"2024-01-01"..@"2024-12-31"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// `None` where there is no bound: `< 5` has no start.
    pub start: Option<Value>,
    pub start_included: bool,
    pub end: Option<Value>,
    pub end_included: bool,
}

impl Range {
    /// Whether the value lies within; `None` when it cannot be compared with the ends.
    pub fn contains(&self, value: &Value) -> Option<bool> {
        let after_start = match &self.start {
            None => true,
            Some(start) => within(compare(start, value)?, self.start_included),
        };
        let before_end = match &self.end {
            None => true,
            Some(end) => within(compare(value, end)?, self.end_included),
        };
        Some(after_start && before_end)
    }

    pub(crate) fn extent(&self) -> Extent {
        let mut extent = Extent::of_nothing();
        for end in [&self.start, &self.end].into_iter().flatten() {
            extent.include(end.extent());
        }
        extent
    }
}

/// Whether the values can be the two ends of a range: they are of one type, and can be compared.
pub(crate) fn are_ends(start: &Value, end: &Value) -> bool {
    std::mem::discriminant(start) == std::mem::discriminant(end) && compare(start, end).is_some()
}

fn within(order: Ordering, included: bool) -> bool {
    order == Ordering::Less || (included && order == Ordering::Equal)
}

/// FEEL's order: between numbers, strings, dates, times, date-times, and durations of one kind; a
/// date compares with a date-time as its midnight. `None` for all else.
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => left.partial_cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => left.partial_cmp(right),
        (Value::DaysTime(left), Value::DaysTime(right)) => Some(left.cmp(right)),
        (Value::YearsMonths(left), Value::YearsMonths(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::DateTime(right)) => right.cmp_date(*left).map(Ordering::reverse),
        (Value::DateTime(left), Value::Date(right)) => left.cmp_date(*right),
        _ => None,
    }
}
