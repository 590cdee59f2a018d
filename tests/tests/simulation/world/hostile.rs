//! Commands that no engine may carry out, whatever its state.

use fastrand::Rng;
use gardesh_engine::command::{
    ActivateAdHoc, ActivateJobs, AppendBatchItems, AssignUserTask, BroadcastSignal, CancelBatch,
    CancelInstance, Command, CompleteJob, CompleteUserTask, CorrelateMessage, CreateBatch,
    CreateInstance, DecisionRef, DeleteHistory, Deploy, EvaluateConditions, EvaluateDecision,
    FailJob, MigrateInstance, ModifyInstance, ProcessRef, PublishMessage, RecordDecisions,
    RecordResponse, ResolveIncident, ResumeBatch, ResumeDefinition, ResumeInstance, Retries,
    SaveSurvey, SetVariables, SuspendBatch, SuspendDefinition, SuspendInstance, ThrowJobError,
    UnassignUserTask, UpdateJob, UpdateUserTask,
};
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
    let instance = ProcessInstanceKey(key);
    match rng.u32(..14) {
        0 => Command::CancelInstance(CancelInstance { instance }),
        1 => Command::ModifyInstance(ModifyInstance {
            instance,
            modification: Modification::default(),
        }),
        2 => Command::MigrateInstance(MigrateInstance {
            instance,
            migration: Migration {
                target: ProcessDefinitionKey(key),
                mappings: Vec::new(),
            },
        }),
        3 => Command::SuspendInstance(SuspendInstance { instance }),
        4 => Command::ResumeInstance(ResumeInstance { instance }),
        5 => Command::DeleteHistory(DeleteHistory { instance }),
        6 => Command::SuspendBatch(SuspendBatch {
            batch: BatchOperationKey(key),
        }),
        7 => Command::ResumeBatch(ResumeBatch {
            batch: BatchOperationKey(key),
        }),
        8 => Command::CancelBatch(CancelBatch {
            batch: BatchOperationKey(key),
            reason: None,
        }),
        9 => Command::AppendBatchItems(AppendBatchItems {
            batch: BatchOperationKey(key),
            items: vec![ProcessInstanceKey(1).into()],
            more: rng.bool(),
        }),
        10 => Command::SuspendDefinition(SuspendDefinition {
            definition: ProcessDefinitionKey(key ^ (1 << 60)),
        }),
        11 => Command::ResumeDefinition(ResumeDefinition {
            definition: ProcessDefinitionKey(key ^ (1 << 60)),
        }),
        12 => Command::SetVariables(SetVariables {
            scope: ElementInstanceKey(key),
            instance,
            variables: Document::new(),
            local: rng.bool(),
        }),
        _ => Command::ActivateAdHoc(ActivateAdHoc {
            instance,
            element: ElementInstanceKey(key),
            elements: Vec::new(),
            cancel_remaining: rng.bool(),
        }),
    }
}

fn with_stray_key_of_work(rng: &mut Rng, state: &State) -> Command {
    let key = stray(rng, state);
    let (job, task) = (JobKey(key), UserTaskKey(key));
    match rng.u32(..12) {
        0 => Command::CompleteJob(CompleteJob {
            job,
            attempt: None,
            variables: Document::new(),
            result: None,
        }),
        1 => Command::FailJob(FailJob {
            job,
            attempt: None,
            retries: Retries::Decrement,
            backoff_ms: Some(u64::MAX),
            message: String::new(),
            variables: Document::new(),
        }),
        2 => Command::ThrowJobError(ThrowJobError {
            job,
            attempt: None,
            code: String::new(),
            message: String::new(),
            variables: Document::new(),
        }),
        3 => Command::UpdateJob(UpdateJob {
            job,
            retries: Some(1),
            timeout_ms: Some(u64::MAX),
            priority: Some(i32::MIN),
        }),
        4 => Command::AssignUserTask(AssignUserTask {
            task,
            assignee: "ali".to_owned(),
            allow_override: true,
            action: None,
        }),
        5 => Command::UnassignUserTask(UnassignUserTask { task, action: None }),
        6 => Command::UpdateUserTask(UpdateUserTask {
            task,
            changes: TaskChanges::default(),
            action: None,
        }),
        7 => Command::CompleteUserTask(CompleteUserTask {
            task,
            variables: Document::new(),
            action: None,
        }),
        8 => Command::ResolveIncident(ResolveIncident {
            incident: IncidentKey(key),
        }),
        9 => Command::RecordDecisions(RecordDecisions {
            firing: FiringKey(key),
            outcome: Ok(Vec::new()),
        }),
        10 => Command::RecordResponse(RecordResponse {
            token: String::new(),
            language: None,
            answers: Default::default(),
        }),
        _ => Command::EvaluateDecision(EvaluateDecision {
            decision: DecisionRef::Key(DecisionKey(key)),
            variables: Document::new(),
        }),
    }
}

