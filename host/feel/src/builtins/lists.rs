//! Functions that build, search and take apart lists. Positions count from 1, or from the end
//! with negative numbers.

use super::arguments::{any, because, integer, is_given, list, single, truncated, wrong};
use super::{Answer, Failure, Row};
use crate::evaluate::{Bound, Machine, equal};
use crate::{Function, List, Value};

pub(super) const TABLE: &[Row] = &[
    ("list contains", "list, element", list_contains),
    ("count", "list", |_, arguments| {
        Ok((list(arguments, 0)?.len() as i64).into())
    }),
    ("is empty", "list", |_, arguments| {
        Ok(list(arguments, 0)?.is_empty().into())
    }),
    ("sublist", "list, start position, length?", sublist),
    ("append", "list, item...", append),
    ("concatenate", "list...", |machine, arguments| {
        let items = concatenated(machine, arguments)?;
        Ok(machine.list(items)?)
    }),
    ("union", "list...", |machine, arguments| {
        let items = concatenated(machine, arguments)?;
        distinct(machine, &items)
    }),
    ("distinct values", "list", |machine, arguments| {
        distinct(machine, &list(arguments, 0)?)
    }),
    ("duplicate values", "list", duplicate_values),
    ("insert before", "list, position, newItem", insert_before),
    ("remove", "list, position", remove),
    (
        "list replace",
        "list, position, newItem | list, match, newItem",
        list_replace,
    ),
    ("reverse", "list", |machine, arguments| {
        let items = list(arguments, 0)?;
        machine.charge(items.len())?;
        Ok(machine.list(items.iter().rev().cloned().collect())?)
    }),
    ("index of", "list, match", index_of),
    ("flatten", "list", flatten),
    ("partition", "list, size", partition),
    ("sort", "list, precedes?", sort),
];

fn same(left: &Value, right: &Value) -> bool {
    equal(left, right) == Some(true)
}

/// Fuel for comparing one value with all of a list.
fn charge_search(
    machine: &mut Machine<'_, '_>,
    items: &[Value],
    value: &Value,
) -> Result<(), Bound> {
    let each = if matches!(value, Value::List(_) | Value::Context(_)) {
        value.extent().size
    } else {
        1
    };
    machine
        .evaluator
        .charge((items.len() as u64).saturating_mul(each))
}

fn list_contains(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, element) = (list(arguments, 0)?, any(arguments, 1));
    charge_search(machine, &items, element)?;
    Ok(items.iter().any(|item| same(item, element)).into())
}

/// The index of a position in a list of `length` items.
fn index(position: i64, length: usize) -> Option<usize> {
    let length = length as i64;
    let index = if position > 0 {
        position - 1
    } else {
        length.checked_add(position)?
    };
    (position != 0 && (0..length).contains(&index)).then_some(index as usize)
}

fn outside<T>(position: i64, length: usize) -> Result<T, Failure> {
    because(format!(
        "Expected a position within the list of {length} items, but found {position}"
    ))
}

fn sublist(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, start) = (list(arguments, 0)?, truncated(arguments, 1)?);
    let Some(from) = index(start, items.len()) else {
        return outside(start, items.len());
    };
    let to = if is_given(arguments, 2) && !any(arguments, 2).is_null() {
        let length = truncated(arguments, 2)?;
        match usize::try_from(length)
            .ok()
            .and_then(|length| from.checked_add(length))
        {
            Some(to) if to <= items.len() => to,
            _ => {
                return because(format!(
                    "Expected a length within the list of {} items, but found {length}",
                    items.len()
                ));
            }
        }
    } else {
        items.len()
    };
    machine.charge(to - from)?;
    Ok(machine.list(items[from..to].to_vec())?)
}

fn append(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let items = list(arguments, 0)?;
    machine.charge(items.len() + arguments.len())?;
    let mut items = items.into_vec();
    items.extend_from_slice(&arguments[1..]);
    Ok(machine.list(items)?)
}

fn concatenated(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    for index in 0..arguments.len() {
        let part = list(arguments, index)?;
        machine.charge(part.len())?;
        machine.list_fits(items.len() + part.len())?;
        items.extend_from_slice(&part);
    }
    Ok(items)
}

fn distinct(machine: &mut Machine<'_, '_>, items: &[Value]) -> Answer {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        charge_search(machine, &kept, item)?;
        if !kept.iter().any(|known| same(known, item)) {
            kept.push(item.clone());
        }
    }
    Ok(machine.list(kept)?)
}

fn duplicate_values(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let items = list(arguments, 0)?;
    let mut kept: Vec<Value> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        charge_search(machine, &items, item)?;
        if items[place + 1..].iter().any(|later| same(later, item))
            && !kept.iter().any(|known| same(known, item))
        {
            kept.push(item.clone());
        }
    }
    Ok(machine.list(kept)?)
}

