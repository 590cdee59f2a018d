//! Sutra. Evaluation that fails is an error with it, where the standard has null.

use sutra_feel::value::canonical_string_of;
use sutra_feel::{FeelContext, FeelDuration, FeelValue, expressions};

use super::Opinion;
use crate::plain::Plain;

pub fn evaluate(context: &str, expression: &str) -> Opinion {
    let context = expressions::eval(context, &FeelContext::new());
    let FeelValue::Map(context) = context.map_err(|error| error.to_string())? else {
        return Err("reads the context as something else".to_owned());
    };
    let value = expressions::eval(expression, &context).map_err(|error| error.to_string())?;
    Ok(plain(&value))
}

fn plain(value: &FeelValue) -> Plain {
    let text = || canonical_string_of(value);
    match value {
        FeelValue::Null => Plain::Null,
        FeelValue::Boolean(value) => Plain::Bool(*value),
        FeelValue::Number(_) => Plain::number(&text()),
        FeelValue::String(text) => Plain::Text(text.clone()),
        FeelValue::Instant(..) => Plain::Other("date and time", text()),
        FeelValue::Date(_) => Plain::Other("date", text()),
        FeelValue::Time(..) => Plain::Other("time", text()),
        FeelValue::Duration(FeelDuration::DaysTime(_)) => Plain::Other("days duration", text()),
        FeelValue::Duration(FeelDuration::YearsMonths(_)) => {
            Plain::Other("months duration", text())
        }
        FeelValue::List(items) => Plain::List(items.iter().map(plain).collect()),
        FeelValue::Map(entries) => Plain::Context(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
        ),
        FeelValue::Range(range) => Plain::List(vec![
            Plain::Text(format!(
                "range {}{}",
                if range.start_inclusive { '[' } else { '(' },
                if range.end_inclusive { ']' } else { ')' }
            )),
            plain(&range.start),
            plain(&range.end),
        ]),
        FeelValue::Function(_) | FeelValue::Invocable(_) => Plain::Other("function", String::new()),
    }
}
