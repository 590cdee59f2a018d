//! What a whole run has reached: every event, every command and every kind of element must
//! have come up, or the run says what did not. So a generator that forgets something is found
//! out, as is a new event or command that nobody thought of here.

mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use gardesh_engine::Engine;
use gardesh_engine::command::Command;
use gardesh_engine::event::{
    ElementInstanceEvent, Entry, Event, JobEvent, ProcessDefinitionEvent, ProcessInstanceEvent,
};
use gardesh_engine::key::{ProcessDefinitionKey, ProcessInstanceKey};

use crate::world::TENANT;

/// Events that a simulation of small cases does not reach, with the reason.
const OUT_OF_REACH: &[(&str, &str)] = &[
    (
        "ProcessDefinitionFailed",
        "takes a fault of the engine itself",
    ),
    ("DueDropped", "takes a fault of the engine itself"),
    (
        "ProcessInstanceBanned",
        "takes a fault of the engine itself",
    ),
    ("RepetitionDeferred", "takes more than a hundred runs"),
    ("RepetitionResumed", "follows RepetitionDeferred"),
    (
        "TriggerChainContinued",
        "takes a trigger that looks at what triggers start",
    ),
];

/// See the module's text.
#[derive(Default)]
pub struct Seen {
    /// What has come up, and how often.
    names: BTreeMap<String, u64>,
    /// The definitions of the cases of this simulation.
    definitions: BTreeMap<ProcessInstanceKey, ProcessDefinitionKey>,
    /// Whether everything that happens is told, for who looks into one seed.
    tells: bool,
}

impl Seen {
    /// One that tells everything that happens.
    pub fn telling() -> Self {
        Self {
            tells: true,
            ..Self::default()
        }
    }

    /// An engine begins, or begins again after a crash; it gives keys out again.
    pub fn begin(&mut self) {
        self.definitions.clear();
    }

    /// A command that was carried out.
    pub fn command(&mut self, command: &str) {
        if self.tells {
            println!("{command}");
        }
        self.add(format!("command {command}"));
    }

    /// What a command changed.
    pub fn entry(&mut self, entry: &Entry, engine: &mut Engine) {
        for event in &entry.events {
            if self.tells
                && !matches!(
                    event,
                    Event::ProcessDefinition(ProcessDefinitionEvent::Created { .. })
                )
            {
                println!("  {event:?}");
            }
            self.add(format!("event {}", event.about().name));
            match event {
                Event::ProcessInstance(ProcessInstanceEvent::Created {
                    instance,
                    definition,
                    ..
                })
                | Event::ProcessInstance(ProcessInstanceEvent::Migrated {
                    instance,
                    definition,
                    ..
                }) => _ = self.definitions.insert(*instance, *definition),
                Event::ElementInstance(ElementInstanceEvent::Activating {
                    instance,
                    element,
                    ..
                }) => self.element(*instance, *element, engine),
                Event::Job(JobEvent::Created { job }) => {
                    self.add(format!("job {:?} {:?}", job.kind, job.listener_event));
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, instance: ProcessInstanceKey, element: u32, engine: &mut Engine) {
        // A case that this very command has ended is not in the state any more.
        let row = engine.state().instances.get(&(TENANT, instance));
        let key = row
            .map(|row| row.definition)
            .or_else(|| self.definitions.get(&instance).copied());
        let definition = key.and_then(|key| engine.definition(TENANT, key));
        for kind in definition
            .iter()
            .flat_map(|found| kinds::of(found, element))
        {
            self.add(kind);
        }
    }

    fn add(&mut self, name: String) {
        *self.names.entry(name).or_default() += 1;
    }

    /// What has come up least often: what a later run may miss.
    pub fn rarest(&self) -> Vec<(u64, &str)> {
        let mut all: Vec<_> = self.names.iter().map(|(name, n)| (*n, &**name)).collect();
        all.sort_unstable();
        all.truncate(10);
        all
    }

    /// What has not come up.
    pub fn missed(&self) -> Vec<String> {
        let events = event_names();
        assert!(events.len() > 90, "a list was misread");
        let is_excused = |event: &&String| OUT_OF_REACH.iter().any(|(name, _)| name == event);
        let events = events.iter().filter(|event| !is_excused(event));
        let wanted: BTreeSet<String> = events
            .map(|event| format!("event {event}"))
            .chain(Command::NAMES.iter().map(|name| format!("command {name}")))
            .chain(kinds::all())
            .collect();
        wanted
            .into_iter()
            .filter(|name| !self.names.contains_key(name))
            .collect()
    }

    /// # Panics
    /// When something was reached that is said to be out of reach.
    pub fn assert_excuses_hold(&self) {
        for (event, reason) in OUT_OF_REACH {
            assert!(
                !self.names.contains_key(&format!("event {event}")),
                "{event} was reached, though it was said that it {reason}"
            );
        }
    }
}

/// The name of a variant: what its debug text begins with, without the rest being written.
pub fn name(variant: &impl fmt::Debug) -> String {
    struct First(String);
    impl fmt::Write for First {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric());
            self.0.push_str(&text[..end.unwrap_or(text.len())]);
            end.map_or(Ok(()), |_| Err(fmt::Error))
        }
    }
    let mut first = First(String::new());
    // The error is what ends it early.
    let _ended = write!(first, "{variant:?}");
    first.0
}

/// The name of a command.
pub fn name_of(command: &Command) -> String {
    name(command)
}

/// The public names of all events, as the entities give them in their source.
fn event_names() -> Vec<String> {
    let folder = gardesh_tests::repository().join("host/engine/src/entities");
    let entities = std::fs::read_dir(folder).expect("the entities");
    let files = entities.map(|entity| entity.expect("an entity").path().join("mod.rs"));
    let sources = files
        .filter(|file| file.is_file())
        .map(|file| std::fs::read_to_string(file).expect("an entity's source"));
    sources
        .flat_map(|source| {
            let calls = source.split("About::").skip(1);
            let names = calls.filter_map(|call| {
                let (before, name) = call.split_once('"')?;
                let is_call = before.trim_end().ends_with('(');
                is_call.then(|| name.split('"').next().unwrap_or_default().to_owned())
            });
            names.collect::<Vec<_>>()
        })
        .collect()
}
