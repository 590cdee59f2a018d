//! FEEL (Friendly Enough Expression Language, DMN 1.3 to 1.5): values, JSON, parser and a
//! fuel-bounded evaluator.
//!
//! Parse once with [`Expression::parse`], evaluate often with [`Expression::evaluate`]. Nothing
//! here does input or output or looks at a clock: time and randomness come in an [`Environment`],
//! variables through a [`Scope`]. Every step costs fuel and every value is bounded, because
//! expressions are other people's input.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod builtins;
mod context;
mod display;
mod evaluate;
mod expression;
mod function;
mod json;
mod lexical;
mod limits;
mod list;
mod number;
mod range;
mod spelling;
mod syntax;
mod temporal;
mod uses;
mod value;

pub use context::Context;
pub use evaluate::{Bound, Environment, Evaluation, Evaluator, Scope, Warning};
pub use expression::Expression;
pub use function::{Closure, Function, HostFunction, Parameter};
pub use json::JsonError;
pub use lexical::NoValue;
pub use limits::{Limits, MAX_HEIGHT, MAX_JSON_DEPTH, MAX_SOURCE_BYTES};
pub use list::List;
pub use number::{LongNumber, Number, NumberError, Rounding};
pub use range::{Range, compare};
pub use spelling::{is_misspelling, is_same_word, nearest, nearest_function};
pub use syntax::{NameSet, SyntaxError, Type, is_only_a_name};
pub use temporal::{Date, DateTime, DaysTime, Malformed, Time, YearsMonths, Zone};
pub use uses::Use;
pub use value::{Extent, Value};

/// Names of the built-in functions, in alphabetical order.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    builtins::names()
}
