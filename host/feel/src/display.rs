//! Values as FEEL text: what `string()` gives for parts of lists and contexts, and what people
//! read in messages.

use std::fmt::{self, Display, Formatter, Write};

use crate::{Range, Value};

impl Display for Value {
    /// FEEL source where the type has literals: strings in quotes, durations as `P1D`.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => formatter.write_str("null"),
            Value::Bool(value) => write!(formatter, "{value}"),
            Value::Number(number) => number.fmt(formatter),
            Value::LongNumber(number) => number.fmt(formatter),
            Value::String(text) => write_string(text, formatter),
            Value::List(items) => {
                formatter.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    formatter.write_str(if index > 0 { ", " } else { "" })?;
                    item.fmt(formatter)?;
                }
                formatter.write_char(']')
            }
            Value::Context(context) => {
                formatter.write_char('{')?;
                for (index, (name, value)) in context.iter().enumerate() {
                    formatter.write_str(if index > 0 { ", " } else { "" })?;
                    if is_plain_name(name) {
                        formatter.write_str(name)?
                    } else {
                        write_string(name, formatter)?
                    }
                    write!(formatter, ": {value}")?;
                }
                formatter.write_char('}')
            }
            Value::Date(date) => date.fmt(formatter),
            Value::Time(time) => time.fmt(formatter),
            Value::DateTime(moment) => moment.fmt(formatter),
            Value::DaysTime(duration) => duration.fmt(formatter),
            Value::YearsMonths(duration) => duration.fmt(formatter),
            Value::Range(range) => range.fmt(formatter),
            Value::Function(_) => formatter.write_str("function"),
        }
    }
}

impl Display for Range {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match (&self.start, &self.end) {
            (None, Some(end)) => write!(
                formatter,
                "{} {end}",
                if self.end_included { "<=" } else { "<" }
            ),
            (Some(start), None) => write!(
                formatter,
                "{} {start}",
                if self.start_included { ">=" } else { ">" }
            ),
            (None, None) => formatter.write_str("(null..null)"),
            (Some(start), Some(end)) => {
                let (open, close) = (
                    if self.start_included { '[' } else { '(' },
                    if self.end_included { ']' } else { ')' },
                );
                write!(formatter, "{open}{start}..{end}{close}")
            }
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '_' | ' '))
}

fn write_string(text: &str, formatter: &mut Formatter<'_>) -> fmt::Result {
    formatter.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => formatter.write_str("\\\"")?,
            '\\' => formatter.write_str("\\\\")?,
            '\n' => formatter.write_str("\\n")?,
            '\r' => formatter.write_str("\\r")?,
            '\t' => formatter.write_str("\\t")?,
            other => formatter.write_char(other)?,
        }
    }
    formatter.write_char('"')
}
