//! One journal event as the API tells it: a type and the facts that go with it. Secrets of
//! the journal, such as the tokens of survey links, stay out.

// A new event must be thought of here.
#![deny(clippy::wildcard_enum_match_arm)]

mod course;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::definition::Definition;
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::event::{
    DecisionEvent, Entry, Event, ExperienceEvent, IncidentEvent, JobEvent, ProcessInstanceEvent,
    RetentionEvent, TriggerEvent, UserTaskEvent,
};
use gardesh_engine::identity::Identity;
use gardesh_engine::key::{ElementInstanceKey, ProcessDefinitionKey};
use gardesh_engine::operation::MigratedElement;
use gardesh_query::DecisionTaken;
use serde::Serialize;
use serde_json::Number;
use serde_json::value::RawValue;

use super::decision_view::DecisionView;
use crate::http::problem::Problem;
use crate::http::wire::iso;

/// An event of a case.
#[derive(Serialize)]
pub struct EventView {
    position: u64,
    at: String,
    /// The public name of the event.
    r#type: &'static str,
    /// Who has caused it, where a person or a program did.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<IdentityView>,
    #[serde(flatten)]
    facts: BTreeMap<&'static str, Fact>,
}

/// Who has caused an event.
#[derive(Serialize)]
struct IdentityView {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Arc<str>>,
}

