//! The JSON writer.

use std::fmt::{Display, Write};

use crate::Value;

pub(super) fn write(value: &Value, output: &mut String) {
    match value {
        Value::Null | Value::Function(_) => output.push_str("null"),
        Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => display(number, output),
        Value::LongNumber(number) => output.push_str(number.as_str()),
        Value::String(text) => string(text, output),
        Value::List(items) => {
            output.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write(item, output);
            }
            output.push(']');
        }
        Value::Context(context) => {
            output.push('{');
            for (index, (name, value)) in context.iter().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                string(name, output);
                output.push(':');
                write(value, output);
            }
            output.push('}');
        }
        Value::Date(date) => quoted(date, output),
        Value::Time(time) => quoted(time, output),
        Value::DateTime(date_time) => quoted(date_time, output),
        Value::DaysTime(duration) => quoted(duration, output),
        Value::YearsMonths(duration) => quoted(duration, output),
        Value::Range(_) => string(&value.to_string(), output),
    }
}

/// Writing into a string cannot fail.
fn display(value: &impl Display, output: &mut String) {
    let _ = write!(output, "{value}");
}

/// For texts that need no escapes.
fn quoted(value: &impl Display, output: &mut String) {
    output.push('"');
    display(value, output);
    output.push('"');
}

fn string(text: &str, output: &mut String) {
    output.push('"');
    let mut plain_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        output.push_str(&text[plain_from..index]);
        plain_from = index + 1;
        if short.is_empty() {
            let _ = write!(output, "\\u{byte:04x}");
        } else {
            output.push_str(short);
        }
    }
    output.push_str(&text[plain_from..]);
    output.push('"');
}
