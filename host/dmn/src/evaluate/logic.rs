//! The values of boxed expressions. Recursive over their nesting, which compilation bounds.

use std::sync::{Arc, LazyLock};

use gardesh_feel::{Bound, Context, Evaluator, Expression, Extent, List, Scope, Value};

use super::audit::Trace;
use super::function::BoxedFunction;
use super::scope::{Item, Locals};
use crate::item_type::ItemType;
use crate::model::{Boxed, FunctionDefinition, Iterator, Logic};

/// What a boxed iterator goes through, by FEEL's own rules for lists and ranges.
static ITEMS: LazyLock<Option<Expression>> =
    LazyLock::new(|| Expression::parse("for item in source return item").ok());

impl Boxed {
    pub(super) fn evaluate(
        &self,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
        trace: &mut Trace,
    ) -> Result<Value, Bound> {
        let value = self.logic.evaluate(scope, evaluator, trace)?;
        match &self.declared {
            Some(declared) => declared.admit(value, &"the value of an expression", evaluator),
            None => Ok(value),
        }
    }
}

impl Logic {
    pub(super) fn evaluate(
        &self,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
        trace: &mut Trace,
    ) -> Result<Value, Bound> {
        match self {
            Logic::Constant(value) => {
                evaluator.charge(1)?;
                Ok(value.clone())
            }
            Logic::Literal(expression) => evaluator.evaluate(expression, scope),
            Logic::Table(table) => table.evaluate(scope, evaluator, trace),
            other => other.evaluate_box(scope, evaluator, trace),
        }
    }

    /// The kinds with parts; apart, to keep the frames of expressions and tables small.
    #[inline(never)]
    fn evaluate_box(
        &self,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
        trace: &mut Trace,
    ) -> Result<Value, Bound> {
        evaluator.charge(1)?;
        match self {
            Logic::Context { entries, result } => {
                context(entries, result.as_deref(), scope, evaluator, trace)
            }
            Logic::List(items) => list(items, scope, evaluator, trace),
            Logic::Relation { columns, rows } => relation(columns, rows, scope, evaluator, trace),
            Logic::Invocation { callee, bindings } => {
                invocation(callee, bindings, scope, evaluator, trace)
            }
            Logic::Function(definition) => {
                Ok(function(definition, None, scope, evaluator)?.into_value())
            }
            Logic::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = condition.evaluate(scope, evaluator, trace)?;
                let branch = match holds {
                    Value::Bool(true) => then,
                    Value::Bool(false) | Value::Null => otherwise,
                    other => return Ok(no_boolean("a conditional", &other, evaluator)),
                };
                branch.evaluate(scope, evaluator, trace)
            }
            Logic::Filter(parts) => filter(parts, scope, evaluator, trace),
            Logic::For(iterator) => for_each(iterator, scope, evaluator, trace),
            Logic::Some(iterator) => quantified(iterator, true, scope, evaluator, trace),
            Logic::Every(iterator) => quantified(iterator, false, scope, evaluator, trace),
            Logic::Invalid(reason) => {
                evaluator.warn(0, || reason.to_string());
                Ok(Value::Null)
            }
            Logic::Constant(_) | Logic::Literal(_) | Logic::Table(_) => {
                self.evaluate(scope, evaluator, trace)
            }
        }
    }
}

/// Entries see those before them; the value is the nameless entry's, or all of them.
fn context(
    entries: &[(Arc<str>, Boxed)],
    result: Option<&Boxed>,
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let mut inner = Locals::new(scope);
    let mut context = Context::new();
    for (name, entry) in entries {
        let value = match &entry.logic {
            Logic::Function(definition) => {
                function(definition, Some(name), &inner, evaluator)?.into_value()
            }
            _ => entry.evaluate(&inner, evaluator, trace)?,
        };
        inner.set(name, value.clone());
        context.insert(name.clone(), value);
    }
    match result {
        Some(result) => result.evaluate(&inner, evaluator, trace),
        None => checked(context.into(), evaluator),
    }
}

fn list(
    items: &[Boxed],
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(item.evaluate(scope, evaluator, trace)?);
    }
    checked(values.into(), evaluator)
}

fn relation(
    columns: &[(Arc<str>, Option<Arc<ItemType>>)],
    rows: &[Vec<Boxed>],
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let mut context = Context::new();
        for ((name, declared), cell) in columns.iter().zip(row) {
            let value = cell.evaluate(scope, evaluator, trace)?;
            let value = match declared {
                Some(declared) => declared.admit(value, name, evaluator)?,
                None => value,
            };
            context.insert(name.clone(), value);
        }
        values.push(context.into());
    }
    checked(values.into(), evaluator)
}

/// Arguments go by name; those that no binding gives are null.
fn invocation(
    callee: &Boxed,
    bindings: &[(Arc<str>, Boxed)],
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let callee = callee.evaluate(scope, evaluator, trace)?;
    let Value::Function(function) = callee else {
        evaluator.warn(0, || {
            format!(
                "Expected a function to invoke, but found a {}",
                callee.type_name()
            )
        });
        return Ok(Value::Null);
    };
    let mut named = Vec::with_capacity(bindings.len());
    for (name, argument) in bindings {
        named.push((name, argument.evaluate(scope, evaluator, trace)?));
    }
    let Some(parameters) = function.parameters() else {
        let arguments = named
            .into_iter()
            .map(|(name, value)| (name.clone(), value))
            .collect();
        return evaluator.call_named(&function, arguments);
    };
    let mut arguments = vec![Value::Null; parameters.len()];
    for (name, value) in named {
        let Some(place) = parameters
            .iter()
            .position(|parameter| parameter.name == *name)
        else {
            evaluator.warn(0, || {
                format!("Expected bindings of the function's parameters, but it has no '{name}'")
            });
            return Ok(Value::Null);
        };
        arguments[place] = value;
    }
    evaluator.call(&function, arguments)
}

