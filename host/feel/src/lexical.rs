//! Texts that stand for values of types which JSON lacks: dates, times and durations. Where a value
//! from outside has such a declared type, its text becomes a value of it; the texts themselves are
//! read in `temporal/`.

use std::fmt;
use std::sync::Arc;

use crate::limits::MAX_SHOWN_CHARS;
use crate::{Context, Type, Value};

/// A text that is no value of its declared type.
#[derive(Clone, Debug, PartialEq)]
pub struct NoValue {
    /// Where it stands in the value, from its root: `.items[2].due`; empty for the value itself.
    pub path: String,
    /// The type, and a text that is one of its values.
    expected: (&'static str, &'static str),
    text: Arc<str>,
}

impl fmt::Display for NoValue {
    /// What was expected at the place, and what is there.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, example) = self.expected;
        let shown: String = self.text.chars().take(MAX_SHOWN_CHARS).collect();
        let more = if shown.len() < self.text.len() {
            "…"
        } else {
            ""
        };
        write!(
            formatter,
            "to be a {name} such as {example}, but found the text \"{shown}{more}\""
        )
    }
}

impl Type {
    /// Whether a text can stand for a value of this type, or of a part of it.
    #[must_use]
    pub fn has_texts(&self) -> bool {
        match self {
            Type::List(item) => item.has_texts(),
            Type::Context(entries) => entries.iter().any(|(_, entry)| entry.has_texts()),
            simple => simple.lexical_form().is_some(),
        }
    }

    /// The value with the texts that stand for dates, times and durations, by this type, as what
    /// they stand for. All else stays as it is, whether it is of the type or not.
    ///
    /// # Errors
    /// The first text that stands for no value of its type.
    pub fn read_texts(&self, value: Value) -> Result<Value, NoValue> {
        if !self.has_texts() {
            return Ok(value);
        }
        match (self, value) {
            (Type::List(item), Value::List(values)) => {
                let read = values.into_vec().into_iter().enumerate();
                let read = read.map(|(index, value)| {
                    let place = || format!("[{}]", index + 1);
                    item.read_texts(value).map_err(|found| found.at(place()))
                });
                Ok(Value::from(read.collect::<Result<Vec<_>, _>>()?))
            }
            (Type::List(item), value) => item.read_texts(value),
            // A list of one stands for its item.
            (_, Value::List(values)) if values.len() == 1 => {
                Ok(vec![self.read_texts(values[0].clone())?].into())
            }
            (Type::Context(entries), Value::Context(context)) => {
                let context = Arc::unwrap_or_clone(context);
                Ok(read_entries(entries, context)?.into())
            }
            (simple, Value::String(text)) => simple.read_text(text),
            (_, value) => Ok(value),
        }
    }

    fn read_text(&self, text: Arc<str>) -> Result<Value, NoValue> {
        let read = match self {
            Type::Date => text.parse().map(Value::Date),
            Type::Time => text.parse().map(Value::Time),
            Type::DateTime => text.parse().map(Value::DateTime),
            Type::DaysTime => text.parse().map(Value::DaysTime),
            Type::YearsMonths => text.parse().map(Value::YearsMonths),
            Type::Duration => {
                let days = text.parse().map(Value::DaysTime);
                days.or_else(|_| text.parse().map(Value::YearsMonths))
            }
            _ => return Ok(Value::String(text)),
        };
        read.map_err(|_| NoValue {
            path: String::new(),
            expected: self.lexical_form().unwrap_or_default(),
            text,
        })
    }

    /// The name of a type whose values have a text, and an example of it.
    fn lexical_form(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Type::Date => ("date", "2024-02-29"),
            Type::Time => ("time", "08:30:00"),
            Type::DateTime => ("date and time", "2024-02-29T08:30:00Z"),
            Type::DaysTime => ("days and time duration", "P1DT2H"),
            Type::YearsMonths => ("years and months duration", "P1Y6M"),
            Type::Duration => ("duration", "P1DT2H or P1Y6M"),
            _ => return None,
        })
    }
}

fn read_entries(entries: &[(Arc<str>, Type)], mut context: Context) -> Result<Context, NoValue> {
    for (name, declared) in entries.iter().filter(|(_, declared)| declared.has_texts()) {
        if let Some(value) = context.get(name).cloned() {
            let read = declared.read_texts(value);
            context.insert(
                name.clone(),
                read.map_err(|found| found.at(format!(".{name}")))?,
            );
        }
    }
    Ok(context)
}

