//! A journal made by hand, and a look at every row of the model that came of it.

use std::sync::Arc;

use gardesh_engine::entities::batch_operation::{Batch, BatchItem, BatchOperation, BatchState};
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::entities::incident::{self, IncidentKind};
use gardesh_engine::entities::job::{self, JobState};
use gardesh_engine::entities::process_definition::DefinitionRow;
use gardesh_engine::entities::trigger::{CaseFacts, EventType};
use gardesh_engine::entities::{experience, trigger, user_task};
use gardesh_engine::event::{
    BatchOperationEvent, ElementInstanceEvent, Entry, Event, ExperienceEvent,
    ProcessDefinitionEvent, ProcessInstanceEvent, VariableEvent,
};
use gardesh_engine::key::*;
use gardesh_engine::operation::MigratedElement;
use gardesh_engine::variables::parse_document;
use rusqlite::types::Value;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::{Definitions, ElementInfo, Page, ReadModel, Search, Searchable};

pub const TENANT: TenantId = TenantId::DEFAULT;
pub const OTHER: TenantId = TenantId(7);
pub const DEFINITION: ProcessDefinitionKey = ProcessDefinitionKey(1);

/// A later version, to which cases are migrated: its elements have other indices and ids.
pub const LATER: ProcessDefinitionKey = ProcessDefinitionKey(2);

/// Indices of the elements in every definition but the later one, where each is one more.
pub const START: u32 = 1;
pub const SERVICE: u32 = 2;
pub const USER: u32 = 3;
const ELEMENTS: [(&str, Option<&str>, &str); 4] = [
    ("claim", Some("Claim"), "PROCESS"),
    ("start", None, "START_EVENT"),
    ("assess", Some("Assess the claim"), "SERVICE_TASK"),
    ("approve", Some("Approve the claim"), "USER_TASK"),
];

/// What the elements above become by a migration, each with its place before.
const LATER_ELEMENTS: [(&str, Option<&str>, &str); 4] = [
    ("start", None, "START_EVENT"),
    ("begin", None, "START_EVENT"),
    ("assess-again", Some("Assess it again"), "SERVICE_TASK"),
    ("approve-again", Some("Approve it again"), "USER_TASK"),
];

/// The elements above.
pub struct Elements;

impl Definitions for Elements {
    fn element(
        &self,
        _: TenantId,
        definition: ProcessDefinitionKey,
        element: u32,
    ) -> Option<ElementInfo> {
        let (id, name, kind) = if definition == LATER {
            *LATER_ELEMENTS.get(element.checked_sub(1)? as usize)?
        } else {
            *ELEMENTS.get(element as usize)?
        };
        Some(ElementInfo {
            id: id.into(),
            name: name.map(Arc::from),
            kind,
        })
    }
}

/// A journal that grows.
#[derive(Default)]
pub struct Journal {
    pub entries: Vec<Arc<Entry>>,
    pub now_ms: u64,
    next_key: u64,
}

impl Journal {
    /// A journal in which both tenants have deployed version 1 of the process, at time 1000.
    pub fn new() -> Self {
        let mut journal = Self {
            now_ms: 1_000,
            next_key: 1_000,
            ..Self::default()
        };
        for tenant in [TENANT, OTHER] {
            journal.record(tenant, vec![deployed(DEFINITION, "claim", 1)]);
        }
        journal
    }

    /// As [`Self::new`], with the later version besides.
    pub fn with_later_version() -> Self {
        let mut journal = Self::new();
        for tenant in [TENANT, OTHER] {
            journal.record(tenant, vec![deployed(LATER, "claim", 2)]);
        }
        journal
    }

