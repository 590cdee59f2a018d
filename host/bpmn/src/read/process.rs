//! One process: walks its scopes with a stack of its own, sorts what stands in them, and keeps what later passes need.
//! A single flow node is read in `element.rs`; references between elements are resolved in `link.rs`.

use std::collections::BTreeMap;

use gardesh_xml::{At, Report, Severity};

use crate::limits::{MAX_ELEMENTS, MAX_FLOWS, MAX_SCOPE_DEPTH};
use crate::model::{Element, ElementIdx, ElementKind, Lane, Process, RawExtension};
use crate::stage::Stage;
use crate::xml::{self, Node, bpmn_tag, child, children};

use super::extension::Extensions;
use super::overlooked::is_executable;
use super::value::Need;
use super::{Globals, attribute};

/// What is known by id only until all elements are read.
#[derive(Default)]
pub(super) struct Pending<'x> {
    /// Sequence flows in document order.
    pub flows: Vec<Node<'x>>,
    /// Boundary events with the node that holds `attachedToRef`.
    pub attachments: Vec<(ElementIdx, Node<'x>)>,
    /// Elements with the node that holds `default`.
    pub defaults: Vec<(ElementIdx, Node<'x>)>,
    /// Throwing compensation events with the node that holds `activityRef`.
    pub compensations: Vec<(ElementIdx, Node<'x>)>,
    pub associations: Vec<Node<'x>>,
    /// Lanes, outer ones first.
    pub lanes: Vec<Node<'x>>,
}

/// Reads one process; `'x` is the life of the XML tree.
pub(super) struct ProcessReader<'r, 'x> {
    pub globals: &'r Globals<'x>,
    pub report: &'r mut Report<'x>,
    pub executable: bool,
    pub elements: Vec<Element>,
    pub index: BTreeMap<&'x str, ElementIdx>,
    pub lanes: Vec<Lane>,
    pub pending: Pending<'x>,
    /// The BPMN element that is being read; diagnostics are named after it.
    pub owner: Node<'x>,
    /// Extension elements of the owner that nobody understood.
    pub leftovers: Vec<RawExtension>,
    /// Whether it was said that there are too many elements.
    full: bool,
}

impl<'r, 'x> ProcessReader<'r, 'x> {
    pub(super) fn new(
        globals: &'r Globals<'x>,
        report: &'r mut Report<'x>,
        process: Node<'x>,
    ) -> Self {
        Self {
            globals,
            report,
            executable: is_executable(process),
            elements: Vec::new(),
            index: BTreeMap::new(),
            lanes: Vec::new(),
            pending: Pending::default(),
            owner: process,
            leftovers: Vec::new(),
            full: false,
        }
    }

    pub(super) fn read(mut self, node: Node<'x>) -> Process {
        let mut extensions = Extensions::of(node);
        let version_tag = extensions.take("versionTag").map(|tag| {
            self.required(tag, "value", "a version tag", Need::Static)
                .text()
                .to_owned()
        });
        let embedded_forms = read_embedded_forms(&mut extensions);
        let root = self.push_element(node, ElementKind::Process, None, extensions);
        self.walk(node, root);
        self.report.enter(Stage::Reference as u8);
        let flows = self.link();
        self.report.enter(Stage::Element as u8);
        Process {
            id: self.elements[0].id.clone(),
            name: attribute(node, "name"),
            version_tag,
            executable: self.executable,
            line: self.elements[0].line,
            elements: self.elements,
            flows,
            lanes: self.lanes,
            embedded_forms,
        }
    }

    /// Reads all that lies in the process, in document order, parents before children.
    fn walk(&mut self, process: Node<'x>, root: ElementIdx) {
        let mut scopes = vec![(process.first_child(), root)];
        while let Some((cursor, scope)) = scopes.last_mut() {
            let Some(node) = *cursor else {
                scopes.pop();
                continue;
            };
            *cursor = node.next_sibling();
            let scope = *scope;
            let Some(inner) = self.read_child(node, scope) else {
                continue;
            };
            if scopes.len() < MAX_SCOPE_DEPTH {
                scopes.push((node.first_child(), inner));
                continue;
            }
            let message = format!(
                "Expected subprocesses nested at most {MAX_SCOPE_DEPTH} deep, but this one lies deeper."
            );
            self.report
                .error(self.report.at_node(node, node), "scopes-too-deep", message);
        }
    }

    /// Reads one child of a scope; returns its index if it is a scope itself.
    fn read_child(&mut self, node: Node<'x>, scope: ElementIdx) -> Option<ElementIdx> {
        if !node.is_element() {
            return None;
        }
        self.owner = node;
        let Some(tag) = bpmn_tag(node) else {
            let name = node.tag_name().name();
            let message = format!(
                "Expected BPMN elements here, but {name} is of another namespace and is ignored. \
                 Hint: put it into extensionElements."
            );
            self.advise(node, "foreign-element", message);
            return None;
        };
        match tag {
            "sequenceFlow" => self.pending.flows.push(node),
            "association" => self.pending.associations.push(node),
            "laneSet" => self.read_lanes(node),
            _ if is_drawing(tag) => {}
            _ => return self.read_flow_node(node, tag, scope),
        }
        None
    }

    fn read_flow_node(
        &mut self,
        node: Node<'x>,
        tag: &str,
        scope: ElementIdx,
    ) -> Option<ElementIdx> {
        if self.elements.len() > MAX_ELEMENTS {
            if !std::mem::replace(&mut self.full, true) {
                let message = format!(
                    "Expected at most {MAX_ELEMENTS} flow nodes in a process, but there are more."
                );
                self.report.error(
                    self.report.at_node(node, node),
                    "too-many-elements",
                    message,
                );
            }
            return None;
        }
        let mut extensions = Extensions::of(node);
        let idx = ElementIdx(u32::try_from(self.elements.len()).unwrap_or(u32::MAX));
        let kind = self.read_kind(node, tag, scope, idx, &mut extensions);
        let idx = self.push_element(node, kind, Some(scope), extensions);
        self.elements[idx.0 as usize].kind.is_scope().then_some(idx)
    }

    /// Lanes nest, so they are listed with a stack; outer lanes come before inner ones.
    fn read_lanes(&mut self, lane_set: Node<'x>) {
        let mut sets = vec![(lane_set, None::<String>)];
        while let Some((set, parent)) = sets.pop() {
            for lane in children(set, "lane") {
                let id = lane.attribute("id").unwrap_or_default().to_owned();
                if let Some(inner) = child(lane, "childLaneSet") {
                    sets.push((inner, Some(id.clone())));
                }
                let (name, line) = (attribute(lane, "name"), self.report.locate(lane).0);
                self.lanes.push(Lane {
                    id,
                    name,
                    parent: parent.clone(),
                    line,
                });
                self.pending.lanes.push(lane);
            }
        }
    }

    /// Whether one more sequence flow fits; says so once when it does not.
    pub(super) fn flows_fit(&mut self) -> bool {
        let Some(extra) = self.pending.flows.get(MAX_FLOWS) else {
            return true;
        };
        let message = format!(
            "Expected at most {MAX_FLOWS} sequence flows in a process, but there are more."
        );
        self.report.error(
            self.report.at_node(*extra, *extra),
            "too-many-flows",
            message,
        );
        false
    }

    fn at(&self, node: Node<'x>) -> At<'x> {
        self.report.at_node(self.owner, node)
    }

    /// An error if the process is to be executed; nothing in a drawing.
    pub(super) fn require(&mut self, node: Node<'x>, code: &'static str, message: String) {
        if self.executable {
            self.report.error(self.at(node), code, message);
        }
    }

    /// An error if the process is to be executed; a warning in a drawing, as data is lost.
    pub(super) fn refuse(&mut self, node: Node<'x>, code: &'static str, message: String) {
        let severity = if self.executable {
            Severity::Error
        } else {
            Severity::Warning
        };
        self.report.add(severity, self.at(node), code, message);
    }

    /// A warning if the process is to be executed; nothing in a drawing.
    pub(super) fn advise(&mut self, node: Node<'x>, code: &'static str, message: String) {
        if self.executable {
            self.report.warning(self.at(node), code, message);
        }
    }

    /// Something of BPMN that is not executed: an error if the process is to be executed.
    pub(super) fn unsupported(&mut self, node: Node<'x>, what: &str, hint: &str) {
        let message =
            format!("Expected elements that can be executed, but {what} is not supported.{hint}");
        self.require(node, "unsupported", message);
    }
}

fn read_embedded_forms(extensions: &mut Extensions<'_>) -> Vec<(String, String)> {
    let id = |form: Node<'_>| form.attribute("id").unwrap_or_default().to_owned();
    extensions
        .take_all("userTaskForm")
        .into_iter()
        .map(|form| (id(form), xml::text(form)))
        .collect()
}

/// Whether flow nodes stand directly in an element.
pub(super) fn is_scope(node: Node<'_>) -> bool {
    matches!(
        bpmn_tag(node),
        Some("process" | "subProcess" | "transaction" | "adHocSubProcess")
    )
}

/// What may stand in a scope and has no execution semantics of its own.
pub(super) fn is_drawing(tag: &str) -> bool {
    matches!(
        tag,
        "documentation"
            | "extensionElements"
            | "incoming"
            | "outgoing"
            | "auditing"
            | "monitoring"
            | "category"
            | "categoryValueRef"
            | "property"
            | "supports"
            | "dataObject"
            | "dataObjectReference"
            | "dataStoreReference"
            | "dataInputAssociation"
            | "dataOutputAssociation"
            | "ioSpecification"
            | "ioBinding"
            | "supportedInterfaceRef"
            | "textAnnotation"
            | "group"
            | "resourceRole"
            | "performer"
            | "humanPerformer"
            | "potentialOwner"
            | "correlationSubscription"
            | "multiInstanceLoopCharacteristics"
            | "standardLoopCharacteristics"
            | "completionCondition"
    )
}
