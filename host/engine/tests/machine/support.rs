//! A machine in memory for tests: it runs commands one by one and holds the state against a
//! replay of the journal after each of them.

use std::sync::Arc;

use gardesh_engine::command::{
    ActivateJobs, ActivatedJob, CompleteJob, CreateInstance, Deploy, Deployed, GoOn,
    InstanceCreated, ProcessRef, Record, ResolveIncident, SetVariables, Tick,
};
use gardesh_engine::definition::{Diagnostic, compile};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::incident::Incident;
use gardesh_engine::entities::user_task::UserTask;
use gardesh_engine::entities::variable::Variable;
use gardesh_engine::event::{ElementInstanceEvent, Entry, Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::Rejection;
use gardesh_engine::state::State;
use gardesh_engine::table::backing::Empty;
use gardesh_engine::table::layout::TableKey;
use gardesh_engine::variables::{Document, parse_document};
use gardesh_engine::{Budget, Engine, Request};

pub const TENANT: TenantId = TenantId::DEFAULT;

pub struct Machine {
    /// Whose commands come.
    pub tenant: TenantId,
    pub engine: Engine,
    pub journal: Vec<Arc<Entry>>,
    pub effects: Vec<Effect>,
    pub now_ms: u64,
    /// How far that may be ahead of the true time.
    pub unconfirmed_ms: u64,
    /// How often something took too long for a command.
    pub questions: usize,
    mirror: Engine,
}

/// Rows as bytes, for comparing states.
pub fn dump(state: &State) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    state.dump(&mut |table, key, row| rows.push((table, key.to_vec(), row.to_vec())));
    rows
}

fn is_question(effect: &Effect) -> bool {
    matches!(effect, Effect::Answer { .. })
}

/// Variables with their types, which bytes do not show.
fn variables(state: &State) -> Vec<Arc<Variable>> {
    let first = <(TenantId, ProcessInstanceKey, ElementInstanceKey, Arc<str>)>::from_bytes(&[]);
    let all = state.variables.range(&first, &TableKey::last(), usize::MAX);
    all.into_iter().map(|(_, row)| row).collect()
}

/// Variables from JSON.
pub fn json(text: &str) -> Document {
    parse_document(text).unwrap()
}

/// A whole diagram around the body of one process, `p`.
pub fn diagram(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="test">
  <bpmn:process id="p" isExecutable="true">{body}</bpmn:process>
  <bpmn:error id="rejected" errorCode="REJECTED" />
  <bpmn:escalation id="escalation_late" escalationCode="LATE" />
  <bpmn:escalation id="escalation_computed" escalationCode="=code" />
  <bpmn:signal id="alarm" name="alarm" />
</bpmn:definitions>"#
    )
}

/// Sequence flows from pairs `a>b`, with a condition after a `?` and `!` for a default one.
pub fn flows(pairs: &[&str]) -> String {
    let flow = |pair: &&str| {
        let (path, condition) = pair.split_once('?').unwrap_or((pair, ""));
        let (source, target) = path.split_once('>').unwrap();
        let condition = match condition {
            "" => String::new(),
            text => format!(
                "<bpmn:conditionExpression>={}</bpmn:conditionExpression>",
                text.replace('<', "&lt;")
            ),
        };
        format!(
            r#"<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>"#
        )
    };
    pairs.iter().map(flow).collect()
}

/// A service task whose job type is its id, with more extension elements.
pub fn service(id: &str, more: &str) -> String {
    format!(
        r#"<bpmn:serviceTask id="{id}"><bpmn:extensionElements><zeebe:taskDefinition type="{id}" />{more}</bpmn:extensionElements></bpmn:serviceTask>"#
    )
}

/// Sets variables of the case, and resolves its first incident.
pub fn mend(m: &mut Machine, case: ProcessInstanceKey, variables: &str) {
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(variables),
        local: false,
    })
    .unwrap();
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
}

pub fn start_and_end() -> String {
    r#"<bpmn:startEvent id="start" /><bpmn:endEvent id="end" />"#.into()
}

/// A trail for comparing where the order is not part of the contract: what is interrupted and
/// what follows from it go on side by side.
pub fn sorted(trail: &str) -> Vec<String> {
    let mut parts: Vec<_> = trail.split(' ').map(str::to_owned).collect();
    parts.sort_unstable();
    parts
}

/// The tables that still hold something of a case.
pub fn leftovers(m: &Machine) -> Vec<&'static str> {
    dump(m.engine.state())
        .into_iter()
        .map(|row| row.0)
        .filter(|table| {
            !table.contains("definition") && !["sources", "served_job_types"].contains(table)
        })
        .collect()
}

