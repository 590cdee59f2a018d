//! The bounds that a text must keep before a tree is built from it, as building it is what would be expensive.
//! Whether it is well-formed is found out in `document.rs`.

use std::ops::ControlFlow;

use crate::diagnostic::Diagnostic;
use crate::limits::{
    MAX_ATTRIBUTES, MAX_DOCUMENT_BYTES, MAX_NAMESPACES, MAX_TAG_BYTES, MAX_XML_DEPTH,
};
use crate::position::Positions;

/// Refuses a file by its size alone, before anything is computed over it.
pub(crate) fn check_size(source: &[u8]) -> Result<(), Diagnostic> {
    if source.len() <= MAX_DOCUMENT_BYTES {
        return Ok(());
    }
    let message = format!(
        "Expected at most {MAX_DOCUMENT_BYTES} bytes, but the file has {}.",
        source.len()
    );
    Err(Diagnostic::of_file((1, 1), "document-too-large", message))
}

/// Refuses a text whose tree would be expensive to build; otherwise gives the offset of the innermost tag left open.
pub(crate) fn check(source: &str, positions: &Positions<'_>) -> Result<Option<usize>, Diagnostic> {
    scan(source).map_err(|(offset, code, message)| {
        Diagnostic::of_file(positions.locate(offset), code, message)
    })
}

/// Where a bound is passed, the rule and the message.
type Refusal = (usize, &'static str, String);

/// Scans for what would make building the tree expensive. It need not judge well-formedness: where the text is not
/// well-formed the scan may misread it, and the tree is refused anyway.
///
/// Returns the offset of the innermost tag left open.
fn scan(source: &str) -> Result<Option<usize>, Refusal> {
    let bytes = source.as_bytes();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(start) = find(source, at, "<") {
        at = match bytes.get(start + 1) {
            Some(b'!') => match skip_declaration(source, start)? {
                ControlFlow::Continue(next) => next,
                ControlFlow::Break(()) => break,
            },
            Some(b'?') => match find(source, start, "?>") {
                Some(end) => end + 2,
                None => break,
            },
            Some(b'/') => {
                open.pop();
                start + 2
            }
            _ => {
                let Some(tag) = scan_tag(source, start)? else {
                    break;
                };
                let namespaces =
                    tag.namespaces + open.last().map_or(0, |(_, inherited)| *inherited);
                if namespaces > MAX_NAMESPACES {
                    let message = format!(
                        "Expected at most {MAX_NAMESPACES} namespace declarations in scope, but here are {namespaces}."
                    );
                    return Err((start, "too-many-namespaces", message));
                }
                if !tag.empty {
                    open.push((start, namespaces));
                }
                if open.len() > MAX_XML_DEPTH {
                    let message = format!(
                        "Expected XML nested at most {MAX_XML_DEPTH} deep, but this element lies deeper."
                    );
                    return Err((start, "xml-too-deep", message));
                }
                tag.end
            }
        };
    }
    Ok(open.last().map(|(start, _)| *start))
}

/// Steps over a comment or a CDATA section; breaks off where it has no end; refuses a DTD.
fn skip_declaration(source: &str, start: usize) -> Result<ControlFlow<(), usize>, Refusal> {
    let rest = &source[start..];
    let terminator = if rest.starts_with("<!--") {
        "-->"
    } else if rest.starts_with("<![CDATA[") {
        "]]>"
    } else if rest.starts_with("<!DOCTYPE") {
        let message = "Expected a file without a document type declaration, but here is one. \
                       Hint: remove <!DOCTYPE ...>; it is not needed, and entities are not expanded.";
        return Err((start, "dtd-not-allowed", message.to_owned()));
    } else {
        return Ok(ControlFlow::Break(()));
    };
    Ok(match find(source, start + 4, terminator) {
        Some(end) => ControlFlow::Continue(end + terminator.len()),
        None => ControlFlow::Break(()),
    })
}

struct Tag {
    /// Offset after `>`.
    end: usize,
    empty: bool,
    namespaces: usize,
}

/// Reads a start tag; none when it has no end.
fn scan_tag(source: &str, start: usize) -> Result<Option<Tag>, Refusal> {
    let bytes = source.as_bytes();
    let (mut attributes, mut namespaces) = (0, 0);
    let mut at = start + 1;
    let name = bytes[at..]
        .iter()
        .take_while(|byte| !b" \t\r\n/>".contains(byte));
    if name.take(MAX_TAG_BYTES + 1).count() > MAX_TAG_BYTES {
        let message = format!(
            "Expected element names of at most {MAX_TAG_BYTES} bytes, but this one is longer."
        );
        return Err((start, "name-too-long", message));
    }
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                attributes += 1;
                let quote = if byte == b'"' { "\"" } else { "'" };
                let Some(close) = find(source, at + 1, quote) else {
                    return Ok(None);
                };
                at = close;
            }
            b'>' => {
                return Ok(Some(Tag {
                    end: at + 1,
                    empty: bytes[at - 1] == b'/',
                    namespaces,
                }));
            }
            b'x' if bytes[at..].starts_with(b"xmlns") => namespaces += 1,
            _ => {}
        }
        if attributes > MAX_ATTRIBUTES {
            let message = format!(
                "Expected at most {MAX_ATTRIBUTES} attributes on an element, but here are more."
            );
            return Err((start, "too-many-attributes", message));
        }
        at += 1;
    }
    Ok(None)
}

/// Offset of the first `needle` at or after `from`, which follows an ASCII character.
fn find(source: &str, from: usize, needle: &str) -> Option<usize> {
    source.get(from..)?.find(needle).map(|i| from + i)
}
