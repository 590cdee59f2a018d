//! One journal event as the API tells it: a type and the facts that go with it. Secrets of
//! the journal, such as the tokens of survey links, stay out.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::definition::Definition;
use gardesh_engine::event::{Entry, Event};
use gardesh_engine::key::ElementInstanceKey;
use gardesh_query::DecisionTaken;
use serde::Serialize;
use serde_json::value::RawValue;

use super::decision_view::DecisionView;
use crate::http::problem::Problem;
use crate::http::wire::{iso, raw_json};

/// An event of a case.
#[derive(Serialize)]
pub struct EventView {
    position: u64,
    at: String,
    r#type: &'static str,
    #[serde(flatten)]
    facts: BTreeMap<&'static str, Fact>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fact {
    Text(Arc<str>),
    Number(u64),
    Json(Box<RawValue>),
    Decisions(Vec<DecisionView>),
}

/// Tells the events of one case in their order. Only the first event of an element says
/// where in the diagram it is, so the narrator remembers.
pub struct Narrator {
    definition: Arc<Definition>,
    elements: BTreeMap<ElementInstanceKey, Arc<str>>,
}

/// An event that is being told.
struct Telling(&'static str, BTreeMap<&'static str, Fact>);

impl Telling {
    fn of(r#type: &'static str) -> Self {
        Self(r#type, BTreeMap::new())
    }

    fn fact(mut self, name: &'static str, fact: Fact) -> Self {
        self.1.insert(name, fact);
        self
    }

    fn text(self, name: &'static str, text: &Arc<str>) -> Self {
        self.fact(name, Fact::Text(Arc::clone(text)))
    }

    fn optional(self, name: &'static str, text: Option<&Arc<str>>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    fn key(self, name: &'static str, key: impl std::fmt::Display) -> Self {
        self.fact(name, Fact::Text(key.to_string().into()))
    }

    fn number(self, name: &'static str, number: impl Into<u64>) -> Self {
        self.fact(name, Fact::Number(number.into()))
    }

    fn time(self, name: &'static str, at_ms: u64) -> Self {
        self.fact(name, Fact::Text(iso(at_ms).into()))
    }
}

impl Narrator {
    /// A narrator for a case of this definition.
    pub fn new(definition: Arc<Definition>) -> Self {
        Self { definition, elements: BTreeMap::new() }
    }

