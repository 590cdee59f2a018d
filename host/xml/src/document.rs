//! From a text to the XML tree, with errors of well-formedness in our words. The bounds that are checked before
//! are in `bounds.rs`.

use roxmltree::{Document, Error, ParsingOptions};

use crate::bounds;
use crate::diagnostic::Diagnostic;
use crate::limits::{MAX_SHOWN_NAME_CHARS, MAX_XML_NODES};
use crate::position::Positions;

/// Builds the tree, or says in one diagnostic why there is none.
pub(crate) fn parse<'x>(
    source: &'x str,
    positions: &Positions<'_>,
) -> Result<Document<'x>, Diagnostic> {
    let open = bounds::check(source, positions)?;
    let options = ParsingOptions {
        nodes_limit: MAX_XML_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(source, options).map_err(|e| explain(&e, open, source, positions))
}

/// Says what was expected where the text is not well-formed XML.
fn explain(
    error: &Error,
    open: Option<usize>,
    source: &str,
    positions: &Positions<'_>,
) -> Diagnostic {
    let at = (error.pos().row, error.pos().col);
    let not_well_formed = |at, message| Diagnostic::of_file(at, "not-well-formed", message);
    match error {
        Error::NodesLimitReached => {
            let message = format!("Expected at most {MAX_XML_NODES} XML nodes, but the file has more.");
            Diagnostic::of_file(positions.end(), "too-many-nodes", message)
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
        .take(MAX_SHOWN_NAME_CHARS)
        .collect();
    let (line, _) = positions.locate(start);
    format!("Expected </{name}> for the element opened in line {line}, but the file ends.")
}
