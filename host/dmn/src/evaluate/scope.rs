//! Scopes: the variables of an expression, those around it, and names of imports as contexts.

use std::sync::Arc;

use gardesh_feel::{Context, Scope, Value};

use crate::model::Node;

/// Variables, and where to look for others.
pub(super) struct Locals<'s> {
    outer: &'s dyn Scope,
    variables: Context,
}

impl<'s> Locals<'s> {
    pub fn new(outer: &'s dyn Scope) -> Locals<'s> {
        Locals {
            outer,
            variables: Context::new(),
        }
    }

    /// Adds a variable, or replaces it.
    pub fn set(&mut self, name: &Arc<str>, value: Value) {
        self.variables.insert(name.clone(), value);
    }

    /// Adds the value of a node that `requiring` requires: by its name, or when it comes from an
    /// import in a context by the import's name.
    pub fn bind(&mut self, requiring: &Node, required: &Node, value: Value) {
        let path = required
            .path
            .get(requiring.path.len()..)
            .unwrap_or_default();
        let Some((import, rest)) = path.split_first() else {
            if let Some(alias) = &required.alias {
                self.set(alias, value.clone());
            }
            return self.set(&required.variable, value);
        };
        let imported = self.variables.remove(import).unwrap_or_default();
        let imported = with_entry(imported, rest, &required.variable, value);
        self.variables.insert(import.clone(), imported);
    }
}

impl Scope for Locals<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        match self.variables.get(name) {
            Some(value) => Some(value.clone()),
            None => self.outer.lookup(name),
        }
    }
}

/// The context with an entry added, below contexts by the names of the path.
fn with_entry(context: Value, path: &[Arc<str>], name: &Arc<str>, value: Value) -> Value {
    let mut context = match context {
        Value::Context(context) => Arc::unwrap_or_clone(context),
        _ => Context::new(),
    };
    match path.split_first() {
        None => context.insert(name.clone(), value),
        Some((import, rest)) => {
            let inner = context.remove(import).unwrap_or_default();
            context.insert(import.clone(), with_entry(inner, rest, name, value))
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
        let entry = self
            .item
            .as_context()
            .and_then(|context: &Context| context.get(name));
        match entry {
            Some(value) => Some(value.clone()),
            None if name == "item" => Some(self.item.clone()),
            None => self.outer.lookup(name),
        }
    }
}
