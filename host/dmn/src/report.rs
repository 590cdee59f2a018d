//! Collects diagnostics while a model is compiled. The type that callers see is in `diagnostic.rs`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::MAX_DIAGNOSTICS;
use crate::position::Positions;
use crate::xml::Node;

/// The diagnostics so far, bounded.
pub(crate) struct Report<'x> {
    positions: &'x Positions<'x>,
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
    left_out_error: bool,
}

impl<'x> Report<'x> {
    pub fn new(positions: &'x Positions<'x>) -> Self {
        Self {
            positions,
            diagnostics: Vec::new(),
            left_out: 0,
            left_out_error: false,
        }
    }

    pub fn error(&mut self, node: Node<'_>, code: &'static str, message: impl Into<String>) {
        self.add(Severity::Error, node, code, message.into());
    }

    pub fn warning(&mut self, node: Node<'_>, code: &'static str, message: impl Into<String>) {
        self.add(Severity::Warning, node, code, message.into());
    }

    fn add(&mut self, severity: Severity, node: Node<'_>, code: &'static str, message: String) {
        if self.diagnostics.len() >= MAX_DIAGNOSTICS {
            self.left_out += 1;
            self.left_out_error |= severity == Severity::Error;
            return;
        }
        let (line, column) = self.positions.locate(node.range().start);
        let id = node.ancestors().find_map(|node| node.attribute("id"));
        self.diagnostics.push(Diagnostic {
            severity,
            code,
            element_id: id.filter(|id| !id.is_empty()).map(str::to_owned),
            line,
            column,
            message,
        });
    }

    /// Everything that was found, in the order of the source.
    pub fn finish(mut self) -> Vec<Diagnostic> {
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
