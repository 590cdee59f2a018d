//! Runs the script of one file against an engine in memory.

use std::collections::BTreeMap;
use std::path::Path;

use gardesh_engine::Request;
use gardesh_engine::command::{
    ActivateJobs, ActivatedJob, AssignUserTask, BroadcastSignal, CancelInstance, CompleteJob,
    CompleteUserTask, CreateInstance, Deploy, FailJob, InstanceCreated, ProcessRef, PublishMessage,
    ResolveIncident, Resource, Retries, SetVariables, ThrowJobError, Tick,
};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::event::{ElementInstanceEvent, Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use gardesh_engine::state::State;
use gardesh_engine::variables::{Document, parse_document, write_document};
use gardesh_tests::Twins;

const TENANT: TenantId = TenantId::DEFAULT;

/// Runs a file; the error says in which line what was expected and what came.
pub fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (_, rest) = text
        .split_once("<!--")
        .ok_or("Expected a script in a comment")?;
    let (script, _) = rest
        .split_once("-->")
        .ok_or("Expected the comment to end")?;
    let mut world = World {
        twins: Twins::default(),
        folder: path.parent().unwrap_or(path).to_owned(),
        told: 0,
        refused: None,
        cases: Vec::new(),
    };
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    world.deploy(&file.unwrap_or_default())?;
    let mut checks = 0;
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        // The first lines say what the file is about, in a sentence.
        if line.starts_with(|c: char| c.is_uppercase()) {
            continue;
        }
        let is_check = world
            .step(word, rest.trim())
            .map_err(|problem| format!("'{line}': {problem}"))?;
        checks += usize::from(is_check);
    }
    if let Some(refused) = world.refused {
        return Err(format!("a command was refused: {refused}"));
    }
    if checks == 0 {
        return Err("Expected the script to check something, but it does not".into());
    }
    Ok(())
}

struct World {
    twins: Twins,
    folder: std::path::PathBuf,
    /// Events that `trail` has told.
    told: usize,
    /// The last rejection that nobody expected yet.
    refused: Option<String>,
    cases: Vec<ProcessInstanceKey>,
}

