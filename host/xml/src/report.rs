//! Collects diagnostics while a file is read and checked. The type that callers see is in `diagnostic.rs`.

use crate::Node;
use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::MAX_DIAGNOSTICS;
use crate::position::Positions;

/// What a diagnostic points at.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// A node, named after the closest element with an `id`, itself included.
    Node(Node<'a>),
    /// A place that is known already, with the `id` of the element that it belongs to.
    Place {
        /// The `id`, where there is one.
        id: Option<&'a str>,
        /// Line in the source, from 1.
        line: u32,
        /// Column in the source in characters, from 1.
        column: u32,
    },
}

impl<'a> From<Node<'a>> for At<'a> {
    fn from(node: Node<'a>) -> Self {
        Self::Node(node)
    }
}

/// The diagnostics so far, bounded.
pub struct Report<'x> {
    positions: &'x Positions<'x>,
    stage: u8,
    /// Each with its stage.
    diagnostics: Vec<(u8, Diagnostic)>,
    left_out: usize,
    left_out_error: bool,
}

impl<'x> Report<'x> {
    pub(crate) fn new(positions: &'x Positions<'x>) -> Self {
        Self {
            positions,
            stage: 0,
            diagnostics: Vec::new(),
            left_out: 0,
            left_out_error: false,
        }
    }

    /// What is found from now on is of this stage; gives the one before. A finding can be a consequence of those of
    /// earlier stages, so it is listed after them.
    pub fn enter(&mut self, stage: u8) -> u8 {
        std::mem::replace(&mut self.stage, stage)
    }

    /// Line and column of a node's start tag.
    pub fn locate(&self, node: Node<'_>) -> (u32, u32) {
        self.positions.locate(node.range().start)
    }

    /// A finding at `node`, named after the element `owner` that it belongs to.
    pub fn at_node<'a>(&self, owner: Node<'a>, node: Node<'_>) -> At<'a> {
        let (line, column) = self.locate(node);
        At::Place {
            id: id(owner),
            line,
            column,
        }
    }

    /// Something for which the file is refused.
    pub fn error<'a>(
        &mut self,
        at: impl Into<At<'a>>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.add(Severity::Error, at, code, message);
    }

    /// Something that probably is not meant.
    pub fn warning<'a>(
        &mut self,
        at: impl Into<At<'a>>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.add(Severity::Warning, at, code, message);
    }

    /// Something that weighs differently in different files.
    pub fn add<'a>(
        &mut self,
        severity: Severity,
        at: impl Into<At<'a>>,
        code: &'static str,
        message: impl Into<String>,
    ) {
        if self.diagnostics.len() >= MAX_DIAGNOSTICS {
            self.left_out += 1;
            self.left_out_error |= severity == Severity::Error;
            return;
        }
        let (id, (line, column)) = match at.into() {
            At::Node(node) => (node.ancestors().find_map(id), self.locate(node)),
            At::Place { id, line, column } => (id, (line, column)),
        };
        let diagnostic = Diagnostic {
            severity,
            code,
            element_id: id.map(str::to_owned),
            line,
            column,
            message: message.into(),
        };
        self.diagnostics.push((self.stage, diagnostic));
    }

    /// Everything that was found: causes before consequences, and otherwise in the order of the source.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|(stage, found)| (*stage, found.line, found.column));
        let found = self.diagnostics.into_iter();
        let mut diagnostics: Vec<_> = found.map(|(_, diagnostic)| diagnostic).collect();
        if self.left_out > 0 {
            let (line, column) = self.positions.end();
            diagnostics.push(Diagnostic {
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
        diagnostics
    }
}

/// The `id` of a node, unless it is empty.
fn id<'x>(node: Node<'x>) -> Option<&'x str> {
    node.attribute("id").filter(|id| !id.is_empty())
}
