//! Makes definitions from a diagram: reads it, compiles its expressions and names, all at
//! once, what is wrong or not executable here. Tasks are in `tasks`, events in `events`.

mod events;
mod retention;
mod tasks;

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_dmn::DecisionModel;

use gardesh_bpmn::{
    Element, ElementIdx, ElementKind, EventDefinition, Gateway, IoMapping, Model, Process,
};

use super::Resource;
use super::time::Written;
use super::*;
use crate::limits::{MAX_JOIN_PATHS, MAX_VARIABLE_DEPTH};

/// Reads a diagram for deployment.
///
/// # Errors
/// Every problem of every executable process in it.
pub fn compile(name: &str, xml: &(impl AsRef<[u8]> + ?Sized)) -> Result<Resource, Vec<Diagnostic>> {
    compile_beside(name, xml, &BTreeSet::new())
}

/// Reads a diagram that is deployed together with forms, the fields of which have these names.
///
/// # Errors
/// As for [`compile`].
pub fn compile_beside(
    name: &str,
    xml: &(impl AsRef<[u8]> + ?Sized),
    fields: &BTreeSet<String>,
) -> Result<Resource, Vec<Diagnostic>> {
    let mut model = gardesh_bpmn::parse(xml.as_ref())?;
    let mut warnings = std::mem::take(&mut model.warnings);
    model
        .require_executable()
        .map_err(|diagnostic| vec![diagnostic])?;
    let mut processes = Vec::new();
    let mut problems = Vec::new();
    for process in model.executable() {
        match Compiler::new(process).compile() {
            (definition, found) if found.is_empty() => {
                let mut found = warnings::find(process, &definition, fields);
                found.sort_by_key(|found| (found.line, found.column));
                warnings.extend(found);
                processes.push(Arc::new(definition));
            }
            (_, found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(Resource::Bpmn {
            name: name.to_owned(),
            xml: xml.as_ref().into(),
            processes,
            warnings,
        })
    } else {
        Err(problems)
    }
}

/// Reads a decision model for deployment.
///
/// # Errors
/// Every problem of the file. Those of a file that imports others are found when it is deployed.
pub fn compile_decisions(
    name: &str,
    xml: &(impl AsRef<[u8]> + ?Sized),
) -> Result<Resource, Vec<Diagnostic>> {
    let reading = gardesh_dmn::read(xml.as_ref(), &[]);
    // What is missing where a model imports others is not known before they are there.
    let stands_in_the_way = |model: &DecisionModel, found: &Diagnostic| {
        found.is_error() && (model.imports().is_empty() || found.code == "unsupported-import")
    };
    let model = reading.model.filter(|model| {
        let mut found = reading.diagnostics.iter();
        !found.any(|found| stands_in_the_way(model, found))
    });
    let model = model.ok_or(reading.diagnostics)?;
    Ok(Resource::Dmn {
        name: name.to_owned(),
        xml: xml.as_ref().into(),
        model,
    })
}

/// What was once deployed and is refused today, and stops a process instance that comes to it at an incident: so these
/// go on. Anything else that is wrong would be executed in another way than it is drawn.
const FOUND_WHERE_IT_IS_DUE: &[&str] = &["invalid-time", "invalid-retention"];

/// Compiles one process of a diagram that was deployed before; none where it cannot be executed as it is drawn.
pub fn compile_one(xml: &[u8], id: &str) -> Option<Definition> {
    let model: Model = gardesh_bpmn::parse(xml).ok()?;
    let (definition, problems) = Compiler::new(model.process(id)?).compile();
    let mut codes = problems.iter().map(|problem| problem.code);
    codes
        .all(|code| FOUND_WHERE_IT_IS_DUE.contains(&code))
        .then_some(definition)
}

struct Compiler<'a> {
    process: &'a Process,
    problems: Vec<Diagnostic>,
}

impl<'a> Compiler<'a> {
    fn new(process: &'a Process) -> Self {
        Self {
            process,
            problems: Vec::new(),
        }
    }

    /// The definition, and what is wrong with it; nothing is where it may be deployed.
    fn compile(mut self) -> (Definition, Vec<Diagnostic>) {
        let process = self.process;
        let nodes: Vec<Node> = process
            .indexed()
            .map(|(i, element)| self.node(i, element))
            .collect();
        let history_ms = self.retention();
        let flows: Vec<Flow> = process.flows.iter().map(|flow| self.flow(flow)).collect();
        let paths = self.paths(&nodes, &flows);
        let by_id = (0..)
            .zip(&nodes)
            .map(|(i, node): (u32, &Node)| (Arc::clone(&node.id), i))
            .collect();
        let definition = Definition {
            id: process.id.as_str().into(),
            name: process.name.as_deref().map(Into::into),
            version_tag: process.version_tag.as_deref().map(Into::into),
            history_ms,
            nodes,
            flows,
            paths,
            by_id,
        };
        (definition, self.problems)
    }

    fn node(&mut self, i: ElementIdx, element: &Element) -> Node {
        let default_flow = element
            .outgoing
            .iter()
            .find(|flow| self.process[**flow].is_default);
        let (inputs, outputs) = self.mappings(element, &element.mappings);
        let kind = self.kind(i, element);
        Node {
            id: element.id.as_str().into(),
            name: element.name.as_deref().map(Into::into),
            at: (element.line, element.column),
            kind,
            incoming: element.incoming.iter().copied().map(flow_index).collect(),
            outgoing: element.outgoing.iter().copied().map(flow_index).collect(),
            default_flow: default_flow.copied().map(flow_index),
            scope: element.parent.map(index),
            boundary: self.specific_first(element.boundary.clone()),
            event_starts: self.event_starts(element),
            inputs,
            outputs,
            headers: pairs(&element.headers),
            job_priority: self.optional(element, element.job_priority.as_ref()),
            repetition: self.repetition(element).map(Box::new),
            listeners: self.listeners(element),
            for_compensation: element.for_compensation,
        }
    }

    /// Events with a code come first, so that the first match is the most specific.
    fn specific_first(&self, mut events: Vec<ElementIdx>) -> Vec<u32> {
        events.sort_by_key(|event| {
            matches!(
                self.process[*event].kind.event(),
                Some(EventDefinition::Error(None) | EventDefinition::Escalation(None))
            )
        });
        events.into_iter().map(index).collect()
    }

    fn event_starts(&self, element: &Element) -> Vec<u32> {
        let subprocesses = element.event_subprocesses.iter();
        let starts = subprocesses.filter_map(|scope| self.process.start_events(*scope).next());
        self.specific_first(starts.collect())
    }

    fn kind(&mut self, i: ElementIdx, element: &Element) -> NodeKind {
        match &element.kind {
            ElementKind::Process => self.scope(i, ScopeKind::Process),
            ElementKind::SubProcess => self.scope(i, ScopeKind::SubProcess),
            ElementKind::Transaction => self.scope(i, ScopeKind::Transaction),
            ElementKind::EventSubProcess => self.event_subprocess(i),
            ElementKind::AdHocSubProcess(ad_hoc) => self.ad_hoc(element, ad_hoc),
            ElementKind::StartEvent {
                event,
                interrupting,
                ..
            } => NodeKind::StartEvent {
                event: self.caught(element, event),
                interrupting: *interrupting,
            },
            ElementKind::IntermediateCatchEvent { event } => {
                NodeKind::CatchEvent(self.caught(element, event))
            }
            ElementKind::BoundaryEvent {
                attached_to,
                interrupting,
                event,
            } => NodeKind::BoundaryEvent {
                host: index(*attached_to),
                interrupting: *interrupting,
                event: self.caught(element, event),
            },
            ElementKind::IntermediateThrowEvent { event } => {
                NodeKind::ThrowEvent(self.thrown(element, event))
            }
            ElementKind::EndEvent { event } => NodeKind::EndEvent(self.thrown(element, event)),
            ElementKind::Task(task) => self.task(element, task),
            ElementKind::CallActivity(call) => self.call_activity(element, call),
            ElementKind::Gateway(Gateway::Exclusive { .. }) => NodeKind::ExclusiveGateway,
            ElementKind::Gateway(Gateway::Parallel) => NodeKind::ParallelGateway,
            ElementKind::Gateway(Gateway::Inclusive { .. }) => NodeKind::InclusiveGateway,
            ElementKind::Gateway(Gateway::EventBased) => NodeKind::EventBasedGateway,
            ElementKind::Unsupported { tag } => {
                let what = format!("a {tag}");
                self.unsupported(element, &what);
                NodeKind::PassThrough("TASK")
            }
        }
    }

    fn scope(&mut self, i: ElementIdx, kind: ScopeKind) -> NodeKind {
        NodeKind::Scope(Scope {
            start: self.process.none_start_event(i).map(index),
            kind,
            ad_hoc: None,
        })
    }

    fn event_subprocess(&mut self, i: ElementIdx) -> NodeKind {
        NodeKind::Scope(Scope {
            start: self.process.start_events(i).next().map(index),
            kind: ScopeKind::EventSubProcess,
            ad_hoc: None,
        })
    }

    fn mappings(
        &mut self,
        element: &Element,
        mappings: &IoMapping,
    ) -> (Vec<Mapping>, Vec<Mapping>) {
        let mut compile = |mappings: &[gardesh_bpmn::Mapping]| -> Vec<Mapping> {
            let compiled = mappings.iter().filter_map(|mapping| {
                let source = self.source(element, &mapping.source)?;
                let target: Vec<Arc<str>> = mapping.target.split('.').map(Into::into).collect();
                if target.len() > MAX_VARIABLE_DEPTH as usize {
                    let message = format!(
                        "Expected a mapping's target of at most {MAX_VARIABLE_DEPTH} names, but this one has {}.",
                        target.len()
                    );
                    let place = (element.line, element.column);
                    self.problem("mapping-too-deep", &element.id, place, message);
                    return None;
                }
                Some(Mapping { source, target })
            });
            compiled.collect()
        };
        (compile(&mappings.inputs), compile(&mappings.outputs))
    }

    fn flow(&mut self, flow: &gardesh_bpmn::SequenceFlow) -> Flow {
        let condition =
            flow.condition
                .as_ref()
                .and_then(|condition| match Source::compile(condition) {
                    Ok(source) => Some(source),
                    Err(message) => {
                        let way = self.process.way(flow);
                        let message = format!("{message} This is the condition of {way}.");
                        self.problem(
                            "invalid-expression",
                            &flow.id,
                            (flow.line, flow.column),
                            message,
                        );
                        None
                    }
                });
        Flow {
            id: flow.id.as_str().into(),
            target: index(flow.target),
            condition,
        }
    }

    fn paths(&mut self, nodes: &[Node], flows: &[Flow]) -> Paths {
        Paths::find(nodes, flows).unwrap_or_else(|pairs| {
            let message = format!(
                "Expected inclusive gateways with few enough incoming flows in so large a process, but there are {pairs} pairs of such a flow and an element; {MAX_JOIN_PATHS} are allowed. Hint: join with parallel or exclusive gateways, or move parts into a called process."
            );
            let place = (self.process.line, 1);
            self.problem("too-many-inclusive-joins", &self.process.id, place, message);
            Paths::default()
        })
    }

    fn source(&mut self, element: &Element, text: &gardesh_bpmn::Expression) -> Option<Source> {
        match Source::compile(text) {
            Ok(source) => Some(source),
            Err(message) => {
                self.problem(
                    "invalid-expression",
                    &element.id,
                    (element.line, element.column),
                    message,
                );
                None
            }
        }
    }

    /// A value; a mistake in it is a problem of the diagram, and an empty text stands in
    /// for it until that is told.
    fn required(&mut self, element: &Element, text: &gardesh_bpmn::Expression) -> Source {
        self.source(element, text)
            .unwrap_or_else(|| Source::Literal(gardesh_feel::Value::string("")))
    }

    fn optional(
        &mut self,
        element: &Element,
        text: Option<&gardesh_bpmn::Expression>,
    ) -> Option<Source> {
        text.and_then(|text| self.source(element, text))
    }

    /// A time; one that stands in the diagram is read as one that is computed.
    fn time<T: Written>(&mut self, element: &Element, text: &gardesh_bpmn::Expression) -> Source {
        let source = self.required(element, text);
        // A mistake in an expression is told already.
        if let (gardesh_bpmn::Expression::Static(_), Source::Literal(value)) = (text, &source)
            && let Err(message) = time::read::<T>(&source, value, "")
        {
            let place = (element.line, element.column);
            self.problem("invalid-time", &element.id, place, message);
        }
        source
    }

    fn unsupported(&mut self, element: &Element, what: &str) {
        let message = format!(
            "Expected what this version of the engine executes, but found {what}. Hint: see the list of supported elements in the documentation."
        );
        self.problem(
            "not-executable",
            &element.id,
            (element.line, element.column),
            message,
        );
    }

    fn problem(
        &mut self,
        code: &'static str,
        id: &str,
        (line, column): (u32, u32),
        message: String,
    ) {
        self.problems.push(Diagnostic {
            severity: Severity::Error,
            code,
            element_id: Some(id.to_owned()),
            line,
            column,
            message,
        });
    }
}

fn pairs(pairs: &[(String, String)]) -> Vec<(Arc<str>, Arc<str>)> {
    let shared = |(k, v): &(String, String)| (k.as_str().into(), v.as_str().into());
    pairs.iter().map(shared).collect()
}

fn name(text: &str) -> Arc<str> {
    text.into()
}
