//! Every expression of a process, with what a message calls the place where it stands.

use gardesh_bpmn::{Element, Process, SequenceFlow};
use gardesh_feel::Expression;

use super::computed;
use crate::definition::{
    Caught, Flow, FormSpec, JobSpec, MessageSpec, Node, NodeKind, Publication, Repetition, Scope,
    Source, Thrown, UserTaskSpec,
};

/// An expression and where it stands.
pub(super) struct Place<'d> {
    /// The element or sequence flow.
    pub id: &'d str,
    /// Line and column.
    pub at: (u32, u32),
    /// What of the element it is.
    pub what: String,
    pub expression: &'d Expression,
}

/// The values of one element, collected.
struct Values<'d> {
    node: &'d Node,
    at: (u32, u32),
    places: Vec<Place<'d>>,
}

pub(super) fn of_flow<'d>(
    process: &Process,
    flow: &'d Flow,
    drawn: &SequenceFlow,
) -> Option<Place<'d>> {
    Some(Place {
        id: &flow.id,
        at: (drawn.line, drawn.column),
        what: format!("the condition of {}", process.way(drawn)),
        expression: computed(flow.condition.as_ref()?)?,
    })
}

pub(super) fn of_node<'d>(node: &'d Node, element: &Element) -> Vec<Place<'d>> {
    let mut values = Values {
        node,
        at: (element.line, element.column),
        places: Vec::new(),
    };
    values.mappings(element);
    values.kind(&node.kind);
    values.optional("the priority of the jobs", &node.job_priority);
    if let Some(repetition) = &node.repetition {
        values.repetition(repetition);
    }
    for listener in &node.listeners {
        values.job(&listener.job, "a listener");
    }
    values.places
}

impl<'d> Values<'d> {
    fn add(&mut self, what: &str, source: &'d Source) {
        let of = format!("{what} of {:?}", &*self.node.id);
        self.add_at(self.at, of, source);
    }

    fn add_at(&mut self, at: (u32, u32), what: String, source: &'d Source) {
        self.places.extend(computed(source).map(|expression| Place {
            id: &self.node.id,
            at,
            what,
            expression,
        }));
    }

    fn optional(&mut self, what: &str, source: &'d Option<Source>) {
        if let Some(source) = source {
            self.add(what, source);
        }
    }

    fn mappings(&mut self, element: &Element) {
        let kinds = [
            ("input", &self.node.inputs, &element.mappings.inputs),
            ("output", &self.node.outputs, &element.mappings.outputs),
        ];
        for (kind, mappings, drawn) in kinds {
            for (mapping, drawn) in mappings.iter().zip(drawn) {
                let what = format!(
                    "the {kind} mapping to {:?} of {:?}",
                    drawn.target, &*self.node.id
                );
                self.add_at((drawn.line, 1), what, &mapping.source);
            }
        }
    }

    fn kind(&mut self, kind: &'d NodeKind) {
        match kind {
            NodeKind::Scope(scope) => self.scope(scope),
            NodeKind::StartEvent { event, .. }
            | NodeKind::CatchEvent(event)
            | NodeKind::BoundaryEvent { event, .. } => self.caught(event),
            NodeKind::ThrowEvent(event) | NodeKind::EndEvent(event) => self.thrown(event),
            NodeKind::Job(job) => self.job(job, "the job"),
            NodeKind::UserTask(spec) => self.people(spec),
            NodeKind::ReceiveTask(message) => self.message(message),
            NodeKind::PublishTask(publication) => self.publication(publication),
            NodeKind::ScriptTask { script, .. } => self.add("the script", script),
            NodeKind::DecisionTask(call) => self.add("the decision's id", &call.decision_id),
            NodeKind::CallActivity(call) => {
                self.add("the called process's id", &call.process_id);
                self.optional("the business key", &call.business_key);
            }
            NodeKind::PassThrough(_)
            | NodeKind::ExclusiveGateway
            | NodeKind::ParallelGateway
            | NodeKind::InclusiveGateway
            | NodeKind::EventBasedGateway => {}
        }
    }

    fn scope(&mut self, scope: &'d Scope) {
        let Some(ad_hoc) = &scope.ad_hoc else { return };
        self.optional("the list of active elements", &ad_hoc.active_elements);
        self.optional("the completion condition", &ad_hoc.completion_condition);
        self.optional("the output element", &ad_hoc.output_element);
        if let Some(job) = &ad_hoc.job {
            self.job(job, "the job");
        }
    }

    fn caught(&mut self, event: &'d Caught) {
        match event {
            Caught::Message(message) => self.message(message),
            Caught::Timer(timer) => self.add("the timer", timer.source()),
            Caught::Signal(name) => self.add("the signal's name", name),
            Caught::Condition(spec) => self.add("the condition", &spec.condition),
            Caught::None
            | Caught::Error(_)
            | Caught::Escalation(_)
            | Caught::Compensation(_)
            | Caught::Cancel
            | Caught::Link => {}
        }
    }

    fn thrown(&mut self, event: &'d Thrown) {
        match event {
            Thrown::Error(code) => self.add("the error's code", code),
            Thrown::Escalation(code) => self.add("the escalation's code", code),
            Thrown::Signal(name) => self.add("the signal's name", name),
            Thrown::MessageJob(job) => self.job(job, "the job"),
            Thrown::Message(publication) => self.publication(publication),
            Thrown::None
            | Thrown::Terminate
            | Thrown::Compensation(_)
            | Thrown::Link(_)
            | Thrown::Cancel => {}
        }
    }

    fn message(&mut self, message: &'d MessageSpec) {
        self.add("the message's name", &message.name);
        self.optional("the correlation key", &message.correlation_key);
    }

    fn publication(&mut self, publication: &'d Publication) {
        self.add("the message's name", &publication.name);
        self.add("the correlation key", &publication.correlation_key);
        self.optional("the message's id", &publication.message_id);
        self.optional("the message's time to live", &publication.time_to_live);
    }

    fn job(&mut self, job: &'d JobSpec, whose: &str) {
        self.add(&format!("the type of {whose}"), &job.job_type);
        self.optional(&format!("the retries of {whose}"), &job.retries);
        if let Some(people) = &job.people {
            self.people(people);
        }
    }

    fn people(&mut self, spec: &'d UserTaskSpec) {
        self.optional("the assignee", &spec.assignee);
        self.optional("the candidate groups", &spec.candidate_groups);
        self.optional("the candidate users", &spec.candidate_users);
        self.optional("the due date", &spec.due_date);
        self.optional("the follow-up date", &spec.follow_up_date);
        self.optional("the priority", &spec.priority);
        match &spec.form {
            Some(FormSpec::Deployed { id, .. }) => self.add("the form's id", id),
            Some(FormSpec::External(key)) => self.add("the form's key", key),
            None => {}
        }
    }

    fn repetition(&mut self, repetition: &'d Repetition) {
        match repetition {
            Repetition::MultiInstance(multi) => {
                self.add("the input collection", &multi.input_collection);
                self.optional("the output element", &multi.output_element);
                self.optional("the completion condition", &multi.completion_condition);
            }
            Repetition::Loop(standard) => self.optional("the loop condition", &standard.condition),
        }
    }
}
