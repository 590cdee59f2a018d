//! The list: a shared, immutable sequence that knows its extent.

use std::ops::Deref;
use std::sync::Arc;

use crate::Value;
use crate::value::Extent;

/// A list of values; cloning shares it.
#[derive(Clone, Debug)]
pub struct List(Arc<Items>);

#[derive(Clone, Debug)]
struct Items {
    values: Vec<Value>,
    extent: Extent,
}

impl List {
    pub fn extent(&self) -> Extent {
        self.0.extent
    }

    /// Appends in place when nobody else holds the list, else to a copy.
    pub fn push(&mut self, value: Value) {
        let items = Arc::make_mut(&mut self.0);
        items.extent.include(value.extent());
        items.values.push(value);
    }

    /// Puts a value in the place of another, in place when nobody else holds the list. A place
    /// that is not there is left alone.
    pub fn replace(&mut self, index: usize, value: Value) {
        if index >= self.len() {
            return;
        }
        let items = Arc::make_mut(&mut self.0);
        items.extent.include(value.extent());
        let before = std::mem::replace(&mut items.values[index], value);
        items.extent.exclude(before.extent());
    }

    /// The values, taken out without copying when nobody else holds the list.
    pub fn into_vec(self) -> Vec<Value> {
        match Arc::try_unwrap(self.0) {
            Ok(items) => items.values,
            Err(shared) => shared.values.clone(),
        }
    }
}

impl Default for List {
    fn default() -> List {
        Vec::new().into()
    }
}

impl From<Vec<Value>> for List {
    fn from(values: Vec<Value>) -> List {
        let mut extent = Extent::of_nothing();
        for value in &values {
            extent.include(value.extent());
        }
        List(Arc::new(Items { values, extent }))
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> List {
        values.into_iter().collect::<Vec<Value>>().into()
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.values
    }
}

impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.values == other.0.values
    }
}
