//! `extensionElements`: hands out the zeebe elements by name; what nobody takes is kept word for word.

use gardesh_xml::Report;

use crate::model::RawExtension;
use crate::xml::{self, Node, ZEEBE};

use super::vocabulary;

/// The extension elements of one element that nobody has taken yet, in document order.
pub(super) struct Extensions<'x> {
    nodes: Vec<Node<'x>>,
    /// The names of those that were.
    taken: Vec<&'x str>,
}

impl<'x> Extensions<'x> {
    pub(super) fn of(owner: Node<'x>) -> Self {
        let nodes = xml::children(owner, "extensionElements")
            .flat_map(|node| node.children())
            .filter(Node::is_element)
            .collect();
        let taken = Vec::new();
        Self { nodes, taken }
    }

    /// Takes the first zeebe element of this name.
    pub(super) fn take(&mut self, name: &str) -> Option<Node<'x>> {
        debug_assert!(
            vocabulary::element(name).is_some(),
            "{name} is in no vocabulary"
        );
        let at = self
            .nodes
            .iter()
            .position(|node| node.has_tag_name((ZEEBE, name)))?;
        let node = self.nodes.remove(at);
        self.taken.push(node.tag_name().name());
        Some(node)
    }

    /// Takes all zeebe elements of this name.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<Node<'x>> {
        let (taken, left) = std::mem::take(&mut self.nodes)
            .into_iter()
            .partition(|node| node.has_tag_name((ZEEBE, name)));
        self.nodes = left;
        taken
    }

    /// The zeebe children of this name inside the first zeebe element `container`, which is taken.
    pub(super) fn take_list(&mut self, container: &str, name: &'static str) -> Vec<Node<'x>> {
        self.take(container)
            .map_or_else(Vec::new, |node| zeebe_children(node, name))
    }

    /// Those zeebe elements that are left over.
    pub(super) fn zeebe(&self) -> impl Iterator<Item = Node<'x>> {
        self.nodes
            .iter()
            .copied()
            .filter(|node| node.tag_name().namespace() == Some(ZEEBE))
    }

    /// Whether another zeebe element of the same name was taken.
    pub(super) fn is_second(&self, node: Node<'x>) -> bool {
        self.taken.contains(&node.tag_name().name())
    }

    /// What is left over, word for word.
    pub(super) fn raw(&self, source: &str, report: &Report<'x>) -> Vec<RawExtension> {
        self.nodes
            .iter()
            .map(|node| keep(*node, source, report))
            .collect()
    }
}

/// Zeebe children of a local name.
pub(super) fn zeebe_children<'x>(node: Node<'x>, name: &'static str) -> Vec<Node<'x>> {
    node.children()
        .filter(|child| child.has_tag_name((ZEEBE, name)))
        .collect()
}

fn keep<'x>(node: Node<'x>, source: &str, report: &Report<'x>) -> RawExtension {
    let (line, column) = report.locate(node);
    RawExtension {
        namespace: node.tag_name().namespace().map(str::to_owned),
        local_name: node.tag_name().name().to_owned(),
        line,
        column,
        xml: source[node.range()].to_owned(),
    }
}
