//! One table of the state: typed rows in memory over bytes in a backing store.
//!
//! A read goes through the layers from new to old: what the batch being processed has
//! changed, what earlier batches changed that are still being written, a cache of rows
//! read or written lately, the backing store. So the engine goes on with the next batch
//! while the last one's fsync runs, and a row that comes and goes within one batch never
//! reaches the disk.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use lru::LruCache;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::MAX_CACHED_ROWS;
use crate::state::backing::{Backing, Damage, Rows};
use crate::state::layout::TableKey;

/// The rows that a batch changed; `None` stands for a deleted one.
pub type Layer<K, V> = BTreeMap<K, Option<Arc<V>>>;

/// Takes a changed row: its key, and the row or `None` when it was deleted.
pub type ChangedRow<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// Takes a row of the whole state: table, key, row.
pub type DumpedRow<'a> = dyn FnMut(&'static str, &[u8], &[u8]) + 'a;

/// See the module's text.
pub struct Table<K: TableKey, V> {
    name: &'static str,
    active: Layer<K, V>,
    frozen: VecDeque<Arc<Layer<K, V>>>,
    cache: RefCell<LruCache<K, Arc<V>>>,
    undo: Vec<(K, Option<Option<Arc<V>>>)>,
    backing: Arc<dyn Backing>,
}

impl<K: TableKey, V: Clone + Serialize + DeserializeOwned> Table<K, V> {
    pub(crate) fn new(name: &'static str, backing: Arc<dyn Backing>) -> Self {
        Self {
            name,
            active: Layer::new(),
            frozen: VecDeque::new(),
            cache: RefCell::new(LruCache::unbounded()),
            undo: Vec::new(),
            backing,
        }
    }

    /// The row under a key.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        if let Some(changed) = self.changed(key) {
            return changed.clone();
        }
        if let Some(row) = self.cache.borrow_mut().get(key) {
            return Some(row.clone());
        }
        let bytes = self.backing.get(self.name, &key.to_bytes())?;
        let row = Arc::new(decode(self.name, &bytes));
        remember(&mut self.cache.borrow_mut(), key, &row);
        Some(row)
    }

    fn changed(&self, key: &K) -> Option<&Option<Arc<V>>> {
        let newest_first = self.frozen.iter().rev();
        self.active
            .get(key)
            .or_else(|| newest_first.filter_map(|layer| layer.get(key)).next())
    }

    /// Whether there is a row under a key.
    pub fn contains(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Up to `limit` rows from `from` (inclusive) to `to` (exclusive), in key order.
    pub fn range(&self, from: &K, to: &K, limit: usize) -> Vec<(K, Arc<V>)> {
        let mut rows = Vec::new();
        let mut from = from.clone();
        // Rows that were deleted in memory are still in the backing store, so one read of
        // `limit` rows may yield fewer; read on until the limit or the end is reached.
        while rows.len() < limit && from < *to {
            let wanted = limit - rows.len();
            let stored = self
                .backing
                .range(self.name, &from.to_bytes(), &to.to_bytes(), wanted);
            let last = (stored.len() == wanted)
                .then(|| stored.last().map(|(key, _)| K::from_bytes(key)))
                .flatten();
            self.merge(&from, to, last.as_ref(), stored, &mut rows);
            match last.as_ref().and_then(TableKey::successor) {
                Some(next) => from = next,
                None => break,
            }
        }
        rows.truncate(limit);
        rows
    }

    /// Lays the changed rows between `from` and `last` (or `to`) over the stored ones.
    fn merge(&self, from: &K, to: &K, last: Option<&K>, stored: Rows, rows: &mut Vec<(K, Arc<V>)>) {
        let end = match last {
            Some(last) => Bound::Included(last),
            None => Bound::Excluded(to),
        };
        let mut merged: BTreeMap<K, Option<Arc<V>>> = BTreeMap::new();
        for layer in self
            .frozen
            .iter()
            .map(|layer| &**layer)
            .chain([&self.active])
        {
            for (key, row) in layer.range((Bound::Included(from), end)) {
                merged.insert(key.clone(), row.clone());
            }
        }
        for (key, bytes) in stored {
            merged
                .entry(K::from_bytes(&key))
                .or_insert_with(|| Some(Arc::new(decode(self.name, &bytes))));
        }
        rows.extend(
            merged
                .into_iter()
                .filter_map(|(key, row)| row.map(|row| (key, row))),
        );
    }

    /// Stores a row.
    pub(crate) fn put(&mut self, key: K, row: impl Into<Arc<V>>) {
        self.change(key, Some(row.into()));
    }

    /// Removes a row.
    pub(crate) fn remove(&mut self, key: &K) {
        self.change(key.clone(), None);
    }

    /// Changes a row in place; does nothing when it is not there.
    pub(crate) fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(mut row) = self.get(key) {
            change(Arc::make_mut(&mut row));
            self.change(key.clone(), Some(row));
        }
    }

    fn change(&mut self, key: K, row: Option<Arc<V>>) {
        let before = self.active.insert(key.clone(), row);
        self.undo.push((key, before));
    }

    /// Makes what was changed since the last call permanent for the batch.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
    }

    /// Takes back what was changed since the last [`Self::keep`].
    pub(crate) fn roll_back(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(row) => self.active.insert(key, row),
                None => self.active.remove(&key),
            };
        }
    }

    /// Sets the batch's changes aside for writing and begins a new one.
    pub(crate) fn freeze(&mut self) -> Arc<dyn FrozenTable>
    where
        K: 'static,
        V: Send + Sync + 'static,
    {
        let layer = Arc::new(std::mem::take(&mut self.active));
        self.frozen.push_back(Arc::clone(&layer));
        Arc::new(FrozenLayer {
            name: self.name,
            layer,
        })
    }

    /// The oldest batch that was set aside is in the backing store now.
    pub(crate) fn written(&mut self) {
        let Some(layer) = self.frozen.pop_front() else {
            return;
        };
        let cache = self.cache.get_mut();
        for (key, row) in layer.iter() {
            match row {
                Some(row) => remember(cache, key, row),
                None => drop(cache.pop(key)),
            }
        }
    }

    /// Every row as bytes, in key order, for comparing two states.
    pub(crate) fn dump(&self, out: &mut DumpedRow<'_>) {
        let mut from = K::from_bytes(&[]);
        let to = K::last();
        loop {
            let rows = self.range(&from, &to, 1_000);
            for (key, row) in &rows {
                out(self.name, &key.to_bytes(), &encode(&**row));
            }
            match rows.last().and_then(|(key, _)| key.successor()) {
                Some(next) if rows.len() == 1_000 => from = next,
                _ => return,
            }
        }
    }
}

