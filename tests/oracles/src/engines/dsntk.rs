//! Decision Toolkit. It resolves names while it parses, so the context must be there by then.

use dsntk_feel::FeelScope;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;

use super::Opinion;
use crate::plain::Plain;

pub fn evaluate(context: &str, expression: &str) -> Opinion {
    let scope: FeelScope = context_of(context)?.into();
    let node = dsntk_feel_parser::parse_expression(&scope, expression, false)
        .map_err(|error| error.to_string())?;
    plain(&dsntk_feel_evaluator::evaluate(&scope, &node))
}

pub fn context_of(source: &str) -> Result<FeelContext, String> {
    dsntk_feel_evaluator::evaluate_context(&FeelScope::default(), source)
        .map_err(|error| error.to_string())
}

pub fn plain(value: &Value) -> Opinion {
    Ok(match value {
        Value::Null(_) => Plain::Null,
        Value::Boolean(value) => Plain::Bool(*value),
        Value::Number(number) => Plain::number(&number.to_string()),
        Value::String(text) => Plain::Text(text.clone()),
        Value::List(items) | Value::ExpressionList(items) => {
            let items: Result<Vec<Plain>, String> = items.iter().map(plain).collect();
            Plain::List(items?)
        }
        Value::Context(context) => {
            let entries: Result<_, String> = context
                .iter()
                .map(|(name, value)| Ok((name.to_string(), plain(value)?)))
                .collect();
            Plain::Context(entries?)
        }
        Value::Date(date) => Plain::Other("date", date.to_string()),
        Value::Time(time) => Plain::Other("time", time.to_string()),
        Value::DateTime(moment) => Plain::Other("date and time", moment.to_string()),
        Value::DaysAndTimeDuration(duration) => Plain::Other("days duration", duration.to_string()),
        Value::YearsAndMonthsDuration(duration) => {
            Plain::Other("months duration", duration.to_string())
        }
        Value::Range(start, start_type, end, end_type) => Plain::List(vec![
            Plain::Text(format!(
                "range {}{}",
                if start_type.closed() { '[' } else { '(' },
                if end_type.closed() { ']' } else { ')' }
            )),
            if start_type.undefined() {
                Plain::Null
            } else {
                plain(start)?
            },
            if end_type.undefined() {
                Plain::Null
            } else {
                plain(end)?
            },
        ]),
        Value::Transparent(inner) => plain(inner)?,
        Value::FunctionDefinition(..) | Value::BuiltInFunction(_) => {
            Plain::Other("function", String::new())
        }
        other => return Err(format!("gave {other}, which is no value of FEEL")),
    })
}
