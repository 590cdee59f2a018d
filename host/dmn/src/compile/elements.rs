//! The elements of the requirements graph: found first, then linked and compiled, and at last
//! checked for cycles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_feel::{Parameter, Type};

use super::Compiler;
use super::names::{Names, normalize};
use crate::item_type::ItemType;
use crate::limits::{MAX_ELEMENTS, MAX_ID_BYTES, MAX_NAME_BYTES, MAX_REQUIREMENTS};
use crate::model::{Body, Node as GraphNode, Service};
use crate::xml::{self, Node};

/// Element names of what makes the graph.
const TAGS: [&str; 4] = [
    "inputData",
    "decision",
    "businessKnowledgeModel",
    "decisionService",
];

pub(super) struct Elements {
    /// Own ones, then imported ones.
    pub nodes: Vec<GraphNode>,
    pub by_id: BTreeMap<Arc<str>, usize>,
    /// The names of own ones.
    pub declared: BTreeSet<Arc<str>>,
}

impl<'x> Compiler<'_, '_, 'x> {
    pub(super) fn elements(&mut self, root: Node<'x>) -> Elements {
        let (sources, mut nodes, by_id) = self.outline(root);
        let own = nodes.len();
        for node in &self.imported {
            let mut node = node.clone();
            node.shift(own);
            nodes.push(node);
        }
        let by_href = index(&nodes);
        for (position, source) in sources.iter().enumerate() {
            nodes[position].requires = self.requirements(*source, &by_href);
        }
        let declared = declared(&nodes[..own]);
        let inputs = sources.iter().zip(&nodes).zip(0..);
        let inputs: BTreeMap<Arc<str>, usize> = inputs
            .filter(|((source, _), _)| xml::tag(**source) == Some("inputData"))
            .map(|((_, node), position)| (node.variable.clone(), position))
            .collect();
        for (position, source) in sources.iter().enumerate() {
            let names = self.scope(&sources, &nodes, position);
            self.begin_names(&sources, &nodes, position);
            let body = self.body(*source, position, &nodes, &by_href, names);
            let undrawn = self.undrawn_inputs(&inputs);
            let seen = undrawn.iter().map(|input| nodes[*input].variable.clone());
            self.end_names(&declared, &seen.collect());
            nodes[position].requires.extend(undrawn);
            nodes[position].body = body;
        }
        self.refuse_cycles(&sources, &mut nodes);
        Elements {
            nodes,
            by_id,
            declared,
        }
    }

    /// All elements by id, still without requirements and logic.
    fn outline(
        &mut self,
        root: Node<'x>,
    ) -> (Vec<Node<'x>>, Vec<GraphNode>, BTreeMap<Arc<str>, usize>) {
        let (mut sources, mut nodes, mut by_id) = (Vec::new(), Vec::new(), BTreeMap::new());
        let is_element = |node: &Node<'x>| xml::tag(*node).is_some_and(|tag| TAGS.contains(&tag));
        for source in root.children().filter(is_element) {
            if nodes.len() + self.imported.len() >= MAX_ELEMENTS {
                let message = format!(
                    "Expected at most {MAX_ELEMENTS} elements in a model, imported ones included, but here are more."
                );
                self.report.error(source, "too-many-elements", message);
                break;
            }
            let Some(node) = self.node(source) else {
                continue;
            };
            if by_id.insert(node.id.clone(), nodes.len()).is_some() {
                let message = format!(
                    "Expected an id of its own, but {:?} is that of another element.",
                    &*node.id
                );
                self.report.error(source, "duplicate-id", message);
            }
            nodes.push(node);
            sources.push(source);
        }
        self.refuse_equal_names(&sources, &nodes);
        (sources, nodes, by_id)
    }

    fn node(&mut self, source: Node<'x>) -> Option<GraphNode> {
        let name = source.attribute("name").unwrap_or_default();
        let id = source.attribute("id").unwrap_or(name);
        if id.is_empty() {
            let message = "Expected an id or a name on the element, but it has neither.";
            self.report.error(source, "missing-id", message);
            return None;
        }
        let tag = xml::version_tag(source).unwrap_or_default();
        if id.len() > MAX_ID_BYTES || tag.len() > MAX_ID_BYTES || name.len() > MAX_NAME_BYTES {
            let message = format!(
                "Expected an id and a version tag of at most {MAX_ID_BYTES} bytes and a name of at most {MAX_NAME_BYTES}, but one is longer."
            );
            self.report.error(source, "name-too-long", message);
            return None;
        }
        let variable = xml::child(source, "variable").and_then(|node| node.attribute("name"));
        let variable = variable.filter(|name| !name.is_empty() && name.len() <= MAX_NAME_BYTES);
        let fallback = if name.is_empty() { id } else { name };
        let alias = (variable.is_none() && id != fallback).then(|| normalize(id));
        Some(GraphNode {
            alias,
            id: id.into(),
            name: fallback.into(),
            version_tag: (!tag.is_empty()).then(|| tag.into()),
            variable: normalize(variable.unwrap_or(fallback)),
            path: Arc::new([]),
            namespace: self.namespace.clone(),
            requires: Vec::new(),
            body: Body::Input(None),
        })
    }

