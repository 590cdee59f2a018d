//! Calls of built-in functions, functions of expressions and functions of the host.

use std::sync::Arc;

use super::machine::{Frame, Machine};
use super::nodes::described;
use super::properties::property;
use super::{Bound, coerce};
use crate::builtins::{self, Builtin, Failure, Treatment};
use crate::function::{Closure, Parameter};
use crate::limits::HOST_HEIGHT;
use crate::syntax::{Arguments, Kind, Node};
use crate::{Function, Value};

impl Machine<'_, '_> {
    #[inline(never)]
    pub fn builtin(
        &mut self,
        builtin: &'static Builtin,
        arguments: &Arguments,
        position: u32,
    ) -> Result<Value, Bound> {
        if let (Treatment::Lookup, Arguments::Positional(nodes)) = (builtin.kind, arguments)
            && let [node] = nodes.as_slice()
        {
            return self.is_defined(node).map(Value::Bool);
        }
        let warnings = self.evaluator.warnings.len();
        let values = self.builtin_arguments(builtin, arguments)?;
        if builtin.kind == Treatment::Forgiving {
            self.evaluator.warnings.truncate(warnings);
        }
        match values {
            Ok(values) => self.apply(builtin, &values, position),
            Err(reason) => self.null(position, || reason),
        }
    }

    fn builtin_arguments(
        &mut self,
        builtin: &Builtin,
        arguments: &Arguments,
    ) -> Result<Result<Vec<Value>, String>, Bound> {
        Ok(match arguments {
            Arguments::Positional(nodes) => Ok(self.evaluate_all(nodes)?),
            Arguments::Named(nodes) => {
                let named = self.evaluate_named(nodes)?;
                builtin
                    .order(named)
                    .map_err(|reason| format!("{}: {reason}", builtin.name))
            }
        })
    }

    /// Whether a variable, or an entry of a context, exists; what is computed always does.
    fn is_defined(&mut self, node: &Node) -> Result<bool, Bound> {
        self.charge(1)?;
        match &node.kind {
            Kind::Name(name) => Ok(self.lookup(name).is_some() || builtins::find(name).is_some()),
            Kind::Path(base, name) => {
                if !self.is_defined(base)? {
                    return Ok(false);
                }
                Ok(match self.evaluate(base)? {
                    Value::Context(context) => context.contains(name),
                    other => property(&other, name).is_some(),
                })
            }
            _ => Ok(true),
        }
    }

    fn apply(
        &mut self,
        builtin: &'static Builtin,
        values: &[Value],
        position: u32,
    ) -> Result<Value, Bound> {
        if !builtin.accepts(values.len()) {
            return self.null(position, || {
                format!(
                    "{}: Expected {}, but there are {}",
                    builtin.name,
                    builtin.signature,
                    values.len()
                )
            });
        }
        match (builtin.run)(self, values) {
            Ok(value) => Ok(value),
            Err(Failure::Bound(bound)) => Err(bound),
            Err(Failure::Assertion(cause)) => Err(self.evaluator.fail(position, &cause)),
            Err(Failure::Null(reason)) => {
                self.null(position, || format!("{}: {reason}", builtin.name))
            }
        }
    }

    #[inline(never)]
    pub fn call(
        &mut self,
        callee: &Node,
        arguments: &Arguments,
        position: u32,
    ) -> Result<Value, Bound> {
        let mut callable = self.evaluate(callee)?;
        // A variable that is no function does not hide the built-in of its name.
        if let (Kind::Name(name), false) = (&callee.kind, matches!(callable, Value::Function(_)))
            && let Some(builtin) = builtins::find(name)
        {
            callable = Value::Function(Arc::new(Function::Builtin(builtin)));
        }
        let Value::Function(function) = callable else {
            return self.null(position, || {
                format!(
                    "Expected a function before '(', but found {}",
                    described(&callable)
                )
            });
        };
        match arguments {
            Arguments::Positional(nodes) => {
                let values = self.evaluate_all(nodes)?;
                self.call_function(&function, values, position)
            }
            Arguments::Named(nodes) => {
                let named = self.evaluate_named(nodes)?;
                self.call_named(&function, named, position)
            }
        }
    }

