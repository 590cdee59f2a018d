//! Functions of contexts, and those that deal with missing values.

use std::sync::Arc;

use super::arguments::{any, because, context, list, single, text, wrong};
use super::{Answer, Failure, Row};
use crate::evaluate::{Machine, equal, same_instant_and_zone};
use crate::limits::{MAX_CAUSE_CHARS, MAX_JSON_DEPTH};
use crate::{Context, Value};

pub(super) const TABLE: &[Row] = &[
    (
        "get value",
        "m, key | context, key | context, keys",
        get_value,
    ),
    ("get entries", "m | context", get_entries),
    ("context", "entries", from_entries),
    (
        "context put",
        "context, key, value | context, keys, value",
        context_put,
    ),
    ("context merge", "contexts", context_merge),
    // Whether its argument exists is known where it is called.
    ("is defined", "value", |_, _| Ok(Value::Bool(true))),
    ("get or else", "value, default", |_, arguments| {
        Ok(any(arguments, if any(arguments, 0).is_null() { 1 } else { 0 }).clone())
    }),
    (
        "assert",
        "value, condition | value, condition, cause",
        assert,
    ),
    // What the value is, beside its name in an agent's tool, says nothing about it here.
    (
        "fromAi",
        "value, description?, type?, schema?, options?",
        |_, arguments| Ok(any(arguments, 0).clone()),
    ),
    ("is", "value1, value2", is),
];

fn get_value(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let mut value = Value::Context(Arc::new(context(arguments, 0)?.clone()));
    let keys = match any(arguments, 1) {
        Value::List(keys) => keys.clone(),
        Value::String(_) => list(arguments, 1)?,
        _ => return wrong("a string or list of strings", arguments, 1),
    };
    machine.charge(keys.len())?;
    for key in keys.iter() {
        let Some(key) = key.as_str() else {
            return wrong("a string or list of strings", arguments, 1);
        };
        value = value
            .as_context()
            .and_then(|context| context.get(key))
            .cloned()
            .unwrap_or_default();
    }
    Ok(value)
}

fn get_entries(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let context = context(arguments, 0)?;
    machine.charge(context.len())?;
    let entry = |(key, value): (&Arc<str>, &Value)| {
        let pair = [
            ("key", Value::String(key.clone())),
            ("value", value.clone()),
        ];
        Value::context(pair.into_iter().collect())
    };
    Ok(machine.list(context.iter().map(entry).collect())?)
}

/// The inverse of `get entries`.
fn from_entries(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let entries = list(arguments, 0)?;
    machine.charge(entries.len())?;
    let mut built = Context::new();
    for entry in entries.iter() {
        let entry = entry.as_context();
        let key = entry
            .and_then(|entry| entry.get("key"))
            .and_then(Value::as_str);
        let value = entry.and_then(|entry| entry.get("value"));
        let (Some(key), Some(value)) = (key, value) else {
            return because(
                "Expected entries with a string 'key' and a 'value', but found another",
            );
        };
        if built.insert(key, value.clone()).is_some() {
            return because(format!("Expected each key once, but '{key}' occurs twice"));
        }
    }
    Ok(machine.context(built)?)
}

fn context_put(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (target, value) = (context(arguments, 0)?, any(arguments, 2));
    let put = match any(arguments, 1) {
        Value::List(keys) => {
            let keys: Option<Vec<&str>> = keys.iter().map(Value::as_str).collect();
            match keys {
                Some(keys) if !keys.is_empty() => put_at(machine, target, &keys, value)?,
                _ => return wrong("a list of keys", arguments, 1),
            }
        }
        _ => put_at(machine, target, &[text(arguments, 1)?], value)?,
    };
    Ok(machine.context(put)?)
}

/// Puts the value at the end of a path of keys; what is missing on the way is made.
fn put_at(
    machine: &mut Machine<'_, '_>,
    target: &Context,
    keys: &[&str],
    value: &Value,
) -> Result<Context, Failure> {
    machine.charge(target.len())?;
    let mut copy = target.clone();
    let Some((first, rest)) = keys.split_first() else {
        return Ok(copy);
    };
    if rest.is_empty() {
        copy.insert(*first, value.clone());
        return Ok(copy);
    }
    if keys.len() > MAX_JSON_DEPTH as usize {
        return because(format!(
            "Expected a path of at most {MAX_JSON_DEPTH} keys, but it is longer"
        ));
    }
    let inner = match target.get(first) {
        Some(Value::Context(inner)) => put_at(machine, inner, rest, value)?,
        None | Some(Value::Null) => put_at(machine, &Context::new(), rest, value)?,
        Some(other) => {
            return because(format!(
                "Expected a context at '{first}', but found a {}",
                other.type_name()
            ));
        }
    };
    copy.insert(*first, inner.into());
    Ok(copy)
}

/// Of equal keys the last one wins.
fn context_merge(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let contexts = list(arguments, 0)?;
    let mut merged = Context::new();
    for item in contexts.iter() {
        let Some(context) = item.as_context() else {
            return wrong("a list of contexts", arguments, 0);
        };
        machine.charge(context.len())?;
        for (name, value) in context {
            merged.insert(name.clone(), value.clone());
        }
    }
    Ok(machine.context(merged)?)
}

/// The value, or the end of the evaluation: whoever asserts something wants nothing to go on without
/// it. A condition that is null does not hold either.
fn assert(_: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    if any(arguments, 1) == &Value::Bool(true) {
        return Ok(any(arguments, 0).clone());
    }
    let cause = single(arguments, 2).as_str();
    let cause = cause.unwrap_or("Expected the condition to hold, but it does not");
    Err(Failure::Assertion(
        cause.chars().take(MAX_CAUSE_CHARS).collect(),
    ))
}

/// Equality without conversions: of one type, and for times also of one zone.
fn is(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (left, right) = (any(arguments, 0), any(arguments, 1));
    machine
        .evaluator
        .charge(left.extent().size.min(right.extent().size))?;
    Ok(Value::Bool(match (left, right) {
        (Value::Time(_) | Value::DateTime(_), _) => same_instant_and_zone(left, right),
        _ => equal(left, right) == Some(true),
    }))
}
