//! Workers and people: jobs that are taken, done, failed or answered too late, and tasks.

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    ActivateAdHoc, ActivateJobs, AdHocResult, AssignUserTask, Command, CompleteJob,
    CompleteUserTask, FailJob, JobResult, Retries, ThrowJobError, UnassignUserTask, UpdateJob,
    UpdateUserTask,
};
use gardesh_engine::entities::job::{Job, JobKind, JobState};
use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::key::JobKey;
use gardesh_engine::variables::Document;

use super::{TENANT, look, one, text, variables};
use crate::diagram::{ERRORS, JOB_TYPES};

/// The job type of user tasks that workers do.
const USER_TASKS: &str = "io.camunda.zeebe:userTask";

/// A worker asks for jobs.
pub fn activation(rng: &mut Rng) -> Command {
    let types = [JOB_TYPES[0], JOB_TYPES[1], JOB_TYPES[2], USER_TASKS];
    Command::ActivateJobs(ActivateJobs {
        job_type: text(rng, &types).into(),
        worker: "simulated".into(),
        timeout_ms: rng.u64(1..60_000),
        max_jobs: rng.usize(1..4),
        fetch: match rng.bool() {
            true => Vec::new(),
            false => vec!["n".to_owned()],
        },
    })
}

/// An outcome of a job: mostly of one that is open, sometimes one that comes late or twice.
pub fn outcome(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    let job = one(rng, &look::jobs(engine.state()))?;
    let row = engine.state().jobs.get(&(TENANT, job))?;
    let attempt = match rng.u32(..8) {
        0 => Some(row.attempt.saturating_sub(1)),
        1 => None,
        _ => Some(row.attempt),
    };
    Some(match rng.u32(..12) {
        0 | 1 => Command::FailJob(FailJob {
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
        }),
        2 => Command::ThrowJobError(ThrowJobError {
            job,
            attempt,
            code: text(rng, &ERRORS).into(),
            message: String::new(),
            variables: variables(rng),
        }),
        3 if row.state == JobState::Failed => Command::UpdateJob(UpdateJob {
            job,
            retries: Some(1),
            timeout_ms: None,
            priority: None,
        }),
        3 => Command::UpdateJob(UpdateJob {
            job,
            retries: rng.bool().then(|| rng.u32(1..4)),
            timeout_ms: rng.bool().then(|| rng.u64(..30_000)),
            priority: rng.bool().then(|| rng.i32(..)),
        }),
        _ => complete(rng, engine, job, &row, attempt),
    })
}

fn complete(
    rng: &mut Rng,
    engine: &mut Engine,
    job: JobKey,
    row: &Job,
    attempt: Option<u32>,
) -> Command {
    let result = match row.kind {
        JobKind::TaskListener => verdict(rng),
        JobKind::AdHocSubProcess => Some(JobResult::AdHoc(choice(rng, engine, row))),
        _ => None,
    };
    let variables = match row.kind {
        JobKind::TaskListener => Document::new(),
        _ => variables(rng),
    };
    Command::CompleteJob(CompleteJob {
        job,
        attempt,
        variables,
        result,
    })
}

/// What the listener of a user task says.
fn verdict(rng: &mut Rng) -> Option<JobResult> {
    let denied = rng.u32(..4) == 0;
    let corrections = match !denied && rng.u32(..3) == 0 {
        true => changes(rng, true),
        false => TaskChanges::default(),
    };
    rng.bool().then(|| JobResult::UserTask {
        denied,
        reason: denied.then(|| "no".to_owned()),
        corrections,
    })
}

/// What the worker that leads an ad-hoc subprocess chooses.
fn choice(rng: &mut Rng, engine: &mut Engine, row: &Job) -> AdHocResult {
    let here = look::ad_hoc(engine)
        .into_iter()
        .find(|(_, key, ..)| *key == row.element_instance);
    let choices = here.map(|(.., choices)| choices).unwrap_or_default();
    let is_fulfilled = rng.u32(..3) == 0;
    let elements = match is_fulfilled {
        true => Vec::new(),
        false => choices
            .into_iter()
            .filter_map(|id| rng.bool().then(|| (id, variables(rng))))
            .collect(),
    };
    AdHocResult {
        elements,
        is_fulfilled,
        cancel_remaining: rng.bool(),
    }
}

fn changes(rng: &mut Rng, with_assignee: bool) -> TaskChanges {
    TaskChanges {
        assignee: (with_assignee && rng.bool()).then(|| rng.bool().then(|| "sara".into())),
        candidate_groups: rng.bool().then(|| vec!["a".into()]),
        candidate_users: None,
        due_date: rng.bool().then(|| Some("2031-01-31T08:00:00Z".into())),
        follow_up_date: rng.bool().then_some(None),
        priority: rng.bool().then(|| rng.u8(..=100)),
    }
}

/// What a person does to a task, or to an ad-hoc subprocess.
pub fn person(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    if rng.u32(..5) == 0 {
        return choose(rng, engine);
    }
    let task = one(rng, &look::user_tasks(engine.state()))?;
    let action = rng.bool().then(|| "custom".to_owned());
    Some(match rng.u32(..8) {
        0 | 1 => Command::AssignUserTask(AssignUserTask {
            task,
            assignee: text(rng, &["ali", "sara"]).to_owned(),
            allow_override: rng.bool(),
            action,
        }),
        2 => Command::UnassignUserTask(UnassignUserTask { task, action }),
        3 | 4 => Command::UpdateUserTask(UpdateUserTask {
            task,
            changes: changes(rng, false),
            action,
        }),
        _ => Command::CompleteUserTask(CompleteUserTask {
            task,
            variables: variables(rng),
            action,
        }),
    })
}

fn choose(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    let all = look::ad_hoc(engine);
    if all.is_empty() {
        return None;
    }
    let (instance, element, _, choices) = &all[rng.usize(..all.len())];
    let id = choices.get(rng.usize(..choices.len().max(1)))?;
    Some(Command::ActivateAdHoc(ActivateAdHoc {
        instance: *instance,
        element: *element,
        elements: vec![(id.clone(), variables(rng))],
        cancel_remaining: rng.bool(),
    }))
}
