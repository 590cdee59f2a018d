//! Item definitions as types of values: structure, allowed values and constraints, and the
//! conversions of DMN at the places where a value gets a type.

use std::sync::Arc;

use gardesh_feel::{Bound, Evaluator, Expression, Function, Type, Value};

use crate::limits::BYTES_PER_STEP;

/// A type with its constraints.
#[derive(Debug)]
pub(crate) struct ItemType {
    /// The structure without constraints, as FEEL knows it.
    pub shape: Arc<Type>,
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
    /// A function, with the type of what it gives.
    Function(Option<Arc<ItemType>>),
}

/// What comes from outside and has a declared type.
#[derive(Clone, Copy)]
pub(crate) enum Given<'n> {
    Input(&'n str),
    /// Its name, and that of the function.
    Argument(&'n str, &'n str),
}

impl Given<'_> {
    /// What a message calls a part of it.
    fn part(&self, path: &str) -> String {
        match self {
            Given::Input(name) => format!("the input '{name}{path}'"),
            Given::Argument(name, function) => {
                format!("the argument '{name}{path}' of '{function}'")
            }
        }
    }
}

impl std::fmt::Display for Given<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.part(""))
    }
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
            shape: Arc::new(shape),
            parts: Parts::Simple,
            constraints: Vec::new(),
            enumeration: Vec::new(),
            size: 1,
            depth: 1,
        }
    }

    /// Whether the value belongs to the type. Null belongs to every type, but a context has all entries
    /// of its type.
    pub fn includes(&self, value: &Value, evaluator: &mut Evaluator<'_>) -> Result<bool, Bound> {
        evaluator.charge(1)?;
        if value.is_null() {
            return Ok(true);
        }
        let fits = match &self.parts {
            Parts::Simple | Parts::Function(_) => {
                is_builtin_for(value, &self.shape) || self.shape.includes(value)
            }
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
                        all = all
                            && match context.get(name) {
                                Some(value) => entry.includes(value, evaluator)?,
                                None => false,
                            };
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
            Parts::Simple | Parts::Same(_) | Parts::Function(_) => {
                match self.shape.convert(value) {
                    Ok(value) => value,
                    Err(_) => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        Ok(self.includes(&converted, evaluator)?.then_some(converted))
    }

    /// A value from outside with the texts in it as the dates, times and durations that they stand for by
    /// this type. JSON has no others.
    ///
    /// # Errors
    /// A bound, or the end of the evaluation for a text that stands for none.
    pub fn read(
        &self,
        value: Value,
        given: Given<'_>,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        if !self.shape.has_texts() {
            return Ok(value);
        }
        evaluator.charge(value.extent().size / BYTES_PER_STEP)?;
        let read = self.shape.read_texts(value);
        read.map_err(|found| {
            evaluator.refuse(format!("Expected {} {found}", given.part(&found.path)))
        })
    }

    /// The value as this type, or null and a warning that names `what` it is.
    pub fn admit(
        &self,
        value: Value,
        what: &dyn std::fmt::Display,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        let converted = self.convert(value.clone(), evaluator)?;
        if converted.is_none() {
            evaluator.warn(0, || self.refusal(what, &value));
        }
        Ok(converted.unwrap_or_default())
    }

    /// Why `what`, which is this value, cannot be of this type.
    pub fn refusal(&self, what: &dyn std::fmt::Display, value: &Value) -> String {
        let found = match self.missing_entry(value) {
            Some(name) => format!("a context without the entry '{name}'"),
            None => format!("a {} that is not", value.type_name()),
        };
        format!(
            "Expected {what} to be of type {} and its allowed values, but it is {found}",
            self.shape
        )
    }

    /// The first entry of this type that a context lacks.
    fn missing_entry(&self, value: &Value) -> Option<&Arc<str>> {
        match &self.parts {
            Parts::Same(base) => base.missing_entry(value),
            Parts::Entries(entries) => {
                let context = value.as_context()?;
                let names = entries.iter().map(|(name, _)| name);
                names.into_iter().find(|name| !context.contains(name))
            }
            _ => None,
        }
    }

    /// The type of what a function of this type gives.
    pub fn of_result(&self) -> Option<&Arc<ItemType>> {
        match &self.parts {
            Parts::Same(base) => base.of_result(),
            Parts::Function(result) => result.as_ref(),
            _ => None,
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