pub fn assert_nothing_is_left(m: &Machine) {
    assert_eq!(leftovers(m), Vec::<&str>::new());
}

impl Machine {
    pub fn new() -> Self {
        Self {
            engine: Engine::new(Arc::new(Empty), Partition::FIRST),
            mirror: Engine::new(Arc::new(Empty), Partition::FIRST),
            journal: Vec::new(),
            effects: Vec::new(),
            now_ms: 1_000_000,
            unconfirmed_ms: 0,
            questions: 0,
            tenant: TENANT,
        }
    }

    /// A machine in which each command has this budget.
    pub fn with_budget(budget: Budget) -> Self {
        let machine = Self::new();
        Self {
            engine: machine.engine.with_budget(budget),
            ..machine
        }
    }

    /// A machine in which what goes on and on comes to its bounds soon.
    pub fn impatient() -> Self {
        Self::with_budget(Budget {
            chain_steps: 2_000,
            chain_cases: 200,
            ..Budget::default()
        })
    }

    /// A machine with one process deployed.
    pub fn with(body: &str) -> Self {
        let mut machine = Self::new();
        machine.deploy(&diagram(body)).unwrap();
        machine
    }

    pub fn deploy(&mut self, xml: &str) -> Result<ProcessDefinitionKey, Vec<Diagnostic>> {
        let resource = compile("p.bpmn", xml)?;
        match self.run(Deploy {
            resources: vec![resource],
        }) {
            Ok(Deployed { processes, .. }) => Ok(processes[0]),
            other => panic!("{other:?}"),
        }
    }

    /// Runs a command. What takes long to work out is worked out here, and the case goes on.
    pub fn run<R: Request>(&mut self, command: R) -> Result<R::Answer, Rejection> {
        let reply = self.process(command);
        while let Some(place) = self.effects.iter().position(is_question) {
            if let Effect::Answer { instance, question } = self.effects.remove(place) {
                self.engine.remember(question.answer());
                self.process(GoOn { instance }).unwrap();
            }
        }
        reply
    }

    /// As [`Self::run`], but nobody answers what takes long.
    pub fn run_without_answers<R: Request>(&mut self, command: R) -> Result<R::Answer, Rejection> {
        self.process(command)
    }

    fn process<R: Request>(&mut self, command: R) -> Result<R::Answer, Rejection> {
        let entropy = [self.journal.len() as u8; 32];
        let record = Record {
            tenant: self.tenant,
            at_ms: self.now_ms,
            unconfirmed_ms: self.unconfirmed_ms,
            identity: None,
            entropy,
            command,
        };
        let mut processed = self.engine.process(record.clone());
        while let Some(question) = processed.postponed {
            self.questions += 1;
            self.engine.remember(question.answer());
            processed = self.engine.process(record.clone());
        }
        self.questions += processed
            .effects
            .iter()
            .filter(|one| is_question(one))
            .count();
        self.effects.extend(processed.effects);
        if let Some(entry) = processed.entry {
            // The journal is read back from bytes, as after a restart.
            let bytes = postcard::to_allocvec(&*entry).unwrap();
            let entry: Entry = postcard::from_bytes(&bytes).unwrap();
            self.mirror.replay(&entry);
            self.journal.push(Arc::new(entry));
        }
        assert_eq!(
            dump(self.engine.state()),
            dump(self.mirror.state()),
            "replayed state differs from live state"
        );
        assert_eq!(
            variables(self.engine.state()),
            variables(self.mirror.state()),
            "replayed variables have other types than live ones"
        );
        processed.reply
    }

    pub fn start(&mut self, variables: &str) -> ProcessInstanceKey {
        self.start_of("p", variables)
    }

    pub fn start_of(&mut self, process: &str, variables: &str) -> ProcessInstanceKey {
        let process = ProcessRef::Id {
            id: process.into(),
            version: None,
        };
        let command = CreateInstance {
            process,
            variables: json(variables),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        };
        match self.run(command) {
            Ok(InstanceCreated { instance, .. }) => instance,
            other => panic!("{other:?}"),
        }
    }

    pub fn activate(&mut self, job_type: &str) -> Vec<ActivatedJob> {
        let command = ActivateJobs {
            job_type: job_type.into(),
            worker: "test".into(),
            timeout_ms: 60_000,
            max_jobs: 10,
            fetch: Vec::new(),
        };
        match self.run(command) {
            Ok(jobs) => jobs,
            other => panic!("{other:?}"),
        }
    }

