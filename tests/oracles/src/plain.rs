//! Values as all engines have them, and when two of them are the same.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use gardesh_feel::Number;

/// A value without anything that belongs to one engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Plain>),
    Context(BTreeMap<String, Plain>),
    /// Dates, times, durations and ranges as their text, functions without one.
    Other(&'static str, String),
}

/// How exactly numbers have to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// All 34 digits but the last: transcendental functions need not be rounded correctly.
    Full,
    /// About 14 of an engine's 16 digits; a chain of operations loses the others.
    Short,
}

impl Plain {
    /// A number from another engine's text.
    pub fn number(text: &str) -> Plain {
        match text.parse() {
            Ok(number) => Plain::Number(number),
            Err(_) => Plain::Other("unreadable number", text.to_owned()),
        }
    }

    pub fn agrees(&self, other: &Plain, precision: Precision) -> bool {
        match (self, other) {
            (Plain::Number(a), Plain::Number(b)) => numbers_agree(*a, *b, precision),
            (Plain::List(a), Plain::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.agrees(b, precision))
            }
            (Plain::Context(a), Plain::Context(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((ka, a), (kb, b))| ka == kb && a.agrees(b, precision))
            }
            _ => self == other,
        }
    }
}

fn numbers_agree(a: Number, b: Number, precision: Precision) -> bool {
    if a == b {
        return true;
    }
    let tolerance = match precision {
        Precision::Full => "1e-32",
        Precision::Short => "1e-13",
    };
    let tolerance: Number = tolerance.parse().expect("a number");
    let scale = match precision {
        Precision::Full => a.abs(),
        // Differences of numbers around one have lost digits, too.
        Precision::Short => a.abs().max(Number::ONE),
    };
    let (Some(difference), Some(allowed)) = (a.checked_sub(b), scale.checked_mul(tolerance)) else {
        return false;
    };
    difference.abs() <= allowed
}

impl Display for Plain {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Plain::Null => formatter.write_str("null"),
            Plain::Bool(value) => write!(formatter, "{value}"),
            Plain::Number(number) => write!(formatter, "{number}"),
            Plain::Text(text) => write!(formatter, "{text:?}"),
            Plain::List(items) => {
                let items: Vec<String> = items.iter().map(Plain::to_string).collect();
                write!(formatter, "[{}]", items.join(", "))
            }
            Plain::Context(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                write!(formatter, "{{{}}}", entries.join(", "))
            }
            Plain::Other(kind, text) => write!(formatter, "{kind} {text}"),
        }
    }
}
