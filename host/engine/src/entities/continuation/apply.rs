//! Applies events of work that goes on in further commands. A case has a turn exactly when it has kept steps
//! that it may do: those that end elements always, the others while it is neither suspended nor stopped.

use super::ContinuationEvent;
use crate::entities::continuation::*;
use crate::entities::due::Due;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    event: &ContinuationEvent,
) {
    match event {
        ContinuationEvent::Kept {
            instance,
            chain,
            extent,
            turn,
            pause_ms,
            steps,
        } => {
            let steps = Steps {
                chain: *chain,
                extent: *extent,
                pause_ms: *pause_ms,
                steps,
            };
            kept(state, (tenant, at_ms), *instance, *turn, &steps);
        }
        ContinuationEvent::Taken {
            instance,
            part,
            chain,
            through,
            turn,
        } => {
            let steps = (*part, *chain, *through);
            taken(state, (tenant, at_ms), *instance, steps, *turn);
        }
        ContinuationEvent::ChainAdvanced { chain, extent } => {
            chain_advanced(state, tenant, *chain, *extent);
        }
    }
}

/// Steps of one chain that are kept, and how far the chain has come.
pub(in crate::entities) struct Steps<'a> {
    pub chain: u64,
    pub extent: Extent,
    pub pause_ms: u64,
    pub steps: &'a [KeptContinuation],
}

pub(in crate::entities) fn kept(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
    turn: u64,
    kept: &Steps<'_>,
) {
    let mut endings = 0;
    for KeptContinuation { order, step } in kept.steps {
        let part = step.part();
        endings += u32::from(part == ENDINGS);
        let key = (tenant, instance, part, kept.chain, *order);
        state.kept_steps.put(key, step.clone());
    }
    let count = kept.steps.len() as u32;
    state.instances.update(&(tenant, instance), |row| {
        row.kept.steps += count;
        row.kept.endings += endings;
    });
    let key = (tenant, kept.chain);
    let before = state.chains.get(&key).map_or(0, |chain| chain.kept);
    let chain = Chain {
        extent: kept.extent,
        kept: before + count,
    };
    state.chains.put(key, chain);
    if kept.pause_ms > 0 {
        leave_line(state, tenant, instance);
    }
    let at_ms = at_ms.saturating_add(kept.pause_ms);
    line_up(state, (tenant, at_ms), instance, turn);
}

pub(in crate::entities) fn chain_advanced(
    state: &mut State,
    tenant: TenantId,
    chain: u64,
    extent: Extent,
) {
    if state.chains.contains(&(tenant, chain)) {
        let change = |row: &mut Chain| row.extent = extent;
        state.chains.update(&(tenant, chain), change);
    }
}

/// The steps of a part and chain are taken, to the one with the order `through`. If the case has more, it goes to
/// the end of the line.
pub(in crate::entities) fn taken(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
    (part, chain, through): (u8, u64, u64),
    turn: u64,
) {
    let first = (tenant, instance, part, chain, 0);
    let end = (tenant, instance, part, chain, through.saturating_add(1));
    remove(state, tenant, instance, &first, &end);
    leave_line(state, tenant, instance);
    line_up(state, (tenant, at_ms), instance, turn);
}

type Key = (TenantId, ProcessInstanceKey, u8, u64, u64);

fn remove(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    first: &Key,
    end: &Key,
) {
    for (key, _) in state.kept_steps.range(first, end, usize::MAX) {
        state.kept_steps.remove(&key);
        state.instances.update(&(tenant, instance), |row| {
            row.kept.steps -= 1;
            row.kept.endings -= u32::from(key.2 == ENDINGS);
        });
        let chain = (tenant, key.3);
        match state.chains.get(&chain).map_or(0, |chain| chain.kept) {
            0 | 1 => state.chains.remove(&chain),
            _ => state.chains.update(&chain, |chain| chain.kept -= 1),
        }
    }
}

/// Forgets the steps of a case that has ended.
pub(in crate::entities) fn forget(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) {
    leave_line(state, tenant, instance);
    let first = (tenant, instance, 0, 0, 0);
    let end = (tenant, ProcessInstanceKey(instance.0 + 1), 0, 0, 0);
    remove(state, tenant, instance, &first, &end);
}

/// What a case may do has changed: it gets a turn or loses it.
pub(in crate::entities) fn reconsider(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
) {
    leave_line(state, tenant, instance);
    let next = state.kept_steps.first_under((tenant, instance), 1);
    if let Some((key, _)) = next.first() {
        line_up(state, (tenant, at_ms), instance, key.4);
    }
}

/// A turn that led to a fault with which nothing else is to blame: the case has none any more.
pub(in crate::entities) fn dropped(state: &mut State, tenant: TenantId, turn: u64) {
    if let Some(instance) = state.turns.get(&(tenant, turn)) {
        leave_line(state, tenant, *instance);
    }
}

fn line_up(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    instance: ProcessInstanceKey,
    number: u64,
) {
    let Some(row) = state.instances.get(&(tenant, instance)) else {
        return;
    };
    let may_do = row.kept.endings > 0 || row.may_go_on() && row.kept.steps > 0;
    if row.kept.turn.is_some() || !may_do {
        return;
    }
    let turn = Turn {
        number,
        since_ms: at_ms,
    };
    state
        .instances
        .update(&(tenant, instance), |row| row.kept.turn = Some(turn));
    state.turns.put((tenant, number), instance);
    state.due.put((at_ms, Due::Turn(number)), tenant);
}

pub(in crate::entities) fn leave_line(
    state: &mut State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) {
    let row = state.instances.get(&(tenant, instance));
    let Some(turn) = row.and_then(|row| row.kept.turn) else {
        return;
    };
    state.due.remove(&(turn.since_ms, Due::Turn(turn.number)));
    state.turns.remove(&(tenant, turn.number));
    state
        .instances
        .update(&(tenant, instance), |row| row.kept.turn = None);
}
