//! Loaded components in memory: the most recently used ones, each loaded once however
//! many callers want it at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::Digest;

/// A bounded map from digest to `T`.
pub struct Registry<T> {
    slots: Mutex<HashMap<Digest, Arc<Slot<T>>>>,
    capacity: usize,
    clock: AtomicU64,
}

struct Slot<T> {
    value: OnceCell<Arc<T>>,
    last_used: AtomicU64,
}

impl<T> Registry<T> {
    /// An empty registry that keeps `capacity` values.
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: Mutex::default(),
            capacity,
            clock: AtomicU64::new(0),
        }
    }

    /// The value, where it is loaded.
    pub fn get(&self, digest: &Digest) -> Option<Arc<T>> {
        let slot = self.lock().get(digest).cloned()?;
        self.touch(&slot);
        slot.value.get().cloned()
    }

    /// The value; loaded now if need be. Callers that come meanwhile wait for the same
    /// loading; if it fails, the next of them tries.
    ///
    /// # Errors
    /// When loading fails.
    pub async fn get_or_load<E>(
        &self,
        digest: &Digest,
        load: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let slot = self.slot(digest);
        let loaded = slot
            .value
            .get_or_try_init(async || load().await.map(Arc::new))
            .await
            .cloned();
        match &loaded {
            Ok(_) => self.evict(),
            Err(_) => self.drop_empty(digest),
        }
        loaded
    }

    /// Drops the value. Whoever runs it keeps it until they are done.
    pub fn remove(&self, digest: &Digest) {
        self.lock().remove(digest);
    }

    fn slot(&self, digest: &Digest) -> Arc<Slot<T>> {
        let slot = Arc::clone(self.lock().entry(*digest).or_insert_with(|| {
            Arc::new(Slot {
                value: OnceCell::new(),
                last_used: AtomicU64::new(0),
            })
        }));
        self.touch(&slot);
        slot
    }

    fn touch(&self, slot: &Slot<T>) {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        slot.last_used.store(now, Ordering::Relaxed);
    }

    /// Empty slots of components that could not be loaded must not pile up; one that
    /// somebody else still loads has more than this owner.
    fn drop_empty(&self, digest: &Digest) {
        let mut slots = self.lock();
        // The map and our caller hold the slot.
        let unused =
            |slot: &Arc<Slot<T>>| !slot.value.initialized() && Arc::strong_count(slot) <= 2;
        if slots.get(digest).is_some_and(unused) {
            slots.remove(digest);
        }
    }

    fn evict(&self) {
        let mut slots = self.lock();
        while slots.len() > self.capacity {
            let oldest = slots
                .iter()
                .filter(|(_, slot)| slot.value.initialized())
                .min_by_key(|(_, slot)| slot.last_used.load(Ordering::Relaxed))
                .map(|(digest, _)| *digest);
            let Some(digest) = oldest else { return };
            slots.remove(&digest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Arc<Slot<T>>>> {
        // Nothing panics while it holds the lock, and every state of the map is valid.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[tokio::test]
    async fn concurrent_callers_load_once() {
        let registry = Registry::new(4);
        let digest = Digest::of(b"x");
        let loads = AtomicUsize::new(0);
        let load = || {
            registry.get_or_load(&digest, async || {
                tokio::task::yield_now().await;
                Ok::<_, ()>(loads.fetch_add(1, Ordering::Relaxed))
            })
        };
        let (a, b, c) = tokio::join!(load(), load(), load());
        assert_eq!((*a.unwrap(), *b.unwrap(), *c.unwrap()), (0, 0, 0));
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let registry = Registry::<u32>::new(4);
        let digest = Digest::of(b"x");
        let failed = registry.get_or_load(&digest, async || Err("no")).await;
        assert_eq!(failed, Err("no"));
        assert_eq!(registry.lock().len(), 0);
        let loaded = registry
            .get_or_load(&digest, async || Ok::<_, &str>(7))
            .await;
        assert_eq!(loaded.as_deref(), Ok(&7));
    }

    #[tokio::test]
    async fn the_least_recently_used_goes() {
        let registry = Registry::new(2);
        let digests = [b"a", b"b", b"c"].map(|name| Digest::of(name));
        for digest in &digests[..2] {
            registry
                .get_or_load(digest, async || Ok::<_, ()>(()))
                .await
                .unwrap();
        }
        assert!(registry.get(&digests[0]).is_some());
        registry
            .get_or_load(&digests[2], async || Ok::<_, ()>(()))
            .await
            .unwrap();
        let kept = digests.map(|digest| registry.get(&digest).is_some());
        assert_eq!(kept, [true, false, true]);
    }
}
