//! Item definitions as types of values: structure, allowed values and constraints, and the
//! conversions of DMN at the places where a value gets a type.

use std::sync::Arc;

use gardesh_feel::{Bound, Evaluator, Expression, Function, Type, Value};

/// A type with its constraints.
#[derive(Debug)]
pub(crate) struct ItemType {
    /// The structure without constraints, as FEEL knows it.
    pub shape: Type,
    pub parts: Parts,
    /// Unary tests that every value but null must pass.
    pub constraints: Vec<Expression>,
    /// Allowed values as a list, where they are an enumeration: the order of priorities.
    pub enumeration: Vec<Value>,
    /// Parts of the shape in all, see [`crate::limits::MAX_TYPE_SIZE`].
    pub size: usize,
    pub depth: usize,
}

#[derive(Debug)]
pub(crate) enum Parts {
    /// Nothing but the shape.
    Simple,
    /// Another type, with its constraints.
    Same(Arc<ItemType>),
    Items(Arc<ItemType>),
    Entries(Vec<(Arc<str>, Arc<ItemType>)>),
}

/// Built-in functions declare no types, so that they fit wherever a function is expected; a call
/// with wrong arguments still gives null.
fn is_builtin_for(value: &Value, shape: &Type) -> bool {
    matches!((value, shape), (Value::Function(function), Type::Function(..))
        if matches!(**function, Function::Builtin(_)))
}

impl ItemType {
    /// A type that has no definition of its own.
    pub fn simple(shape: Type) -> ItemType {
        ItemType {
            shape,
            parts: Parts::Simple,
            constraints: Vec::new(),
            enumeration: Vec::new(),
            size: 1,
            depth: 1,
        }
    }

    /// Whether the value belongs to the type. Null belongs to every type, and an entry that a
    /// context lacks counts as null.
    pub fn includes(&self, value: &Value, evaluator: &mut Evaluator<'_>) -> Result<bool, Bound> {
        evaluator.charge(1)?;
        if value.is_null() {
            return Ok(true);
        }
        let fits = match &self.parts {
            Parts::Simple => is_builtin_for(value, &self.shape) || self.shape.includes(value),
            Parts::Same(base) => base.includes(value, evaluator)?,
            Parts::Items(item) => match value {
                Value::List(values) => {
                    let mut all = true;
                    for value in values.iter() {
                        all = all && item.includes(value, evaluator)?;
                    }
                    all
                }
                _ => false,
            },
            Parts::Entries(entries) => match value {
                Value::Context(context) => {
                    let mut all = true;
                    for (name, entry) in entries {
                        if let Some(value) = context.get(name) {
                            all = all && entry.includes(value, evaluator)?;
                        }
                    }
                    all
                }
                _ => false,
            },
        };
        if !fits {
            return Ok(false);
        }
        for constraint in &self.constraints {
            if evaluator.test(constraint, value.clone(), &())? != Value::Bool(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The value as this type, by DMN's implicit conversions: a list of one and its item, a date
    /// and its midnight. None when it cannot be one.
    pub fn convert(
        &self,
        value: Value,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Option<Value>, Bound> {
        if self.includes(&value, evaluator)? {
            return Ok(Some(value));
        }
        if let Value::List(items) = &value
            && let [item] = &items[..]
            && self.includes(item, evaluator)?
        {
            return Ok(Some(item.clone()));
        }
        let converted = match &self.parts {
            Parts::Items(item) if item.includes(&value, evaluator)? => vec![value].into(),
            Parts::Simple | Parts::Same(_) => match self.shape.convert(value) {
                Ok(value) => value,
                Err(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(self.includes(&converted, evaluator)?.then_some(converted))
    }

    /// The value as this type, or null and a warning that names `what` it is.
    pub fn admit(
        &self,
        value: Value,
        what: &dyn std::fmt::Display,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        let found = value.type_name();
        match self.convert(value, evaluator)? {
            Some(value) => Ok(value),
            None => {
                evaluator.warn(0, || {
                    format!(
                        "Expected {what} to be of type {} and its allowed values, but it is a {found} that is not",
                        self.shape
                    )
                });
                Ok(Value::Null)
            }
        }
    }

    /// The enumeration of this type, of the one that it refers to, or of its items.
    pub fn enumeration(&self) -> &[Value] {
        match &self.parts {
            Parts::Same(base) | Parts::Items(base) if self.enumeration.is_empty() => {
                base.enumeration()
            }
            _ => &self.enumeration,
        }
    }
}
