//! What the readers of BPMN and DMN share: the text of a file in whatever encoding it came, an XML tree built within bounds, places as lines and columns, and the
//! diagnostics that are collected on the way. Nothing here knows what a process or a decision is, nor their
//! namespaces; no I/O and no clock.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod bounds;
mod diagnostic;
mod document;
mod encoding;
pub mod limits;
mod position;
mod report;

pub use diagnostic::{Diagnostic, Severity};
pub use encoding::encoding_name;
pub use report::{At, Report};

use position::Positions;

/// A node of the tree.
pub type Node<'x> = roxmltree::Node<'x, 'x>;

/// Builds the tree of a file and hands its root element to `make`, together with where to report what is wrong.
///
/// Gives what `make` could make of it, nothing where there is no tree at all, and everything that was found,
/// causes before consequences (see [`Report::enter`]) and otherwise in the order of the source.
pub fn read<T>(
    source: &(impl AsRef<[u8]> + ?Sized),
    make: impl for<'x> FnOnce(Node<'x>, &mut Report<'x>) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    let source = source.as_ref();
    if let Err(diagnostic) = bounds::check_size(source) {
        return (None, vec![diagnostic]);
    }
    let decoded = match encoding::decode(source) {
        Ok(decoded) => decoded,
        Err(diagnostic) => return (None, vec![diagnostic]),
    };
    let doubtful = decoded.warning.into_iter();
    let (made, found) = read_text(&decoded.text, make);
    (made, doubtful.chain(found).collect())
}

fn read_text<T>(
    source: &str,
    make: impl for<'x> FnOnce(Node<'x>, &mut Report<'x>) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    let positions = Positions::new(source);
    let document = match document::parse(source, &positions) {
        Ok(document) => document,
        Err(diagnostic) => return (None, vec![diagnostic]),
    };
    let mut report = Report::new(&positions);
    let made = make(document.root_element(), &mut report);
    (made, report.finish())
}

/// All text directly inside, so that CDATA sections and comments between texts do no harm.
#[must_use]
pub fn text(node: Node<'_>) -> String {
    node.children()
        .filter(|child| child.is_text())
        .filter_map(|child| child.text())
        .collect()
}
