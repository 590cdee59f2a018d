//! What is stored of elements that do their work in parts: where they go on. The items of an
//! element that repeats are a table of their own, because they do not change.

use serde::{Deserialize, Serialize};

use crate::key::*;

/// An element that goes on when the clock ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// Its case.
    pub instance: InstanceKey,
    /// Since when it waits, journal time.
    pub since_ms: u64,
    /// When it is being ended: the last child that was told so.
    pub after: ElementInstanceKey,
}
