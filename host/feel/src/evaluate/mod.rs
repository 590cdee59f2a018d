//! Evaluation: what surrounds it (scope, time, limits), what it costs, and what it gives.

mod calls;
mod collections;
mod conversion;
mod machine;
mod nodes;
mod operators;
mod properties;

pub(crate) use conversion::{coerce, conforms};
pub(crate) use machine::Machine;
pub(crate) use nodes::described;
pub(crate) use operators::{equal, same_instant_and_zone};

use std::sync::Arc;

use crate::builtins::{Pattern, no_patterns};
use crate::limits::{Limits, MAX_WARNINGS};
use crate::{Context, Expression, Value, Zone};

/// Where an expression finds its variables.
pub trait Scope {
    fn lookup(&self, name: &str) -> Option<Value>;
}

impl Scope for Context {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}

/// No variables.
impl Scope for () {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// What evaluation takes from its surroundings instead of a clock and a random source.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// What `now()` and `today()` say, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: i64,
    /// Where `now()` and `today()` are.
    pub zone: Zone,
    /// Where `uuid()` and `random number()` start; equal seeds give equal results.
    pub seed: u64,
    pub limits: Limits,
}

impl Default for Environment {
    fn default() -> Environment {
        Environment {
            now_ms: 0,
            zone: Zone::UTC,
            seed: 0,
            limits: Limits::default(),
        }
    }
}

/// What ends an evaluation before it has a value: a bound that was reached, an assertion that does not
/// hold, or an input that is not of its type. It is passed on through every call, so it stays as small as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bound {
    #[error(
        "Expected the expression to end within its fuel, but it has more steps; reduce the lists it goes through"
    )]
    Fuel,
    #[error(
        "Expected calls to nest within the depth limit, but they go deeper; check how the recursion ends"
    )]
    Depth,
    #[error("Expected lists within the length limit, but a longer one would be needed")]
    ListLength,
    #[error("Expected strings within the length limit, but a longer one would be needed")]
    StringLength,
    #[error("Expected values within the size limit, but a larger one would be needed")]
    ValueSize,
    #[error("Expected values nested within the depth limit, but a deeper one would be needed")]
    ValueDepth,
    /// The condition of an `assert` does not hold; what it says about that is the first warning.
    #[error("Assertion failure")]
    Assertion,
    /// A text from outside is no value of its declared type; what it is, is the first warning.
    #[error("Expected texts from outside to be values of their types, but one is none")]
    Input,
}

impl Bound {
    /// The text of its own, which what the first warning explains does not have.
    pub fn reason(self) -> Option<String> {
        (!matches!(self, Bound::Assertion | Bound::Input)).then(|| self.to_string())
    }
}

/// Why something became null, or why there is no value at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    /// Where in the source, in bytes.
    pub position: u32,
}

/// What an expression gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Null when a bound was exceeded, an assertion does not hold, or an input is not of its type.
    pub value: Value,
    /// Reasons for nulls on the way, the first 16; before them, why an assertion does not hold or what
    /// is wrong with an input.
    pub warnings: Vec<Warning>,
    pub exceeded: Option<Bound>,
    /// The steps that it took, as [`Limits::fuel`] counts them.
    pub fuel: u64,
}

impl Evaluation {
    /// All reasons in one text, for incidents; empty when there are none.
    pub fn reasons(&self) -> String {
        let bound = self.exceeded.and_then(Bound::reason);
        let mut reasons: Vec<String> = bound.into_iter().collect();
        reasons.extend(
            self.warnings
                .iter()
                .map(|warning| format!("{} (at byte {})", warning.message, warning.position)),
        );
        reasons.join("; ")
    }
}

/// The course of one evaluation: fuel that is left, depth, warnings. A host that evaluates several
/// expressions under one budget runs them on one evaluator.
#[derive(Debug)]
pub struct Evaluator<'e> {
    pub(crate) environment: &'e Environment,
    pub(crate) fuel: u64,
    pub(crate) depth: u32,
    pub(crate) random: u64,
    pub(crate) warnings: Vec<Warning>,
    /// Regular expressions by pattern and flags.
    pub(crate) patterns: Vec<Pattern>,
    /// Those of the expression, compiled with it.
    pub(crate) known_patterns: Arc<[Pattern]>,
}