    fn refuse_equal_names(&mut self, sources: &[Node<'x>], nodes: &[GraphNode]) {
        let mut seen = BTreeSet::new();
        for (source, node) in sources.iter().zip(nodes) {
            if !seen.insert(&node.variable) {
                let message = format!(
                    "Expected a name of its own, but {:?} is that of another element; what requires both sees one.",
                    &*node.variable
                );
                self.report.warning(*source, "duplicate-name", message);
            }
        }
    }

    /// The nodes that an element requires.
    fn requirements(&mut self, source: Node<'x>, by_href: &ByHref) -> Vec<usize> {
        let mut required = Vec::new();
        for requirement in source.children() {
            let reference = match xml::tag(requirement) {
                Some("informationRequirement") => xml::child(requirement, "requiredDecision")
                    .or_else(|| xml::child(requirement, "requiredInput")),
                Some("knowledgeRequirement") => xml::child(requirement, "requiredKnowledge"),
                _ => continue,
            };
            let Some(reference) = reference else {
                let message = "Expected a reference to what is required, but there is none.";
                self.report.error(requirement, "missing-reference", message);
                continue;
            };
            if required.len() >= MAX_REQUIREMENTS {
                let message = format!(
                    "Expected at most {MAX_REQUIREMENTS} requirements of one element, but here are more."
                );
                self.report
                    .error(requirement, "too-many-requirements", message);
                break;
            }
            required.extend(self.resolve(reference, by_href));
        }
        required
    }

    /// The node that an `href` such as `#id` or `namespace#id` names.
    fn resolve(&mut self, reference: Node<'x>, by_href: &ByHref) -> Option<usize> {
        let href = reference.attribute("href").unwrap_or_default().trim();
        let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
        let namespace = if namespace.is_empty() {
            &*self.namespace
        } else {
            namespace
        };
        let found = by_href.get(&(namespace.into(), id.into())).copied();
        if found.is_none() {
            let message = format!(
                "Expected the id of an element, but {href:?} refers to none. \
                 Hint: local references are written #id, those to imported models namespace#id."
            );
            self.report.error(reference, "unknown-reference", message);
        }
        found
    }

    /// What the expressions of an element see.
    fn scope(&mut self, sources: &[Node<'x>], nodes: &[GraphNode], position: usize) -> Names {
        let source = sources[position];
        let Some(mut names) = self.vocabulary.scope(source, &mut self.copies) else {
            super::too_many_names(source, self.report);
            return Names::default();
        };
        let node = &nodes[position];
        for position in &node.requires {
            let required = &nodes[*position];
            // Of what comes by an import only the import's name is in scope.
            if let Some((import, rest)) = required.path.split_first() {
                names.declare(import);
                for name in rest.iter().chain([&required.variable]) {
                    names.declare_entry(name);
                }
                continue;
            }
            let declared = self.value_type(sources.get(*position).copied(), required);
            for name in [&required.variable].into_iter().chain(&required.alias) {
                names.declare_as(name, declared.as_deref());
            }
        }
        if xml::tag(source) == Some("businessKnowledgeModel") {
            names.declare(&node.variable);
        }
        names
    }

    fn body(
        &mut self,
        source: Node<'x>,
        position: usize,
        nodes: &[GraphNode],
        by_href: &ByHref,
        names: Names,
    ) -> Body {
        let declared = self.variable_type(source);
        match xml::tag(source) {
            Some("decision") => Body::Decision {
                logic: Arc::new(self.decision_logic(source, &nodes[position], &names)),
                result: declared,
            },
            Some("businessKnowledgeModel") => {
                let definition = xml::child(source, "encapsulatedLogic");
                Body::Knowledge {
                    function: Arc::new(self.function_definition(definition, source, &names, 0)),
                    result: of_result(declared),
                }
            }
            Some("decisionService") => {
                Body::Service(Arc::new(self.service(source, nodes, by_href, declared)))
            }
            _ => Body::Input(declared),
        }
    }

    /// The type of the value of an input or decision. Own ones have no body yet that would tell it.
    fn value_type(&self, own: Option<Node<'x>>, node: &GraphNode) -> Option<Arc<ItemType>> {
        match own {
            Some(own) if matches!(xml::tag(own), Some("inputData" | "decision")) => {
                self.types.known(xml::child(own, "variable")?)
            }
            Some(_) => None,
            None => node.declared_type().cloned(),
        }
    }

    pub(super) fn variable_type(&mut self, source: Node<'x>) -> Option<Arc<ItemType>> {
        let variable = xml::child(source, "variable")?;
        self.types.of(variable, self.report)
    }

    fn service(
        &mut self,
        source: Node<'x>,
        nodes: &[GraphNode],
        by_href: &ByHref,
        declared: Option<Arc<ItemType>>,
    ) -> Service {
        let mut all = |tag| -> Vec<usize> {
            xml::children(source, tag)
                .take(MAX_REQUIREMENTS)
                .filter_map(|reference| self.resolve(reference, by_href))
                .collect()
        };
        let inputs: Vec<usize> = [all("inputData"), all("inputDecision")].concat();
        let outputs = all("outputDecision");
        all("encapsulatedDecision");
        if outputs.is_empty() {
            let message = "Expected an output decision in the decision service, but there is none.";
            self.report.error(source, "missing-output", message);
        }
        let parameters = inputs.iter().map(|input| Parameter {
            name: nodes[*input].variable.clone(),
            declared: None,
        });
        Service {
            parameters: parameters.collect(),
            inputs,
            outputs,
            result: of_result(declared),
        }
    }

    /// Reports each element that lies on a cycle of requirements, and cuts the cycle there.
    fn refuse_cycles(&mut self, sources: &[Node<'x>], nodes: &mut [GraphNode]) {
        for position in cyclic(nodes, sources.len()) {
            let message = format!(
                "Expected requirements without cycles, but {:?} requires itself, perhaps by way of others. \
                 Hint: a knowledge model may call itself by its name without a requirement.",
                &*nodes[position].name
            );
            self.report
                .error(sources[position], "cyclic-requirement", message);
            nodes[position].requires.clear();
            if let Body::Service(service) = &mut nodes[position].body {
                let mut cut = (**service).clone();
                cut.outputs.clear();
                *service = Arc::new(cut);
            }
        }
    }
}

/// The names by which expressions know these nodes.
fn declared(nodes: &[GraphNode]) -> BTreeSet<Arc<str>> {
    let names = nodes
        .iter()
        .flat_map(|node| [&node.variable].into_iter().chain(&node.alias));
    names.cloned().collect()
}

/// The type of what a knowledge model or service gives: its variable has that type, or the type of the
/// function.
fn of_result(declared: Option<Arc<ItemType>>) -> Option<Arc<ItemType>> {
    let declared = declared?;
    match *declared.shape {
        Type::Function(..) | Type::AnyFunction => declared.of_result().cloned(),
        _ => Some(declared),
    }
}

type ByHref = BTreeMap<(Arc<str>, Arc<str>), usize>;

/// Nodes by namespace and id; where a model is imported by way of others as well, the shortest way.
fn index(nodes: &[GraphNode]) -> ByHref {
    let mut by_href = ByHref::new();
    for (position, node) in nodes.iter().enumerate() {
        let key = (node.namespace.clone(), node.id.clone());
        let place = by_href.entry(key).or_insert(position);
        if nodes[*place].path.len() > node.path.len() {
            *place = position;
        }
    }
    by_href
}

/// Own nodes that close a cycle, found depth first without recursion. Imported nodes refer to none
/// of the own ones.
fn cyclic(nodes: &[GraphNode], own: usize) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; own];
    let mut closing = BTreeSet::new();
    for start in 0..own {
        // Each with the place of the next requirement to follow.
        let mut stack = vec![(start, 0)];
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        while let Some((position, next)) = stack.last_mut() {
            let position = *position;
            let Some(required) = nodes[position].dependency(*next) else {
                marks[position] = Mark::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match marks.get(required) {
                Some(Mark::New) => {
                    marks[required] = Mark::Open;
                    stack.push((required, 0));
                }
                Some(Mark::Open) => {
                    closing.insert(position);
                }
                _ => {}
            }
        }
    }
    closing.into_iter().collect()
}
