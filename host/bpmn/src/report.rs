//! Collects diagnostics while a file is read and checked. The type that callers see is in `diagnostic.rs`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::MAX_DIAGNOSTICS;
use crate::model::{Element, SequenceFlow};
use crate::position::Positions;
use crate::xml::Node;

/// What a diagnostic points at.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub id: Option<&'a str>,
    pub line: u32,
    pub column: u32,
}

impl<'a> From<&'a Element> for At<'a> {
    fn from(element: &'a Element) -> Self {
        Self {
            id: Some(&element.id),
            line: element.line,
            column: element.column,
        }
    }
}

impl<'a> From<&'a SequenceFlow> for At<'a> {
    fn from(flow: &'a SequenceFlow) -> Self {
        Self {
            id: Some(&flow.id),
            line: flow.line,
            column: flow.column,
        }
    }
}

/// The diagnostics so far, bounded.
pub(crate) struct Report<'x> {
    positions: &'x Positions<'x>,
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
    left_out_error: bool,
}

impl<'x> Report<'x> {
    pub(crate) fn new(positions: &'x Positions<'x>) -> Self {
        Self {
            positions,
            diagnostics: Vec::new(),
            left_out: 0,
            left_out_error: false,
        }
    }

    /// Line and column of a node's start tag.
    pub(crate) fn locate(&self, node: Node<'_>) -> (u32, u32) {
        self.positions.locate(node.range().start)
    }

    /// A finding at `node`, named after the element `owner` that it belongs to.
    pub(crate) fn at_node<'a>(&self, owner: Node<'a>, node: Node<'_>) -> At<'a> {
        let (line, column) = self.locate(node);
        At {
            id: owner.attribute("id").filter(|id| !id.is_empty()),
            line,
            column,
        }
    }

    pub(crate) fn error<'a>(&mut self, at: impl Into<At<'a>>, code: &'static str, message: String) {
        self.add(Severity::Error, at.into(), code, message);
    }

    pub(crate) fn warning<'a>(
        &mut self,
        at: impl Into<At<'a>>,
        code: &'static str,
        message: String,
    ) {
        self.add(Severity::Warning, at.into(), code, message);
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        at: At<'_>,
        code: &'static str,
        message: String,
    ) {
        if self.diagnostics.len() >= MAX_DIAGNOSTICS {
            self.left_out += 1;
            self.left_out_error |= severity == Severity::Error;
            return;
        }
        self.diagnostics.push(Diagnostic {
            severity,
            code,
            element_id: at.id.map(str::to_owned),
            line: at.line,
            column: at.column,
            message,
        });
    }

    /// Everything that was found, in the order of the source.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        if self.left_out > 0 {
            let (line, column) = self.positions.end();
            self.diagnostics.push(Diagnostic {
                severity: if self.left_out_error {
                    Severity::Error
                } else {
                    Severity::Warning
                },
                code: "too-many-diagnostics",
                element_id: None,
                line,
                column,
                message: format!(
                    "Expected at most {MAX_DIAGNOSTICS} diagnostics, but {} more were found. \
                     Hint: correct the ones above first.",
                    self.left_out
                ),
            });
        }
        self.diagnostics
    }
}
