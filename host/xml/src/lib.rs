//! What the readers of BPMN and DMN share: an XML tree built within bounds, places as lines and columns, and the
//! diagnostics that are collected on the way. Nothing here knows what a process or a decision is, nor their
//! namespaces; no I/O and no clock.

#![forbid(unsafe_code)]

mod bounds;
mod diagnostic;
mod document;
pub mod limits;
mod position;
mod report;

pub use diagnostic::{Diagnostic, Severity};
pub use report::{At, Report};

use position::Positions;

/// A node of the tree.
pub type Node<'x> = roxmltree::Node<'x, 'x>;

/// Builds the tree of a file and hands its root element to `make`, together with where to report what is wrong.
///
/// Gives what `make` could make of it, nothing where there is no tree at all, and everything that was found,
/// in the order of the source.
pub fn read<T>(
    source: &str,
    make: impl for<'x> FnOnce(Node<'x>, &mut Report<'x>) -> Option<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    if let Err(diagnostic) = bounds::check_size(source) {
        return (None, vec![diagnostic]);
    }
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
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
