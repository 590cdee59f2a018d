//! What people do to single cases that went wrong: incidents, variables, modifications,
//! migrations, and ending a case.

use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    CancelInstance, CheckMigration, Command, DeleteHistory, MigrateInstance, ModifyInstance,
    ResolveIncident, SetVariables,
};
use gardesh_engine::key::*;
use gardesh_engine::operation::{
    Activation, Ancestor, Migration, Modification, Move, Place, Target, VariableInstruction,
};

use super::{look, one, variables};

pub fn command(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    let state = engine.state();
    let instance = one(rng, &look::instances(state))?;
    match rng.u32(..20) {
        0..5 => Some(Command::ResolveIncident(ResolveIncident {
            incident: one(rng, &look::incidents(state))?,
        })),
        5..9 => set_variables(rng, engine),
        9..13 => Some(Command::ModifyInstance(ModifyInstance {
            instance,
            modification: modification(rng, engine, instance)?,
        })),
        13..18 => {
            let migration = migration(rng, engine, instance)?;
            Some(if rng.u32(..4) == 0 {
                Command::CheckMigration(CheckMigration {
                    instance,
                    migration,
                })
            } else {
                Command::MigrateInstance(MigrateInstance {
                    instance,
                    migration,
                })
            })
        }
        18 => Some(Command::DeleteHistory(DeleteHistory {
            instance: one(rng, &look::ended(state))?,
        })),
        _ => Some(Command::CancelInstance(CancelInstance { instance })),
    }
}

fn set_variables(rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
    let elements = look::elements(engine.state());
    if elements.is_empty() {
        return None;
    }
    let (instance, key, _) = &elements[rng.usize(..elements.len())];
    Some(Command::SetVariables(SetVariables {
        scope: match rng.bool() {
            true => *key,
            false => instance.root(),
        },
        instance: *instance,
        variables: variables(rng),
        local: rng.bool(),
    }))
}

/// Tokens that are put, ended and moved anywhere. Many of these are refused.
pub fn modification(
    rng: &mut Rng,
    engine: &mut Engine,
    instance: ProcessInstanceKey,
) -> Option<Modification> {
    let active: Vec<_> = look::elements(engine.state())
        .into_iter()
        .filter(|(case, ..)| *case == instance)
        .collect();
    let definition = look::definition_of(engine, instance)?;
    let element =
        |rng: &mut Rng| Arc::clone(&definition.nodes[rng.usize(..definition.nodes.len())].id);
    let target = |rng: &mut Rng| {
        let (_, key, row) = &active[rng.usize(..active.len())];
        match rng.bool() {
            true => Target::One(*key),
            false => Target::All(Arc::clone(&definition.node(row.element).id)),
        }
    };
    let ancestor = |rng: &mut Rng| match rng.u32(..4) {
        0 => Ancestor::Given(active[rng.usize(..active.len())].1),
        _ => Ancestor::Sole,
    };
    if active.is_empty() {
        return None;
    }
    let mut modification = Modification::default();
    if rng.bool() {
        let id = element(rng);
        modification.activate.push(Activation {
            place: match rng.bool() {
                true => Place::Before,
                false => Place::After,
            },
            ancestor: ancestor(rng),
            variables: instructions(rng, &id),
            element: id,
        });
    }
    if rng.bool() {
        modification.terminate.push(target(rng));
    }
    if rng.bool() {
        let id = element(rng);
        modification.moves.push(Move {
            source: target(rng),
            ancestor: match rng.bool() {
                true => Ancestor::OfSource,
                false => ancestor(rng),
            },
            variables: instructions(rng, &id),
            target: id,
        });
    }
    Some(modification)
}

fn instructions(rng: &mut Rng, element: &Arc<str>) -> Vec<VariableInstruction> {
    let scope = rng.bool().then(|| Arc::clone(element));
    match rng.u32(..3) {
        0 => vec![VariableInstruction {
            scope,
            variables: variables(rng),
        }],
        _ => Vec::new(),
    }
}

/// To another definition of any process, each id to itself; sometimes with a mapping that is
/// missing or wrong.
pub fn migration(
    rng: &mut Rng,
    engine: &mut Engine,
    instance: ProcessInstanceKey,
) -> Option<Migration> {
    let source = look::definition_of(engine, instance)?;
    let target = one(rng, &look::definitions(engine.state()))?;
    let definition = engine.definition(super::TENANT, target)?;
    let same = |id: &Arc<str>| (Arc::clone(id), Arc::clone(id));
    let mut mappings: Vec<_> = source
        .nodes
        .iter()
        .skip(1)
        .filter(|node| definition.find(&node.id).is_some())
        .map(|node| same(&node.id))
        .collect();
    if rng.u32(..4) == 0 && !mappings.is_empty() {
        mappings.swap_remove(rng.usize(..mappings.len()));
    }
    if rng.u32(..8) == 0 && mappings.len() > 1 {
        let (from, to) = (rng.usize(..mappings.len()), rng.usize(..mappings.len()));
        mappings[from].1 = Arc::clone(&mappings[to].1);
    }
    Some(Migration { target, mappings })
}
