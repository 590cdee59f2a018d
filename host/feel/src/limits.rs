//! Every bound on an expression, its source and its values, with the reason for its number. Those that a host may
//! choose for an evaluation are in [`Limits`].

// Source.

/// Bytes of source that one expression may have; the largest in the wild are a few kilobytes. A longer one is a
/// syntax error.
pub const MAX_SOURCE_BYTES: usize = 256 * 1024;

/// Height of the tree of an expression or a type, which bounds the recursion of the parser and, with
/// [`Limits::depth`], of the evaluator. A higher one is a syntax error.
pub const MAX_HEIGHT: u32 = 200;

/// Items of the longest list of literals that is built when the expression is read. A longer one is built with
/// each evaluation.
pub const MAX_FOLDED_ITEMS: usize = 1_000;

/// Words of the longest name that is looked for in the source. A longer one is not found, so it is read as
/// several names.
pub const MAX_NAME_WORDS: usize = 32;

/// Characters of the source that a syntax error shows; the rest is cut.
pub const MAX_TOKEN_CHARS: usize = 40;

// Values and text.

/// Levels of nesting of arrays and objects in JSON that is read, and in a path of keys. A deeper one is an error.
pub const MAX_JSON_DEPTH: u32 = 128;

/// The last year of a date, the first one negated, and the years of a duration both ways: nine digits, as XML
/// Schema and the DMN specification say. What lies beyond is null.
pub const MAX_YEAR: i64 = 999_999_999;

/// Pairs of dots in the text of a range that are tried as the place between its ends, because strings may hold
/// dots as well. A text with its ends apart only after these is no range.
pub const MAX_RANGE_PLACES: usize = 8;

/// Characters of a text that a message shows; the rest is cut.
pub const MAX_SHOWN_CHARS: usize = 60;

/// Bytes of a string that a warning shows in full; of a longer one it says only that it is a string.
pub const MAX_SHOWN_STRING_BYTES: usize = 40;

/// Characters of the cause of an assertion that does not hold, which is for people and may be anyone's; the rest
/// is cut.
pub const MAX_CAUSE_CHARS: usize = 500;

/// Characters of names that are compared for misspellings: the work grows with the square of the length, and
/// nobody types longer ones. They are like no other.
pub const MAX_COMPARED_CHARS: usize = 64;

// Evaluation.

/// Warnings of one evaluation that are kept; later ones are passed over.
pub const MAX_WARNINGS: usize = 16;

/// Regular expressions that one evaluation keeps compiled; others are compiled with each use.
pub const MAX_PATTERNS: usize = 8;

/// Levels of [`Limits::depth`] that a call of a host's function takes. It nests in ways that no tree shows; this
/// is what its frames may take.
pub const HOST_HEIGHT: u32 = 20;

/// Class subtractions in a regular expression that may nest. More make the call null, with a warning.
pub const MAX_CLASS_NESTING: u32 = 16;

/// Bytes that a compiled regular expression may take; nested repetitions grow fast. Past it the call is null,
/// with a warning.
pub const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Bytes that usual regular expressions stay below. What takes more is charged for with [`LARGE_PATTERN_STEPS`]
/// and compiled again.
pub const USUAL_PATTERN_BYTES: usize = 1 << 15;

/// Fuel that compiling a usual regular expression takes, measured against other steps.
pub const USUAL_PATTERN_STEPS: usize = 5_000;

/// Fuel that the largest regular expressions take besides.
pub const LARGE_PATTERN_STEPS: usize = 200_000;

/// Bounds of one evaluation. Reaching one ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: one for each node evaluated and each item or 16 bytes that a function goes through.
    /// A million take some 50 milliseconds.
    pub fuel: u64,
    /// Nested nodes over all calls. One takes up to a kilobyte of stack; threads have 2 MB.
    pub depth: u32,
    /// Items of one list.
    pub list_length: usize,
    /// Bytes of one string.
    pub string_length: usize,
    /// Written-out size of one value, shared parts counted each time: about its bytes as JSON.
    pub value_size: u64,
    /// Nesting of one value, the same as JSON's.
    pub value_depth: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            fuel: 1_000_000,
            depth: 800,
            list_length: 100_000,
            string_length: 1 << 20,
            value_size: 16 << 20,
            value_depth: MAX_JSON_DEPTH,
        }
    }
}
