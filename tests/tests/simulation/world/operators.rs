//! What operators do to the whole: new versions and their deletion, suspended cases and definitions, operations
//! on many cases, and how long history is kept.

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    AppendBatchItems, CancelBatch, CheckDeployment, Command, CreateBatch, DeleteResource, Deploy,
    GoOn, ResumeBatch, ResumeDefinition, ResumeInstance, SetRetention, SuspendBatch,
    SuspendDefinition, SuspendInstance,
};
use gardesh_engine::entities::batch_operation::{BatchItem, BatchOperation, BatchState};
use gardesh_engine::key::*;
use gardesh_engine::state::State;

use super::{TENANT, World, look, one, repair, variables};

impl World {
    pub(super) fn operation(&self, rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
        let state = engine.state();
        let batches = look::batches(state);
        if !batches.is_empty() && rng.u32(..3) > 0 {
            let batch = one(rng, &batches)?;
            return Some(manage_batch(rng, engine, batch));
        }
        match rng.u32(..15) {
            0 => {
                let resources = self.versions[rng.usize(..self.versions.len())].clone();
                Some(match rng.u32(..4) {
                    0 => Command::CheckDeployment(CheckDeployment { resources }),
                    _ => Command::Deploy(Deploy { resources }),
                })
            }
            1 | 2 => Some(Command::SuspendInstance(SuspendInstance {
                instance: one(rng, &look::instances(state))?,
            })),
            3..6 => Some(Command::ResumeInstance(ResumeInstance {
                instance: one(rng, &look::instances(state))?,
            })),
            6 => Some(Command::SuspendDefinition(SuspendDefinition {
                definition: one(rng, &look::definitions(state))?,
            })),
            7 | 8 => Some(Command::ResumeDefinition(ResumeDefinition {
                definition: one(rng, &look::definitions(state))?,
            })),
            9 => Some(Command::SetRetention(SetRetention {
                history_ms: one(rng, &[None, Some(0), Some(60_000), Some(600_000)])?,
            })),
            // As when something that takes long was worked out for it.
            10 => Some(Command::GoOn(GoOn {
                instance: one(rng, &look::instances(state))?,
            })),
            11 => deletion(rng, state),
            _ => create_batch(rng, engine),
        }
    }
}

/// Of anything that was deployed, also of what is deleted already.
fn deletion(rng: &mut Rng, state: &State) -> Option<Command> {
    let key = match rng.u32(..3) {
        0 => one(rng, &look::definitions(state))?.0,
        1 => one(rng, &look::decision_models(state))?.0,
        _ => one(rng, &look::forms(state))?.0,
    };
    Some(Command::DeleteResource(DeleteResource { key }))
}

fn create_batch(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    let operation = batch_operation(rng, engine)?;
    let items = items(rng, engine, &operation);
    Some(Command::CreateBatch(CreateBatch {
        operation: Box::new(operation),
        items,
        more: rng.bool(),
    }))
}

fn batch_operation(rng: &mut Rng, engine: &mut Engine) -> Option<BatchOperation> {
    Some(match rng.u32(..10) {
        0 => BatchOperation::Cancel,
        1 => BatchOperation::ResolveIncidents,
        2 => {
            let instance = one(rng, &look::instances(engine.state()))?;
            BatchOperation::Modify(repair::modification(rng, engine, instance)?)
        }
        3 => {
            let instance = one(rng, &look::instances(engine.state()))?;
            BatchOperation::Migrate(repair::migration(rng, engine, instance)?)
        }
        4 => BatchOperation::Suspend,
        5 => BatchOperation::Resume,
        6 => BatchOperation::SetRetries(rng.u32(1..3)),
        7 => BatchOperation::SetVariables(variables(rng)),
        8 => BatchOperation::SetTimeout(rng.u64(..100_000)),
        _ => BatchOperation::DeleteHistory,
    })
}

/// Some of what the operation can be done to, and something to which it cannot.
fn items(rng: &mut Rng, engine: &Engine, operation: &BatchOperation) -> Vec<BatchItem> {
    let state = engine.state();
    let mut items: Vec<u64> = match operation {
        BatchOperation::ResolveIncidents => {
            look::incidents(state).iter().map(|key| key.0).collect()
        }
        BatchOperation::SetRetries(_) | BatchOperation::SetTimeout(_) => {
            look::jobs(state).iter().map(|key| key.0).collect()
        }
        BatchOperation::DeleteHistory => look::ended(state).iter().map(|key| key.0).collect(),
        _ => look::instances(state).iter().map(|key| key.0).collect(),
    };
    rng.shuffle(&mut items);
    items.truncate(rng.usize(..4));
    if rng.u32(..4) == 0 {
        items.push(7);
    }
    // The case of an item is only told.
    let case = ProcessInstanceKey(7);
    items
        .into_iter()
        .map(|key| BatchItem { key, case })
        .collect()
}

fn manage_batch(rng: &mut Rng, engine: &Engine, batch: BatchOperationKey) -> Command {
    match rng.u32(..7) {
        0..3 => Command::AppendBatchItems(AppendBatchItems {
            batch,
            items: items(rng, engine, &BatchOperation::Resume),
            more: rng.bool(),
        }),
        3 | 4 => match engine.state().batches.get(&(TENANT, batch)) {
            Some(row) if row.state == BatchState::Suspended => {
                Command::ResumeBatch(ResumeBatch { batch })
            }
            _ => Command::SuspendBatch(SuspendBatch { batch }),
        },
        5 => Command::ResumeBatch(ResumeBatch { batch }),
        _ => Command::CancelBatch(CancelBatch {
            batch,
            reason: rng.bool().then(|| "enough".to_owned()),
        }),
    }
}