impl IdentityView {
    fn of(identity: &Identity) -> Self {
        Self {
            r#type: identity.kind(),
            id: identity.id().cloned(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fact {
    Text(Arc<str>),
    Number(Number),
    Flag(bool),
    Json(Box<RawValue>),
    Decisions(Vec<DecisionView>),
}

/// Tells the events of one case in their order. Only the first event of an element says
/// where in the diagram it is, and only the first one of a job, task or incident which
/// element it is for, so the narrator remembers.
pub struct Narrator {
    definition: Arc<Definition>,
    definitions: Definitions,
    elements: BTreeMap<ElementInstanceKey, Known>,
    /// The elements of jobs, user tasks and incidents, by their keys.
    work: BTreeMap<u64, ElementInstanceKey>,
}

/// Where definitions are found that a case is migrated to.
pub type Definitions =
    Box<dyn Fn(ProcessDefinitionKey) -> Result<Arc<Definition>, Problem> + Send + Sync>;

/// An element that was entered: its index and id in the definition that the case goes by.
struct Known {
    index: u32,
    role: Role,
    id: Arc<str>,
}

/// What there is to say of an event besides its name.
#[derive(Default)]
struct Telling(BTreeMap<&'static str, Fact>);

impl Telling {
    fn fact(mut self, name: &'static str, fact: Fact) -> Self {
        self.0.insert(name, fact);
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

    /// Goes on with a fact that is not always there.
    fn given<T>(self, fact: Option<T>, tell: impl FnOnce(Self, T) -> Self) -> Self {
        match fact {
            Some(fact) => tell(self, fact),
            None => self,
        }
    }

    fn key(self, name: &'static str, key: impl std::fmt::Display) -> Self {
        self.fact(name, Fact::Text(key.to_string().into()))
    }

    fn number(self, name: &'static str, number: impl Into<Number>) -> Self {
        self.fact(name, Fact::Number(number.into()))
    }

    fn flag(self, name: &'static str, flag: bool) -> Self {
        self.fact(name, Fact::Flag(flag))
    }

    fn time(self, name: &'static str, at_ms: u64) -> Self {
        self.fact(name, Fact::Text(iso(at_ms).into()))
    }
}

impl Narrator {
    /// A narrator for a case that begins by this definition.
    pub fn new(definition: Arc<Definition>, definitions: Definitions) -> Self {
        Self {
            definition,
            definitions,
            elements: BTreeMap::new(),
            work: BTreeMap::new(),
        }
    }

    /// Tells an event; they must come in the journal's order.
    pub fn tell(&mut self, entry: &Entry, event: &Event) -> Result<EventView, Problem> {
        self.remember_work(event);
        if let Event::ProcessInstance(ProcessInstanceEvent::Migrated {
            definition,
            elements,
            ..
        }) = event
        {
            self.migrate(*definition, elements)?;
        }
        let facts = match event {
            Event::ProcessInstance(event) => self.tell_of_process_instance(event),
            Event::ElementInstance(event) => self.tell_of_element(event),
            Event::Repetition(event) => self.tell_of_repetition(event)?,
            Event::Variable(event) => Self::tell_of_variable(event)?,
            Event::Job(event) => self.tell_of_job(event),
            Event::UserTask(event) => self.tell_of_task(event),
            Event::Incident(event) => self.tell_of_incident(event),
            Event::Subscription(event) => self.tell_of_subscription(event),
            Event::Message(event) => Self::tell_of_message(event),
            Event::Compensation(event) => self.tell_of_compensation(event),
            Event::Continuation(event) => Self::tell_of_continuation(event),
            Event::Decision(DecisionEvent::Evaluated { evaluation }) => {
                self.tell_of_decision(evaluation)?
            }
            Event::Trigger(event) => tell_of_trigger(event),
            Event::Experience(event) => tell_of_experience(event),
            Event::Retention(event) => tell_of_retention(event),
            // They belong to no process instance, so no history has them.
            Event::Decision(
                DecisionEvent::Created { .. }
                | DecisionEvent::RequirementsCreated { .. }
                | DecisionEvent::RequirementsDeleted { .. },
            )
            | Event::ProcessDefinition(_)
            | Event::Form(_)
            | Event::Deployment(_)
            | Event::Component(_)
            | Event::Signal(_)
            | Event::Due(_)
            | Event::BatchOperation(_)
            | Event::Tenant(_) => Telling::default(),
        };
        Ok(EventView {
            position: entry.position,
            at: iso(entry.at_ms),
            r#type: event.about().name,
            identity: entry.identity.as_ref().map(IdentityView::of),
            facts: facts.0,
        })
    }

    fn remember_work(&mut self, event: &Event) {
        let (key, element) = if let Event::Job(JobEvent::Created { job }) = event {
            (job.key.0, job.element_instance)
        } else if let Event::UserTask(UserTaskEvent::Created { task }) = event {
            (task.key.0, task.element_instance)
        } else if let Event::Incident(IncidentEvent::Created { incident }) = event {
            (incident.key.0, incident.element_instance)
        } else {
            return;
        };
        self.work.insert(key, element);
    }

    /// An event of a job, task or incident, with the element that it is for.
    fn of_work(&self, key: u64) -> Telling {
        match self.work.get(&key) {
            Some(element) => self.element(*element),
            None => Telling::default(),
        }
    }

    fn enter(&mut self, key: ElementInstanceKey, index: u32, role: Role) {
        if let Some(id) = self.id(index).map(|id| role.element_id(id)) {
            self.elements.insert(key, Known { index, role, id });
        }
    }

    /// The id of an element.
    fn id(&self, index: u32) -> Option<&Arc<str>> {
        let node = self.definition.nodes.get(usize::try_from(index).ok()?)?;
        Some(&node.id)
    }

    /// Elements that were entered before go by what they have become from here on. What is not
    /// mapped has ended.
    fn migrate(
        &mut self,
        definition: ProcessDefinitionKey,
        elements: &[MigratedElement],
    ) -> Result<(), Problem> {
        self.definition = (self.definitions)(definition)?;
        let becomes: BTreeMap<u32, u32> = elements.iter().map(|one| (one.from, one.to)).collect();
        let nodes = &self.definition.nodes;
        for known in self.elements.values_mut() {
            let Some(to) = becomes.get(&known.index) else {
                continue;
            };
            known.index = *to;
            if let Some(node) = usize::try_from(*to).ok().and_then(|to| nodes.get(to)) {
                known.id = known.role.element_id(&node.id);
            }
        }
        Ok(())
    }

    /// The id of an element that was entered.
    fn entered(&self, key: ElementInstanceKey) -> Option<&Arc<str>> {
        self.elements.get(&key).map(|known| &known.id)
    }

    fn element(&self, key: ElementInstanceKey) -> Telling {
        Telling::default()
            .key("elementInstanceKey", key)
            .optional("elementId", self.entered(key))
    }

    fn flow(&self, flow: u32) -> Telling {
        let flow = usize::try_from(flow)
            .ok()
            .and_then(|index| self.definition.flows.get(index));
        Telling::default().optional("flowId", flow.map(|flow| &flow.id))
    }
}

/// Several facts of one kind, with commas between them.
fn list(items: impl IntoIterator<Item = impl std::fmt::Display>) -> Arc<str> {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    texts.join(",").into()
}

fn tell_of_trigger(event: &TriggerEvent) -> Telling {
    match event {
        TriggerEvent::Fired { firing } => Telling::default()
            .key("firingKey", firing.key)
            .text("trigger", &firing.trigger)
            .text("triggerVersion", &firing.trigger_version)
            .text("eventType", &firing.event_type.name().into()),
        TriggerEvent::Decided {
            firing, decisions, ..
        } => {
            let decisions = decisions
                .iter()
                .map(|decision| DecisionTaken::from(decision).into())
                .collect();
            Telling::default()
                .key("firingKey", firing)
                .fact("decisions", Fact::Decisions(decisions))
        }
        TriggerEvent::ChainContinued { .. }
        | TriggerEvent::Disabled { .. }
        | TriggerEvent::Enabled { .. } => Telling::default(),
    }
}

fn tell_of_experience(event: &ExperienceEvent) -> Telling {
    match event {
        ExperienceEvent::InvitationCreated { invitation } => Telling::default()
            .key("invitationKey", invitation.key)
            .text("surveyId", &invitation.survey)
            .number("surveyVersion", invitation.survey_version)
            .text("channel", &invitation.channel),
        ExperienceEvent::InvitationDue { invitation, .. } => {
            Telling::default().key("invitationKey", invitation)
        }
        ExperienceEvent::ResponseRecorded { response } => Telling::default()
            .key("responseKey", response.key)
            .key("invitationKey", response.invitation)
            .text("surveyId", &response.survey),
        ExperienceEvent::NotificationCreated { notification } => Telling::default()
            .key("notificationKey", notification.key)
            .text("audience", &notification.audience)
            .text("title", &notification.title),
        ExperienceEvent::SurveySaved { .. } => Telling::default(),
    }
}

fn tell_of_retention(event: &RetentionEvent) -> Telling {
    match event {
        RetentionEvent::HistoryExpired { ended_at_ms, .. } => {
            Telling::default().time("endedAt", *ended_at_ms)
        }
        RetentionEvent::Set { .. }
        | RetentionEvent::Applied { .. }
        | RetentionEvent::HistoryDue { .. }
        | RetentionEvent::BatchHistoryDue { .. }
        | RetentionEvent::BatchExpired { .. } => Telling::default(),
    }
}

#[cfg(test)]
mod tests {
    use gardesh_engine::command::Resource;
    use gardesh_engine::definition::compile;
    use gardesh_engine::entities::experience::{Invitation, InvitationState};
    use gardesh_engine::entities::trigger::Decision;
    use gardesh_engine::key::*;
    use gardesh_engine::variables::parse_document;

    use gardesh_engine::event::{ElementInstanceEvent, VariableEvent};

    use super::*;

    const DIAGRAM: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
      <process id="claim" isExecutable="true">
        <startEvent id="start"><outgoing>f</outgoing></startEvent>
        <sequenceFlow id="f" sourceRef="start" targetRef="end"/>
        <endEvent id="end"><incoming>f</incoming></endEvent>
      </process>
    </definitions>"#;

    fn narrator() -> (Narrator, u32) {
        let definition = definition(DIAGRAM);
        let start = index(&definition, "start");
        (narrator_of(definition), start)
    }

    fn narrator_of(definition: Arc<Definition>) -> Narrator {
        let unknown =
            |key: ProcessDefinitionKey| Err(Problem::not_found("process definition", key));
        Narrator::new(definition, Box::new(unknown))
    }

    fn definition(diagram: &str) -> Arc<Definition> {
        let Ok(Resource::Bpmn { processes, .. }) = compile("claim.bpmn", diagram) else {
            panic!("a good diagram")
        };
        Arc::clone(&processes[0])
    }

    fn index(definition: &Definition, id: &str) -> u32 {
        let at = definition.nodes.iter().position(|node| &*node.id == id);
        u32::try_from(at.unwrap()).unwrap()
    }

    #[test]
    fn a_migrated_case_is_told_of_by_its_new_definition() {
        let before = definition(DIAGRAM);
        let renamed = DIAGRAM
            .replace("\"start\"", "\"begin\"")
            .replace("id=\"f\"", "id=\"g\"")
            .replace(">f<", ">g<");
        let after = definition(&renamed);
        let (instance, key) = (ProcessInstanceKey(1), ElementInstanceKey(2));
        let becomes = MigratedElement {
            from: index(&before, "start"),
            to: index(&after, "begin"),
            repeats: false,
            name: None,
        };
        let events = [
            Event::ElementInstance(ElementInstanceEvent::Activating {
                instance,
                key,
                element: becomes.from,
                scope: instance.root(),
                role: Role::Plain,
            }),
            Event::ProcessInstance(ProcessInstanceEvent::Migrated {
                instance,
                definition: ProcessDefinitionKey(9),
                elements: Arc::new(vec![becomes]),
                flows: Vec::new(),
                stop_after: Vec::new(),
            }),
            Event::ElementInstance(ElementInstanceEvent::Completed {
                instance,
                key,
                outcome: None,
            }),
            Event::ElementInstance(ElementInstanceEvent::SequenceFlowTaken {
                instance,
                scope: instance.root(),
                flow: 0,
            }),
        ];
        let found: Definitions = Box::new(move |key: ProcessDefinitionKey| {
            assert_eq!(key, ProcessDefinitionKey(9));
            Ok(Arc::clone(&after))
        });
        let mut narrator = Narrator::new(before, found);
        let told: Vec<serde_json::Value> = events
            .iter()
            .map(|event| serde_json::to_value(narrator.tell(&entry(), event).unwrap()).unwrap())
            .collect();
        assert_eq!(told[0]["elementId"], "start");
        assert_eq!(told[1]["processDefinitionKey"], "9");
        assert_eq!(told[2]["elementId"], "begin");
        assert_eq!(told[3]["flowId"], "g");
    }

    fn entry() -> Entry {
        Entry {
            position: 7,
            erased_before: 0,
            at_ms: 1_000,
            unconfirmed_ms: 0,
            tenant: TenantId::DEFAULT,
            identity: None,
            next_key: 0,
            events: Vec::new(),
        }
    }

    #[test]
    fn later_events_name_the_element_that_the_first_one_gave() {
        let (mut narrator, start) = narrator();
        let (instance, key) = (ProcessInstanceKey(1), ElementInstanceKey(2));
        let events = [
            Event::ElementInstance(ElementInstanceEvent::Activating {
                instance,
                key,
                element: start,
                scope: instance.root(),
                role: Role::Plain,
            }),
            Event::ElementInstance(ElementInstanceEvent::Activated { instance, key }),
            Event::ElementInstance(ElementInstanceEvent::SequenceFlowTaken {
                instance,
                scope: instance.root(),
                flow: 0,
            }),
        ];
        let told: Vec<String> = events
            .iter()
            .map(|event| serde_json::to_string(&narrator.tell(&entry(), event).unwrap()).unwrap())
            .collect();
        let expected = [
            r#"{"position":7,"at":"1970-01-01T00:00:01.000Z","type":"ElementActivating","elementId":"start","elementInstanceKey":"2","scopeKey":"1"}"#,
            r#"{"position":7,"at":"1970-01-01T00:00:01.000Z","type":"ElementActivated","elementId":"start","elementInstanceKey":"2"}"#,
            r#"{"position":7,"at":"1970-01-01T00:00:01.000Z","type":"SequenceFlowTaken","flowId":"f","scopeKey":"1"}"#,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn values_keep_their_digits_and_decisions_their_variables() {
        let (mut narrator, _) = narrator();
        let variables = parse_document(r#"{"amount":10.25}"#).unwrap();
        let (instance, firing) = (ProcessInstanceKey(1), FiringKey(3));
        let set = Event::Variable(VariableEvent::Set {
            instance,
            scope: instance.root(),
            key: VariableKey(4),
            name: "amount".into(),
            value: variables["amount"].clone(),
        });
        let start = Decision::StartProcess {
            process: "recover".into(),
            variables,
            reason: "unhappy".into(),
        };
        let decided = Event::Trigger(TriggerEvent::Decided {
            instance,
            firing,
            decisions: vec![start],
        });
        for (event, part) in [
            (set, r#""value":10.25"#),
            (decided, r#""variables":{"amount":10.25}"#),
        ] {
            let told = serde_json::to_string(&narrator.tell(&entry(), &event).unwrap()).unwrap();
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn secrets_are_not_told() {
        let (mut narrator, _) = narrator();
        let invitation = Invitation {
            key: InvitationKey(5),
            token: "secret-token".into(),
            survey: "s".into(),
            survey_version: 1,
            instance: ProcessInstanceKey(1),
            process_id: "claim".into(),
            trigger: "ask".into(),
            trigger_version: "1.0.0".into(),
            customer: None,
            language: None,
            channel: "link".into(),
            state: InvitationState::Open,
            created_at_ms: 0,
            due_at_ms: 0,
            expires_at_ms: 0,
        };
        let event = Event::Experience(ExperienceEvent::InvitationCreated {
            invitation: Arc::new(invitation),
        });
        let told = serde_json::to_string(&narrator.tell(&entry(), &event).unwrap()).unwrap();
        assert!(
            told.contains("\"invitationKey\":\"5\"") && !told.contains("secret"),
            "{told}"
        );
    }
}
