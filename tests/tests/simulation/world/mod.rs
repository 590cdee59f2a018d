//! What happens to an engine from outside, at random: clients, workers, people, messages and
//! the clock. It looks only at the engine's state, so it can go on after a crash.

use std::collections::BTreeSet;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{Command, ProcessRef, Retries};
use gardesh_engine::key::*;
use gardesh_engine::state::State;
use gardesh_engine::state::job::JobState;
use gardesh_engine::state::subscription::Wait;
use gardesh_engine::variables::{Document, parse_document};

use crate::diagram::{ERRORS, JOB_TYPES, MESSAGES, SIGNALS};

pub const TENANT: TenantId = TenantId::DEFAULT;

/// The correlation keys of cases, few enough that cases share them.
const KEYS: u32 = 4;

/// What the outside does next, and how much time has passed.
pub struct Happening {
    pub command: Command,
    pub after_ms: u64,
}

/// Something random. `now_ms` is the clock's time.
pub fn happening(rng: &mut Rng, engine: &Engine) -> Happening {
    let after_ms = match rng.u32(..10) {
        0 => rng.u64(..120_000),
        1..4 => rng.u64(..2_000),
        _ => 0,
    };
    let command = command(rng, engine.state()).unwrap_or(Command::Tick);
    Happening { command, after_ms }
}

fn command(rng: &mut Rng, state: &State) -> Option<Command> {
    match rng.u32(..20) {
        0 | 1 => Some(start(rng)),
        2..9 => outcome(rng, state),
        9..11 => Some(Command::ActivateJobs {
            job_type: JOB_TYPES[rng.usize(..JOB_TYPES.len())].into(),
            worker: "simulated".into(),
            timeout_ms: rng.u64(1..60_000),
            max_jobs: rng.usize(1..4),
            fetch: Vec::new(),
        }),
        11 | 12 => Some(Command::CompleteUserTask {
            task: one(rng, &user_tasks(state))?,
            variables: variables(rng),
            action: None,
        }),
        13 | 14 => Some(publish(rng)),
        15 => Some(broadcast(rng)),
        16 => Some(Command::ResolveIncident {
            incident: one(rng, &incidents(state))?,
        }),
        17 => {
            let instance = one(rng, &instances(state))?;
            Some(Command::SetVariables {
                scope: instance.root(),
                instance,
                variables: variables(rng),
                local: rng.bool(),
            })
        }
        18 if rng.u32(..6) == 0 => Some(Command::CancelInstance {
            instance: one(rng, &instances(state))?,
        }),
        _ => Some(Command::Tick),
    }
}

/// A new case.
pub fn start(rng: &mut Rng) -> Command {
    let text = format!(
        r#"{{"n":{},"k":"key-{}","items":[1,2,3]}}"#,
        rng.u32(..10),
        rng.u32(..KEYS)
    );
    Command::CreateInstance {
        process: ProcessRef::Id {
            id: "main".into(),
            version: None,
        },
        variables: document(&text),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
    }
}

fn publish(rng: &mut Rng) -> Command {
    Command::PublishMessage {
        name: MESSAGES[rng.usize(..MESSAGES.len())].into(),
        correlation_key: format!("key-{}", rng.u32(..KEYS)),
        message_id: rng.bool().then(|| format!("id-{}", rng.u32(..20))),
        time_to_live_ms: rng.u64(..20_000),
        variables: variables(rng),
    }
}

fn broadcast(rng: &mut Rng) -> Command {
    Command::BroadcastSignal {
        name: SIGNALS[rng.usize(..SIGNALS.len())].into(),
        variables: variables(rng),
    }
}

/// An outcome of a job: mostly of one that is open, sometimes one that comes late or twice.
fn outcome(rng: &mut Rng, state: &State) -> Option<Command> {
    let jobs = jobs(state);
    let job = one(rng, &jobs)?;
    let row = state.jobs.get(&(TENANT, job))?;
    let attempt = match rng.u32(..8) {
        0 => Some(row.attempt.saturating_sub(1)),
        1 => None,
        _ => Some(row.attempt),
    };
    Some(match rng.u32(..10) {
        0 | 1 => Command::FailJob {
            job,
            attempt,
            retries: if rng.bool() {
                Retries::Decrement
            } else {
                Retries::Left(rng.u32(..3))
            },
            backoff_ms: rng.bool().then(|| rng.u64(..5_000)),
            message: "simulated".into(),
            variables: variables(rng),
        },
        2 => Command::ThrowJobError {
            job,
            attempt,
            code: ERRORS[rng.usize(..ERRORS.len())].into(),
            message: String::new(),
            variables: variables(rng),
        },
        3 if row.state == JobState::Failed => Command::UpdateJob {
            job,
            retries: Some(1),
            timeout_ms: None,
        },
        _ => Command::CompleteJob {
            job,
            attempt,
            variables: variables(rng),
            result: None,
        },
    })
}

/// Everything that can still be done for the cases, until nothing is left to do. Cases that
/// nobody can help end here: unanswered errors are cancelled.
pub fn finish(rng: &mut Rng, engine: &Engine, round: u32) -> Vec<Command> {
    let state = engine.state();
    let mut commands: Vec<Command> = Vec::new();
    for job in jobs(state) {
        commands.push(Command::CompleteJob {
            job,
            attempt: None,
            variables: Document::new(),
            result: None,
        });
    }
    for task in user_tasks(state) {
        commands.push(Command::CompleteUserTask {
            task,
            variables: Document::new(),
            action: None,
        });
    }
    for incident in incidents(state) {
        commands.push(Command::ResolveIncident { incident });
    }
    // Not in every round: an event subprocess that begins again before the last one is done
    // would keep its case open for ever.
    if round.is_multiple_of(4) {
        commands.extend(events());
    }
    if round > 20 {
        let waiting: Vec<_> = incidents(state)
            .into_iter()
            .filter_map(|key| state.incidents.get(&(TENANT, key)))
            .map(|incident| root_of(state, incident.instance))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        commands.extend(
            waiting
                .into_iter()
                .map(|instance| Command::CancelInstance { instance }),
        );
    }
    rng.shuffle(&mut commands);
    commands
}