fn senseless(rng: &mut Rng) -> Command {
    match rng.u32(..13) {
        0 => Command::Deploy(Deploy {
            resources: Vec::new(),
        }),
        1 => create("nobody", None),
        2 => create("main", Some(u32::MAX)),
        3 => create("begun", None),
        4 => create("called", Some(0)),
        5 => Command::CreateBatch(CreateBatch {
            operation: Box::new(BatchOperation::SetRetries(0)),
            items: vec![ProcessInstanceKey(1).into()],
            more: true,
        }),
        6 => Command::ActivateJobs(ActivateJobs {
            job_type: text(rng, &["", "work"]).to_owned(),
            worker: String::new(),
            timeout_ms: 0,
            max_jobs: 1,
            fetch: Vec::new(),
        }),
        7 => Command::BroadcastSignal(BroadcastSignal {
            name: String::new(),
            variables: Document::new(),
        }),
        8 => Command::PublishMessage(PublishMessage {
            name: text(rng, &["", "a\0b"]).to_owned(),
            correlation_key: String::new(),
            message_id: None,
            time_to_live_ms: u64::MAX,
            variables: Document::new(),
        }),
        9 => Command::PublishMessage(PublishMessage {
            name: MESSAGES[0].to_owned(),
            correlation_key: "x".repeat(10_000),
            message_id: None,
            time_to_live_ms: 0,
            variables: Document::new(),
        }),
        10 => Command::CorrelateMessage(CorrelateMessage {
            name: "unheard".to_owned(),
            correlation_key: String::new(),
            variables: Document::new(),
        }),
        11 => Command::EvaluateConditions(EvaluateConditions {
            variables: Document::new(),
            process: Some("nobody".to_owned()),
        }),
        _ => Command::SaveSurvey(SaveSurvey {
            document: text(rng, &["", "{}", "[1"]).to_owned(),
        }),
    }
}

fn create(id: &str, version: Option<u32>) -> Command {
    Command::CreateInstance(CreateInstance {
        process: ProcessRef::Id {
            id: id.to_owned(),
            version,
        },
        variables: Document::new(),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    })
}

/// About a job or a task that is there, but with what cannot be said of it.
fn senseless_about_job(rng: &mut Rng, state: &State) -> Option<Command> {
    let job = one(rng, &look::jobs(state))?;
    let attempt = state.jobs.get(&(TENANT, job))?.attempt;
    Some(match rng.u32(..4) {
        0 => Command::UpdateJob(UpdateJob {
            job,
            retries: Some(0),
            timeout_ms: None,
            priority: None,
        }),
        1 => Command::UpdateJob(UpdateJob {
            job,
            retries: None,
            timeout_ms: None,
            priority: None,
        }),
        2 => Command::AssignUserTask(AssignUserTask {
            task: one(rng, &look::user_tasks(state))?,
            assignee: " ".to_owned(),
            allow_override: true,
            action: None,
        }),
        _ => Command::CompleteJob(CompleteJob {
            job,
            attempt: Some(attempt + 1),
            variables: Document::new(),
            result: None,
        }),
    })
}
