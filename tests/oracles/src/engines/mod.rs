//! The engines, each behind the same function: a context and an expression in, a plain value or
//! the reason for having no opinion out.

pub mod dsntk;
pub mod ours;
mod sutra;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::plain::{Plain, Precision};

/// What an engine makes of an expression, or why it makes nothing of it.
pub type Opinion = Result<Plain, String>;

pub struct Engine {
    pub name: &'static str,
    pub precision: Precision,
    evaluate: fn(&str, &str) -> Opinion,
}

/// All but ours.
pub const OTHERS: [Engine; 2] = [
    Engine {
        name: "dsntk",
        precision: Precision::Full,
        evaluate: dsntk::evaluate,
    },
    Engine {
        name: "sutra",
        precision: Precision::Short,
        evaluate: sutra::evaluate,
    },
];

impl Engine {
    /// A panic is no opinion either.
    pub fn opinion(&self, context: &str, expression: &str) -> Opinion {
        guarded(|| (self.evaluate)(context, expression))
    }
}

pub fn guarded(evaluate: impl FnOnce() -> Opinion) -> Opinion {
    catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|_| Err("panicked".to_owned()))
}
