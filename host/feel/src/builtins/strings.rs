//! Functions of strings, other than those with regular expressions. Positions count characters
//! from 1, or from the end with negative numbers.

use super::arguments::{any, because, is_given, list, text, truncated, wrong};
use super::{Answer, Row};
use crate::Value;
use crate::evaluate::Machine;

pub(super) const TABLE: &[Row] = &[
    ("substring", "string, start position, length?", substring),
    ("string length", "string", |machine, arguments| {
        let text = text(arguments, 0)?;
        machine.charge(text.len() / 16)?;
        Ok((text.chars().count() as i64).into())
    }),
    ("upper case", "string", |machine, arguments| {
        Ok(machine.string(text(arguments, 0)?.to_uppercase())?)
    }),
    ("lower case", "string", |machine, arguments| {
        Ok(machine.string(text(arguments, 0)?.to_lowercase())?)
    }),
    ("substring before", "string, match", |machine, arguments| {
        part(machine, arguments, true)
    }),
    ("substring after", "string, match", |machine, arguments| {
        part(machine, arguments, false)
    }),
    ("contains", "string, match", |machine, arguments| {
        test(machine, arguments, |text, part| text.contains(part))
    }),
    ("starts with", "string, match", |machine, arguments| {
        test(machine, arguments, |text, part| text.starts_with(part))
    }),
    ("ends with", "string, match", |machine, arguments| {
        test(machine, arguments, |text, part| text.ends_with(part))
    }),
    ("string join", "list, delimiter?", string_join),
    ("trim", "string", |machine, arguments| {
        Ok(machine.string(text(arguments, 0)?.trim())?)
    }),
    ("is blank", "string", |_, arguments| {
        Ok(text(arguments, 0)?.trim().is_empty().into())
    }),
    ("to base64", "value", |machine, arguments| {
        Ok(machine.string(base64(text(arguments, 0)?.as_bytes()))?)
    }),
    ("uuid", "", uuid),
];

fn substring(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (source, start) = (text(arguments, 0)?, truncated(arguments, 1)?);
    machine.charge(source.len() / 16)?;
    let length = if is_given(arguments, 2) && !any(arguments, 2).is_null() {
        Some(truncated(arguments, 2)?)
    } else {
        None
    };
    let count = source.chars().count() as i64;
    let skipped = match start {
        1.. => start - 1,
        0 => return because("Expected a start position other than 0, but found 0"),
        _ => count.saturating_add(start),
    };
    if skipped < 0 || skipped >= count || length.is_some_and(|length| length < 1) {
        return because(format!(
            "Expected a part of the string of {count} characters, but found one outside"
        ));
    }
    let rest = source.chars().skip(skipped as usize);
    let part: String = match length {
        Some(length) => rest.take(length as usize).collect(),
        None => rest.collect(),
    };
    Ok(machine.string(part)?)
}

/// What is before or after the first match; the empty string when there is none.
fn part(machine: &mut Machine<'_, '_>, arguments: &[Value], before: bool) -> Answer {
    let (source, separator) = (text(arguments, 0)?, text(arguments, 1)?);
    machine.charge(source.len() / 16)?;
    let (head, tail) = source.split_once(separator).unwrap_or(("", ""));
    Ok(machine.string(if before { head } else { tail })?)
}

fn test(
    machine: &mut Machine<'_, '_>,
    arguments: &[Value],
    holds: fn(&str, &str) -> bool,
) -> Answer {
    let (source, part) = (text(arguments, 0)?, text(arguments, 1)?);
    machine.charge(source.len() / 16)?;
    Ok(holds(source, part).into())
}

/// Nulls in the list are left out.
fn string_join(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let items = list(arguments, 0)?;
    let delimiter = match any(arguments, 1) {
        Value::Null => "",
        _ => text(arguments, 1)?,
    };
    let mut joined = String::new();
    let mut first = true;
    for item in items.iter() {
        let part = match item {
            Value::Null => continue,
            Value::String(part) => part,
            _ => return wrong("a list of strings", arguments, 0),
        };
        machine.charge(1 + part.len() / 16)?;
        machine.string_fits(joined.len() + delimiter.len() + part.len())?;
        joined.push_str(if first { "" } else { delimiter });
        joined.push_str(part);
        first = false;
    }
    Ok(machine.string(joined)?)
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut output = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * index)) as usize & 63];
            output.push(if index <= chunk.len() {
                digit as char
            } else {
                '='
            });
        }
    }
    output
}

/// Version 4, from the seed of the environment.
fn uuid(machine: &mut Machine<'_, '_>, _: &[Value]) -> Answer {
    let (high, low) = (
        machine.evaluator.next_random(),
        machine.evaluator.next_random(),
    );
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let groups = (
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff,
    );
    Ok(machine.string(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        groups.0, groups.1, groups.2, groups.3, groups.4
    ))?)
}
