//! Functions of numbers.

use super::arguments::{because, is_given, number, single, truncated};
use super::{Answer, Failure, Row};
use crate::evaluate::Machine;
use crate::number::{LARGEST_EXPONENT, SMALLEST_EXPONENT};
use crate::{Number, Rounding, Value};

pub(super) const TABLE: &[Row] = &[
    ("decimal", "n, scale", |_, arguments| {
        round(arguments, Rounding::HalfEven)
    }),
    ("floor", "n, scale?", |_, arguments| {
        round(arguments, Rounding::Floor)
    }),
    ("ceiling", "n, scale?", |_, arguments| {
        round(arguments, Rounding::Ceiling)
    }),
    ("round up", "n, scale?", |_, arguments| {
        round(arguments, Rounding::Up)
    }),
    ("round down", "n, scale?", |_, arguments| {
        round(arguments, Rounding::Down)
    }),
    ("round half up", "n, scale?", |_, arguments| {
        round(arguments, Rounding::HalfUp)
    }),
    ("round half down", "n, scale?", |_, arguments| {
        round(arguments, Rounding::HalfDown)
    }),
    ("abs", "n", abs),
    ("modulo", "dividend, divisor", modulo),
    ("sqrt", "number", |machine, arguments| {
        costly(machine, arguments, 200, Number::sqrt)
    }),
    ("log", "number", |machine, arguments| {
        costly(machine, arguments, 3_000, Number::ln)
    }),
    ("exp", "number", |machine, arguments| {
        costly(machine, arguments, 3_000, Number::exp)
    }),
    ("odd", "number", |_, arguments| {
        Ok(Value::Bool(parity(arguments)? == Number::ONE))
    }),
    ("even", "number", |_, arguments| {
        Ok(Value::Bool(parity(arguments)? == Number::ZERO))
    }),
    ("random number", "", random_number),
];

fn round(arguments: &[Value], rounding: Rounding) -> Answer {
    let n = number(arguments, 0)?;
    let scale = if is_given(arguments, 1) {
        truncated(arguments, 1)?
    } else {
        0
    };
    match n.round(scale, rounding) {
        Some(rounded) => Ok(Value::Number(rounded)),
        None => because(format!(
            "Expected a scale from {} to {}, but found {scale}",
            -LARGEST_EXPONENT, -SMALLEST_EXPONENT
        )),
    }
}

fn abs(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    Ok(match single(arguments, 0) {
        Value::DaysTime(duration) if duration.total_nanos() < 0 => {
            Value::DaysTime(duration.negate())
        }
        Value::YearsMonths(duration) if duration.total_months() < 0 => {
            Value::YearsMonths(duration.negate())
        }
        duration @ (Value::DaysTime(_) | Value::YearsMonths(_)) => duration.clone(),
        _ => Value::Number(number(arguments, 0)?.abs()),
    })
}

fn modulo(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    match number(arguments, 0)?.modulo(number(arguments, 1)?) {
        Some(rest) => Ok(Value::Number(rest)),
        None => because(
            "Expected a divisor other than zero and of a similar magnitude, but found another",
        ),
    }
}

/// Roots, exponentials and logarithms take as long as many other steps.
fn costly(
    machine: &mut Machine<'_, '_>,
    arguments: &[Value],
    steps: usize,
    function: fn(Number) -> Option<Number>,
) -> Answer {
    let argument = number(arguments, 0)?;
    machine.charge(steps)?;
    match function(argument) {
        Some(result) => Ok(Value::Number(result)),
        None => because(format!(
            "Expected a number that the function is defined for, but found {argument}"
        )),
    }
}

/// The remainder by two.
fn parity(arguments: &[Value]) -> Result<Number, Failure> {
    let n = number(arguments, 0)?;
    n.modulo(Number::from_i64(2))
        .ok_or_else(|| Failure::Null(format!("Expected a smaller number, but found {n}")))
}

/// From 0 to below 1, in 18 digits.
fn random_number(machine: &mut Machine<'_, '_>, _: &[Value]) -> Answer {
    let digits = machine.evaluator.next_random() % 1_000_000_000_000_000_000;
    Ok(Number::from_scaled(digits.into(), -18).map_or(Value::Null, Value::Number))
}
