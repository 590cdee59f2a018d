//! The namespaces of BPMN files and small helpers over nodes. Building the tree is the affair of `gardesh-xml`;
//! what the elements mean is in `read/`.

pub(crate) use gardesh_xml::{Node, text};

/// The BPMN 2.0 model namespace.
pub(crate) const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// Camunda 8's extension namespace.
pub(crate) const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";

/// Whether a node is the BPMN element of this local name.
pub(crate) fn is_bpmn(node: Node<'_>, tag: &str) -> bool {
    node.has_tag_name((BPMN, tag))
}

/// The local name of a BPMN element; none for text, comments and other namespaces.
pub(crate) fn bpmn_tag<'x>(node: Node<'x>) -> Option<&'x str> {
    let name = node.tag_name();
    (node.is_element() && name.namespace() == Some(BPMN)).then(|| name.name())
}

/// BPMN children of a local name.
pub(crate) fn children<'x>(node: Node<'x>, tag: &'static str) -> impl Iterator<Item = Node<'x>> {
    node.children().filter(move |child| is_bpmn(*child, tag))
}

/// The first BPMN child of a local name.
pub(crate) fn child<'x>(node: Node<'x>, tag: &'static str) -> Option<Node<'x>> {
    children(node, tag).next()
}

/// An XML Schema boolean; none when absent.
pub(crate) fn boolean(node: Node<'_>, attribute: &str) -> Option<bool> {
    node.attribute(attribute)
        .map(|value| matches!(value.trim(), "true" | "1"))
}
