//! The XML layer: bounds that are checked before a tree is built, well-formedness errors in our words,
//! the namespaces, and small helpers over nodes. Nothing here knows what a decision is.

use std::ops::ControlFlow;

use roxmltree::{Document, Error, ParsingOptions};

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::{
    MAX_ATTRIBUTES, MAX_DOCUMENT_BYTES, MAX_NAMESPACES, MAX_TAG_BYTES, MAX_XML_DEPTH, MAX_XML_NODES,
};
use crate::position::Positions;

/// The model namespaces of DMN 1.1 to 1.6. Files of 1.1 and 1.2 have the same elements; what they
/// lack of 1.3 to 1.5 is simply absent.
const NAMESPACES: [&str; 6] = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
];

/// A node of the tree.
pub(crate) type Node<'x> = roxmltree::Node<'x, 'x>;

/// The local name of a DMN element; none for text, comments and other namespaces.
pub(crate) fn tag<'x>(node: Node<'x>) -> Option<&'x str> {
    let name = node.tag_name();
    let is_dmn = || {
        name.namespace()
            .is_some_and(|namespace| NAMESPACES.contains(&namespace))
    };
    (node.is_element() && is_dmn()).then(|| name.name())
}

/// DMN children of a local name.
pub(crate) fn children<'x>(node: Node<'x>, name: &'static str) -> impl Iterator<Item = Node<'x>> {
    node.children()
        .filter(move |child| tag(*child) == Some(name))
}

/// The first DMN child of a local name.
pub(crate) fn child<'x>(node: Node<'x>, name: &'static str) -> Option<Node<'x>> {
    children(node, name).next()
}

/// All text directly inside, so that CDATA sections and comments between texts do no harm.
pub(crate) fn text(node: Node<'_>) -> String {
    node.children()
        .filter(|child| child.is_text())
        .filter_map(|child| child.text())
        .collect()
}

/// The `text` child of expressions and unary tests; none when it is missing or blank.
pub(crate) fn source(node: Node<'_>) -> Option<String> {
    let source = text(child(node, "text")?);
    (!source.trim().is_empty()).then_some(source)
}

/// Builds the tree, or says in one diagnostic why there is none.
pub(crate) fn parse<'x>(
    source: &'x str,
    positions: &Positions<'_>,
) -> Result<Document<'x>, Diagnostic> {
    let open = check_bounds(source)
        .map_err(|(offset, code, message)| diagnostic(positions.locate(offset), code, message))?;
    let options = ParsingOptions {
        nodes_limit: MAX_XML_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(source, options).map_err(|e| explain(&e, open, source, positions))
}

/// Refuses a text by its size alone, before anything is computed over it.
pub(crate) fn check_size(source: &str) -> Result<(), Diagnostic> {
    if source.len() <= MAX_DOCUMENT_BYTES {
        return Ok(());
    }
    let message = format!(
        "Expected at most {MAX_DOCUMENT_BYTES} bytes, but the file has {}.",
        source.len()
    );
    Err(diagnostic((1, 1), "document-too-large", message))
}

fn diagnostic((line, column): (u32, u32), code: &'static str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code,
        element_id: None,
        line,
        column,
        message,
    }
}

type Refusal = (usize, &'static str, String);

/// Scans for what would make building the tree expensive. It need not judge well-formedness: where the text is not
/// well-formed the scan may misread it, and the tree is refused anyway.
///
/// Returns the offset of the innermost tag left open.
fn check_bounds(source: &str) -> Result<Option<usize>, Refusal> {
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
                       Hint: remove <!DOCTYPE ...>; DMN needs none, and entities are not expanded.";
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

/// Says what was expected where the text is not well-formed XML.
fn explain(
    error: &Error,
    open: Option<usize>,
    source: &str,
    positions: &Positions<'_>,
) -> Diagnostic {
    let at = (error.pos().row, error.pos().col);
    let not_well_formed = |at, message| diagnostic(at, "not-well-formed", message);
    match error {
        Error::NodesLimitReached => {
            let message = format!("Expected at most {MAX_XML_NODES} XML nodes, but the file has more.");
            diagnostic(positions.end(), "too-many-nodes", message)
        }
        Error::NoRootNode | Error::UnclosedRootNode | Error::UnexpectedEndOfStream => {
            not_well_formed(positions.end(), end_of_file(open, source, positions))
        }
        Error::UnexpectedCloseTag(expected, actual, _) => {
            not_well_formed(at, format!("Expected </{expected}>, but found </{actual}>."))
        }
        Error::UnknownNamespace(prefix, _) => not_well_formed(
            at,
            format!(
                "Expected a declared namespace prefix, but {prefix:?} is not declared. \
                 Hint: add xmlns:{prefix}=\"...\" to the definitions element."
            ),
        ),
        Error::UnknownEntityReference(name, _) => not_well_formed(
            at,
            format!("Expected one of &lt; &gt; &amp; &quot; &apos; or &#...;, but found &{name};."),
        ),
        Error::MalformedEntityReference(_) => not_well_formed(
            at,
            "Expected an entity after '&', but it is malformed. Hint: write &amp; for the character itself.".to_owned(),
        ),
        Error::InvalidChar(b'\'' | b'"', b'<', _) | Error::InvalidAttributeValue(_) => not_well_formed(
            at,
            "Expected an attribute value without '<', but it holds one. Hint: write &lt; or close the quotes before it.".to_owned(),
        ),
        Error::InvalidChar(expected, actual, _) => {
            let (expected, actual) = (char::from(*expected), char::from(*actual));
            not_well_formed(at, format!("Expected {expected:?}, but found {actual:?}."))
        }
        Error::InvalidChar2(expected, actual, _) => {
            not_well_formed(at, format!("Expected {expected}, but found {:?}.", char::from(*actual)))
        }
        Error::DuplicatedAttribute(name, _) => {
            not_well_formed(at, format!("Expected the attribute {name:?} once, but it is given twice."))
        }
        other => {
            // The position is in the diagnostic already.
            let fault = other.to_string().replace(&format!(" at {}", other.pos()), "");
            not_well_formed(at, format!("Expected well-formed XML, but {fault}."))
        }
    }
}

fn end_of_file(open: Option<usize>, source: &str, positions: &Positions<'_>) -> String {
    let Some(start) = open else {
        return "Expected an XML document with a definitions element, but there is no complete element.".to_owned();
    };
    let name: String = source[start + 1..]
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/'))
        .take(80)
        .collect();
    let (line, _) = positions.locate(start);
    format!("Expected </{name}> for the element opened in line {line}, but the file ends.")
}
