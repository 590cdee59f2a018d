//! Relations between points and ranges (Allen's interval algebra, as DMN defines it), and ranges
//! from text. A point stands for the range that holds only it.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arguments::{because, text, wrong};
use super::{Answer, Failure, Row, at_literal};
use crate::evaluate::Machine;
use crate::limits::MAX_RANGE_PLACES;
use crate::range::are_ends;
use crate::{Range, Value, compare};

pub(super) const TABLE: &[Row] = &[
    ("before", PAIR, |_, arguments| relation(arguments, before)),
    ("after", PAIR, |_, arguments| {
        relation(arguments, |left, right| before(right, left))
    }),
    ("meets", RANGES, |_, arguments| relation(arguments, meets)),
    ("met by", RANGES, |_, arguments| {
        relation(arguments, |left, right| meets(right, left))
    }),
    ("overlaps", RANGES, |_, arguments| {
        relation(arguments, overlaps)
    }),
    ("overlaps before", RANGES, |_, arguments| {
        relation(arguments, overlaps_before)
    }),
    ("overlaps after", RANGES, |_, arguments| {
        relation(arguments, |left, right| overlaps_before(right, left))
    }),
    ("finishes", POINT_FIRST, |_, arguments| {
        relation(arguments, finishes)
    }),
    ("finished by", POINT_SECOND, |_, arguments| {
        relation(arguments, |left, right| finishes(right, left))
    }),
    ("includes", POINT_SECOND, |_, arguments| {
        relation(arguments, |left, right| during(right, left))
    }),
    ("during", POINT_FIRST, |_, arguments| {
        relation(arguments, during)
    }),
    ("starts", POINT_FIRST, |_, arguments| {
        relation(arguments, starts)
    }),
    ("started by", POINT_SECOND, |_, arguments| {
        relation(arguments, |left, right| starts(right, left))
    }),
    ("coincides", PAIR, |_, arguments| {
        relation(arguments, coincides)
    }),
    ("range", "from", from_text),
];

const PAIR: &str = "point1, point2 | point, range | range, point | range1, range2";
const RANGES: &str = "range1, range2";
const POINT_FIRST: &str = "point, range | range1, range2";
const POINT_SECOND: &str = "range, point | range1, range2";

/// One end of a range: its value (none where unbounded) and whether it belongs to the range.
type End<'a> = (Option<&'a Value>, bool);

struct Span<'a> {
    start: End<'a>,
    end: End<'a>,
}

fn relation(arguments: &[Value], holds: fn(&Span<'_>, &Span<'_>) -> Option<bool>) -> Answer {
    let (left, right) = (span(arguments, 0)?, span(arguments, 1)?);
    match holds(&left, &right) {
        Some(holds) => Ok(holds.into()),
        None => because("Expected points and ranges that can be compared, but found others"),
    }
}

fn span(arguments: &[Value], index: usize) -> Result<Span<'_>, Failure> {
    match super::arguments::single(arguments, index) {
        Value::Null => wrong("a point or range", arguments, index),
        Value::Range(range) => Ok(Span {
            start: (range.start.as_ref(), range.start_included),
            end: (range.end.as_ref(), range.end_included),
        }),
        point => Ok(Span {
            start: (Some(point), true),
            end: (Some(point), true),
        }),
    }
}

/// Compares two starts: where both have the same value, the one that includes it is earlier.
fn compare_starts(left: End<'_>, right: End<'_>) -> Option<Ordering> {
    match (left.0, right.0) {
        (None, None) => Some(Ordering::Equal),
        (None, Some(_)) => Some(Ordering::Less),
        (Some(_), None) => Some(Ordering::Greater),
        (Some(first), Some(second)) => Some(compare(first, second)?.then(right.1.cmp(&left.1))),
    }
}

/// Compares two ends: where both have the same value, the one that includes it is later.
fn compare_ends(left: End<'_>, right: End<'_>) -> Option<Ordering> {
    match (left.0, right.0) {
        (None, None) => Some(Ordering::Equal),
        (None, Some(_)) => Some(Ordering::Greater),
        (Some(_), None) => Some(Ordering::Less),
        (Some(first), Some(second)) => Some(compare(first, second)?.then(left.1.cmp(&right.1))),
    }
}

