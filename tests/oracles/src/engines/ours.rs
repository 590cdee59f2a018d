//! Ours.

use gardesh_feel::{Context, Environment, Expression, NameSet, Value};

use super::Opinion;
use crate::plain::Plain;

pub fn evaluate(context: &str, expression: &str) -> Opinion {
    let context = context_of(context);
    let names: NameSet = context.iter().map(|(name, _)| name.to_string()).collect();
    let parsed = Expression::parse_with_names(expression, &names).map_err(|e| e.to_string())?;
    let evaluation = parsed.evaluate(&context, &Environment::default());
    match evaluation.exceeded {
        Some(bound) => Err(bound.to_string()),
        None => Ok(plain(&evaluation.value)),
    }
}

/// A context that a table or a generator wrote, so it is one.
pub fn context_of(source: &str) -> Context {
    let expression = Expression::parse(source).expect("a context in FEEL");
    let evaluation = expression.evaluate(&(), &Environment::default());
    evaluation.value.as_context().expect("a context").clone()
}

pub fn plain(value: &Value) -> Plain {
    match value {
        Value::Null => Plain::Null,
        Value::Bool(value) => Plain::Bool(*value),
        Value::Number(number) => Plain::Number(*number),
        Value::LongNumber(number) => Plain::Number(number.rounded()),
        Value::String(text) => Plain::Text(text.to_string()),
        Value::List(items) => Plain::List(items.iter().map(plain).collect()),
        Value::Context(context) => Plain::Context(
            context
                .iter()
                .map(|(name, value)| (name.to_string(), plain(value)))
                .collect(),
        ),
        Value::Date(date) => Plain::Other("date", date.to_string()),
        Value::Time(time) => Plain::Other("time", time.to_string()),
        Value::DateTime(moment) => Plain::Other("date and time", moment.to_string()),
        Value::DaysTime(duration) => Plain::Other("days duration", duration.to_string()),
        Value::YearsMonths(duration) => Plain::Other("months duration", duration.to_string()),
        Value::Range(range) => Plain::List(vec![
            Plain::Text(format!(
                "range {}{}",
                if range.start_included { '[' } else { '(' },
                if range.end_included { ']' } else { ')' }
            )),
            range.start.as_ref().map_or(Plain::Null, plain),
            range.end.as_ref().map_or(Plain::Null, plain),
        ]),
        Value::Function(_) => Plain::Other("function", String::new()),
    }
}