/// The bound is kept here rather than in the cache, which would set aside room for all of it.
fn remember<K: TableKey, V>(cache: &mut LruCache<K, Arc<V>>, key: &K, row: &Arc<V>) {
    cache.put(key.clone(), Arc::clone(row));
    if cache.len() > MAX_CACHED_ROWS {
        cache.pop_lru();
    }
}

/// One table's share of a batch, ready to be encoded on another thread.
pub trait FrozenTable: Send + Sync {
    /// Hands out each changed row: its key, and the row or `None` when it was deleted.
    fn rows(&self, out: &mut ChangedRow<'_>);
    /// The table's name.
    fn name(&self) -> &'static str;
    /// Whether it has no rows.
    fn is_empty(&self) -> bool;
}

struct FrozenLayer<K, V> {
    name: &'static str,
    layer: Arc<Layer<K, V>>,
}

impl<K: TableKey, V: Serialize + Send + Sync> FrozenTable for FrozenLayer<K, V> {
    fn rows(&self, out: &mut ChangedRow<'_>) {
        for (key, row) in self.layer.iter() {
            let bytes = row.as_ref().map(|row| encode(&**row));
            out(&key.to_bytes(), bytes.as_deref());
        }
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn is_empty(&self) -> bool {
        self.layer.is_empty()
    }
}

/// Rows are postcard behind one byte that numbers the layout.
const LAYOUT: u8 = 1;

fn encode<V: Serialize>(row: &V) -> Vec<u8> {
    postcard::to_extend(row, vec![LAYOUT]).expect("a row of our own types can be encoded")
}

fn decode<V: DeserializeOwned>(table: &str, bytes: &[u8]) -> V {
    match bytes.split_first() {
        Some((&LAYOUT, body)) => postcard::from_bytes(body)
            .unwrap_or_else(|e| damaged(format!("a row in table {table} cannot be decoded: {e}"))),
        _ => damaged(format!(
            "Expected row layout {LAYOUT} in table {table}, but found {:?}",
            bytes.first()
        )),
    }
}

fn damaged(message: String) -> ! {
    std::panic::panic_any(Damage(message))
}
