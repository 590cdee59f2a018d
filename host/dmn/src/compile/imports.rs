//! What a model takes over from those that it imports: their elements and types, under the names
//! of the imports. Which models these are is decided by whoever compiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_xml::Report;

use super::Vocabulary;
use super::names::normalize;
use crate::item_type::ItemType;
use crate::limits::MAX_ELEMENTS;
use crate::model::{DecisionModel, Node as GraphNode};
use crate::xml::{self, Node};

/// See the module's text.
#[derive(Default)]
pub(super) struct Imported {
    /// The namespaces of the imports that name decision models, whether these are there or not.
    pub namespaces: Vec<Arc<str>>,
    pub nodes: Vec<GraphNode>,
    pub types: BTreeMap<Arc<str>, Arc<ItemType>>,
}

/// The elements and types of the imported models, under the names of their imports.
pub(super) fn take(
    root: Node<'_>,
    models: &[&DecisionModel],
    vocabulary: &mut Vocabulary,
    report: &mut Report<'_>,
) -> Imported {
    let mut imported = Imported::default();
    for node in xml::children(root, "import") {
        if let Some(kind) = node.attribute("importType").filter(|kind| !is_dmn(kind)) {
            let message = format!(
                "Expected an import of a decision model, but its type is {kind:?}. \
                 Hint: write what it brings as item definitions or knowledge models of this file."
            );
            report.error(node, "unsupported-import", message);
            continue;
        }
        let namespace = node.attribute("namespace").unwrap_or_default();
        imported.namespaces.push(namespace.into());
        let Some(model) = models.iter().find(|model| model.namespace() == namespace) else {
            let message = format!(
                "Expected a decision model with the namespace {namespace:?} to import, but there is none. \
                 Hint: deploy it together with this one or before it."
            );
            report.error(node, "missing-import", message);
            continue;
        };
        if imported.nodes.len() + model.graph.nodes.len() > MAX_ELEMENTS {
            let message = format!(
                "Expected at most {MAX_ELEMENTS} elements with all imports, but with this one there are more."
            );
            report.error(node, "too-many-elements", message);
            break;
        }
        let name = normalize(node.attribute("name").unwrap_or_default());
        imported.add(&name, model);
        vocabulary.add_import(&model.graph.vocabulary);
    }
    imported
}

/// Whether an import's type is that of decision models, in any version and spelling of it.
fn is_dmn(import_type: &str) -> bool {
    import_type.contains("omg.org/spec/DMN/")
}

impl Imported {
    fn add(&mut self, name: &Arc<str>, model: &DecisionModel) {
        let offset = self.nodes.len();
        let nodes = model.graph.nodes.iter();
        self.nodes
            .extend(nodes.map(|node| moved(node, name, offset)));
        for (own, known) in &model.graph.types {
            let qualified = if name.is_empty() {
                own.clone()
            } else {
                format!("{name}.{own}").into()
            };
            self.types.insert(qualified, known.clone());
        }
    }
}

/// An imported node, its requirements counted from `offset`. A nameless import adds nothing to the
/// path, so that its elements are known by their own names.
fn moved(node: &GraphNode, import: &Arc<str>, offset: usize) -> GraphNode {
    let mut moved = node.clone();
    moved.shift(offset);
    if !import.is_empty() {
        moved.path = std::iter::once(import)
            .chain(&*node.path)
            .cloned()
            .collect();
    }
    moved
}
