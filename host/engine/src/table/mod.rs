//! One table of the state: typed rows in memory over bytes in a backing store.
//!
//! A read looks at the rows that were used lately, then at what earlier batches changed that
//! is still being written, then in the backing store. So the engine goes on with the next
//! batch while the last one's fsync runs, and a row that comes and goes within one batch
//! never reaches the disk.

pub mod backing;
pub mod layout;
mod merge;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use lru::LruCache;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::layout::{KeyPrefix, TableKey};
use crate::limits::MAX_CACHED_ROWS;
use crate::table::backing::{Backing, Damage, Rows};
use crate::table::merge::Changed;

/// The rows that a batch changed, in key order; `None` stands for a deleted one.
pub type Layer<K, V> = Vec<(K, Option<Arc<V>>)>;

/// Takes a changed row: its key, and the row or `None` when it was deleted.
pub type ChangedRow<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// Takes a row of the whole state: table, key, row.
pub type DumpedRow<'a> = dyn FnMut(&'static str, &[u8], &[u8]) + 'a;

/// See the module's text.
pub struct Table<K: TableKey, V> {
    name: &'static str,
    /// Rows used lately, among them each one that the batch has changed.
    recent: RefCell<LruCache<K, Slot<V>>>,
    /// The keys that the batch has changed.
    active: BTreeSet<K>,
    /// What earlier batches changed that is still being written, the oldest first.
    frozen: VecDeque<Arc<Layer<K, V>>>,
    /// What was in memory under the keys that the present command has changed.
    undo: Vec<(K, Option<Slot<V>>)>,
    /// The number of the present command.
    command: u64,
    backing: Arc<dyn Backing>,
}

/// A row in memory.
pub(super) struct Slot<V> {
    /// The row; none when it was deleted.
    pub(super) row: Option<Arc<V>>,
    /// Whether the batch has changed it.
    active: bool,
    /// Whether the batch found a row here. If not, deleting leaves nothing to write.
    below: bool,
    /// The command that changed it last, 0 for none.
    changed_by: u64,
}

// A derived one would ask for `V: Clone`.
impl<V> Clone for Slot<V> {
    fn clone(&self) -> Self {
        Self {
            row: self.row.clone(),
            ..*self
        }
    }
}

impl<K: TableKey, V: Clone + Serialize + DeserializeOwned> Table<K, V> {
    pub(crate) fn new(name: &'static str, backing: Arc<dyn Backing>) -> Self {
        Self {
            name,
            recent: RefCell::new(LruCache::unbounded()),
            active: BTreeSet::new(),
            frozen: VecDeque::new(),
            undo: Vec::new(),
            command: 1,
            backing,
        }
    }

