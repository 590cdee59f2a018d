//! The end of a simulation: everybody does their part, until every case is over.

use std::collections::BTreeSet;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    ActivateAdHoc, AdHocResult, BroadcastSignal, CancelBatch, CancelInstance, Command, CompleteJob,
    CompleteUserTask, JobResult, PublishMessage, RecordDecisions, ResolveIncident,
    ResumeDefinition, ResumeInstance, SetVariables, SuspendDefinition,
};
use gardesh_engine::entities::element_instance::Rest;
use gardesh_engine::entities::job::JobKind;
use gardesh_engine::key::*;
use gardesh_engine::state::State;
use gardesh_engine::variables::Document;

use super::{KEYS, TENANT, document, look};
use crate::diagram::{MESSAGES, SIGNALS, START_MESSAGE, START_SIGNAL};

/// News and the clock come only in every eighth round: an event subprocess that begins again
/// before the last one is done would keep its case open for ever.
pub const NEWS_EVERY: u32 = 8;

/// From this round on, cases that nobody could help are cancelled.
const HELPED: u32 = 80;

/// Open jobs of a case and those that it called, past which it is cancelled: its event
/// subprocesses throw what they wait for, each of them several times.
const CROWD: usize = 200;

pub fn commands(rng: &mut Rng, engine: &mut Engine, round: u32) -> Vec<Command> {
    let crowded = look::crowded(engine.state(), CROWD);
    if !crowded.is_empty() {
        return crowded.into_iter().map(cancel).collect();
    }
    let mut commands = work(engine.state());
    commands.extend(choices(engine));
    let state = engine.state();
    let incidents = look::incidents(state);
    if round == 0 {
        commands.extend(settle(state));
    }
    if round.is_multiple_of(4) && !incidents.is_empty() {
        commands.extend(help(rng, state));
    }
    for incident in incidents {
        commands.push(Command::ResolveIncident(ResolveIncident { incident }));
    }
    if round % NEWS_EVERY == 1 {
        commands.extend(news());
        commands.extend(conditions(rng, state));
        commands.extend(look::instances(state).into_iter().map(done));
    }
    if round > HELPED {
        let waiting: BTreeSet<ProcessInstanceKey> = look::incidents(state)
            .into_iter()
            .filter_map(|key| state.incidents.get(&(TENANT, key)))
            .map(|incident| look::root_of(state, incident.instance))
            .collect();
        commands.extend(waiting.into_iter().map(cancel));
    }
    // What lets things go on comes first in the first round.
    if round > 0 {
        rng.shuffle(&mut commands);
    }
    commands
}

fn cancel(instance: ProcessInstanceKey) -> Command {
    Command::CancelInstance(CancelInstance { instance })
}

/// Nothing is suspended any more, but for the process that things which happen start. What is
/// done to many cases is given up.
fn settle(state: &State) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for batch in look::batches(state) {
        commands.push(Command::CancelBatch(CancelBatch {
            batch,
            reason: None,
        }));
    }
    for instance in look::instances(state) {
        commands.push(Command::ResumeInstance(ResumeInstance { instance }));
    }
    for definition in look::definitions(state) {
        let row = state.definitions.get(&(TENANT, definition));
        commands.push(match row {
            Some(row) if &*row.id == "begun" => {
                Command::SuspendDefinition(SuspendDefinition { definition })
            }
            _ => Command::ResumeDefinition(ResumeDefinition { definition }),
        });
    }
    commands
}