    /// Tells an event; they must come in the journal's order.
    pub fn tell(&mut self, entry: &Entry, event: &Event) -> Result<EventView, Problem> {
        let Telling(r#type, facts) = match event {
            Event::ElementActivating { key, element, scope, .. } => {
                self.enter(*key, *element);
                self.element("ElementActivating", *key).key("scopeKey", scope)
            }
            Event::ElementActivated { key, .. } => self.element("ElementActivated", *key),
            Event::ElementCompleted { key, .. } => self.element("ElementCompleted", *key),
            Event::ElementTerminating { key, .. } => self.element("ElementTerminating", *key),
            Event::ElementTerminated { key, .. } => self.element("ElementTerminated", *key),
            Event::SequenceFlowTaken { scope, flow, .. } => self.flow("SequenceFlowTaken", *flow).key("scopeKey", scope),
            Event::TokenWaiting { scope, flow, .. } => self.flow("TokenWaiting", *flow).key("scopeKey", scope),
            Event::TokenConsumed { scope, flow, count, .. } => {
                self.flow("TokenConsumed", *flow).key("scopeKey", scope).number("count", *count)
            }
            Event::VariableSet { scope, key, name, value, .. } => Telling::of("VariableSet")
                .key("variableKey", key)
                .key("scopeKey", scope)
                .text("name", name)
                .fact("value", Fact::Json(raw_json(value.to_json())?)),
            event => tell_of_case(event).or_else(|| self.of_job(event)).or_else(|| self.of_work(event)).unwrap_or_else(|| tell_of_customer(event)),
        };
        Ok(EventView { position: entry.position, at: iso(entry.at_ms), r#type, facts })
    }

    fn enter(&mut self, key: ElementInstanceKey, element: u32) {
        let node = usize::try_from(element).ok().and_then(|index| self.definition.nodes.get(index));
        if let Some(node) = node {
            self.elements.insert(key, Arc::clone(&node.id));
        }
    }

    fn element(&self, r#type: &'static str, key: ElementInstanceKey) -> Telling {
        Telling::of(r#type).key("elementInstanceKey", key).optional("elementId", self.elements.get(&key))
    }

    fn flow(&self, r#type: &'static str, flow: u32) -> Telling {
        let flow = usize::try_from(flow).ok().and_then(|index| self.definition.flows.get(index));
        Telling::of(r#type).optional("flowId", flow.map(|flow| &flow.id))
    }

    fn of_job(&self, event: &Event) -> Option<Telling> {
        Some(match event {
            Event::JobCreated { job } => self
                .element("JobCreated", job.element_instance)
                .key("jobKey", job.key)
                .text("jobType", &job.job_type)
                .number("retries", job.retries)
                .optional("component", job.component.as_ref()),
            Event::JobActivated { job, worker, deadline_ms, .. } => {
                Telling::of("JobActivated").key("jobKey", job).text("worker", worker).time("deadline", *deadline_ms)
            }
            Event::JobCompleted { job, attempt, .. } => {
                Telling::of("JobCompleted").key("jobKey", job).number("attempt", *attempt)
            }
            Event::JobFailed { job, attempt, retries, retry_at_ms, message, .. } => Telling::of("JobFailed")
                .key("jobKey", job)
                .number("attempt", *attempt)
                .number("retries", *retries)
                .time("retryAt", *retry_at_ms)
                .text("message", message),
            Event::JobBackoffEnded { job, .. } => Telling::of("JobBackoffEnded").key("jobKey", job),
            Event::JobTimedOut { job, .. } => Telling::of("JobTimedOut").key("jobKey", job),
            Event::JobErrorThrown { job, attempt, code, message, .. } => Telling::of("JobErrorThrown")
                .key("jobKey", job)
                .number("attempt", *attempt)
                .text("errorCode", code)
                .text("message", message),
            Event::JobCanceled { job, .. } => Telling::of("JobCanceled").key("jobKey", job),
            Event::JobUpdated { job, retries, deadline_ms, .. } => {
                let told = Telling::of("JobUpdated").key("jobKey", job);
                let told = retries.map_or(told, |retries| told.number("retries", retries));
                deadline_ms.map_or(told, |deadline_ms| told.time("deadline", deadline_ms))
            }
            Event::JobBound { job, component, .. } => {
                Telling::of("JobBound").key("jobKey", job).text("component", component)
            }
            _ => return None,
        })
    }

    fn of_work(&self, event: &Event) -> Option<Telling> {
        Some(match event {
            Event::UserTaskCreated { task } => self
                .element("UserTaskCreated", task.element_instance)
                .key("userTaskKey", task.key)
                .optional("name", task.name.as_ref())
                .optional("assignee", task.assignee.as_ref()),
            Event::UserTaskAssigned { task, assignee, .. } => {
                Telling::of("UserTaskAssigned").key("userTaskKey", task).optional("assignee", assignee.as_ref())
            }
            Event::UserTaskCompleted { task, .. } => Telling::of("UserTaskCompleted").key("userTaskKey", task),
            Event::UserTaskCanceled { task, .. } => Telling::of("UserTaskCanceled").key("userTaskKey", task),
            Event::IncidentCreated { incident } => {
                let told = self
                    .element("IncidentCreated", incident.element_instance)
                    .key("incidentKey", incident.key)
                    .text("errorType", &incident.kind.name().into())
                    .text("message", &incident.message);
                incident.job.map_or(told, |job| told.key("jobKey", job))
            }
            Event::IncidentResolved { incident, .. } => Telling::of("IncidentResolved").key("incidentKey", incident),
            _ => return None,
        })
    }
}

fn tell_of_case(event: &Event) -> Option<Telling> {
    Some(match event {
        Event::InstanceCreated { definition, business_key, .. } => Telling::of("InstanceCreated")
            .key("processDefinitionKey", definition)
            .optional("businessKey", business_key.as_ref()),
        Event::InstanceCompleted { outcome, .. } => {
            Telling::of("InstanceCompleted").optional("outcome", outcome.as_ref())
        }
        Event::InstanceTerminated { .. } => Telling::of("InstanceTerminated"),
        Event::InstanceBanned { reason, .. } => Telling::of("InstanceBanned").text("reason", &reason.as_str().into()),
        _ => return None,
    })
}

fn tell_of_customer(event: &Event) -> Telling {
    match event {
        Event::TriggerFired { firing } => Telling::of("TriggerFired")
            .key("firingKey", firing.key)
            .text("trigger", &firing.trigger)
            .text("triggerVersion", &firing.trigger_version)
            .text("eventType", &firing.event_type.name().into()),
        Event::TriggerDecided { firing, decisions, .. } => {
            let decisions = decisions.iter().map(|decision| DecisionTaken::from(decision).into()).collect();
            Telling::of("TriggerDecided").key("firingKey", firing).fact("decisions", Fact::Decisions(decisions))
        }
        Event::InvitationCreated { invitation } => Telling::of("InvitationCreated")
            .key("invitationKey", invitation.key)
            .text("surveyId", &invitation.survey)
            .number("surveyVersion", invitation.survey_version)
            .text("channel", &invitation.channel),
        Event::InvitationDue { invitation, .. } => Telling::of("InvitationDue").key("invitationKey", invitation),
        Event::ResponseRecorded { response } => Telling::of("ResponseRecorded")
            .key("responseKey", response.key)
            .key("invitationKey", response.invitation)
            .text("surveyId", &response.survey),
        Event::NotificationCreated { notification } => Telling::of("NotificationCreated")
            .key("notificationKey", notification.key)
            .text("audience", &notification.audience)
            .text("title", &notification.title),
        // Events of no case, and those that the other functions tell.
        _ => Telling::of("Other"),
    }
}