    pub fn key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }

    /// Adds an entry, ten milliseconds after the last one.
    pub fn record(&mut self, tenant: TenantId, events: Vec<Event>) {
        self.now_ms += 10;
        let position = self.entries.len() as u64 + 1;
        let entry = Entry {
            position,
            erased_before: 0,
            at_ms: self.now_ms,
            unconfirmed_ms: 0,
            tenant,
            identity: None,
            next_key: self.next_key + 1,
            events,
        };
        self.entries.push(Arc::new(entry));
    }

    /// Adds an entry in which a case begins.
    pub fn start(&mut self, tenant: TenantId, business_key: Option<&str>) -> ProcessInstanceKey {
        let instance = ProcessInstanceKey(self.key());
        self.record(tenant, began(instance, business_key));
        instance
    }

    pub fn job(
        &mut self,
        instance: ProcessInstanceKey,
        element_instance: ElementInstanceKey,
        job_type: &str,
    ) -> job::Job {
        job::Job {
            key: JobKey(self.key()),
            job_type: job_type.into(),
            kind: job::JobKind::BpmnElement,
            listener_event: None,
            headers: Vec::new(),
            instance,
            definition: DEFINITION,
            element: SERVICE,
            element_instance,
            component: None,
            pinned: false,
            attempt: 1,
            priority: 50,
            place: 5,
            retries: 3,
            state: JobState::Ready,
            worker: None,
            error: None,
            created_at_ms: self.now_ms + 10,
            ready_at_ms: self.now_ms + 10,
        }
    }

    pub fn user_task(
        &mut self,
        instance: ProcessInstanceKey,
        element_instance: ElementInstanceKey,
    ) -> user_task::UserTask {
        user_task::UserTask {
            key: UserTaskKey(self.key()),
            instance,
            definition: DEFINITION,
            element: USER,
            element_instance,
            name: Some("Approve the claim".into()),
            state: user_task::TaskState::Created,
            transition: None,
            assignee: None,
            candidate_groups: vec!["adjusters".into(), "leads".into()],
            candidate_users: vec!["maryam".into()],
            due_date: Some("2026-11-21T11:00:00+01:00".into()),
            follow_up_date: None,
            priority: 50,
            form: Some(FormKey(77)),
            external_form: None,
            created_at_ms: self.now_ms + 10,
        }
    }

    pub fn incident(
        &mut self,
        instance: ProcessInstanceKey,
        element_instance: ElementInstanceKey,
        job: Option<JobKey>,
    ) -> incident::Incident {
        incident::Incident {
            key: IncidentKey(self.key()),
            kind: IncidentKind::JobNoRetries,
            message: "Expected retries, but none are left.".into(),
            instance,
            definition: DEFINITION,
            element: SERVICE,
            element_instance,
            job,
            resume: Vec::new(),
            created_at_ms: self.now_ms + 10,
        }
    }

    pub fn invitation(
        &mut self,
        instance: ProcessInstanceKey,
        survey: &str,
        state: experience::InvitationState,
    ) -> experience::Invitation {
        let key = self.key();
        experience::Invitation {
            key: InvitationKey(key),
            token: format!("token-{key}").into(),
            survey: survey.into(),
            survey_version: 1,
            instance,
            process_id: "claim".into(),
            trigger: "after-claim".into(),
            trigger_version: "1.0.0".into(),
            customer: Some("customer-1".into()),
            language: Some("fa".into()),
            channel: "link".into(),
            state,
            created_at_ms: self.now_ms + 10,
            due_at_ms: self.now_ms + 10,
            expires_at_ms: self.now_ms + 1_000,
        }
    }

    pub fn firing(&mut self, instance: ProcessInstanceKey) -> trigger::Firing {
        trigger::Firing {
            key: FiringKey(self.key()),
            trigger: "after-claim".into(),
            trigger_version: "1.0.0".into(),
            digest: "d1".into(),
            event_type: EventType::InstanceCompleted,
            element: None,
            at_ms: self.now_ms + 10,
            case: CaseFacts {
                instance,
                definition: DEFINITION,
                process_id: "claim".into(),
                process_version: 1,
                business_key: None,
                started_at_ms: self.now_ms,
                ended_at_ms: Some(self.now_ms),
                outcome: None,
                incidents: 0,
                user_tasks: 0,
                variables: parse_document("{}").unwrap(),
                trigger_depth: 0,
            },
        }
    }

    pub fn answer(
        &mut self,
        invitation: &experience::Invitation,
        answers: &[(&str, experience::ScoredAnswer)],
    ) -> Event {
        let response = experience::Response {
            key: ResponseKey(self.key()),
            invitation: invitation.key,
            survey: Arc::clone(&invitation.survey),
            survey_version: invitation.survey_version,
            instance: invitation.instance,
            process_id: Arc::clone(&invitation.process_id),
            language: "fa".into(),
            answers: answers
                .iter()
                .map(|(id, answer)| (Arc::from(*id), answer.clone()))
                .collect(),
            at_ms: self.now_ms + 10,
        };
        Event::Experience(ExperienceEvent::ResponseRecorded {
            response: Arc::new(response),
        })
    }
}

/// The event of a deployment.
pub fn deployed(key: ProcessDefinitionKey, id: &str, version: u32) -> Event {
    let row = DefinitionRow {
        key,
        deployment: DeploymentKey(500 + key.0),
        id: id.into(),
        name: Some("Claim".into()),
        version,
        version_tag: (version > 1).then(|| "stable".into()),
        components: Vec::new(),
        resource: "claim.bpmn".into(),
        checksum: [0; 32],
        deployed_at_ms: 1_000,
        history_ms: None,
    };
    Event::ProcessDefinition(ProcessDefinitionEvent::Created {
        definition: Arc::new(row),
        source: format!("<{id}/>").into(),
    })
}

