//! The rows that are changed in memory within some bounds, in key order: what the batch has
//! changed, laid over what earlier batches changed that is still being written.
//!
//! Nothing is gathered in advance: whoever wants the first of many rows pays for one.

use std::collections::VecDeque;
use std::collections::btree_set::{self, BTreeSet};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use lru::LruCache;

use super::layout::TableKey;
use super::{Layer, Slot};

/// A key, and its row or `None` when that was deleted.
type ChangedRow<'a, K, V> = (&'a K, Option<Arc<V>>);

/// Rows of a batch that is being written, with their keys in order.
type Frozen<'a, K, V> = &'a [(K, Option<Arc<V>>)];

/// See the module's text.
pub(super) struct Changed<'a, K: TableKey, V> {
    active: Peekable<btree_set::Range<'a, K>>,
    /// The rest of each batch that is being written, the newest first.
    frozen: Vec<Frozen<'a, K, V>>,
    recent: &'a LruCache<K, Slot<V>>,
}

impl<'a, K: TableKey, V> Changed<'a, K, V> {
    /// `recent` has the rows of the keys in `active`.
    pub(super) fn new(
        active: &'a BTreeSet<K>,
        frozen: &'a VecDeque<Arc<Layer<K, V>>>,
        from: &K,
        end: Bound<&K>,
        recent: &'a LruCache<K, Slot<V>>,
    ) -> Self {
        let newest_first = frozen.iter().rev();
        Self {
            active: active.range((Bound::Included(from), end)).peekable(),
            frozen: newest_first
                .map(|layer| within(layer, from, end))
                .filter(|rows| !rows.is_empty())
                .collect(),
            recent,
        }
    }

    fn least(&mut self) -> Option<&'a K> {
        let frozen = self.frozen.iter().filter_map(|rows| rows.first());
        let active = self.active.peek().copied();
        active.into_iter().chain(frozen.map(|(key, _)| key)).min()
    }
}

impl<'a, K: TableKey, V> Iterator for Changed<'a, K, V> {
    type Item = ChangedRow<'a, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.least()?;
        let mut newest = None;
        if self.active.next_if(|active| *active == key).is_some() {
            newest = Some(self.recent.peek(key).and_then(|slot| slot.row.clone()));
        }
        for rows in &mut self.frozen {
            if let Some(((_, row), rest)) = rows.split_first().filter(|((k, _), _)| k == key) {
                newest.get_or_insert_with(|| row.clone());
                *rows = rest;
            }
        }
        newest.map(|row| (key, row))
    }
}

fn within<'a, K: Ord, R>(layer: &'a [(K, R)], from: &K, end: Bound<&K>) -> &'a [(K, R)] {
    let start = layer.partition_point(|(key, _)| key < from);
    let rest = &layer[start..];
    let length = match end {
        Bound::Included(end) => rest.partition_point(|(key, _)| key <= end),
        Bound::Excluded(end) => rest.partition_point(|(key, _)| key < end),
        Bound::Unbounded => rest.len(),
    };
    &rest[..length]
}
