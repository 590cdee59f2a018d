//! Arithmetic, comparison and equality of values.

use super::Bound;
use super::machine::Machine;
use super::nodes::{described, operands};
use crate::range::compare;
use crate::syntax::Operator;
use crate::{Context, DateTime, Number, Value};

impl Machine<'_, '_> {
    #[inline]
    pub fn binary(
        &mut self,
        operator: Operator,
        left: Value,
        right: Value,
        position: u32,
    ) -> Result<Value, Bound> {
        let result = match operator {
            Operator::Equal | Operator::NotEqual => {
                self.charge(size_to_compare(&left).min(size_to_compare(&right)))?;
                equal(&left, &right).map(|same| Value::Bool(same == (operator == Operator::Equal)))
            }
            Operator::Less => compare(&left, &right).map(|order| Value::Bool(order.is_lt())),
            Operator::LessOrEqual => compare(&left, &right).map(|order| Value::Bool(order.is_le())),
            Operator::Greater => compare(&left, &right).map(|order| Value::Bool(order.is_gt())),
            Operator::GreaterOrEqual => {
                compare(&left, &right).map(|order| Value::Bool(order.is_ge()))
            }
            _ => return self.arithmetic(operator, left, right, position),
        };
        match result {
            Some(value) => Ok(value),
            None => self.null(position, || operands(operator, &left, &right)),
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: Value,
        right: Value,
        position: u32,
    ) -> Result<Value, Bound> {
        let result = match (&left, &right) {
            (Value::Number(left), Value::Number(right)) => {
                let result = match operator {
                    Operator::Add => left.checked_add(*right),
                    Operator::Subtract => left.checked_sub(*right),
                    Operator::Multiply => left.checked_mul(*right),
                    Operator::Divide => left.checked_div(*right),
                    _ => {
                        self.charge(power_steps(*right))?;
                        left.power(*right)
                    }
                };
                result.map(Value::Number)
            }
            (Value::String(left), Value::String(right)) if operator == Operator::Add => {
                self.string_fits(left.len() + right.len())?;
                let mut text = String::with_capacity(left.len() + right.len());
                text.push_str(left);
                text.push_str(right);
                return self.string(text);
            }
            _ => match operator {
                Operator::Add => sum(&left, &right).or_else(|| sum(&right, &left)),
                Operator::Subtract => difference(&left, &right),
                Operator::Multiply => product(&left, &right).or_else(|| product(&right, &left)),
                Operator::Divide => quotient(&left, &right),
                _ => None,
            },
        };
        match result {
            Some(value) => Ok(value),
            None => self.null(position, || operands(operator, &left, &right)),
        }
    }

    pub fn negate(&mut self, operand: Value, position: u32) -> Result<Value, Bound> {
        match operand {
            Value::Number(number) => Ok(Value::Number(number.negate())),
            Value::DaysTime(duration) => Ok(Value::DaysTime(duration.negate())),
            Value::YearsMonths(duration) => Ok(Value::YearsMonths(duration.negate())),
            other => self.null(position, || {
                format!(
                    "Expected a number or duration after '-', but found {}",
                    described(&other)
                )
            }),
        }
    }
}

/// What a power takes, measured against other steps.
fn power_steps(exponent: Number) -> usize {
    match exponent.to_i64() {
        Some(-1_000..=1_000) => 500,
        Some(_) => 2_000,
        None => 15_000,
    }
}

/// Steps that comparing takes; scalars are free.
fn size_to_compare(value: &Value) -> usize {
    match value {
        Value::List(_) | Value::Context(_) => {
            usize::try_from(value.extent().size).unwrap_or(usize::MAX)
        }
        Value::String(text) => text.len() / 64,
        _ => 0,
    }
}

/// Sums that involve time; `difference` has those that are not sums with a negation.
fn sum(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::DaysTime(left), Value::DaysTime(right)) => {
            Value::DaysTime(left.checked_add(*right)?)
        }
        (Value::YearsMonths(left), Value::YearsMonths(right)) => {
            Value::YearsMonths(left.checked_add(*right)?)
        }
        (Value::Date(date), Value::DaysTime(duration)) => {
            Value::Date(date.add_duration(*duration)?)
        }
        (Value::Date(date), Value::YearsMonths(duration)) => {
            Value::Date(date.add_months(*duration)?)
        }
        (Value::DateTime(moment), Value::DaysTime(duration)) => {
            Value::DateTime(moment.add_duration(*duration)?)
        }
        (Value::DateTime(moment), Value::YearsMonths(duration)) => {
            Value::DateTime(moment.add_months(*duration)?)
        }
        (Value::Time(time), Value::DaysTime(duration)) => Value::Time(time.add_duration(*duration)),
        _ => return None,
    })
}

