//! The places for connections: how many there are, and who gives way when there are none
//! left. What goes over a connection is hyper's, when it is cut off is in `serve.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::limits::{MAX_CONNECTIONS, MAX_OTHER_DESCRIPTORS, PLACE_PAUSE};

/// All places, and which of the connections in them are idle.
pub struct Connections {
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// Connections on which no request is under way, those first that have been so for longest.
#[derive(Default)]
struct Idle {
    next: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
}

impl Connections {
    /// As many places as the system allows, to a bound.
    pub fn of_this_process() -> Arc<Self> {
        Self::with(places(descriptors()))
    }

    /// This many places.
    pub fn with(places: usize) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(places)),
            idle: Mutex::default(),
        })
    }

    /// A place for one more connection. When none is left, the connection that has been idle
    /// for longest is closed for it; while on all of them a request is under way, it waits.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        loop {
            self.close_idlest();
            let place = Arc::clone(&self.places).acquire_owned();
            // Who was to give way may have begun to work just then; by now others are idle.
            if let Ok(place) = tokio::time::timeout(PLACE_PAUSE, place).await {
                return place.ok();
            }
        }
    }

    /// Closes the connection that has been idle for longest; false when none is.
    pub fn close_idlest(&self) -> bool {
        let idlest = self.lock().waiting.pop_first();
        if let Some((_, close)) = &idlest {
            close.notify_one();
        }
        idlest.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in its place.
pub struct Seat {
    connections: Arc<Connections>,
    close: Arc<Notify>,
    state: Mutex<State>,
    _place: OwnedSemaphorePermit,
}

#[derive(Default)]
struct State {
    /// Where it is among the idle ones.
    idle: Option<u64>,
    has_asked: bool,
}

impl Seat {
    /// Takes the place, idle at first.
    pub fn new(connections: Arc<Connections>, place: OwnedSemaphorePermit) -> Arc<Self> {
        let seat = Self {
            connections,
            close: Arc::default(),
            state: Mutex::default(),
            _place: place,
        };
        seat.rest();
        Arc::new(seat)
    }

    /// Whether a request has come over the connection.
    pub fn has_asked(&self) -> bool {
        self.lock().has_asked
    }

    /// Resolves when the connection has to give way, which it does not while a request is
    /// under way.
    pub async fn gives_way(&self) {
        loop {
            self.close.notified().await;
            if self.lock().idle.is_some() {
                return;
            }
        }
    }

    /// To be held while a request is under way.
    pub fn work(self: &Arc<Self>) -> Work {
        let mut state = self.lock();
        state.has_asked = true;
        if let Some(number) = state.idle.take() {
            self.connections.lock().waiting.remove(&number);
        }
        drop(state);
        Work(Arc::clone(self))
    }

    fn rest(&self) {
        let mut idle = self.connections.lock();
        let number = idle.next;
        idle.next += 1;
        idle.waiting.insert(number, Arc::clone(&self.close));
        drop(idle);
        self.lock().idle = Some(number);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(number) = self.lock().idle.take() {
            self.connections.lock().waiting.remove(&number);
        }
    }
}

/// A request that is under way on a connection.
pub struct Work(Arc<Seat>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.rest();
    }
}

/// The places that a number of file descriptors leaves for connections.
fn places(descriptors: usize) -> usize {
    let left = descriptors.saturating_sub(MAX_OTHER_DESCRIPTORS);
    left.max(descriptors / 2).min(MAX_CONNECTIONS)
}

/// How many file descriptors this process may have, after asking for as many as it can get:
/// the usual bound of 1,024 is made for programs that are not servers.
#[cfg(unix)]
fn descriptors() -> usize {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(bound) => usize::try_from(bound).unwrap_or(usize::MAX),
        Err(error) => {
            tracing::warn!(%error, "the bound on file descriptors could not be raised");
            crate::limits::USUAL_DESCRIPTORS
        }
    }
}

#[cfg(not(unix))]
fn descriptors() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_below_the_descriptors() {
        for (descriptors, expected) in [
            (usize::MAX, MAX_CONNECTIONS),
            (1_024, 768),
            (300, 150),
            (1, 0),
        ] {
            assert_eq!(places(descriptors), expected, "{descriptors}");
        }
        assert!(super::descriptors() > MAX_OTHER_DESCRIPTORS);
    }

    #[tokio::test]
    async fn who_has_been_idle_for_longest_gives_way() {
        let connections = Connections::with(3);
        let mut seats = Vec::new();
        for _ in 0..3 {
            let place = connections.place().await.unwrap();
            seats.push(Seat::new(Arc::clone(&connections), place));
        }
        // The first one works, the second one has worked since the third one came.
        let busy = seats[0].work();
        drop(seats[1].work());
        assert!(connections.close_idlest());
        seats[2].gives_way().await;
        assert!(connections.close_idlest());
        seats[1].gives_way().await;
        assert!(!connections.close_idlest(), "a request is under way");
        drop(busy);
        assert!(connections.close_idlest());
        assert!(seats[0].has_asked() && !seats[2].has_asked());
        // Who is gone does not have to give way again, and leaves its place.
        seats.clear();
        assert!(!connections.close_idlest());
        assert!(connections.place().await.is_some());
    }
}