/// Whether everything up to `end` comes before everything from `start` on.
fn apart(end: End<'_>, start: End<'_>) -> Option<bool> {
    let (Some(last), Some(first)) = (end.0, start.0) else {
        return Some(false);
    };
    Some(match compare(last, first)? {
        Ordering::Less => true,
        Ordering::Equal => !(end.1 && start.1),
        Ordering::Greater => false,
    })
}

fn before(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    apart(left.end, right.start)
}

/// The end of the one is the start of the other, and both include it.
fn meets(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let (Some(last), Some(first)) = (left.end.0, right.start.0) else {
        return Some(false);
    };
    Some(left.end.1 && right.start.1 && compare(last, first)? == Ordering::Equal)
}

fn overlaps(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(!apart(left.end, right.start)? && !apart(right.end, left.start)?)
}

fn overlaps_before(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    let starts_first = compare_starts(left.start, right.start)? == Ordering::Less;
    let ends_first = compare_ends(left.end, right.end)?.is_le();
    Some(starts_first && ends_first && overlaps(left, right)?)
}

fn finishes(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(
        compare_ends(left.end, right.end)? == Ordering::Equal
            && compare_starts(left.start, right.start)?.is_ge(),
    )
}

fn starts(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(
        compare_starts(left.start, right.start)? == Ordering::Equal
            && compare_ends(left.end, right.end)?.is_le(),
    )
}

fn during(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(
        compare_starts(left.start, right.start)?.is_ge()
            && compare_ends(left.end, right.end)?.is_le(),
    )
}

fn coincides(left: &Span<'_>, right: &Span<'_>) -> Option<bool> {
    Some(
        compare_starts(left.start, right.start)? == Ordering::Equal
            && compare_ends(left.end, right.end)? == Ordering::Equal,
    )
}

/// A range from its literal, such as `"[1..5)"`: the ends are literals as well.
fn from_text(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let source = text(arguments, 0)?;
    machine.charge(source.len())?;
    let expected = || {
        Failure::Null(format!(
            "Expected a range such as [1..5), but found \"{source}\""
        ))
    };
    let trimmed = source.trim();
    let start_included = match trimmed.chars().next() {
        Some('[') => true,
        Some('(' | ']') => false,
        _ => return Err(expected()),
    };
    let end_included = match trimmed.chars().next_back() {
        Some(']') => true,
        Some(')' | '[') => false,
        _ => return Err(expected()),
    };
    let inner = trimmed.get(1..trimmed.len() - 1).ok_or_else(expected)?;
    let (start, end) = ends(inner).ok_or_else(expected)?;
    let comparable = match (&start, &end) {
        (Some(start), Some(end)) => {
            are_ends(start, end) && compare(start, end).is_some_and(Ordering::is_le)
        }
        (None, None) => false,
        _ => true,
    };
    let closed_nowhere = (start.is_none() && start_included) || (end.is_none() && end_included);
    if !comparable || closed_nowhere {
        return Err(expected());
    }
    Ok(Value::Range(Arc::new(Range {
        start,
        start_included,
        end,
        end_included,
    })))
}

/// Both ends, which are literals. Strings may hold dots as well, so each place is tried.
fn ends(inner: &str) -> Option<(Option<Value>, Option<Value>)> {
    let mut places = inner.match_indices("..").take(MAX_RANGE_PLACES);
    places.find_map(|(place, dots)| {
        let (start, end) = (&inner[..place], &inner[place + dots.len()..]);
        Some((literal(start)?, literal(end)?))
    })
}

/// A literal end; `Some(None)` for one that is missing.
fn literal(source: &str) -> Option<Option<Value>> {
    let source = source.trim();
    if source.is_empty() {
        return Some(None);
    }
    let value = crate::Expression::parse(source).ok()?.literal()?;
    let value = if let (Value::String(text), false) = (&value, source.starts_with('"')) {
        at_literal(text)
    } else {
        value
    };
    compare(&value, &value).is_some().then_some(Some(value))
}
