//! FEEL values: what variables hold and expressions give. Lists, contexts, ranges and functions
//! are shared, so that a clone costs a reference count.

use std::sync::Arc;

use crate::context::Context;
use crate::function::Function;
use crate::list::List;
use crate::range::Range;
use crate::{Date, DateTime, DaysTime, LongNumber, Number, Time, YearsMonths};

/// A FEEL value. `==` is structural and total; FEEL's own `=`, which is null for different
/// kinds, is an operation of expressions.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    /// A number from JSON with more digits than FEEL has. It goes through what only passes it on;
    /// everything else gets it rounded, see [`Value::rounded`].
    LongNumber(Arc<LongNumber>),
    String(Arc<str>),
    List(List),
    Context(Arc<Context>),
    Date(Date),
    Time(Time),
    DateTime(DateTime),
    /// A days and time duration.
    DaysTime(DaysTime),
    /// A years and months duration.
    YearsMonths(YearsMonths),
    Range(Arc<Range>),
    Function(Arc<Function>),
}

/// How large a value is when written out in full, shared parts counted each time they occur.
/// Kept by every list and context, because a small shared structure can stand for an endless text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Nesting of lists, contexts, ranges and functions.
    pub depth: u32,
    /// One per value, plus one per byte of text. Saturates.
    pub size: u64,
    /// Whether a [`LongNumber`] may be among the parts.
    pub long_numbers: bool,
}

impl Extent {
    pub(crate) fn include(&mut self, part: Extent) {
        self.depth = self.depth.max(part.depth.saturating_add(1));
        self.size = self.size.saturating_add(part.size);
        self.long_numbers |= part.long_numbers;
    }

    /// Of a list, context or range without parts.
    pub(crate) fn of_nothing() -> Extent {
        Extent {
            depth: 1,
            size: 1,
            long_numbers: false,
        }
    }

    /// Takes a part's size out again; all else stays, as an upper bound.
    pub(crate) fn exclude(&mut self, part: Extent) {
        if self.size != u64::MAX {
            self.size = self.size.saturating_sub(part.size);
        }
    }
}

impl Value {
    pub fn string(text: impl Into<Arc<str>>) -> Value {
        Value::String(text.into())
    }

    pub fn list(items: impl Into<List>) -> Value {
        Value::List(items.into())
    }

    pub fn context(context: Context) -> Value {
        Value::Context(Arc::new(context))
    }

    /// FEEL's name for the type: `number`, `days and time duration`, …
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) | Value::LongNumber(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Context(_) => "context",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "date and time",
            Value::DaysTime(_) => "days and time duration",
            Value::YearsMonths(_) => "years and months duration",
            Value::Range(_) => "range",
            Value::Function(_) => "function",
        }
    }

    /// Depth and written-out size.
    pub fn extent(&self) -> Extent {
        match self {
            Value::String(text) => Extent {
                depth: 0,
                size: 1 + text.len() as u64,
                long_numbers: false,
            },
            Value::LongNumber(number) => Extent {
                depth: 0,
                size: 1 + number.as_str().len() as u64,
                long_numbers: true,
            },
            Value::List(list) => list.extent(),
            Value::Context(context) => context.extent(),
            Value::Range(range) => range.extent(),
            Value::Function(function) => function.extent(),
            _ => Extent {
                depth: 0,
                size: 1,
                long_numbers: false,
            },
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The number; a long one as it is rounded.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Value::Number(value) => Some(*value),
            Value::LongNumber(value) => Some(value.rounded()),
            _ => None,
        }
    }

    /// The value with numbers that FEEL can calculate with: long ones rounded to its digits.
    #[must_use]
    pub fn rounded(self) -> Value {
        match self {
            Value::LongNumber(number) => Value::Number(number.rounded()),
            Value::List(items) if items.extent().long_numbers => {
                let items = items.into_vec().into_iter();
                Value::List(items.map(Value::rounded).collect())
            }
            Value::Context(context) if context.extent().long_numbers => {
                let entries = context.iter();
                let rounded = entries.map(|(name, value)| (name.clone(), value.clone().rounded()));
                Value::context(rounded.collect())
            }
            other => other,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(value) = self {
            Some(value)
        } else {
            None
        }
    }

    pub fn as_list(&self) -> Option<&List> {
        if let Value::List(value) = self {
            Some(value)
        } else {
            None
        }
    }

    pub fn as_context(&self) -> Option<&Context> {
        if let Value::Context(value) = self {
            Some(value)
        } else {
            None
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Value {
        Value::Number(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Number(Number::from_i64(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(value.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items.into())
    }
}

impl From<Context> for Value {
    fn from(context: Context) -> Value {
        Value::context(context)
    }
}
