//! What a case costs the projection: three service tasks one after the other, in batches as
//! the driver commits them. Prints microseconds and bytes per case, and the time of searches
//! over the rows that came of it.

use std::sync::Arc;
use std::time::Instant;

use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::entities::job::{Job, JobKind, JobState};
use gardesh_engine::entities::process_definition::DefinitionRow;
use gardesh_engine::event::{
    ElementInstanceEvent, Entry, Event, JobEvent, ProcessDefinitionEvent, ProcessInstanceEvent,
    VariableEvent,
};
use gardesh_engine::key::*;
use gardesh_engine::variables::parse_document;
use gardesh_query::{Definitions, ElementInfo, ProcessInstance, ReadModel, Search};

const CASES: u64 = 20_000;
const DEFINITION: ProcessDefinitionKey = ProcessDefinitionKey(1);
const TENANT: TenantId = TenantId::DEFAULT;

struct Elements;

impl Definitions for Elements {
    fn element(&self, _: TenantId, _: ProcessDefinitionKey, _: u32) -> Option<ElementInfo> {
        Some(ElementInfo {
            id: "step".into(),
            name: Some("Step".into()),
            kind: "SERVICE_TASK",
        })
    }
}

fn main() {
    for cases_per_batch in [1, 16, 256] {
        measure(cases_per_batch);
    }
}

fn measure(cases_per_batch: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("query.sqlite");
    let query = ReadModel::open(&path).expect("a read model");
    let mut journal = Journal {
        position: 0,
        next_key: 10,
    };
    let deployment = journal.entry(vec![deployed()]);
    query
        .project(&[deployment], &Elements)
        .expect("the deployment is projected");
    let batches: Vec<Vec<Arc<Entry>>> = (0..CASES / cases_per_batch)
        .map(|_| (0..cases_per_batch).flat_map(|_| journal.case()).collect())
        .collect();

    let start = Instant::now();
    for batch in &batches {
        query
            .project(batch, &Elements)
            .expect("the batch is projected");
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / CASES as f64;
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len()) / CASES;
    println!("{cases_per_batch:>4} cases a batch: {each:>7.1} us and {bytes} bytes a case");
    search(
        &query,
        "newest completed cases",
        r#"{"filter":{"state":"COMPLETED"},"sort":[{"field":"startDate","order":"DESC"}],"page":{"limit":50}}"#,
    );
    search(
        &query,
        "by a variable's value",
        r#"{"filter":{"variables":[{"name":"claim","value":"11"}]}}"#,
    );
}

fn search(query: &ReadModel, what: &str, json: &str) {
    let search: Search<ProcessInstance> = serde_json::from_str(json).expect("a search");
    let start = Instant::now();
    let page = query.search(TENANT, &search).expect("a page");
    let ms = start.elapsed().as_secs_f64() * 1e3;
    println!(
        "     {what}: {ms:.2} ms for {} of {}",
        page.items.len(),
        page.total_items
    );
}

fn deployed() -> Event {
    let row = DefinitionRow {
        key: DEFINITION,
        deployment: DeploymentKey(2),
        id: "claim".into(),
        name: Some("Claim".into()),
        version: 1,
        version_tag: None,
        components: Vec::new(),
        resource: "claim.bpmn".into(),
        checksum: [0; 32],
        deployed_at_ms: 0,
        history_ms: None,
    };
    Event::ProcessDefinition(ProcessDefinitionEvent::Created {
        definition: Arc::new(row),
        source: "<claim/>".into(),
    })
}

struct Journal {
    position: u64,
    next_key: u64,
}

impl Journal {
    fn key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }

    fn entry(&mut self, events: Vec<Event>) -> Arc<Entry> {
        self.position += 1;
        let Self { position, next_key } = *self;
        Arc::new(Entry {
            position,
            erased_before: 0,
            at_ms: position,
            unconfirmed_ms: 0,
            tenant: TENANT,
            identity: None,
            next_key,
            events,
        })
    }

    /// The four entries of a case: its start, and three results of steps.
    fn case(&mut self) -> Vec<Arc<Entry>> {
        let instance = ProcessInstanceKey(self.key());
        let mut events = vec![
            Event::ProcessInstance(ProcessInstanceEvent::Created {
                instance,
                definition: DEFINITION,
                business_key: Some("K".into()),
                start: None,
                parent: None,
                trigger_depth: 0,
            }),
            self.variable(instance, "claim", &instance.0.to_string()),
            self.variable(instance, "customer", r#"{"name":"Maryam","tier":"gold"}"#),
        ];
        let start = self.enter(&mut events, instance, 1);
        events.push(Event::ElementInstance(ElementInstanceEvent::Completed {
            instance,
            key: start,
            outcome: None,
        }));
        let mut entries = Vec::new();
        for step in 2..5 {
            let element = self.enter(&mut events, instance, step);
            let job = self.job(instance, element, step);
            let key = job.key;
            events.push(Event::Job(JobEvent::Created { job: Arc::new(job) }));
            entries.push(self.entry(std::mem::take(&mut events)));
            events.push(Event::Job(JobEvent::Completed {
                instance,
                job: key,
                attempt: 1,
            }));
            events.push(self.variable(
                instance,
                &format!("result{step}"),
                "{\"ok\":true,\"score\":17.5}",
            ));
            events.push(Event::ElementInstance(ElementInstanceEvent::Completed {
                instance,
                key: element,
                outcome: None,
            }));
        }
        let end = self.enter(&mut events, instance, 5);
        events.push(Event::ElementInstance(ElementInstanceEvent::Completed {
            instance,
            key: end,
            outcome: Some("end".into()),
        }));
        events.push(Event::ProcessInstance(ProcessInstanceEvent::Completed {
            instance,
            outcome: Some("end".into()),
        }));
        entries.push(self.entry(events));
        entries
    }

    fn enter(
        &mut self,
        events: &mut Vec<Event>,
        instance: ProcessInstanceKey,
        element: u32,
    ) -> ElementInstanceKey {
        let key = ElementInstanceKey(self.key());
        events.push(Event::ElementInstance(ElementInstanceEvent::Activating {
            instance,
            key,
            element,
            scope: instance.root(),
            role: Role::Plain,
        }));
        events.push(Event::ElementInstance(ElementInstanceEvent::Activated {
            instance,
            key,
        }));
        key
    }

    fn variable(&mut self, instance: ProcessInstanceKey, name: &str, json: &str) -> Event {
        let document = parse_document(&format!("{{\"v\":{json}}}")).expect("JSON");
        let value = document["v"].clone();
        Event::Variable(VariableEvent::Set {
            instance,
            scope: instance.root(),
            key: VariableKey(self.key()),
            name: name.into(),
            value,
        })
    }

    fn job(
        &mut self,
        instance: ProcessInstanceKey,
        element_instance: ElementInstanceKey,
        element: u32,
    ) -> Job {
        Job {
            key: JobKey(self.key()),
            job_type: "assess".into(),
            kind: JobKind::BpmnElement,
            listener_event: None,
            headers: Vec::new(),
            instance,
            definition: DEFINITION,
            element,
            element_instance,
            component: Some("digest".into()),
            pinned: false,
            attempt: 1,
            priority: 0,
            place: self.position,
            retries: 3,
            state: JobState::Ready,
            worker: None,
            error: None,
            created_at_ms: self.position,
            ready_at_ms: self.position,
        }
    }
}
