//! Arguments of built-in functions, checked for their type. Where one value is wanted, a list of
//! one stands for its item; where a list is wanted, a single value stands for the list of it.

use super::Failure;
use crate::evaluate::described;
use crate::{Context, List, Number, Value};

type Checked<T> = Result<T, Failure>;

/// A null result with this reason.
pub(super) fn because<T>(reason: impl Into<String>) -> Checked<T> {
    Err(Failure::Null(reason.into()))
}

/// The argument at `index`, or null when there are fewer.
pub(super) fn any(arguments: &[Value], index: usize) -> &Value {
    arguments.get(index).unwrap_or(&Value::Null)
}

/// The argument, taken out of a list of one.
pub(super) fn single(arguments: &[Value], index: usize) -> &Value {
    match any(arguments, index) {
        Value::List(items) if items.len() == 1 => &items[0],
        value => value,
    }
}

pub(super) fn wrong<T>(expected: &str, arguments: &[Value], index: usize) -> Checked<T> {
    because(format!(
        "Expected {expected} as argument {}, but found {}",
        index + 1,
        described(any(arguments, index))
    ))
}

pub(super) fn number(arguments: &[Value], index: usize) -> Checked<Number> {
    match single(arguments, index) {
        Value::Number(number) => Ok(*number),
        _ => wrong("a number", arguments, index),
    }
}

pub(super) fn integer(arguments: &[Value], index: usize) -> Checked<i64> {
    match number(arguments, index)?.to_i64() {
        Some(integer) => Ok(integer),
        None => wrong("an integer", arguments, index),
    }
}

/// A number without its fraction, as positions and scales are taken.
pub(super) fn truncated(arguments: &[Value], index: usize) -> Checked<i64> {
    match number(arguments, index)?
        .truncated_i128()
        .and_then(|value| i64::try_from(value).ok())
    {
        Some(integer) => Ok(integer),
        None => wrong("an integer of 64 bits", arguments, index),
    }
}

pub(super) fn text(arguments: &[Value], index: usize) -> Checked<&str> {
    match single(arguments, index) {
        Value::String(text) => Ok(text),
        _ => wrong("a string", arguments, index),
    }
}

pub(super) fn context(arguments: &[Value], index: usize) -> Checked<&Context> {
    match single(arguments, index) {
        Value::Context(context) => Ok(context),
        _ => wrong("a context", arguments, index),
    }
}

pub(super) fn list(arguments: &[Value], index: usize) -> Checked<List> {
    match any(arguments, index) {
        Value::List(items) => Ok(items.clone()),
        Value::Null => wrong("a list", arguments, index),
        value => Ok(vec![value.clone()].into()),
    }
}

/// The items of a single list, or all arguments as they are.
pub(super) fn items(arguments: &[Value]) -> Checked<List> {
    match arguments {
        [Value::List(items)] => Ok(items.clone()),
        [Value::Null] => wrong("a list", arguments, 0),
        _ => Ok(arguments.to_vec().into()),
    }
}

pub(super) fn is_given(arguments: &[Value], index: usize) -> bool {
    arguments.len() > index
}
