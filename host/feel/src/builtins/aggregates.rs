//! Functions that make one value of a list: sums, extremes, statistics, and logic.

use super::arguments::{because, items, list, wrong};
use super::{Answer, Failure, Row};
use crate::evaluate::{Machine, described};
use crate::{List, Number, Value, compare};

pub(super) const TABLE: &[Row] = &[
    ("sum", "list | n...", |machine, arguments| {
        fold(machine, arguments, Number::checked_add)
    }),
    ("product", "list | n...", |machine, arguments| {
        fold(machine, arguments, Number::checked_mul)
    }),
    ("mean", "list | n...", |machine, arguments| {
        result(mean(&numbers(machine, arguments)?))
    }),
    ("median", "list | n...", median),
    ("stddev", "list | n...", stddev),
    ("mode", "list | n...", mode),
    ("min", "list | c...", |machine, arguments| {
        extreme(machine, arguments, std::cmp::Ordering::Less)
    }),
    ("max", "list | c...", |machine, arguments| {
        extreme(machine, arguments, std::cmp::Ordering::Greater)
    }),
    ("all", "list | b...", |machine, arguments| {
        junction(machine, arguments, false)
    }),
    ("and", "list | b...", |machine, arguments| {
        junction(machine, arguments, false)
    }),
    ("any", "list | b...", |machine, arguments| {
        junction(machine, arguments, true)
    }),
    ("or", "list | b...", |machine, arguments| {
        junction(machine, arguments, true)
    }),
    ("not", "negand", |_, arguments| {
        Ok(match super::arguments::single(arguments, 0) {
            Value::Bool(value) => Value::Bool(!value),
            Value::Null => Value::Null,
            _ => return wrong("a boolean", arguments, 0),
        })
    }),
];

fn numbers(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Result<Vec<Number>, Failure> {
    let items = items(arguments)?;
    machine.charge(items.len())?;
    let mut numbers = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Value::Number(number) => numbers.push(*number),
            other => {
                return because(format!(
                    "Expected numbers, but found a {}",
                    other.type_name()
                ));
            }
        }
    }
    Ok(numbers)
}

fn not_empty(numbers: &[Number]) -> Result<(), Failure> {
    if numbers.is_empty() {
        because("Expected at least one number, but there is none")
    } else {
        Ok(())
    }
}

fn result(number: Option<Number>) -> Answer {
    match number {
        Some(number) => Ok(Value::Number(number)),
        None => {
            because("Expected numbers whose result is in range, but it is not or there are none")
        }
    }
}

fn fold(
    machine: &mut Machine<'_, '_>,
    arguments: &[Value],
    operation: fn(Number, Number) -> Option<Number>,
) -> Answer {
    let numbers = numbers(machine, arguments)?;
    not_empty(&numbers)?;
    result(
        numbers[1..]
            .iter()
            .try_fold(numbers[0], |total, number| operation(total, *number)),
    )
}

fn mean(numbers: &[Number]) -> Option<Number> {
    let total = numbers
        .iter()
        .try_fold(Number::ZERO, |total, number| total.checked_add(*number))?;
    total.checked_div(Number::from_i64(numbers.len() as i64))
}

fn median(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let mut numbers = numbers(machine, arguments)?;
    not_empty(&numbers)?;
    numbers.sort();
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        Ok(Value::Number(numbers[middle]))
    } else {
        result(mean(&numbers[middle - 1..=middle]))
    }
}

/// Of a sample: divided by one less than the count.
fn stddev(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let numbers = numbers(machine, arguments)?;
    if numbers.len() < 2 {
        return because("Expected at least two numbers, but there are fewer");
    }
    let deviation = || {
        let mean = mean(&numbers)?;
        let squares = numbers.iter().try_fold(Number::ZERO, |total, number| {
            let distance = number.checked_sub(mean)?;
            total.checked_add(distance.checked_mul(distance)?)
        })?;
        squares
            .checked_div(Number::from_i64(numbers.len() as i64 - 1))?
            .sqrt()
    };
    result(deviation())
}

/// The most frequent numbers, ascending.
fn mode(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let mut numbers = numbers(machine, arguments)?;
    numbers.sort();
    let groups: Vec<&[Number]> = numbers.chunk_by(|left, right| left == right).collect();
    let most = groups.iter().map(|group| group.len()).max().unwrap_or(0);
    let modes = groups.iter().filter(|group| group.len() == most);
    Ok(machine.list(modes.map(|group| Value::Number(group[0])).collect())?)
}

fn extreme(
    machine: &mut Machine<'_, '_>,
    arguments: &[Value],
    wanted: std::cmp::Ordering,
) -> Answer {
    let items: List = items(arguments)?;
    machine.charge(items.len())?;
    let Some(mut best) = items.first() else {
        return because("Expected at least one value, but there is none");
    };
    for item in items.iter() {
        match compare(item, best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return because("Expected values that can be compared, but found others"),
        }
    }
    Ok(best.clone())
}

/// `decisive` (false for `all`, true for `any`) wins over what is no boolean, which gives null.
fn junction(machine: &mut Machine<'_, '_>, arguments: &[Value], decisive: bool) -> Answer {
    let items = if arguments.len() == 1 {
        list(arguments, 0)?
    } else {
        arguments.to_vec().into()
    };
    machine.charge(items.len())?;
    let mut unknown = None;
    for item in items.iter() {
        match item {
            Value::Bool(value) if *value == decisive => return Ok(Value::Bool(decisive)),
            Value::Bool(_) => {}
            other => unknown = Some(other),
        }
    }
    match unknown {
        None => Ok(Value::Bool(!decisive)),
        Some(other) => because(format!("Expected booleans, but found {}", described(other))),
    }
}