    /// Calls a function with named arguments.
    pub fn call_named(
        &mut self,
        function: &Function,
        named: Vec<(Arc<str>, Value)>,
        position: u32,
    ) -> Result<Value, Bound> {
        let ordered = match function {
            Function::Builtin(builtin) => builtin
                .order(named)
                .map_err(|reason| format!("{}: {reason}", builtin.name)),
            Function::Closure(closure) => order(named, &closure.lambda.parameters),
            Function::Host(host) => order(named, host.parameters()),
        };
        match ordered {
            Ok(values) => self.call_function(function, values, position),
            Err(reason) => self.null(position, || reason),
        }
    }

    fn evaluate_all(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Bound> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            values.push(self.evaluate(node)?);
        }
        Ok(values)
    }

    fn evaluate_named(
        &mut self,
        nodes: &[(Arc<str>, Node)],
    ) -> Result<Vec<(Arc<str>, Value)>, Bound> {
        nodes
            .iter()
            .map(|(name, node)| Ok((name.clone(), self.evaluate(node)?)))
            .collect()
    }

    /// Calls a function with positional arguments.
    pub fn call_function(
        &mut self,
        function: &Function,
        arguments: Vec<Value>,
        position: u32,
    ) -> Result<Value, Bound> {
        self.charge(1)?;
        let parameters = match function {
            Function::Builtin(builtin) => return self.apply(builtin, &arguments, position),
            Function::Closure(closure) => &closure.lambda.parameters,
            Function::Host(host) => host.parameters(),
        };
        if parameters.len() != arguments.len() {
            return self.null(position, || {
                format!(
                    "Expected {} arguments, but there are {}",
                    parameters.len(),
                    arguments.len()
                )
            });
        }
        match function {
            Function::Host(host) => {
                let host = host.clone();
                self.descend(HOST_HEIGHT, |machine| {
                    host.call(&arguments, machine.evaluator)
                })
            }
            Function::Closure(closure) => match self.coerced(parameters, arguments, position) {
                Some(converted) => self.call_closure(closure, converted),
                None => Ok(Value::Null),
            },
            Function::Builtin(_) => Ok(Value::Null),
        }
    }

    /// Arguments as the declared types of their parameters; none, with a reason, when one cannot be.
    fn coerced(
        &mut self,
        parameters: &[Parameter],
        arguments: Vec<Value>,
        position: u32,
    ) -> Option<Vec<Value>> {
        let mut converted = Vec::with_capacity(arguments.len());
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let Some(declared) = &parameter.declared else {
                converted.push(argument);
                continue;
            };
            match coerce(argument, declared) {
                Ok(value) => converted.push(value),
                Err(value) => {
                    self.warn(position, || {
                        format!(
                            "Expected {declared} as argument '{}', but found {}",
                            parameter.name,
                            described(&value)
                        )
                    });
                    return None;
                }
            }
        }
        Some(converted)
    }

    fn call_closure(&mut self, closure: &Closure, arguments: Vec<Value>) -> Result<Value, Bound> {
        self.charge(closure.captured.len())?;
        let outer = self.frames.len();
        self.frames.push(Frame::Barrier);
        self.frames.extend(
            closure
                .captured
                .iter()
                .map(|(name, value)| Frame::Variable(name.clone(), value.clone())),
        );
        if let Some(name) = &closure.own_name {
            self.frames.push(Frame::Variable(
                name.clone(),
                Value::Function(Arc::new(Function::Closure(closure.clone()))),
            ));
        }
        let parameters = closure.lambda.parameters.iter();
        self.frames.extend(
            parameters
                .zip(arguments)
                .map(|(parameter, value)| Frame::Variable(parameter.name.clone(), value)),
        );
        let body = &closure.lambda.body;
        let result = self.descend(body.height + 1, |machine| machine.evaluate(body));
        self.frames.truncate(outer);
        result
    }
}

/// Named arguments in the order of the parameters.
fn order(named: Vec<(Arc<str>, Value)>, parameters: &[Parameter]) -> Result<Vec<Value>, String> {
    let mut values: Vec<Option<Value>> = vec![None; parameters.len()];
    for (name, value) in named {
        let Some(index) = parameters
            .iter()
            .position(|parameter| parameter.name == name)
        else {
            return Err(format!(
                "Expected an argument that the function has, but found '{name}'"
            ));
        };
        values[index] = Some(value);
    }
    let missing = values.iter().position(Option::is_none);
    match missing {
        Some(index) => Err(format!(
            "Expected an argument '{}', but it is missing",
            parameters[index].name
        )),
        None => Ok(values.into_iter().flatten().collect()),
    }
}
