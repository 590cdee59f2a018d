//! Every bound on what a BPMN file may hold, with the reason for its number. Reaching one is an error diagnostic.

/// Largest file in bytes. The largest diagrams met in practice are near 1 MB; this is the size that issue and API name.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// Most XML nodes (elements, texts, comments). A node costs about 100 bytes, so this bounds the tree near 100 MB.
pub const MAX_XML_NODES: u32 = 1_000_000;

/// Deepest XML nesting. A subprocess takes one level and the deepest known extension another six.
pub const MAX_XML_DEPTH: usize = 256;

/// Longest name of an XML element in bytes. Diagnostics repeat such names.
pub const MAX_TAG_BYTES: usize = 255;

/// Most attributes on one XML element. The XML reader compares each with each, so this keeps that linear.
pub const MAX_ATTRIBUTES: usize = 256;

/// Most namespace declarations in scope at one place. The XML reader copies them for each element that adds one.
pub const MAX_NAMESPACES: usize = 256;

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

/// Most diagnostics that are reported. Nobody reads more, and a hostile file could cause one for each element.
pub const MAX_DIAGNOSTICS: usize = 1_000;
