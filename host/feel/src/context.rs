//! The context: names with values, in the order they were put in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Value;
use crate::value::Extent;

/// Contexts up to this size are searched entry by entry, which is faster than a tree there.
const INDEXED_FROM: usize = 16;

/// An ordered map from name to value. Equality ignores the order.
#[derive(Clone, Debug)]
pub struct Context {
    entries: Vec<(Arc<str>, Value)>,
    /// Positions by name; empty for small contexts.
    index: BTreeMap<Arc<str>, usize>,
    /// The size is exact, the depth at least that of the entries.
    extent: Extent,
}

impl Context {
    pub fn new() -> Context {
        Context {
            entries: Vec::new(),
            index: BTreeMap::new(),
            extent: Extent::of_nothing(),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name)
            .map(|position| &self.entries[position].1)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Adds an entry, or replaces the value in its place; gives the value that was there.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Value) -> Option<Value> {
        let name = name.into();
        if let Some(position) = self.position(&name) {
            self.extent.include(value.extent());
            let old = std::mem::replace(&mut self.entries[position].1, value);
            self.extent.exclude(old.extent());
            return Some(old);
        }
        self.extent.include(entry_extent(&name, &value));
        if !self.index.is_empty() {
            self.index.insert(name.clone(), self.entries.len());
        }
        self.entries.push((name, value));
        if self.index.is_empty() && self.entries.len() >= INDEXED_FROM {
            self.reindex();
        }
        None
    }

    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let position = self.position(name)?;
        let (name, value) = self.entries.remove(position);
        self.reindex();
        self.extent.exclude(entry_extent(&name, &value));
        Some(value)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    pub fn extent(&self) -> Extent {
        self.extent
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.index.is_empty() {
            self.entries.iter().position(|(key, _)| **key == *name)
        } else {
            self.index.get(name).copied()
        }
    }

    fn reindex(&mut self) {
        self.index.clear();
        if self.entries.len() >= INDEXED_FROM {
            self.index.extend(
                self.entries
                    .iter()
                    .enumerate()
                    .map(|(position, (name, _))| (name.clone(), position)),
            );
        }
    }
}

fn entry_extent(name: &str, value: &Value) -> Extent {
    let value = value.extent();
    Extent {
        size: value.size.saturating_add(name.len() as u64),
        ..value
    }
}

impl Default for Context {
    fn default() -> Context {
        Context::new()
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Context {
    /// Of equal names the last one wins.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Context {
        let mut context = Context::new();
        for (name, value) in entries {
            context.insert(name, value);
        }
        context
    }
}

impl<'a> IntoIterator for &'a Context {
    type Item = (&'a Arc<str>, &'a Value);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (Arc<str>, Value)>,
        fn(&'a (Arc<str>, Value)) -> Self::Item,
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(name, value)| (name, value))
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Context) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(name, value)| other.get(name) == Some(value))
    }
}
