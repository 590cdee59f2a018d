//! The value of each kind of node.

use std::sync::Arc;

use super::machine::{Frame, Machine};
use super::{Bound, conforms, equal};
use crate::function::Closure;
use crate::limits::MAX_SHOWN_STRING_BYTES;
use crate::range::{are_ends, compare};
use crate::syntax::{Kind, Lambda, Node, Operator};
use crate::{Context, Function, Range, Value, builtins};

impl Machine<'_, '_> {
    /// The value of a node, with numbers that can be calculated with.
    #[inline]
    pub fn evaluate(&mut self, node: &Node) -> Result<Value, Bound> {
        let value = self.pass(node)?;
        match &value {
            Value::LongNumber(_) => {}
            Value::List(items) if items.extent().long_numbers => {}
            Value::Context(context) if context.extent().long_numbers => {}
            _ => return Ok(value),
        }
        self.charge(usize::try_from(value.extent().size / 16).unwrap_or(usize::MAX))?;
        Ok(value.rounded())
    }

    /// The value of a node for who only passes it on: numbers from outside keep all their digits.
    /// Recursive; rare or large kinds are in functions of their own, to keep this frame small.
    pub fn pass(&mut self, node: &Node) -> Result<Value, Bound> {
        self.charge(1)?;
        match &node.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Name(name) => self.name(node, name),
            Kind::Path(value, name) => {
                let value = self.pass(value)?;
                self.path(value, name, node.position)
            }
            Kind::Binary(operator, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                self.binary(*operator, left, right, node.position)
            }
            Kind::And(operands) => self.junction(operands, false),
            Kind::Or(operands) => self.junction(operands, true),
            Kind::If(parts) => {
                let condition = self.evaluate(&parts[0])?;
                if !matches!(condition, Value::Bool(_)) {
                    self.warn(parts[0].position, || {
                        format!(
                            "Expected a boolean as condition of 'if', but found {}",
                            described(&condition)
                        )
                    });
                }
                self.pass(if condition == Value::Bool(true) {
                    &parts[1]
                } else {
                    &parts[2]
                })
            }
            Kind::Filter(list, condition) => self.filter(list, condition, node.position),
            Kind::Builtin(builtin, arguments) => self.builtin(builtin, arguments, node.position),
            Kind::Call(callee, arguments) => self.call(callee, arguments, node.position),
            Kind::For {
                iterations,
                body,
                uses_partial,
            } => self.for_each(iterations, body, *uses_partial),
            Kind::Some(iterations, condition) => self.quantified(iterations, condition, true),
            Kind::Every(iterations, condition) => self.quantified(iterations, condition, false),
            _ => self.rare(node),
        }
    }

    #[inline(never)]
    fn rare(&mut self, node: &Node) -> Result<Value, Bound> {
        match &node.kind {
            Kind::Negate(operand) => {
                let operand = self.evaluate(operand)?;
                self.negate(operand, node.position)
            }
            Kind::Between(parts) => self.between(parts),
            Kind::In(value, tests) => {
                let value = self.evaluate(value)?;
                let found = self.any_of(&value, tests)?;
                // A test of an input says nothing about null, as tables test inputs that are missing.
                if found.is_null() && value.is_null() {
                    self.warn(node.position, || {
                        "Expected a value before 'in', but found null".to_owned()
                    });
                }
                Ok(found)
            }
            Kind::InstanceOf(value, expected) => {
                let value = self.evaluate(value)?;
                // Null is an instance of its own type only.
                Ok(Value::Bool(
                    conforms(&value, expected)
                        && (!value.is_null() || *expected == crate::Type::Null),
                ))
            }
            Kind::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.pass(item)?);
                }
                self.list(values)
            }
            Kind::Context(entries) => self.context_literal(entries),
            Kind::Range {
                start,
                start_included,
                end,
                end_included,
            } => {
                let start = start
                    .as_ref()
                    .map(|start| self.evaluate(start))
                    .transpose()?;
                let end = end.as_ref().map(|end| self.evaluate(end)).transpose()?;
                self.range(
                    Range {
                        start,
                        start_included: *start_included,
                        end,
                        end_included: *end_included,
                    },
                    node.position,
                )
            }
            Kind::Only(value) => {
                let value = self.evaluate(value)?;
                self.range(
                    Range {
                        start: Some(value.clone()),
                        start_included: true,
                        end: Some(value),
                        end_included: true,
                    },
                    node.position,
                )
            }
            Kind::Lambda(lambda) => self.closure(lambda),
            Kind::External => self.null(node.position, || {
                "Expected a function in FEEL, but it is external (Java or PMML), which is not run"
                    .to_owned()
            }),
            _ => self.test_of_input(node),
        }
    }

    /// What the input entries of a decision table are made of.
    #[inline(never)]
    fn test_of_input(&mut self, node: &Node) -> Result<Value, Bound> {
        match &node.kind {
            Kind::Test(operator, bound) => {
                let (input, bound) = (self.input(), self.evaluate(bound)?);
                self.binary(*operator, input, bound, node.position)
            }
            Kind::AnyOf(tests) => {
                let input = self.input();
                if tests.is_empty() {
                    Ok(Value::Bool(true))
                } else {
                    self.any_of(&input, tests)
                }
            }
            Kind::NoneOf(tests) => {
                let input = self.input();
                Ok(match self.any_of(&input, tests)? {
                    Value::Bool(matched) => Value::Bool(!matched),
                    other => other,
                })
            }
            Kind::Condition(condition) => self.evaluate(condition),
            // All others are in `evaluate` and `rare`.
            _ => Ok(Value::Null),
        }
    }

    fn name(&mut self, node: &Node, name: &Arc<str>) -> Result<Value, Bound> {
        if let Some(value) = self.lookup(name) {
            return Ok(value);
        }
        if let Some(builtin) = builtins::find(name) {
            return Ok(Value::Function(Arc::new(Function::Builtin(builtin))));
        }
        self.null(node.position, || {
            format!("Expected a variable named '{name}', but there is none")
        })
    }

    /// Ternary logic: `decisive` (false for `and`, true for `or`) wins over null, which wins over
    /// the other boolean. Operands after a decisive one are not evaluated.
    fn junction(&mut self, operands: &[Node], decisive: bool) -> Result<Value, Bound> {
        let mut unknown = false;
        for operand in operands {
            match self.evaluate(operand)? {
                Value::Bool(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Value::Bool(_) => {}
                other => {
                    unknown = true;
                    if !other.is_null() {
                        let word = if decisive { "or" } else { "and" };
                        self.warn(operand.position, || {
                            format!(
                                "Expected a boolean beside '{word}', but found {}",
                                described(&other)
                            )
                        });
                    }
                }
            }
        }
        Ok(if unknown {
            Value::Null
        } else {
            Value::Bool(!decisive)
        })
    }

    fn between(&mut self, parts: &[Node; 3]) -> Result<Value, Bound> {
        let (value, lower, upper) = (
            self.evaluate(&parts[0])?,
            self.evaluate(&parts[1])?,
            self.evaluate(&parts[2])?,
        );
        match (compare(&lower, &value), compare(&value, &upper)) {
            (Some(above), Some(below)) => Ok(Value::Bool(above.is_le() && below.is_le())),
            _ => self.null(parts[0].position, || {
                format!(
                    "Expected comparable values around 'between', but found {}, {} and {}",
                    described(&value),
                    described(&lower),
                    described(&upper)
                )
            }),
        }
    }

    /// Whether any test holds: true as soon as one does, else null when one is null.
    fn any_of(&mut self, input: &Value, tests: &[Node]) -> Result<Value, Bound> {
        let mut unknown = false;
        for test in tests {
            match self.matches(input, test)? {
                Some(true) => return Ok(Value::Bool(true)),
                Some(false) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown {
            Value::Null
        } else {
            Value::Bool(false)
        })
    }

    fn matches(&mut self, input: &Value, test: &Node) -> Result<Option<bool>, Bound> {
        if let Kind::Test(operator, bound) = &test.kind {
            let bound = self.evaluate(bound)?;
            return Ok(self
                .binary(*operator, input.clone(), bound, test.position)?
                .as_bool());
        }
        let value = self.evaluate(test)?;
        if let Kind::Condition(_) = test.kind {
            return Ok(value.as_bool());
        }
        self.charge(value.as_list().map_or(0, |list| list.len()))?;
        // A boolean decides by itself, unless booleans are compared with it. One that stands there as
        // a literal is a value to compare with.
        if let (Value::Bool(holds), false) = (&value, matches!(input, Value::Bool(_) | Value::Null))
            && !matches!(test.kind, Kind::Literal(_))
        {
            return Ok(Some(*holds));
        }
        let matched = is_in(input, &value).filter(|matched| *matched || !lacks_end(test, &value));
        if matched.is_none() && !value.is_null() && !input.is_null() {
            self.warn(test.position, || {
                format!(
                    "Expected to compare {} with a value of its type, but found {}",
                    described(input),
                    described(&value)
                )
            });
        }
        Ok(matched)
    }

    fn context_literal(&mut self, entries: &[(Arc<str>, Node)]) -> Result<Value, Bound> {
        let outer = self.frames.len();
        let mut context = Context::new();
        for (name, node) in entries {
            let mut value = self.pass(node)?;
            if let (Kind::Lambda(_), Value::Function(function)) = (&node.kind, &value) {
                value = named(function, name);
            }
            if context.contains(name) {
                self.frames.truncate(outer);
                return self.null(node.position, || {
                    format!("Expected each entry of a context once, but '{name}' occurs twice")
                });
            }
            self.frames
                .push(Frame::Variable(name.clone(), value.clone()));
            context.insert(name.clone(), value);
        }
        self.frames.truncate(outer);
        self.context(context)
    }

    pub fn range(&mut self, range: Range, position: u32) -> Result<Value, Bound> {
        let ends = [&range.start, &range.end];
        if ends
            .into_iter()
            .flatten()
            .any(|end| end.is_null() || compare(end, end).is_none())
        {
            return self.null(position, || {
                "Expected comparable values as ends of a range, but found others".to_owned()
            });
        }
        if let (Some(start), Some(end)) = (&range.start, &range.end)
            && !are_ends(start, end)
        {
            return self.null(position, || {
                format!(
                    "Expected ends of one type for a range, but found {} and {}",
                    described(start),
                    described(end)
                )
            });
        }
        Ok(Value::Range(Arc::new(range)))
    }

    fn closure(&mut self, lambda: &Arc<Lambda>) -> Result<Value, Bound> {
        self.charge(lambda.free.len())?;
        let captured = lambda
            .free
            .iter()
            .filter_map(|name| Some((name.clone(), self.lookup(name)?)))
            .collect();
        let closure = Closure {
            lambda: lambda.clone(),
            captured,
            own_name: None,
        };
        self.checked(Value::Function(Arc::new(Function::Closure(closure))))
    }
}

/// `input in value`: within a range, or equal to the value or to an item of it that may be a range
/// itself.
fn is_in(input: &Value, value: &Value) -> Option<bool> {
    match value {
        Value::Range(range) => match input {
            Value::Range(other) => Some(other == range),
            _ => range.contains(input),
        },
        Value::List(items) => {
            if equal(input, value) == Some(true) {
                return Some(true);
            }
            Some(items.iter().any(|item| match item {
                Value::Range(_) => is_in(input, item) == Some(true),
                _ => {
                    equal(input, item) == Some(true)
                        || matches!(item, Value::List(inner) if inner.contains(input))
                }
            }))
        }
        _ => equal(input, value),
    }
}

/// Whether a test is a range with an end that is null, or a list with such a range: what lies in it is
/// not known.
fn lacks_end(test: &Node, value: &Value) -> bool {
    match (&test.kind, value) {
        (Kind::Range { .. } | Kind::Only(_), Value::Null) => true,
        (Kind::List(nodes), Value::List(values)) => {
            let mut parts = nodes.iter().zip(values.iter());
            parts.any(|(node, value)| lacks_end(node, value))
        }
        _ => false,
    }
}

/// The function, which can call itself by the name of its entry.
fn named(function: &Function, name: &Arc<str>) -> Value {
    let mut function = function.clone();
    if let Function::Closure(closure) = &mut function {
        closure.own_name = Some(name.clone());
    }
    Value::Function(Arc::new(function))
}

/// A value in a message: its type, and for short ones itself.
pub(crate) fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.len() <= MAX_SHOWN_STRING_BYTES => {
            format!("the string \"{text}\"")
        }
        other => format!("a {}", other.type_name()),
    }
}

pub(crate) fn operands(operator: Operator, left: &Value, right: &Value) -> String {
    format!(
        "Expected operands that '{}' is defined for, but found {} and {}",
        operator.symbol(),
        described(left),
        described(right)
    )
}
