//! Types of values: which type a value has, and the conversions that FEEL does by itself.

use std::fmt;

use crate::{DateTime, Function, Type, Value};

/// Whether the value belongs to the type. Null belongs to every type.
pub(crate) fn conforms(value: &Value, expected: &Type) -> bool {
    match (value, expected) {
        (Value::Null, _) | (_, Type::Any) => true,
        (Value::Bool(_), Type::Boolean)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String)
        | (Value::Date(_), Type::Date)
        | (Value::Time(_), Type::Time)
        | (Value::DateTime(_), Type::DateTime)
        | (Value::DaysTime(_), Type::DaysTime | Type::Duration)
        | (Value::YearsMonths(_), Type::YearsMonths | Type::Duration)
        | (Value::Function(_), Type::AnyFunction) => true,
        (Value::List(items), Type::List(item)) => items.iter().all(|value| conforms(value, item)),
        (Value::Context(context), Type::Context(entries)) => {
            entries.iter().all(|(name, expected)| {
                context
                    .get(name)
                    .is_some_and(|value| conforms(value, expected))
            })
        }
        (Value::Range(range), Type::Range(end)) => [&range.start, &range.end]
            .into_iter()
            .flatten()
            .all(|value| conforms(value, end)),
        (Value::Function(function), Type::Function(parameters, result)) => {
            function_conforms(function, parameters, result)
        }
        _ => false,
    }
}

/// Functions have no declared result, so only the parameters count: as many, and each taking at
/// least what the type passes.
fn function_conforms(function: &Function, expected: &[Type], result: &Type) -> bool {
    let Some(parameters) = function.parameters() else {
        return false;
    };
    parameters.len() == expected.len()
        && parameters
            .iter()
            .zip(expected)
            .all(|(parameter, expected)| match &parameter.declared {
                None => true,
                Some(declared) => subtype(expected, declared),
            })
        && function
            .result()
            .is_none_or(|declared| subtype(declared, result))
}

/// Whether every value of `narrow` is one of `wide`.
pub(crate) fn subtype(narrow: &Type, wide: &Type) -> bool {
    match (narrow, wide) {
        (_, Type::Any) | (Type::Null, _) => true,
        (Type::DaysTime | Type::YearsMonths, Type::Duration)
        | (Type::Function(..), Type::AnyFunction) => true,
        (Type::List(narrow), Type::List(wide)) | (Type::Range(narrow), Type::Range(wide)) => {
            subtype(narrow, wide)
        }
        (Type::Context(narrow), Type::Context(wide)) => wide.iter().all(|(name, wide)| {
            narrow
                .iter()
                .any(|(known, narrow)| known == name && subtype(narrow, wide))
        }),
        (Type::Function(narrow, result), Type::Function(wide, wide_result)) => {
            narrow.len() == wide.len()
                && narrow
                    .iter()
                    .zip(wide)
                    .all(|(narrow, wide)| subtype(wide, narrow))
                && subtype(result, wide_result)
        }
        _ => narrow == wide,
    }
}

/// The value as the type, by the conversions of DMN: a single item for its list, a list of one for
/// its item, midnight for a date.
///
/// # Errors
/// Gives the value back when it cannot be one.
pub(crate) fn coerce(value: Value, expected: &Type) -> Result<Value, Value> {
    if conforms(&value, expected) {
        return Ok(value);
    }
    match (value, expected) {
        (Value::Date(date), Type::DateTime) => Ok(Value::DateTime(DateTime::from_date(date))),
        (Value::List(items), _) if items.len() == 1 && conforms(&items[0], expected) => {
            Ok(items[0].clone())
        }
        (value, Type::List(item)) if conforms(&value, item) => Ok(vec![value].into()),
        (value, _) => Err(value),
    }
}

impl Type {
    /// Whether the value belongs to the type; null belongs to every type.
    pub fn includes(&self, value: &Value) -> bool {
        conforms(value, self)
    }

    /// The value as this type, by DMN's implicit conversions (a list of one and its item, a date
    /// and its midnight).
    ///
    /// # Errors
    /// Gives the value back when it is not of the type and no conversion applies.
    pub fn convert(&self, value: Value) -> Result<Value, Value> {
        coerce(value, self)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Type::Any => "Any",
            Type::Null => "Null",
            Type::Number => "number",
            Type::String => "string",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Time => "time",
            Type::DateTime => "date and time",
            Type::DaysTime => "days and time duration",
            Type::YearsMonths => "years and months duration",
            Type::Duration => "duration",
            Type::AnyFunction => "function",
            Type::List(item) => return write!(formatter, "list<{item}>"),
            Type::Range(end) => return write!(formatter, "range<{end}>"),
            Type::Context(entries) => {
                formatter.write_str("context<")?;
                for (index, (name, entry)) in entries.iter().enumerate() {
                    write!(
                        formatter,
                        "{}{name}: {entry}",
                        if index > 0 { ", " } else { "" }
                    )?;
                }
                return formatter.write_str(">");
            }
            Type::Function(parameters, result) => {
                formatter.write_str("function<")?;
                for (index, parameter) in parameters.iter().enumerate() {
                    write!(
                        formatter,
                        "{}{parameter}",
                        if index > 0 { ", " } else { "" }
                    )?;
                }
                return write!(formatter, ">->{result}");
            }
        };
        formatter.write_str(name)
    }
}