/// A function with the values that it uses from around it.
fn function(
    definition: &Arc<FunctionDefinition>,
    own_name: Option<&Arc<str>>,
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
) -> Result<BoxedFunction, Bound> {
    evaluator.charge(definition.free.len() as u64)?;
    let captured = definition.free.iter();
    Ok(BoxedFunction {
        definition: definition.clone(),
        captured: captured
            .filter_map(|name| Some((name.clone(), scope.lookup(name)?)))
            .collect(),
        own_name: own_name.cloned(),
    })
}

/// Null and why. What FEEL decides by itself, the boxes of DMN ask a boolean for.
fn no_boolean(what: &str, found: &Value, evaluator: &mut Evaluator<'_>) -> Value {
    evaluator.warn(0, || {
        format!(
            "Expected a boolean as condition of {what}, but found a {}",
            found.type_name()
        )
    });
    Value::Null
}

/// Null and why. FEEL would take a single value for the list of it; boxes ask for a collection.
fn no_collection(found: &Value, evaluator: &mut Evaluator<'_>) {
    evaluator.warn(0, || {
        format!(
            "Expected a list to go through, but found a {}",
            found.type_name()
        )
    });
}

/// An item whose condition is null is left out, as in FEEL.
fn filter(
    parts: &[Boxed; 2],
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let [source, condition] = parts;
    let items = match source.evaluate(scope, evaluator, trace)? {
        Value::List(items) => items,
        other => {
            no_collection(&other, evaluator);
            return Ok(Value::Null);
        }
    };
    let mut kept = Vec::new();
    for item in items.iter() {
        let item = Item {
            outer: scope,
            item: item.clone(),
        };
        match condition.evaluate(&item, evaluator, trace)? {
            Value::Bool(true) => kept.push(item.item),
            Value::Bool(false) | Value::Null => {}
            other => return Ok(no_boolean("a filter", &other, evaluator)),
        }
    }
    Ok(kept.into())
}

/// The items of an iterator's list or range; none when it has something else.
fn items(
    iterator: &Iterator,
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Option<List>, Bound> {
    let source = iterator.source.evaluate(scope, evaluator, trace)?;
    let source = match source {
        Value::List(items) => return Ok(Some(items)),
        range @ Value::Range(_) => range,
        other => {
            no_collection(&other, evaluator);
            return Ok(None);
        }
    };
    let Some(expression) = &*ITEMS else {
        return Ok(None);
    };
    let scope: Context = [("source", source)].into_iter().collect();
    match evaluator.evaluate(expression, &scope)? {
        Value::List(items) => Ok(Some(items)),
        _ => Ok(None),
    }
}

fn for_each(
    iterator: &Iterator,
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let Some(items) = items(iterator, scope, evaluator, trace)? else {
        return Ok(Value::Null);
    };
    let partial: Arc<str> = "partial".into();
    let mut values = List::default();
    for item in items.iter() {
        let value = {
            let mut inner = Locals::new(scope);
            inner.set(&partial, Value::List(values.clone()));
            inner.set(&iterator.variable, item.clone());
            iterator.body.evaluate(&inner, evaluator, trace)?
        };
        // Results may hold earlier ones as `partial`, and so double each time.
        values.push(value);
        list_fits(&values, evaluator)?;
    }
    Ok(Value::List(values))
}

/// `some` (decisive: true) and `every` (decisive: false). A condition that is no boolean makes the
/// whole null.
fn quantified(
    iterator: &Iterator,
    decisive: bool,
    scope: &dyn Scope,
    evaluator: &mut Evaluator<'_>,
    trace: &mut Trace,
) -> Result<Value, Bound> {
    let Some(items) = items(iterator, scope, evaluator, trace)? else {
        return Ok(Value::Null);
    };
    for item in items.iter() {
        let mut inner = Locals::new(scope);
        inner.set(&iterator.variable, item.clone());
        match iterator.body.evaluate(&inner, evaluator, trace)? {
            Value::Bool(holds) if holds == decisive => return Ok(Value::Bool(decisive)),
            Value::Bool(_) => {}
            other => return Ok(no_boolean("a quantifier", &other, evaluator)),
        }
    }
    Ok(Value::Bool(!decisive))
}

/// A value whose size and nesting keep the limits.
fn checked(value: Value, evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
    if let Value::List(list) = &value {
        list_fits(list, evaluator)?;
    }
    extent_fits(value.extent(), evaluator)?;
    Ok(value)
}

fn list_fits(list: &List, evaluator: &Evaluator<'_>) -> Result<(), Bound> {
    if list.len() > evaluator.environment().limits.list_length {
        return Err(Bound::ListLength);
    }
    extent_fits(list.extent(), evaluator)
}

fn extent_fits(extent: Extent, evaluator: &Evaluator<'_>) -> Result<(), Bound> {
    let limits = &evaluator.environment().limits;
    if extent.size > limits.value_size {
        return Err(Bound::ValueSize);
    }
    if extent.depth > limits.value_depth {
        return Err(Bound::ValueDepth);
    }
    Ok(())
}