fn difference(left: &Value, right: &Value) -> Option<Value> {
    Some(Value::DaysTime(match (left, right) {
        (_, Value::DaysTime(duration)) => return sum(left, &Value::DaysTime(duration.negate())),
        (_, Value::YearsMonths(duration)) => {
            return sum(left, &Value::YearsMonths(duration.negate()));
        }
        (Value::Date(left), Value::Date(right)) => {
            DateTime::from_date(*left).difference(&DateTime::from_date(*right))?
        }
        (Value::DateTime(left), Value::DateTime(right)) => left.difference(right)?,
        (Value::Date(left), Value::DateTime(right)) => {
            DateTime::from_date(*left).difference(right)?
        }
        (Value::DateTime(left), Value::Date(right)) => {
            left.difference(&DateTime::from_date(*right))?
        }
        (Value::Time(left), Value::Time(right)) => left.difference(right)?,
        _ => return None,
    }))
}

fn product(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::DaysTime(duration), Value::Number(factor)) => {
            Value::DaysTime(duration.checked_mul(*factor)?)
        }
        (Value::YearsMonths(duration), Value::Number(factor)) => {
            Value::YearsMonths(duration.checked_mul(*factor)?)
        }
        _ => return None,
    })
}

fn quotient(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::DaysTime(duration), Value::Number(divisor)) => {
            Value::DaysTime(duration.checked_div(*divisor)?)
        }
        (Value::YearsMonths(duration), Value::Number(divisor)) => {
            Value::YearsMonths(duration.checked_div(*divisor)?)
        }
        (Value::DaysTime(left), Value::DaysTime(right)) => Value::Number(left.ratio(*right)?),
        (Value::YearsMonths(left), Value::YearsMonths(right)) => Value::Number(left.ratio(*right)?),
        _ => return None,
    })
}

/// FEEL's `=`: true or false between values of one type or with null, else `None`.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => Some(other.is_null()),
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Some(false);
            }
            all(left
                .iter()
                .zip(right.iter())
                .map(|(left, right)| equal(left, right)))
        }
        (Value::Context(left), Value::Context(right)) => equal_contexts(left, right),
        (Value::Function(_), Value::Function(_)) => None,
        (Value::Date(_), Value::DateTime(_)) | (Value::DateTime(_), Value::Date(_)) => None,
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => Some(left == right),
        _ => None,
    }
}

fn equal_contexts(left: &Context, right: &Context) -> Option<bool> {
    if left.len() != right.len() || left.iter().any(|(name, _)| !right.contains(name)) {
        return Some(false);
    }
    all(left
        .iter()
        .map(|(name, value)| equal(value, right.get(name)?)))
}

/// False when one is false, else null when one is null. Parts of different types are unequal.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    Some(parts.into_iter().all(|part| part == Some(true)))
}

/// Whether times or date-times are at the same place of the clock in the same zone.
pub(crate) fn same_instant_and_zone(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Time(left), Value::Time(right)) => left == right && left.zone() == right.zone(),
        (Value::DateTime(left), Value::DateTime(right)) => {
            left == right && left.zone() == right.zone()
        }
        _ => false,
    }
}