/// The events with which a case begins.
pub fn began(instance: ProcessInstanceKey, business_key: Option<&str>) -> Vec<Event> {
    vec![
        Event::ProcessInstance(ProcessInstanceEvent::Created {
            instance,
            definition: DEFINITION,
            business_key: business_key.map(Arc::from),
            start: None,
            parent: None,
            trigger_depth: 0,
        }),
        Event::ElementInstance(ElementInstanceEvent::Activating {
            instance,
            key: instance.root(),
            element: 0,
            scope: instance.root(),
            role: Role::Plain,
        }),
        Event::ElementInstance(ElementInstanceEvent::Activated {
            instance,
            key: instance.root(),
        }),
    ]
}

/// The events with which an element is entered.
pub fn entered(instance: ProcessInstanceKey, key: ElementInstanceKey, element: u32) -> Vec<Event> {
    vec![
        Event::ElementInstance(ElementInstanceEvent::Activating {
            instance,
            key,
            element,
            scope: instance.root(),
            role: Role::Plain,
        }),
        Event::ElementInstance(ElementInstanceEvent::Activated { instance, key }),
    ]
}

/// The event of a migration to the later version.
pub fn migrated(instance: ProcessInstanceKey) -> Event {
    let becomes = |from: u32| MigratedElement {
        from,
        to: from + 1,
        repeats: false,
        name: None,
    };
    Event::ProcessInstance(ProcessInstanceEvent::Migrated {
        instance,
        definition: LATER,
        elements: Arc::new([START, SERVICE, USER].map(becomes).into()),
        flows: Vec::new(),
        stop_after: Vec::new(),
    })
}

/// The events with which a batch operation collects items and starts.
pub fn batch_created(
    key: BatchOperationKey,
    operation: BatchOperation,
    items: &[BatchItem],
) -> Vec<Event> {
    let batch = Batch {
        key,
        operation: Arc::new(operation),
        state: BatchState::Collecting,
        total: 0,
        done: 0,
        failed: 0,
        failures: Vec::new(),
        created_at_ms: 5,
    };
    let batch = Event::BatchOperation(BatchOperationEvent::Created {
        batch: Arc::new(batch),
    });
    let parts = items.chunks(2).map(|part| {
        Event::BatchOperation(BatchOperationEvent::ItemsAdded {
            batch: key,
            items: Arc::new(part.to_vec()),
        })
    });
    [batch]
        .into_iter()
        .chain(parts)
        .chain([Event::BatchOperation(BatchOperationEvent::Started {
            batch: key,
        })])
        .collect()
}

/// The event of a variable of the case.
pub fn variable(instance: ProcessInstanceKey, key: u64, name: &str, json: &str) -> Event {
    let document = parse_document(&format!("{{\"v\":{json}}}")).unwrap();
    let value = document["v"].clone();
    Event::Variable(VariableEvent::Set {
        instance,
        scope: instance.root(),
        key: VariableKey(key),
        name: name.into(),
        value,
    })
}

/// A model in a folder of its own.
pub struct Model {
    pub query: ReadModel,
    pub folder: TempDir,
}

impl std::ops::Deref for Model {
    type Target = ReadModel;

    fn deref(&self) -> &ReadModel {
        &self.query
    }
}

impl Model {
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            query: ReadModel::open(&folder.path().join("query.sqlite")).unwrap(),
            folder,
        }
    }

    pub fn of(journal: &Journal) -> Self {
        let model = Self::empty();
        model.project(&journal.entries, &Elements).unwrap();
        model
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("query.sqlite")
    }

    /// The rows of a search whose body is this JSON.
    pub fn find<R: Searchable>(&self, tenant: TenantId, search: serde_json::Value) -> Page<R> {
        self.search(tenant, &read::<Search<R>>(search)).unwrap()
    }

    /// The one row that there is.
    pub fn only<R: Searchable>(&self) -> R {
        let mut page = self.find::<R>(TENANT, serde_json::json!({}));
        assert_eq!(page.total_items, 1);
        page.items.remove(0)
    }

    /// All rows of all tables.
    pub fn dump(&self) -> Vec<(&'static str, Vec<Vec<Value>>)> {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        let table = |name: &'static str| {
            let mut statement = connection
                .prepare(&format!("SELECT * FROM {name}"))
                .unwrap();
            let columns = statement.column_count();
            let rows = statement
                .query_map([], |row| (0..columns).map(|at| row.get(at)).collect())
                .unwrap();
            (name, rows.collect::<Result<_, _>>().unwrap())
        };
        let names = crate::projection::TABLES.iter().map(|(name, _)| *name);
        names.chain(["meta"]).map(table).collect()
    }
}

pub fn read<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}
