//! From XML to the compiled model: imports, types, elements, requirements, and then the logic of
//! each element in the scope that its requirements make.

mod elements;
mod imports;
mod logic;
mod names;
mod table;
mod types;
mod unknown;

use std::sync::Arc;

use gardesh_feel::{Expression, SyntaxError};
use gardesh_xml::Report;

pub(crate) use names::Vocabulary;

use crate::limits::{MAX_NAME_COPIES, MAX_NAMESPACE_BYTES, MAX_SHOWN_SOURCE_CHARS};
use crate::model::{DecisionModel, Graph, Logic, Node as GraphNode};
use crate::xml::{self, Node};
use names::{Copies, Names};
use types::Types;
use unknown::Unknown;

/// Compiles a whole file. None when it is not DMN at all; everything wrong with it is in the report.
pub(crate) fn read(
    root: Node<'_>,
    imports: &[&DecisionModel],
    report: &mut Report<'_>,
) -> Option<DecisionModel> {
    if xml::tag(root) != Some("definitions") {
        let message = "Expected a definitions element of DMN 1.3 to 1.5, but the document begins with \
                       something else. Hint: is this a BPMN file, or the namespace of another version?";
        report.error(root, "not-dmn", message);
        return None;
    }
    let graph = Compiler::new(root, imports, report).compile(root);
    Some(DecisionModel {
        graph: Arc::new(graph),
        warnings: Vec::new(),
    })
}

/// What is shared while the elements of one file are compiled.
pub(crate) struct Compiler<'c, 'p, 'x> {
    pub report: &'c mut Report<'p>,
    pub types: Types<'x>,
    pub vocabulary: Vocabulary,
    pub copies: Copies,
    namespace: Arc<str>,
    imports: Vec<Arc<str>>,
    imported: Vec<GraphNode>,
    unknown: Unknown<'x>,
}

impl<'c, 'p, 'x> Compiler<'c, 'p, 'x> {
    fn new(root: Node<'x>, imports: &[&DecisionModel], report: &'c mut Report<'p>) -> Self {
        let mut vocabulary = Vocabulary::of(root);
        let imported = imports::take(root, imports, &mut vocabulary, report);
        let mut copies = Copies::default();
        Compiler {
            types: Types::read(root, imported.types, &mut vocabulary, &mut copies, report),
            report,
            vocabulary,
            copies,
            namespace: root.attribute("namespace").unwrap_or_default().into(),
            imports: imported.namespaces,
            imported: imported.nodes,
            unknown: Unknown::default(),
        }
    }

    fn compile(mut self, root: Node<'x>) -> Graph {
        if root.attribute("namespace").is_none() {
            self.report.warning(
                root,
                "missing-namespace",
                "Expected a namespace on the definitions, but there is none; no model can import this one.",
            );
        }
        if self.namespace.len() > MAX_NAMESPACE_BYTES {
            let message = format!(
                "Expected a namespace of at most {MAX_NAMESPACE_BYTES} bytes, but it is longer."
            );
            self.report.error(root, "name-too-long", message);
        }
        let elements = self.elements(root);
        let own = elements.nodes.len() - self.imported.len();
        let nodes = elements.nodes;
        Graph {
            id: root.attribute("id").unwrap_or_default().into(),
            name: root.attribute("name").unwrap_or_default().into(),
            namespace: self.namespace,
            imports: self.imports,
            declared: elements.declared,
            nodes,
            own,
            by_id: elements.by_id,
            types: self.types.own(),
            vocabulary: self.vocabulary,
        }
    }

    /// An expression in a scope; refused ones are reported, and null when they are evaluated.
    pub fn expression(&mut self, node: Node<'x>, source: &str, names: &Names) -> Logic {
        match Expression::parse_with_names(source, &names.set) {
            Ok(expression) => match expression.constant() {
                Some(value) => Logic::Constant(value),
                None => {
                    self.look_at_names(node, &expression, names);
                    Logic::Literal(expression)
                }
            },
            Err(error) => Logic::Invalid(syntax_error(node, source, &error, self.report)),
        }
    }

    /// Reports something, as logic that repeats it when it is evaluated.
    pub fn invalid(&mut self, node: Node<'_>, code: &'static str, message: String) -> Logic {
        self.report.error(node, code, message.as_str());
        Logic::Invalid(message.into())
    }
}

/// Reports that the names of all scopes are too many, and gives the message.
fn too_many_names(node: Node<'_>, report: &mut Report<'_>) -> Arc<str> {
    let message = format!(
        "Expected at most {MAX_NAME_COPIES} names in all scopes of the file, but here are more. \
         Hint: split the model."
    );
    report.error(node, "too-many-names", message.as_str());
    message.into()
}

/// Reports that an expression is not FEEL, and gives the message.
fn syntax_error(
    node: Node<'_>,
    source: &str,
    error: &SyntaxError,
    report: &mut Report<'_>,
) -> Arc<str> {
    let shown: String = source.trim().chars().take(MAX_SHOWN_SOURCE_CHARS).collect();
    let message = format!("{error}, in the expression {shown:?}");
    report.error(node, "invalid-expression", message.as_str());
    message.into()
}
