//! Makes definitions from a diagram: reads it, compiles its expressions and names, all at
//! once, what is wrong or not executable here.

use std::sync::Arc;

use gardesh_bpmn::{
    Element, ElementKind, EventDefinition, FormReference, Gateway, IoMapping, Model, Process,
    Severity, Task, UserTask, UserTaskImplementation,
};

use super::*;
use crate::command::Resource;
use crate::limits::MAX_VARIABLE_DEPTH;

/// Reads a diagram for deployment.
///
/// # Errors
/// Every problem of every executable process in it.
pub fn compile(name: &str, xml: &str) -> Result<Resource, Vec<Diagnostic>> {
    let model = gardesh_bpmn::parse(xml)?;
    model
        .require_executable()
        .map_err(|diagnostic| vec![diagnostic])?;
    let mut processes = Vec::new();
    let mut problems = Vec::new();
    for process in model.executable() {
        match Compiler::new(process).compile() {
            Ok(definition) => processes.push(Arc::new(definition)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(Resource::Bpmn {
            name: name.to_owned(),
            xml: xml.into(),
            processes,
        })
    } else {
        Err(problems)
    }
}

/// Compiles one process of a diagram that was deployed before.
pub fn compile_one(xml: &str, id: &str) -> Option<Definition> {
    let model: Model = gardesh_bpmn::parse(xml).ok()?;
    Compiler::new(model.process(id)?).compile().ok()
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

    fn compile(mut self) -> Result<Definition, Vec<Diagnostic>> {
        let process = self.process;
        let nodes: Vec<Node> = process
            .indexed()
            .map(|(i, element)| self.node(i, element))
            .collect();
        let flows = process.flows.iter().map(|flow| self.flow(flow)).collect();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let by_id = (0..)
            .zip(&nodes)
            .map(|(i, node): (u32, &Node)| (Arc::clone(&node.id), i))
            .collect();
        Ok(Definition {
            id: process.id.as_str().into(),
            name: process.name.as_deref().map(Into::into),
            version_tag: process.version_tag.as_deref().map(Into::into),
            nodes,
            flows,
            by_id,
        })
    }

    fn node(&mut self, i: ElementIdx, element: &Element) -> Node {
        let default_flow = element
            .outgoing
            .iter()
            .find(|flow| self.process[**flow].is_default);
        let (inputs, outputs) = self.mappings(element, &element.mappings);
        Node {
            id: element.id.as_str().into(),
            name: element.name.as_deref().map(Into::into),
            kind: self.kind(i, element),
            incoming: element.incoming.iter().copied().map(flow_index).collect(),
            outgoing: element.outgoing.iter().copied().map(flow_index).collect(),
            default_flow: default_flow.copied().map(flow_index),
            scope: element.parent.map(index),
            boundary: self.boundary(element),
            inputs,
            outputs,
            headers: element
                .headers
                .iter()
                .map(|(k, v)| (k.as_str().into(), v.as_str().into()))
                .collect(),
        }
    }

    /// Boundary events with a code come first, so that the first match is the most specific.
    fn boundary(&self, element: &Element) -> Vec<u32> {
        let mut events = element.boundary.clone();
        events.sort_by_key(|event| {
            matches!(
                &self.process[*event].kind,
                ElementKind::BoundaryEvent {
                    event: EventDefinition::Error(None),
                    ..
                }
            )
        });
        events.into_iter().map(index).collect()
    }

    fn kind(&mut self, i: ElementIdx, element: &Element) -> NodeKind {
        self.refuse_additions(element);
        match &element.kind {
            ElementKind::Process => self.scope(i, element, ScopeKind::Process),
            ElementKind::SubProcess => self.scope(i, element, ScopeKind::SubProcess),
            ElementKind::StartEvent {
                event: EventDefinition::None,
                ..
            } => NodeKind::StartEvent,
            ElementKind::EndEvent { event } => self.end(element, event),
            ElementKind::IntermediateThrowEvent {
                event: EventDefinition::None,
            } => NodeKind::PassThrough("INTERMEDIATE_THROW_EVENT"),
            ElementKind::Task(task) => self.task(element, task),
            ElementKind::Gateway(Gateway::Exclusive { .. }) => NodeKind::ExclusiveGateway,
            ElementKind::Gateway(Gateway::Parallel) => NodeKind::ParallelGateway,
            ElementKind::BoundaryEvent {
                attached_to,
                event: EventDefinition::Error(error),
                ..
            } => NodeKind::ErrorBoundary {
                host: index(*attached_to),
                code: error.as_ref().map(|error| error.code.text().into()),
            },
            other => self.unsupported(element, &describe(other)),
        }
    }

    fn scope(&mut self, i: ElementIdx, element: &Element, kind: ScopeKind) -> NodeKind {
        match self.process.none_start_event(i) {
            Some(start) => NodeKind::Scope {
                start: index(start),
                kind,
            },
            None => self.unsupported(element, "a scope without a none start event"),
        }
    }

    fn end(&mut self, element: &Element, event: &EventDefinition) -> NodeKind {
        match event {
            EventDefinition::None => NodeKind::EndEvent(EndKind::None),
            EventDefinition::Terminate => NodeKind::EndEvent(EndKind::Terminate),
            EventDefinition::Error(Some(error)) => match self.source(element, &error.code) {
                Some(code) => NodeKind::EndEvent(EndKind::Error(code)),
                None => NodeKind::EndEvent(EndKind::None),
            },
            _ => self.unsupported(element, &describe(&element.kind)),
        }
    }

    fn task(&mut self, element: &Element, task: &Task) -> NodeKind {
        match task {
            Task::Manual => return NodeKind::PassThrough("MANUAL_TASK"),
            Task::Undefined => return NodeKind::PassThrough("TASK"),
            Task::User(user) if user.implementation == UserTaskImplementation::Native => {
                return self.user_task(element, user);
            }
            _ => {}
        }
        let Some(job) = task.job() else {
            return self.unsupported(element, &describe(&element.kind));
        };
        match self.source(element, &job.job_type) {
            None => NodeKind::PassThrough("TASK"),
            Some(job_type) => NodeKind::Job(JobSpec {
                task: job_task_name(task),
                job_type,
                retries: job
                    .retries
                    .as_ref()
                    .and_then(|retries| self.source(element, retries)),
            }),
        }
    }

    fn user_task(&mut self, element: &Element, user: &UserTask) -> NodeKind {
        let form_id = match user.form.as_ref().map(|form| &form.reference) {
            Some(FormReference::Id(id)) => self.source(element, id),
            _ => None,
        };
        let mut optional = |text: &Option<gardesh_bpmn::Expression>| {
            text.as_ref().and_then(|text| self.source(element, text))
        };
        NodeKind::UserTask(Box::new(UserTaskSpec {
            assignee: optional(&user.assignee),
            candidate_groups: optional(&user.candidate_groups),
            candidate_users: optional(&user.candidate_users),
            due_date: optional(&user.due_date),
            follow_up_date: optional(&user.follow_up_date),
            priority: optional(&user.priority),
            form_id,
        }))
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

    /// What an element has besides its kind and the engine would otherwise pass over.
    fn refuse_additions(&mut self, element: &Element) {
        let additions = [
            (
                element.repetition.is_some(),
                "repetition (multi-instance or loop)",
            ),
            (
                !element.execution_listeners.is_empty(),
                "execution listeners",
            ),
            (!element.task_listeners.is_empty(), "task listeners"),
            (!element.event_subprocesses.is_empty(), "event subprocesses"),
            (element.for_compensation, "compensation"),
        ];
        for (present, what) in additions {
            if present {
                self.unsupported(element, what);
            }
        }
    }

    fn unsupported(&mut self, element: &Element, what: &str) -> NodeKind {
        let message = format!(
            "Expected what this version of the engine executes, but found {what}. Hint: see the list of supported elements in the documentation."
        );
        self.problem(
            "not-executable",
            &element.id,
            (element.line, element.column),
            message,
        );
        NodeKind::PassThrough("TASK")
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

fn describe(kind: &ElementKind) -> String {
    let event = match kind.event() {
        Some(EventDefinition::Message(_) | EventDefinition::SendMessage(_)) => " with a message",
        Some(EventDefinition::Timer(_)) => " with a timer",
        Some(EventDefinition::Signal(_)) => " with a signal",
        Some(EventDefinition::Escalation(_)) => " with an escalation",
        Some(EventDefinition::Compensation(_)) => " with compensation",
        Some(EventDefinition::Link { .. }) => " with a link",
        Some(EventDefinition::Conditional(_)) => " with a condition",
        _ => "",
    };
    format!("a {}{event}", kind.tag())
}

fn job_task_name(task: &Task) -> &'static str {
    match task {
        Task::Send(_) => "SEND_TASK",
        Task::BusinessRule(_) => "BUSINESS_RULE_TASK",
        Task::Script(_) => "SCRIPT_TASK",
        _ => "SERVICE_TASK",
    }
}
