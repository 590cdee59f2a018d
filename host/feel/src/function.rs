//! Function values: built-in ones, those that an expression defines, and those of a host.

use std::sync::Arc;

use crate::Value;
use crate::builtins::Builtin;
use crate::evaluate::{Bound, Evaluator};
use crate::syntax::{Lambda, Type};
use crate::value::Extent;

/// A function as a value.
#[derive(Clone, Debug)]
pub enum Function {
    Builtin(&'static Builtin),
    Closure(Closure),
    Host(Arc<dyn HostFunction>),
}

/// A function that an expression defined, with the values of the names it uses.
#[derive(Clone, Debug)]
pub struct Closure {
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) captured: Vec<(Arc<str>, Value)>,
    /// The context entry that holds the function: by this name it can call itself.
    pub(crate) own_name: Option<Arc<str>>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Arc<str>,
    pub declared: Option<Type>,
}

/// A function that the embedding program provides: a business knowledge model, a decision service.
pub trait HostFunction: std::fmt::Debug + Send + Sync {
    fn name(&self) -> &str;

    fn parameters(&self) -> &[Parameter];

    /// The declared type of what it gives.
    fn result(&self) -> Option<&Type> {
        None
    }

    /// Called with one value per parameter, as the caller gave it: the host converts it to the type of
    /// the parameter, of which FEEL knows only the shape. Whatever it evaluates goes through
    /// `evaluator`, whose fuel bounds the whole.
    ///
    /// # Errors
    /// Passes on that a bound was exceeded.
    fn call(&self, arguments: &[Value], evaluator: &mut Evaluator<'_>) -> Result<Value, Bound>;
}

impl Function {
    pub fn parameters(&self) -> Option<&[Parameter]> {
        match self {
            Function::Builtin(_) => None,
            Function::Closure(closure) => Some(&closure.lambda.parameters),
            Function::Host(host) => Some(host.parameters()),
        }
    }

    /// The declared type of what the function gives, where it has one.
    pub fn result(&self) -> Option<&Type> {
        if let Function::Host(host) = self {
            host.result()
        } else {
            None
        }
    }

    pub(crate) fn extent(&self) -> Extent {
        let mut extent = Extent::of_nothing();
        if let Function::Closure(closure) = self {
            for (_, value) in &closure.captured {
                extent.include(value.extent());
            }
        }
        extent
    }
}

impl PartialEq for Function {
    /// Functions are equal when they are the same one.
    fn eq(&self, other: &Function) -> bool {
        match (self, other) {
            (Function::Builtin(left), Function::Builtin(right)) => std::ptr::eq(*left, *right),
            (Function::Closure(left), Function::Closure(right)) => {
                Arc::ptr_eq(&left.lambda, &right.lambda) && left.captured == right.captured
            }
            (Function::Host(left), Function::Host(right)) => Arc::ptr_eq(left, right),
            _ => false,
        }
    }
}