fn insert_before(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, position) = (list(arguments, 0)?, truncated(arguments, 1)?);
    let Some(place) = index(position, items.len()) else {
        return outside(position, items.len());
    };
    machine.charge(items.len())?;
    let mut items = items.into_vec();
    items.insert(place, any(arguments, 2).clone());
    Ok(machine.list(items)?)
}

fn remove(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, position) = (list(arguments, 0)?, truncated(arguments, 1)?);
    let Some(place) = index(position, items.len()) else {
        return outside(position, items.len());
    };
    machine.charge(items.len())?;
    let mut items = items.into_vec();
    items.remove(place);
    Ok(machine.list(items)?)
}

/// Replaces the item at a position, or those for which `match(item, newItem)` is true.
fn list_replace(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, new) = (list(arguments, 0)?, any(arguments, 2));
    machine.charge(items.len())?;
    let mut items = items.into_vec();
    if let Value::Function(function) = single(arguments, 1) {
        for item in &mut items {
            match call_with_two(machine, function, item, new)? {
                Value::Bool(true) => *item = new.clone(),
                Value::Bool(false) => {}
                _ => {
                    return because(
                        "Expected a boolean from the function 'match', but found something else",
                    );
                }
            }
        }
    } else {
        let position = truncated(arguments, 1)?;
        let Some(place) = index(position, items.len()) else {
            return outside(position, items.len());
        };
        items[place] = new.clone();
    }
    Ok(machine.list(items)?)
}

fn call_with_two(
    machine: &mut Machine<'_, '_>,
    function: &Function,
    first: &Value,
    second: &Value,
) -> Result<Value, Bound> {
    machine.call_function(function, vec![first.clone(), second.clone()], 0)
}

fn index_of(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, sought) = (list(arguments, 0)?, any(arguments, 1));
    charge_search(machine, &items, sought)?;
    let positions = (1i64..)
        .zip(items.iter())
        .filter(|(_, item)| same(item, sought));
    Ok(machine.list(positions.map(|(position, _)| position.into()).collect())?)
}

fn flatten(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    fn collect(
        machine: &mut Machine<'_, '_>,
        items: &List,
        flat: &mut Vec<Value>,
    ) -> Result<(), Bound> {
        for item in items.iter() {
            machine.charge(1)?;
            match item {
                Value::List(inner) => collect(machine, inner, flat)?,
                other => {
                    machine.list_fits(flat.len() + 1)?;
                    flat.push(other.clone());
                }
            }
        }
        Ok(())
    }
    let mut flat = Vec::new();
    collect(machine, &list(arguments, 0)?, &mut flat)?;
    Ok(machine.list(flat)?)
}

/// Consecutive parts of `size` items; the last one may be shorter.
fn partition(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (items, size) = (list(arguments, 0)?, integer(arguments, 1)?);
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return because(format!("Expected a size above 0, but found {size}"));
    };
    machine.charge(items.len())?;
    let parts = items.chunks(size).map(|part| part.to_vec().into());
    Ok(machine.list(parts.collect())?)
}

/// A stable merge sort, so that any function will do for an order, even one that contradicts
/// itself. Without `precedes`, numbers, strings or temporal values ascend.
fn sort(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let items = list(arguments, 0)?;
    machine.charge(items.len())?;
    let precedes = match single(arguments, 1) {
        Value::Function(function) => Some(function.clone()),
        Value::Null if !is_given(arguments, 1) => None,
        _ => return wrong("a function", arguments, 1),
    };
    let sorted = merge_sorted(machine, items.into_vec(), precedes.as_deref())?;
    Ok(machine.list(sorted)?)
}

fn merge_sorted(
    machine: &mut Machine<'_, '_>,
    mut items: Vec<Value>,
    precedes: Option<&Function>,
) -> Result<Vec<Value>, Failure> {
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
            while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
                machine.charge(1)?;
                let next = if comes_before(machine, second, first, precedes)? {
                    right.next()
                } else {
                    left.next()
                };
                merged.extend(next.cloned());
            }
            merged.extend(left.cloned());
            merged.extend(right.cloned());
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

fn comes_before(
    machine: &mut Machine<'_, '_>,
    left: &Value,
    right: &Value,
    precedes: Option<&Function>,
) -> Result<bool, Failure> {
    match precedes {
        Some(function) => match call_with_two(machine, function, left, right)? {
            Value::Bool(before) => Ok(before),
            _ => {
                because("Expected a boolean from the function 'precedes', but found something else")
            }
        },
        None => match crate::compare(left, right) {
            Some(order) => Ok(order.is_lt()),
            None => because("Expected items that can be compared, but found others"),
        },
    }
}
