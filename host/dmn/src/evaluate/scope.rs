//! Scopes: the variables of an expression, those around it, and names of imports as contexts.

use std::sync::Arc;

use gardesh_feel::{Context, Scope, Value};

use crate::model::Node;

/// Variables, and where to look for others.
pub(super) struct Locals<'s> {
    outer: &'s dyn Scope,
    variables: Vec<(Arc<str>, Value)>,
}

impl<'s> Locals<'s> {
    pub fn new(outer: &'s dyn Scope) -> Locals<'s> {
        Locals {
            outer,
            variables: Vec::new(),
        }
    }

    /// Adds a variable, or replaces it.
    pub fn set(&mut self, name: &Arc<str>, value: Value) {
        match self.variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => self.variables.push((name.clone(), value)),
        }
    }

    /// Adds the value of a node that `requiring` requires: by its name, or when it comes from an
    /// import in a context by the import's name.
    pub fn bind(&mut self, requiring: &Node, required: &Node, value: Value) {
        let path = required.path.get(requiring.path.len()..).unwrap_or_default();
        let Some((import, rest)) = path.split_first() else {
            return self.set(&required.variable, value);
        };
        let known = self.variables.iter_mut().find(|(known, _)| known == import);
        let place = match known {
            Some((_, place)) => place,
            None => {
                self.variables.push((import.clone(), Value::Null));
                match self.variables.last_mut() {
                    Some((_, place)) => place,
                    None => return,
                }
            }
        };
        *place = with_entry(place, rest, &required.variable, value);
    }
}

impl Scope for Locals<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let local = self.variables.iter().find(|(known, _)| **known == *name);
        match local {
            Some((_, value)) => Some(value.clone()),
            None => self.outer.lookup(name),
        }
    }
}

/// The context with an entry added, below contexts by the names of the path.
fn with_entry(context: &Value, path: &[Arc<str>], name: &Arc<str>, value: Value) -> Value {
    let mut context = context.as_context().cloned().unwrap_or_default();
    match path.split_first() {
        None => context.insert(name.clone(), value),
        Some((import, rest)) => {
            let inner = context.get(import).cloned().unwrap_or_default();
            context.insert(import.clone(), with_entry(&inner, rest, name, value))
        }
    };
    context.into()
}

/// The value of a name within contexts by the names of the path.
pub(super) fn nested(scope: &dyn Scope, path: &[Arc<str>], name: &str) -> Option<Value> {
    let Some((import, rest)) = path.split_first() else {
        return scope.lookup(name);
    };
    let mut context = scope.lookup(import)?;
    for import in rest {
        let inner = context.as_context()?.get(import)?.clone();
        context = inner;
    }
    context.as_context()?.get(name).cloned()
}

/// The item of a filter: its entries are names, and `item` is itself.
pub(super) struct Item<'s> {
    pub outer: &'s dyn Scope,
    pub item: Value,
}

impl Scope for Item<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let entry = self.item.as_context().and_then(|context: &Context| context.get(name));
        match entry {
            Some(value) => Some(value.clone()),
            None if name == "item" => Some(self.item.clone()),
            None => self.outer.lookup(name),
        }
    }
}