/// All that a generated diagram can wait for.
fn events() -> impl Iterator<Item = Command> {
    let messages = MESSAGES.into_iter().flat_map(|name| {
        (0..KEYS).map(move |key| Command::PublishMessage {
            name: name.into(),
            correlation_key: format!("key-{key}"),
            message_id: None,
            time_to_live_ms: 0,
            variables: Document::new(),
        })
    });
    let signals = SIGNALS.into_iter().map(|name| Command::BroadcastSignal {
        name: name.into(),
        variables: Document::new(),
    });
    messages.chain(signals)
}

fn root_of(state: &State, mut instance: InstanceKey) -> InstanceKey {
    while let Some(parent) = state
        .instances
        .get(&(TENANT, instance))
        .and_then(|row| row.parent)
    {
        instance = parent.instance;
    }
    instance
}

fn variables(rng: &mut Rng) -> Document {
    match rng.u32(..4) {
        0 => document(&format!(r#"{{"n":{}}}"#, rng.u32(..10))),
        1 => document(&format!(r#"{{"note":"{}"}}"#, rng.u32(..1_000))),
        _ => Document::new(),
    }
}

fn document(text: &str) -> Document {
    parse_document(text).expect("JSON")
}

fn one<T: Copy>(rng: &mut Rng, all: &[T]) -> Option<T> {
    (!all.is_empty()).then(|| all[rng.usize(..all.len())])
}

macro_rules! keys_of {
    ($name:ident, $table:ident, $key:ident) => {
        pub fn $name(state: &State) -> Vec<$key> {
            let rows =
                state
                    .$table
                    .range(&(TENANT, $key(0)), &(TENANT, $key(u64::MAX)), usize::MAX);
            rows.into_iter().map(|((_, key), _)| key).collect()
        }
    };
}
keys_of!(jobs, jobs, JobKey);
keys_of!(user_tasks, user_tasks, UserTaskKey);
keys_of!(incidents, incidents, IncidentKey);
keys_of!(instances, instances, InstanceKey);

/// Cases in which a token is lost: something is active, but nothing that could ever move it
/// is written down.
pub fn stuck(state: &State) -> Vec<InstanceKey> {
    let mut moving: BTreeSet<InstanceKey> = BTreeSet::new();
    moving.extend(
        jobs(state)
            .iter()
            .filter_map(|key| Some(state.jobs.get(&(TENANT, *key))?.instance)),
    );
    moving.extend(
        user_tasks(state)
            .iter()
            .filter_map(|key| Some(state.user_tasks.get(&(TENANT, *key))?.instance)),
    );
    moving.extend(
        incidents(state)
            .iter()
            .filter_map(|key| Some(state.incidents.get(&(TENANT, *key))?.instance)),
    );
    let subscriptions = state.subscriptions_by_element.range(
        &(
            TENANT,
            InstanceKey(0),
            ElementInstanceKey(0),
            SubscriptionKey(0),
        ),
        &(
            TENANT,
            InstanceKey(u64::MAX),
            ElementInstanceKey(0),
            SubscriptionKey(0),
        ),
        usize::MAX,
    );
    moving.extend(subscriptions.into_iter().map(|(key, _)| key.1));
    let all = instances(state);
    // A case moves when one that it called does.
    for instance in &all {
        if moving.contains(instance) {
            let mut above = *instance;
            while let Some(parent) = state
                .instances
                .get(&(TENANT, above))
                .and_then(|row| row.parent)
            {
                above = parent.instance;
                moving.insert(above);
            }
        }
    }
    all.into_iter()
        .filter(|instance| !moving.contains(instance))
        .collect()
}

/// Whether a case waits for a message, itself or in a case that it called.
pub fn waits_for_message(state: &State, instance: InstanceKey) -> bool {
    let first = (TENANT, SubscriptionKey(0));
    let end = (TENANT, SubscriptionKey(u64::MAX));
    let all = state.subscriptions.range(&first, &end, usize::MAX);
    all.iter().any(|(_, row)| {
        let holder = row.instance().map(|holder| root_of(state, holder));
        matches!(row.wait, Wait::Message { .. }) && holder == Some(root_of(state, instance))
    })
}

/// What is active in the cases that are left, for the message of a failure.
pub fn left(engine: &mut Engine) -> String {
    let first = (TENANT, InstanceKey(0), ElementInstanceKey(0));
    let end = (TENANT, InstanceKey(u64::MAX), ElementInstanceKey(0));
    let rows = engine.state().elements.range(&first, &end, usize::MAX);
    let mut told = String::new();
    for ((_, instance, _), row) in rows {
        let case = engine.state().instances.get(&(TENANT, instance));
        let definition = case.and_then(|case| engine.definition(TENANT, case.definition));
        let id = definition.map(|definition| definition.node(row.element).id.clone());
        told += &format!("{instance} {id:?} {row:?}\n");
    }
    let all = incidents(engine.state());
    let incidents = all
        .iter()
        .filter_map(|key| engine.state().incidents.get(&(TENANT, *key)));
    told.extend(incidents.map(|incident| format!("{incident:?}\n")));
    told
}

/// Deploys a diagram.
pub fn deployment(xml: &str) -> Command {
    let resource = gardesh_engine::definition::compile("random.bpmn", xml)
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{xml}"));
    Command::Deploy {
        resources: vec![resource],
    }
}
