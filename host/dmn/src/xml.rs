//! The namespaces of DMN files and small helpers over nodes. Building the tree is the affair of `gardesh-xml`;
//! what the elements mean is in `compile/`.

pub(crate) use gardesh_xml::{Node, text};

/// The model namespaces of DMN 1.1 to 1.6. Files of 1.1 and 1.2 have the same elements; what they
/// lack of 1.3 to 1.5 is simply absent.
const NAMESPACES: [&str; 6] = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
];

/// The namespace of Camunda's extensions.
const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";

/// The local name of a DMN element; none for text, comments and other namespaces.
pub(crate) fn tag<'x>(node: Node<'x>) -> Option<&'x str> {
    let name = node.tag_name();
    let is_dmn = || {
        name.namespace()
            .is_some_and(|namespace| NAMESPACES.contains(&namespace))
    };
    (node.is_element() && is_dmn()).then(|| name.name())
}

/// DMN children of a local name.
pub(crate) fn children<'x>(node: Node<'x>, name: &'static str) -> impl Iterator<Item = Node<'x>> {
    node.children()
        .filter(move |child| tag(*child) == Some(name))
}

/// The first DMN child of a local name.
pub(crate) fn child<'x>(node: Node<'x>, name: &'static str) -> Option<Node<'x>> {
    children(node, name).next()
}

/// The `text` child of expressions and unary tests; none when it is missing or blank.
pub(crate) fn source(node: Node<'_>) -> Option<String> {
    let source = text(child(node, "text")?);
    (!source.trim().is_empty()).then_some(source)
}

/// The version tag among an element's extensions.
pub(crate) fn version_tag<'x>(node: Node<'x>) -> Option<&'x str> {
    child(node, "extensionElements")?
        .children()
        .find(|node| node.has_tag_name((ZEEBE, "versionTag")))?
        .attribute("value")
}
