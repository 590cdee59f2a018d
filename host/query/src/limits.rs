//! Every bound of the read model, in one place, with the reason for its number.

/// Rows on a page that does not say (as in the Camunda REST API).
pub const DEFAULT_PAGE_ROWS: u32 = 100;

/// Rows on one page (as in the Camunda REST API).
pub const MAX_PAGE_ROWS: u32 = 10_000;

/// Bytes of text on one page: it becomes one HTTP response and is held in memory whole.
pub const MAX_PAGE_BYTES: usize = 32 * 1024 * 1024;

/// Rows that are counted for `totalItems`. Beyond them the page says that there are more;
/// counting this many takes some tens of milliseconds.
pub const MAX_COUNTED_ROWS: u64 = 1_000_000;

/// Fields to sort by. More could not be told apart by anybody.
pub const MAX_SORT_FIELDS: usize = 8;

/// Characters of an unknown field to sort by that the refusal shows; the rest is cut.
pub const MAX_SHOWN_FIELD_CHARS: usize = 100;

/// Operators in one condition: each of the ten, with room for a generator's repetition.
pub const MAX_OPERATORS: usize = 16;

/// Values in one `$in` list.
pub const MAX_LIST: usize = 1_000;

/// Alternatives in one `$or`, and variables in one filter: each adds to the depth of the
/// statement, which SQLite bounds at 1,000.
pub const MAX_ALTERNATIVES: usize = 16;

/// Bytes in a `$like` pattern.
pub const MAX_PATTERN_BYTES: usize = 1_024;

/// Bytes in a cursor: the values of the sorted fields of one row, which are names, not documents.
pub const MAX_CURSOR_BYTES: usize = 64 * 1024;

/// Characters of a document by which rows are sorted, so that a cursor stays small.
pub const MAX_SORTED_CHARS: usize = 256;

/// Steps of SQLite's virtual machine, and characters compared by `$like`, that one search
/// may take: a few seconds of one core.
pub const MAX_SEARCH_STEPS: u64 = 300_000_000;

/// Connections for searches: SQLite serves each on a core of its own, and each holds up to
/// 2 MiB of cache.
pub const MAX_READERS: usize = 8;

/// Memory for rows that were looked up before they could be written. While the file cannot be
/// written at all, a busy server fills it in minutes and a quiet one in days.
pub const MAX_BYTES_AHEAD: usize = 128 * 1024 * 1024;

/// Rows of one table kept in memory between batches, so that what starts in one batch and
/// ends in the next is not read back.
pub const MAX_CACHED_ROWS: usize = 4_096;

/// Rows of expired cases and batch operations removed in one transaction: some tens of milliseconds, for which
/// what is to be projected waits.
pub const MAX_REMOVED_ROWS: u32 = 1_000;

/// Characters of a variable's value on a page of shortened ones (as in the Camunda REST API).
pub const PREVIEW_CHARS: usize = 8_191;

/// Pages of write-ahead log between checkpoints: 16 MiB, so that checkpoints, which wait
/// for the disk, stay rare under load.
pub const CHECKPOINT_PAGES: u32 = 4_096;

/// Values in one search, lists included: SQLite takes 32,766, and nobody types as many.
pub const MAX_VALUES: usize = 10_000;

/// Steps of SQLite's virtual machine between two looks at what a search has left of [`MAX_SEARCH_STEPS`].
pub const STEPS_PER_CHECK: u32 = 1_000;

/// Statements kept prepared by a connection: one per table for the writer, the usual searches for a reader. The
/// one that was used longest ago makes room for another.
pub const MAX_PREPARED_STATEMENTS: usize = 64;

/// Bytes of memory that a row counts for in [`MAX_BYTES_AHEAD`] besides the text of a variable, roughly.
pub const ROW_BYTES: usize = 1_024;

/// Characters by which the index on variables finds a value; among those that begin alike the whole text is
/// compared.
pub const INDEXED_CHARS: usize = 64;