    /// The row under a key.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut recent = self.recent.borrow_mut();
        if let Some(slot) = recent.get(key) {
            return slot.row.clone();
        }
        let row = self.below(key)?;
        let slot = Slot {
            row: Some(Arc::clone(&row)),
            active: false,
            below: true,
            changed_by: 0,
        };
        remember(&mut recent, key.clone(), slot);
        Some(row)
    }

    /// The row under a key before the batch.
    fn below(&self, key: &K) -> Option<Arc<V>> {
        for layer in self.frozen.iter().rev() {
            if let Ok(place) = layer.binary_search_by(|(other, _)| other.cmp(key)) {
                return layer[place].1.clone();
            }
        }
        let bytes = self.backing.get(self.name, &key.to_bytes())?;
        Some(Arc::new(decode(self.name, &bytes)))
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
            let end = last.as_ref().map_or(Bound::Excluded(to), Bound::Included);
            self.merge(&from, end, stored, limit, &mut rows);
            match last.as_ref().and_then(TableKey::successor) {
                Some(next) => from = next,
                None => break,
            }
        }
        rows
    }

    /// All rows whose keys begin with this.
    pub fn under(&self, prefix: impl KeyPrefix<K>) -> Vec<(K, Arc<V>)> {
        self.first_under(prefix, usize::MAX)
    }

    /// The first rows whose keys begin with this.
    pub fn first_under(&self, prefix: impl KeyPrefix<K>, limit: usize) -> Vec<(K, Arc<V>)> {
        self.range(&prefix.first(), &prefix.end(), limit)
    }

    /// Lays the changed rows between two keys over the stored ones, to the limit.
    fn merge(
        &self,
        from: &K,
        end: Bound<&K>,
        stored: Rows,
        limit: usize,
        rows: &mut Vec<(K, Arc<V>)>,
    ) {
        let recent = self.recent.borrow();
        let changed = Changed::new(&self.active, &self.frozen, from, end, &recent);
        let mut changed = changed.peekable();
        let stored = stored.into_iter();
        let mut stored = stored
            .map(|(key, bytes)| (K::from_bytes(&key), bytes))
            .peekable();
        while rows.len() < limit {
            let order = match (changed.peek(), stored.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((changed, _)), Some((stored, _))) => (*changed).cmp(stored),
            };
            if order == Ordering::Greater {
                rows.extend(stored.next().map(|(key, bytes)| {
                    let row = Arc::new(decode(self.name, &bytes));
                    (key, row)
                }));
                continue;
            }
            if order == Ordering::Equal {
                stored.next();
            }
            if let Some((key, Some(row))) = changed.next() {
                rows.push((key.clone(), row));
            }
        }
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
        if !self.contains(key) {
            return;
        }
        let Some(slot) = self.recent.get_mut().get_mut(key) else {
            return;
        };
        note(&mut self.undo, &mut self.active, self.command, key, slot);
        // This copies the row once in a command, because its undo has it, too.
        if let Some(row) = &mut slot.row {
            change(Arc::make_mut(row));
        }
    }

    fn change(&mut self, key: K, row: Option<Arc<V>>) {
        let recent = self.recent.get_mut();
        if let Some(slot) = recent.get_mut(&key) {
            note(&mut self.undo, &mut self.active, self.command, &key, slot);
            slot.row = row;
            if slot.row.is_none() && !slot.below {
                self.active.remove(&key);
                recent.pop(&key);
            }
            return;
        }
        let below = self.below(&key).is_some();
        if row.is_none() && !below {
            return;
        }
        let slot = Slot {
            row,
            active: true,
            below,
            changed_by: self.command,
        };
        self.undo.push((key.clone(), None));
        self.active.insert(key.clone());
        remember(self.recent.get_mut(), key, slot);
    }

    /// Makes what was changed since the last call permanent for the batch.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
        self.command += 1;
    }

    /// Takes back what was changed since the last [`Self::keep`].
    pub(crate) fn roll_back(&mut self) {
        let recent = self.recent.get_mut();
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(ref slot) if slot.active => self.active.insert(key.clone()),
                _ => self.active.remove(&key),
            };
            match before {
                Some(slot) => recent.put(key, slot),
                None => recent.pop(&key),
            };
        }
        self.command += 1;
    }

    /// Sets the batch's changes aside for writing and begins a new one.
    pub(crate) fn freeze(&mut self) -> Arc<dyn FrozenTable>
    where
        K: 'static,
        V: Send + Sync + 'static,
    {
        let recent = self.recent.get_mut();
        let mut layer = Layer::with_capacity(self.active.len());
        for key in std::mem::take(&mut self.active) {
            if let Some(slot) = recent.peek_mut(&key) {
                slot.active = false;
                slot.below = slot.row.is_some();
                layer.push((key, slot.row.clone()));
            }
        }
        let layer = Arc::new(layer);
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
        let recent = self.recent.get_mut();
        for (key, row) in layer.iter() {
            // What was deleted need not be remembered any longer.
            if row.is_none() && recent.peek(key).is_some_and(Slot::is_settled_deletion) {
                recent.pop(key);
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

impl<V> Slot<V> {
    fn is_settled_deletion(&self) -> bool {
        self.row.is_none() && !self.active
    }
}

/// Before a row in memory is changed: notes how it was, once in a command, and that the batch
/// changes it.
fn note<K: TableKey, V>(
    undo: &mut Vec<(K, Option<Slot<V>>)>,
    active: &mut BTreeSet<K>,
    command: u64,
    key: &K,
    slot: &mut Slot<V>,
) {
    if slot.changed_by == command {
        return;
    }
    undo.push((key.clone(), Some(slot.clone())));
    slot.changed_by = command;
    if !slot.active {
        slot.active = true;
        active.insert(key.clone());
    }
}

/// The bound is kept here rather than in the cache, which would set aside room for all of it.
/// What the batch has changed stays.
fn remember<K: TableKey, V>(recent: &mut LruCache<K, Slot<V>>, key: K, slot: Slot<V>) {
    recent.put(key, slot);
    if recent.len() <= MAX_CACHED_ROWS {
        return;
    }
    if let Some((oldest, slot)) = recent.pop_lru()
        && slot.active
    {
        recent.put(oldest, slot);
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
