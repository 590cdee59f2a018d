//! Commands that no engine may carry out, whatever its state.

use fastrand::Rng;
use gardesh_engine::command::{Command, DecisionRef, ProcessRef, Retries};
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::key::*;
use gardesh_engine::operation::{Migration, Modification};
use gardesh_engine::state::State;
use gardesh_engine::variables::Document;

use super::{TENANT, look, one, text};
use crate::diagram::MESSAGES;

/// A key that names nothing, or something of another kind.
fn stray(rng: &mut Rng, state: &State) -> u64 {
    let definitions = look::definitions(state);
    match rng.u32(..3) {
        0 => one(rng, &definitions).map_or(0, |key| key.0),
        1 => u64::MAX,
        _ => rng.u64(..1_000),
    }
}

pub fn command(rng: &mut Rng, state: &State) -> Option<Command> {
    match rng.u32(..4) {
        0 => Some(with_stray_key(rng, state)),
        1 => Some(with_stray_key_of_work(rng, state)),
        2 => Some(senseless(rng)),
        _ => senseless_about_job(rng, state),
    }
}

fn with_stray_key(rng: &mut Rng, state: &State) -> Command {
    let key = stray(rng, state);
    let instance = InstanceKey(key);
    match rng.u32(..14) {
        0 => Command::CancelInstance { instance },
        1 => Command::ModifyInstance {
            instance,
            modification: Modification::default(),
        },
        2 => Command::MigrateInstance {
            instance,
            migration: Migration {
                target: DefinitionKey(key),
                mappings: Vec::new(),
            },
            dry_run: rng.bool(),
        },
        3 => Command::SuspendInstance { instance },
        4 => Command::ResumeInstance { instance },
        5 => Command::DeleteHistory { instance },
        6 => Command::SuspendBatch {
            batch: BatchKey(key),
        },
        7 => Command::ResumeBatch {
            batch: BatchKey(key),
        },
        8 => Command::CancelBatch {
            batch: BatchKey(key),
            reason: None,
        },
        9 => Command::AppendBatchItems {
            batch: BatchKey(key),
            items: vec![InstanceKey(1).into()],
            more: rng.bool(),
        },
        10 => Command::SuspendDefinition {
            definition: DefinitionKey(key ^ (1 << 60)),
        },
        11 => Command::ResumeDefinition {
            definition: DefinitionKey(key ^ (1 << 60)),
        },
        12 => Command::SetVariables {
            scope: ElementInstanceKey(key),
            instance,
            variables: Document::new(),
            local: rng.bool(),
        },
        _ => Command::ActivateAdHoc {
            instance,
            element: ElementInstanceKey(key),
            elements: Vec::new(),
            cancel_remaining: rng.bool(),
        },
    }
}

fn with_stray_key_of_work(rng: &mut Rng, state: &State) -> Command {
    let key = stray(rng, state);
    let (job, task) = (JobKey(key), UserTaskKey(key));
    match rng.u32(..12) {
        0 => Command::CompleteJob {
            job,
            attempt: None,
            variables: Document::new(),
            result: None,
        },
        1 => Command::FailJob {
            job,
            attempt: None,
            retries: Retries::Decrement,
            backoff_ms: Some(u64::MAX),
            message: String::new(),
            variables: Document::new(),
        },
        2 => Command::ThrowJobError {
            job,
            attempt: None,
            code: String::new(),
            message: String::new(),
            variables: Document::new(),
        },
        3 => Command::UpdateJob {
            job,
            retries: Some(1),
            timeout_ms: Some(u64::MAX),
            priority: Some(i32::MIN),
        },
        4 => Command::AssignUserTask {
            task,
            assignee: "ali".to_owned(),
            allow_override: true,
            action: None,
        },
        5 => Command::UnassignUserTask { task, action: None },
        6 => Command::UpdateUserTask {
            task,
            changes: TaskChanges::default(),
            action: None,
        },
        7 => Command::CompleteUserTask {
            task,
            variables: Document::new(),
            action: None,
        },
        8 => Command::ResolveIncident {
            incident: IncidentKey(key),
        },
        9 => Command::RecordDecisions {
            firing: FiringKey(key),
            outcome: Ok(Vec::new()),
        },
        10 => Command::RecordResponse {
            token: String::new(),
            language: None,
            answers: Default::default(),
        },
        _ => Command::EvaluateDecision {
            decision: DecisionRef::Key(DecisionKey(key)),
            variables: Document::new(),
        },
    }
}

fn senseless(rng: &mut Rng) -> Command {
    match rng.u32(..13) {
        0 => Command::Deploy {
            resources: Vec::new(),
        },
        1 => create("nobody", None),
        2 => create("main", Some(u32::MAX)),
        3 => create("begun", None),
        4 => create("called", Some(0)),
        5 => Command::CreateBatch {
            operation: Box::new(BatchOperation::SetRetries(0)),
            items: vec![InstanceKey(1).into()],
            more: true,
        },
        6 => Command::ActivateJobs {
            job_type: text(rng, &["", "work"]).to_owned(),
            worker: String::new(),
            timeout_ms: 0,
            max_jobs: 1,
            fetch: Vec::new(),
        },
        7 => Command::BroadcastSignal {
            name: String::new(),
            variables: Document::new(),
        },
        8 => Command::PublishMessage {
            name: text(rng, &["", "a\0b"]).to_owned(),
            correlation_key: String::new(),
            message_id: None,
            time_to_live_ms: u64::MAX,
            variables: Document::new(),
        },
        9 => Command::PublishMessage {
            name: MESSAGES[0].to_owned(),
            correlation_key: "x".repeat(10_000),
            message_id: None,
            time_to_live_ms: 0,
            variables: Document::new(),
        },
        10 => Command::CorrelateMessage {
            name: "unheard".to_owned(),
            correlation_key: String::new(),
            variables: Document::new(),
        },
        11 => Command::EvaluateConditions {
            variables: Document::new(),
            process: Some("nobody".to_owned()),
        },
        _ => Command::SaveSurvey {
            document: text(rng, &["", "{}", "[1"]).to_owned(),
        },
    }
}

fn create(id: &str, version: Option<u32>) -> Command {
    Command::CreateInstance {
        process: ProcessRef::Id {
            id: id.to_owned(),
            version,
        },
        variables: Document::new(),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    }
}

/// About a job or a task that is there, but with what cannot be said of it.
fn senseless_about_job(rng: &mut Rng, state: &State) -> Option<Command> {
    let job = one(rng, &look::jobs(state))?;
    let attempt = state.jobs.get(&(TENANT, job))?.attempt;
    Some(match rng.u32(..4) {
        0 => Command::UpdateJob {
            job,
            retries: Some(0),
            timeout_ms: None,
            priority: None,
        },
        1 => Command::UpdateJob {
            job,
            retries: None,
            timeout_ms: None,
            priority: None,
        },
        2 => Command::AssignUserTask {
            task: one(rng, &look::user_tasks(state))?,
            assignee: " ".to_owned(),
            allow_override: true,
            action: None,
        },
        _ => Command::CompleteJob {
            job,
            attempt: Some(attempt + 1),
            variables: Document::new(),
            result: None,
        },
    })
}