    /// Takes the one job of a type.
    pub fn take(&mut self, job_type: &str) -> ActivatedJob {
        let mut jobs = self.activate(job_type);
        assert_eq!(jobs.len(), 1, "jobs of type {job_type}");
        jobs.remove(0)
    }

    /// Takes all jobs of a type and completes them.
    pub fn do_jobs(&mut self, job_type: &str) {
        for job in self.activate(job_type) {
            self.run(CompleteJob {
                job: job.key,
                attempt: None,
                variables: json("{}"),
                result: None,
            })
            .unwrap();
        }
    }

    /// Takes the one job of a type and completes it.
    pub fn do_job(&mut self, job_type: &str, variables: &str) {
        let job = self.take(job_type);
        self.run(CompleteJob {
            job: job.key,
            attempt: None,
            variables: json(variables),
            result: None,
        })
        .unwrap();
    }

    pub fn tick(&mut self, after_ms: u64) {
        self.now_ms += after_ms;
        self.run(Tick).unwrap();
    }

    /// Takes in an entry of another machine's journal.
    pub fn replay(&mut self, entry: &Arc<Entry>) {
        self.engine.replay(entry);
        self.mirror.replay(entry);
        self.journal.push(Arc::clone(entry));
    }

    /// Lets the clock go on, without time passing, until nothing is due.
    pub fn settle(&mut self) {
        for _ in 0..20_000 {
            let next = self.engine.next_due();
            if next.is_none_or(|(due_ms, _)| due_ms > self.now_ms) {
                return;
            }
            self.tick(0);
        }
        panic!("it never comes to rest");
    }

    pub fn incidents(&self) -> Vec<Arc<Incident>> {
        let all = self.engine.state().incidents.range(
            &(TENANT, IncidentKey(0)),
            &(TENANT, IncidentKey(u64::MAX)),
            100,
        );
        all.into_iter().map(|(_, incident)| incident).collect()
    }

    pub fn user_tasks(&self) -> Vec<Arc<UserTask>> {
        let all = self.engine.state().user_tasks.range(
            &(TENANT, UserTaskKey(0)),
            &(TENANT, UserTaskKey(u64::MAX)),
            100,
        );
        all.into_iter().map(|(_, task)| task).collect()
    }

    pub fn is_running(&self, instance: ProcessInstanceKey) -> bool {
        self.engine.state().instances.contains(&(TENANT, instance))
    }

    /// The events of the whole journal.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().flat_map(|entry| &entry.events)
    }

    /// The ids of the elements in the order in which they were completed (`+`) or
    /// terminated (`-`).
    pub fn trail(&mut self) -> String {
        let mut started = std::collections::BTreeMap::new();
        let mut ends = Vec::new();
        let mut definitions = std::collections::BTreeMap::new();
        for event in self.journal.iter().flat_map(|entry| &entry.events) {
            match event {
                Event::ProcessInstance(ProcessInstanceEvent::Created {
                    instance,
                    definition,
                    ..
                }) => _ = definitions.insert(*instance, *definition),
                Event::ElementInstance(ElementInstanceEvent::Activating {
                    instance,
                    key,
                    element,
                    ..
                }) => _ = started.insert(*key, (definitions[instance], *element)),
                Event::ElementInstance(ElementInstanceEvent::Completed { key, .. }) => {
                    ends.push(('+', started[key]))
                }
                Event::ElementInstance(ElementInstanceEvent::Terminated { key, .. }) => {
                    ends.push(('-', started[key]))
                }
                _ => {}
            }
        }
        let names = ends.into_iter().map(|(sign, (definition, element))| {
            let definition = self.engine.definition(TENANT, definition).unwrap();
            format!("{sign}{}", definition.node(element).id)
        });
        names.collect::<Vec<_>>().join(" ")
    }

    /// The variables of a running case.
    pub fn variables(&self, instance: ProcessInstanceKey) -> String {
        let state = self.engine.state();
        let first = (TENANT, instance, instance.root(), Arc::from(""));
        let end = (
            TENANT,
            instance,
            ElementInstanceKey(instance.0 + 1),
            Arc::from(""),
        );
        let rows = state.variables.range(&first, &end, 100);
        let document: Document = rows
            .into_iter()
            .map(|(key, row)| (key.3, row.value.clone()))
            .collect();
        gardesh_engine::variables::write_document(&document)
    }
}