impl NoValue {
    /// The same, further inside.
    fn at(mut self, place: String) -> NoValue {
        self.path.insert_str(0, &place);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, Expression, NameSet};

    fn read(declared: &str, json: &str) -> Result<Value, String> {
        let declared = Type::parse(declared, &NameSet::new()).expect("a type");
        let value = Value::from_json(json).expect("JSON");
        let read = declared.read_texts(value);
        read.map_err(|found| format!("{} {found}", found.path))
    }

    #[test]
    fn texts_become_values_of_their_type() {
        let cases = [
            ("date", "\"1990-05-05\"", "@\"1990-05-05\""),
            ("date", "\"-0044-03-15\"", "@\"-0044-03-15\""),
            ("time", "\"08:30:00\"", "@\"08:30:00\""),
            ("time", "\"08:30:00.5+01:00\"", "@\"08:30:00.5+01:00\""),
            (
                "date and time",
                "\"2024-02-29T08:30:00@Europe/Paris\"",
                "@\"2024-02-29T08:30:00@Europe/Paris\"",
            ),
            // The standard's conversion of a date gives its midnight.
            (
                "date and time",
                "\"2024-02-29\"",
                "date and time(\"2024-02-29\")",
            ),
            ("days and time duration", "\"P1DT2H\"", "@\"P1DT2H\""),
            ("days and time duration", "\"-PT0.5S\"", "@\"-PT0.5S\""),
            ("years and months duration", "\"P1Y6M\"", "@\"P1Y6M\""),
            (
                "list<date>",
                "[\"2024-01-01\", null]",
                "[@\"2024-01-01\", null]",
            ),
            // One for a list of one, and the other way round; the conversion is made elsewhere.
            ("list<date>", "\"2024-01-01\"", "@\"2024-01-01\""),
            ("date", "[\"2024-01-01\"]", "[@\"2024-01-01\"]"),
            (
                "context<due: date, items: list<context<from: time>>>",
                "{\"due\":\"2024-01-01\",\"note\":\"2024-01-01\",\"items\":[{\"from\":\"10:00:00\"}]}",
                "{due: @\"2024-01-01\", note: \"2024-01-01\", items: [{from: @\"10:00:00\"}]}",
            ),
            // What is no text, or of a type that JSON has, stays.
            ("date", "5", "5"),
            ("date", "null", "null"),
            ("string", "\"2024-01-01\"", "\"2024-01-01\""),
            ("Any", "\"2024-01-01\"", "\"2024-01-01\""),
            ("number", "\"5\"", "\"5\""),
            ("context<a: date>", "[1, 2]", "[1, 2]"),
        ];
        for (declared, json, expected) in cases {
            let expected = Expression::parse(expected).expect("FEEL");
            let expected = expected.evaluate(&(), &Environment::default()).value;
            assert_eq!(read(declared, json), Ok(expected), "{declared} {json}");
        }
    }

    #[test]
    fn texts_that_are_none_are_named_with_their_place() {
        let cases = [
            ("date", "\"tomorrow\"", "a date such as 2024-02-29", ""),
            ("date", "\"\"", "a date", ""),
            ("date", "\"2024-02-30\"", "a date", ""),
            ("date", "\"2024-02-29T00:00:00Z\"", "a date", ""),
            ("time", "\"25:00:00\"", "a time such as 08:30:00", ""),
            ("date and time", "\"08:30:00\"", "a date and time", ""),
            ("days and time duration", "\"P1Y\"", "a days and time", ""),
            (
                "years and months duration",
                "\"P1D\"",
                "a years and months",
                "",
            ),
            ("list<date>", "[\"2024-01-01\",\"x\"]", "a date", "[2]"),
            (
                "context<items: list<context<due: date>>>",
                "{\"items\":[{},{\"due\":\"soon\"}]}",
                "found the text \"soon\"",
                ".items[2].due",
            ),
        ];
        for (declared, json, message, path) in cases {
            let found = read(declared, json).expect_err(json);
            assert!(found.starts_with(&format!("{path} to be ")), "{found}");
            assert!(found.contains(message), "{found}");
        }
        let long = format!("\"{}\"", "é".repeat(10_000));
        assert!(read("date", &long).expect_err("no date").len() < 250);
    }
}
