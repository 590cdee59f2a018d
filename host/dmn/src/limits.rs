//! Every bound on what a decision model may hold, with the reason for its number. Reaching one is an
//! error diagnostic, unless its comment says otherwise. The bounds on the XML file are in `gardesh_xml::limits`; what evaluation may
//! take is bounded by `gardesh_feel::Limits` instead.

/// Longest `id` in bytes. Ids are part of keys and of every audit record.
pub const MAX_ID_BYTES: usize = 255;

/// Longest name in bytes of a decision, variable, parameter, entry or type.
pub const MAX_NAME_BYTES: usize = 1024;

/// Longest namespace of a model in bytes: models are found by it, so it is part of keys.
pub const MAX_NAMESPACE_BYTES: usize = 1024;

/// Most decisions, inputs, knowledge models and services of one model, imported ones included:
/// each import of a model adds all that it has.
pub const MAX_ELEMENTS: usize = 20_000;

/// Most requirements of one element. All their names are in scope of each of its expressions.
pub const MAX_REQUIREMENTS: usize = 1_000;

/// Most rules of one decision table; the largest ones in practice have some thousands.
pub const MAX_RULES: usize = 50_000;

/// Most inputs and, separately, outputs of one decision table.
pub const MAX_CLAUSES: usize = 500;

/// Most entries of one boxed context, and most parameters of one function. Each is a name, and FEEL
/// compares names with each other.
pub const MAX_ENTRIES: usize = 2_000;

/// Deepest nesting of boxed expressions; people nest four. A level takes up to a kilobyte of stack,
/// and a knowledge model that calls itself takes all its levels again in each call.
pub const MAX_NESTING: usize = 32;

/// Deepest nesting of types within types.
pub const MAX_TYPE_DEPTH: usize = 32;

/// Most parts of one type when everything that it refers to is written out: types that refer to
/// each other twice grow exponentially.
pub const MAX_TYPE_SIZE: usize = 2_000;

/// Most names that are copied for scopes over a whole file. Files of the kit take hundreds; a copy
/// takes about a microsecond.
pub const MAX_NAME_COPIES: usize = 5_000_000;

/// Most decisions and calls of knowledge models that one evaluation records for the audit. Loops
/// may call a table for each item of a list.
pub const MAX_RECORDS: usize = 1_000;

/// Most inputs and, separately, matched rules that one record holds; a decision has one table as a
/// rule, but a boxed loop may evaluate one again and again.
pub const MAX_RECORD_PARTS: usize = 1_000;

/// Most unknown names that are reported of a file. An author starts with the first, and warnings must not crowd out
/// errors.
pub const MAX_UNKNOWN_NAMES: usize = 100;

/// Most comparisons of an unknown name with one in its scope, over a file. Some 50 milliseconds; past that names are
/// no longer looked at.
pub const MAX_NAME_COMPARISONS: usize = 100_000;

/// Bytes of a value that are held against an item type for one unit of FEEL's fuel. When that is used up the
/// evaluation ends.
pub const BYTES_PER_STEP: u64 = 16;

/// Characters of a value that a message of an evaluation shows; the rest is cut.
pub const MAX_SHOWN_VALUE_CHARS: usize = 60;

/// Characters of an expression that a diagnostic shows; the rest is cut.
pub const MAX_SHOWN_SOURCE_CHARS: usize = 80;