impl<'e> Evaluator<'e> {
    pub fn new(environment: &'e Environment) -> Evaluator<'e> {
        Evaluator {
            environment,
            fuel: environment.limits.fuel,
            depth: 0,
            random: environment.seed,
            warnings: Vec::new(),
            patterns: Vec::new(),
            known_patterns: no_patterns(),
        }
    }

    pub fn environment(&self) -> &'e Environment {
        self.environment
    }

    /// # Errors
    /// The bound that was exceeded.
    pub fn evaluate(&mut self, expression: &Expression, scope: &dyn Scope) -> Result<Value, Bound> {
        self.with_patterns_of(expression, |evaluator| {
            Machine::new(evaluator, scope).run(expression.root())
        })
    }

    /// Evaluates unary tests on an input value, which they see as `?`.
    ///
    /// # Errors
    /// The bound that was exceeded.
    pub fn test(
        &mut self,
        tests: &Expression,
        input: Value,
        scope: &dyn Scope,
    ) -> Result<Value, Bound> {
        self.with_patterns_of(tests, |evaluator| {
            Machine::new(evaluator, scope).run_test(tests.root(), input)
        })
    }

    fn with_patterns_of<T>(
        &mut self,
        expression: &Expression,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.known_patterns, expression.patterns());
        let result = run(self);
        self.known_patterns = outer;
        result
    }

    /// Calls a function value. A wrong number or type of arguments gives null and a warning.
    ///
    /// # Errors
    /// The bound that was exceeded.
    pub fn call(
        &mut self,
        function: &crate::Function,
        arguments: Vec<Value>,
    ) -> Result<Value, Bound> {
        Machine::new(self, &()).call_function(function, arguments, 0)
    }

    /// Calls a function value with named arguments. Names that the function does not have, or too
    /// few of them, give null and a warning.
    ///
    /// # Errors
    /// The bound that was exceeded.
    pub fn call_named(
        &mut self,
        function: &crate::Function,
        arguments: Vec<(Arc<str>, Value)>,
    ) -> Result<Value, Bound> {
        Machine::new(self, &()).call_named(function, arguments, 0)
    }

    /// Takes fuel for work that a host does.
    ///
    /// # Errors
    /// There is less left.
    pub fn charge(&mut self, steps: u64) -> Result<(), Bound> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(Bound::Fuel)
            }
        }
    }

    /// The next of a sequence that the seed determines (SplitMix64).
    pub(crate) fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn warn(&mut self, position: u32, message: impl FnOnce() -> String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning {
                message: message(),
                position,
            });
        }
    }

    /// Ends the evaluation because an assertion does not hold.
    pub(crate) fn fail(&mut self, position: u32, cause: &str) -> Bound {
        self.warn_first(position, format!("Assertion failure: {cause}"));
        Bound::Assertion
    }

    /// Ends the evaluation because something from outside is not what it was declared as: a null in its
    /// place would be taken for an answer.
    pub fn refuse(&mut self, message: String) -> Bound {
        self.warn_first(0, message);
        Bound::Input
    }

    /// Puts a reason before all others, of which only the first are kept.
    fn warn_first(&mut self, position: u32, message: String) {
        self.warnings.truncate(MAX_WARNINGS - 1);
        self.warnings.insert(0, Warning { message, position });
    }

    /// The value and the warnings so far.
    pub fn finish(self, result: Result<Value, Bound>) -> Evaluation {
        let (value, exceeded) = match result {
            Ok(value) => (value, None),
            Err(bound) => (Value::Null, Some(bound)),
        };
        Evaluation {
            value,
            warnings: self.warnings,
            exceeded,
            fuel: self.environment.limits.fuel.saturating_sub(self.fuel),
        }
    }
}