/// Jobs and tasks.
fn work(state: &State) -> Vec<Command> {
    let mut commands = Vec::new();
    for job in look::jobs(state) {
        let row = state.jobs.get(&(TENANT, job));
        let leads = row.is_some_and(|row| row.kind == JobKind::AdHocSubProcess);
        let result = leads.then(|| {
            JobResult::AdHoc(AdHocResult {
                is_fulfilled: true,
                ..AdHocResult::default()
            })
        });
        commands.push(Command::CompleteJob(CompleteJob {
            job,
            attempt: None,
            variables: Document::new(),
            result,
        }));
    }
    for task in look::user_tasks(state) {
        commands.push(Command::CompleteUserTask(CompleteUserTask {
            task,
            variables: Document::new(),
            action: None,
        }));
    }
    for firing in look::firings(state) {
        commands.push(Command::RecordDecisions(RecordDecisions {
            firing,
            outcome: Ok(Vec::new()),
        }));
    }
    commands
}

/// Somebody chooses in ad-hoc subprocesses in which nothing is active.
fn choices(engine: &mut Engine) -> Vec<Command> {
    let empty = look::ad_hoc(engine)
        .into_iter()
        .filter(|(_, _, row, _)| row.children == 0 && row.work.is_none() && row.rest == Rest::Open);
    empty
        .filter_map(|(instance, element, _, choices)| {
            Some(Command::ActivateAdHoc(ActivateAdHoc {
                instance,
                element,
                elements: vec![(choices.first()?.clone(), Document::new())],
                cancel_remaining: false,
            }))
        })
        .collect()
}

/// The variables that diagrams need, where something could not be evaluated.
fn help(rng: &mut Rng, state: &State) -> Vec<Command> {
    let waiting: BTreeSet<(ProcessInstanceKey, ElementInstanceKey)> = look::incidents(state)
        .into_iter()
        .filter_map(|key| state.incidents.get(&(TENANT, key)))
        .map(|incident| (incident.instance, incident.element_instance))
        .collect();
    let text = format!(
        r#"{{"n":{},"k":"key-{}","items":[1],"done":true}}"#,
        rng.u32(2..9),
        rng.u32(..KEYS)
    );
    let set = |(instance, scope): (ProcessInstanceKey, ElementInstanceKey)| {
        Command::SetVariables(SetVariables {
            scope,
            instance,
            variables: document(&text),
            local: false,
        })
    };
    let roots: BTreeSet<_> = waiting
        .iter()
        .map(|(instance, _)| (*instance, instance.root()))
        .collect();
    waiting.into_iter().chain(roots).map(set).collect()
}

/// What many conditions wait for.
fn done(instance: ProcessInstanceKey) -> Command {
    Command::SetVariables(SetVariables {
        scope: instance.root(),
        instance,
        variables: document(r#"{"done":true}"#),
        local: false,
    })
}

/// Changes that make the conditions of events true, one after the other.
fn conditions(rng: &mut Rng, state: &State) -> Vec<Command> {
    let mut commands = Vec::new();
    for (instance, scope, _) in look::elements(state) {
        let first = (TENANT, instance, SubscriptionKey(0));
        let end = (TENANT, instance, SubscriptionKey(u64::MAX));
        if state
            .condition_subscriptions
            .range(&first, &end, 1)
            .is_empty()
        {
            continue;
        }
        let n = [3, 5, 8][rng.usize(..3)];
        commands.push(Command::SetVariables(SetVariables {
            scope,
            instance,
            variables: document(&format!(r#"{{"n":{n},"done":true}}"#)),
            local: false,
        }));
    }
    commands
}

/// All that a generated diagram can wait for.
fn news() -> impl Iterator<Item = Command> {
    let names = MESSAGES.into_iter().chain([START_MESSAGE]);
    let messages = names.flat_map(|name| {
        (0..KEYS).map(move |key| {
            Command::PublishMessage(PublishMessage {
                name: name.into(),
                correlation_key: format!("key-{key}"),
                message_id: None,
                time_to_live_ms: 0,
                variables: Document::new(),
            })
        })
    });
    let names = SIGNALS.into_iter().chain([START_SIGNAL]);
    let signals = names.map(|name| {
        Command::BroadcastSignal(BroadcastSignal {
            name: name.into(),
            variables: Document::new(),
        })
    });
    messages.chain(signals)
}
