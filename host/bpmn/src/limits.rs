//! Every bound on what a diagram may hold, with the reason for its number. Reaching one is an error diagnostic, unless
//! its comment says otherwise.
//! The bounds on the XML file are in `gardesh_xml::limits`.

/// Most flow nodes in one process. Well above any drawn diagram, and still linear in milliseconds.
pub const MAX_ELEMENTS: usize = 100_000;

/// Most sequence flows in one process: two for each element.
pub const MAX_FLOWS: usize = 200_000;

/// Deepest nesting of subprocesses. Every level is an element instance in every running instance.
pub const MAX_SCOPE_DEPTH: usize = 64;

/// Longest `id` in bytes. Ids are part of keys, of every event in the journal and of diagnostics.
pub const MAX_ID_BYTES: usize = 255;

/// Longest name, code or correlation key in bytes of a message, signal, error or escalation.
/// They become keys of subscriptions, and each event that refers to one holds a copy.
pub const MAX_NAME_BYTES: usize = 1024;

/// Characters of the source that a diagnostic shows; the rest is cut.
pub const MAX_SHOWN_CHARS: usize = 60;

/// Bytes of an element's id that go into the id of a flow that has none, so that two of them and a number fit
/// into [`MAX_ID_BYTES`]; the rest is cut.
pub const MAX_ID_SHARE_BYTES: usize = (MAX_ID_BYTES - 15) / 2;
