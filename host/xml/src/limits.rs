//! Every bound on what an XML file of a model may hold, with the reason for its number. Reaching one is an error
//! diagnostic, unless its comment says otherwise. What a diagram or a decision model may hold beyond that is bounded by the crate that reads it.

/// Largest file in bytes. The largest models met in practice are near 1 MB, most of it diagram information; this is
/// the size that issue and API name.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// Most XML nodes (elements, texts, comments). A node costs about 100 bytes, so this bounds the tree near 100 MB.
pub const MAX_XML_NODES: u32 = 1_000_000;

/// Deepest XML nesting. A subprocess takes one level and the deepest known extension another six; a boxed expression
/// takes at most three, and both kinds of nesting are bounded well below this by their readers.
pub const MAX_XML_DEPTH: usize = 256;

/// Longest name of an XML element in bytes. Diagnostics repeat such names.
pub const MAX_TAG_BYTES: usize = 255;

/// Most attributes on one XML element. The XML reader compares each with each, so this keeps that linear.
pub const MAX_ATTRIBUTES: usize = 256;

/// Most namespace declarations in scope at one place. The XML reader copies them for each element that adds one.
pub const MAX_NAMESPACES: usize = 256;

/// Most diagnostics that are reported. Nobody reads more, and a hostile file could cause one for each element.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// Bytes from the beginning of a file in which its XML declaration is looked for; a real one takes about fifty. A
/// longer one is taken for none, so the file is read as UTF-8.
pub const MAX_DECLARATION_BYTES: usize = 512;

/// Bytes of an unknown encoding's name that the diagnostic shows; the rest is cut.
pub const MAX_SHOWN_ENCODING_BYTES: usize = 40;

/// Characters of an element's name that a diagnostic shows when the element has no end; the rest is cut.
pub const MAX_SHOWN_NAME_CHARS: usize = 80;