impl World {
    /// Carries out a step, or checks something; says which.
    fn step(&mut self, word: &str, rest: &str) -> Result<bool, String> {
        if word == "refused" {
            let found = self.refused.take().unwrap_or_else(|| "nothing".into());
            return equal(found.contains(rest), true, &found).map(|()| true);
        }
        if let Some(refused) = self.refused.take() {
            return Err(format!("the step before was refused: {refused}"));
        }
        match word {
            "trail" => equal(self.trail(), words(rest), rest)?,
            "waits" => {
                let mut expected = words(rest);
                expected.sort();
                equal(self.waiting(), expected, rest)?;
            }
            "variables" => {
                let expected = write_document(&document(rest)?);
                equal(self.variables()?, expected, rest)?;
            }
            "incident" => equal(self.incidents(), vec![rest.to_owned()], rest)?,
            "over" => equal(rows(self.state()).len(), 0, "no case")?,
            _ => {
                self.act(word, rest)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn act(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "deploy" => self.deploy(rest),
            "start" => self.start(rest),
            "job" => {
                let job = self.job(first)?;
                self.send(CompleteJob {
                    job: job.key,
                    attempt: None,
                    variables: document(more)?,
                    result: None,
                });
                Ok(())
            }
            "fail" => {
                let job = self.job(first)?;
                let retries = more.parse().map_err(|_| "Expected a number of retries")?;
                self.send(FailJob {
                    job: job.key,
                    attempt: None,
                    retries: Retries::Left(retries),
                    backoff_ms: None,
                    message: "failed in a test".into(),
                    variables: Document::new(),
                });
                Ok(())
            }
            "error" => {
                let job = self.job(first)?;
                let (code, variables) = more.split_once(' ').unwrap_or((more, ""));
                self.send(ThrowJobError {
                    job: job.key,
                    attempt: None,
                    code: code.into(),
                    message: "thrown in a test".into(),
                    variables: document(variables)?,
                });
                Ok(())
            }
            "task" => {
                let task = self.user_task(first)?;
                let variables = document(more)?;
                self.send(CompleteUserTask {
                    task,
                    variables,
                    action: None,
                });
                Ok(())
            }
            "assign" => {
                let task = self.user_task(first)?;
                self.send(AssignUserTask {
                    task,
                    assignee: more.into(),
                    allow_override: true,
                    action: None,
                });
                Ok(())
            }
            "signal" => {
                self.send(BroadcastSignal {
                    name: first.into(),
                    variables: document(more)?,
                });
                Ok(())
            }
            "message" => {
                let (correlation_key, variables) = more.split_once(' ').unwrap_or((more, ""));
                self.send(PublishMessage {
                    name: first.into(),
                    correlation_key: correlation_key.into(),
                    message_id: None,
                    time_to_live_ms: 0,
                    variables: document(variables)?,
                });
                Ok(())
            }
            "set" => {
                let instance = self.case()?;
                self.send(SetVariables {
                    scope: instance.root(),
                    instance,
                    variables: document(rest)?,
                    local: false,
                });
                Ok(())
            }
            "tick" => {
                self.twins.now_ms += milliseconds(rest)?;
                self.send(Tick);
                Ok(())
            }
            "cancel" => {
                let instance = self.case()?;
                self.send(CancelInstance { instance });
                Ok(())
            }
            "resolve" => {
                let all = self.state().incidents.range(
                    &(TENANT, IncidentKey(0)),
                    &(TENANT, IncidentKey(u64::MAX)),
                    1,
                );
                let ((_, incident), _) = all.first().ok_or("Expected an incident")?;
                self.send(ResolveIncident {
                    incident: *incident,
                });
                Ok(())
            }
            other => Err(format!("'{other}' is no step")),
        }
    }

    fn state(&self) -> &State {
        self.twins.live.state()
    }

    fn send<R: Request>(&mut self, command: R) -> Option<R::Answer> {
        match self.twins.process(command) {
            Ok(reply) => Some(reply),
            Err(rejection) => {
                self.refused = Some(rejection.message);
                None
            }
        }
    }

    fn deploy(&mut self, file: &str) -> Result<(), String> {
        let text = std::fs::read_to_string(self.folder.join(file)).map_err(|e| e.to_string())?;
        let compiled = if file.ends_with(".dmn") {
            compile_decisions(file, &text)
        } else {
            compile(file, &text)
        };
        let resource: Resource = compiled.map_err(|problems| format!("{problems:#?}"))?;
        self.send(Deploy {
            resources: vec![resource],
        });
        Ok(())
    }

    fn start(&mut self, rest: &str) -> Result<(), String> {
        let (process, variables) = match rest.split_once(' ') {
            _ if rest.starts_with('{') || rest.is_empty() => ("p", rest),
            Some((process, variables)) => (process, variables),
            None => (rest, ""),
        };
        let reply = self.send(CreateInstance {
            process: ProcessRef::Id {
                id: process.into(),
                version: None,
            },
            variables: document(variables)?,
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        });
        if let Some(InstanceCreated { instance, .. }) = reply {
            self.cases.push(instance);
        }
        Ok(())
    }

    /// The case that was started last and still runs, by whatever started it.
    fn case(&self) -> Result<ProcessInstanceKey, String> {
        rows(self.state())
            .last()
            .copied()
            .ok_or_else(|| "Expected a running case".into())
    }

    fn job(&mut self, job_type: &str) -> Result<ActivatedJob, String> {
        let reply = self.send(ActivateJobs {
            job_type: job_type.into(),
            worker: "test".into(),
            timeout_ms: 1_000,
            max_jobs: 1,
            fetch: Vec::new(),
        });
        match reply {
            Some(mut jobs) if !jobs.is_empty() => Ok(jobs.remove(0)),
            _ => Err(format!(
                "Expected a job of type '{job_type}', but there is none"
            )),
        }
    }

    fn user_task(&mut self, element: &str) -> Result<UserTaskKey, String> {
        let tasks = self.state().user_tasks.range(
            &(TENANT, UserTaskKey(0)),
            &(TENANT, UserTaskKey(u64::MAX)),
            usize::MAX,
        );
        for ((_, key), task) in tasks {
            if self.id(task.definition, task.element) == element {
                return Ok(key);
            }
        }
        Err(format!(
            "Expected a user task '{element}', but there is none"
        ))
    }

    fn id(&mut self, definition: ProcessDefinitionKey, element: u32) -> String {
        let definition = self.twins.live.definition(TENANT, definition);
        definition.map_or_else(String::new, |d| d.node(element).id.to_string())
    }

    /// What ended since it was asked last.
    fn trail(&mut self) -> Vec<String> {
        let mut definitions = BTreeMap::new();
        let mut elements = BTreeMap::new();
        let mut ends = Vec::new();
        let mut ended = 0;
        let told = self.told;
        for event in self.twins.events() {
            let (sign, instance, key) = match event {
                Event::ProcessInstance(ProcessInstanceEvent::Created {
                    instance,
                    definition,
                    ..
                }) => {
                    definitions.insert(*instance, *definition);
                    continue;
                }
                Event::ElementInstance(ElementInstanceEvent::Activating {
                    key, element, ..
                }) => {
                    elements.insert(*key, *element);
                    continue;
                }
                Event::ElementInstance(ElementInstanceEvent::Completed {
                    instance, key, ..
                }) => ('+', instance, key),
                Event::ElementInstance(ElementInstanceEvent::Terminated { instance, key }) => {
                    ('-', instance, key)
                }
                _ => continue,
            };
            ended += 1;
            if ended > told {
                ends.push((sign, definitions[instance], elements[key]));
            }
        }
        self.told = ended;
        ends.into_iter()
            .map(|(sign, definition, element)| format!("{sign}{}", self.id(definition, element)))
            .collect()
    }

    /// The ids of the active elements that have nothing active inside, sorted.
    fn waiting(&mut self) -> Vec<String> {
        let first = (TENANT, ProcessInstanceKey(0), ElementInstanceKey(0));
        let end = (TENANT, ProcessInstanceKey(u64::MAX), ElementInstanceKey(0));
        let active: Vec<_> = self
            .state()
            .elements
            .range(&first, &end, usize::MAX)
            .into_iter()
            .filter(|(_, row)| row.children == 0)
            .filter_map(|((_, instance, _), row)| {
                let definition = self.state().instances.get(&(TENANT, instance))?.definition;
                Some((definition, row.element))
            })
            .collect();
        let mut ids: Vec<String> = active
            .into_iter()
            .map(|(definition, element)| self.id(definition, element))
            .collect();
        ids.sort();
        ids
    }

    fn variables(&self) -> Result<String, String> {
        let instance = self.case()?;
        let first = (TENANT, instance, instance.root(), "".into());
        let end = (
            TENANT,
            instance,
            ElementInstanceKey(instance.0 + 1),
            "".into(),
        );
        let rows = self.state().variables.range(&first, &end, usize::MAX);
        let document: Document = rows
            .into_iter()
            .map(|(key, row)| (key.3, row.value.clone()))
            .collect();
        Ok(write_document(&document))
    }

    fn incidents(&mut self) -> Vec<String> {
        let all = self.state().incidents.range(
            &(TENANT, IncidentKey(0)),
            &(TENANT, IncidentKey(u64::MAX)),
            usize::MAX,
        );
        all.into_iter()
            .map(|(_, row)| {
                format!(
                    "{} {}",
                    row.kind.name(),
                    self.id(row.definition, row.element)
                )
            })
            .collect()
    }
}

fn rows(state: &State) -> Vec<ProcessInstanceKey> {
    let all = state.instances.range(
        &(TENANT, ProcessInstanceKey(0)),
        &(TENANT, ProcessInstanceKey(u64::MAX)),
        usize::MAX,
    );
    all.into_iter().map(|((_, key), _)| key).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn document(text: &str) -> Result<Document, String> {
    if text.is_empty() {
        return Ok(Document::new());
    }
    parse_document(text).map_err(|rejection| rejection.message)
}

/// `500ms`, `10s`, `5m`, `1h`, `2d`.
fn milliseconds(text: &str) -> Result<u64, String> {
    let units = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
    ];
    let (number, factor) = units
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .ok_or_else(|| format!("Expected a time such as 10s, but got '{text}'"))?;
    let number: u64 = number.parse().map_err(|_| format!("'{text}' is no time"))?;
    Ok(number * factor)
}

fn equal<T: PartialEq + std::fmt::Debug>(found: T, expected: T, told: &str) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "Expected {expected:?}, but found {found:?} ({told})"
    ))
}
