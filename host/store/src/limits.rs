//! Every bound of the store, with the reason for its number. What a row or an entry may hold is bounded by the engine.

use std::time::Duration;

// Opening a file.

/// Bytes of redb's page cache. The engine keeps hot rows decoded in its own cache, so this one only has to hold
/// the upper levels of the trees; what does not fit is read again.
pub const PAGE_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of a file that is looked through at each start, page by page, in a tenth of a second. Of larger ones
/// that were closed in order each row is checked when it is read.
pub const MAX_CHECKED_BYTES: u64 = 64 * 1024 * 1024;

// Writing.

/// The least time between two syncs of the mark, which remembers the last acknowledged position: one more fsync
/// for hundreds of commits. In between it is written without one.
pub const MARK_SYNC_PACE: Duration = Duration::from_secs(1);

// Erasing what has expired.

/// Entries that one step of erasing looks at: a few milliseconds of work, which the next commit may have to wait
/// for. The others are left to the next step.
pub const MAX_ERASED_ENTRIES: usize = 64;

/// Bytes of entries that one step of erasing reads, for entries with large variables. An entry that is larger is
/// a step of its own.
pub const MAX_ERASED_BYTES: usize = 4 * 1024 * 1024;

/// Bytes that an owner which goes on to its next entry counts for in [`MAX_ERASED_BYTES`]: a few rows change,
/// which takes about as long as reading and writing that much.
pub const BYTES_PER_OWNER: usize = 4 * 1024;

/// Owners of expired entries whose first entry is looked up in one step; the others are left to the next.
pub const MAX_NEW_OWNERS: usize = 256;
