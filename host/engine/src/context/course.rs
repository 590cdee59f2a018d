//! The course of a command: what is still to be done, in its order, and the budget. How it is worked off is in
//! `crate::run`.
//!
//! All that follows from one command is a chain, known by the position of the command's entry. What an earlier
//! command has begun in a case comes before what a later one begins there. A chain that goes on and on without
//! waiting for anybody ends in incidents.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::Context;
use crate::entities::continuation::{Continuation, Extent, KeptContinuation, OTHERS};
use crate::event::ContinuationEvent;
use crate::key::*;
use crate::limits::*;

/// What one command may do, and all that follows from it. Tests make it small to cut work everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Work of one command: see [`COMMAND_FUEL`]. At least one step is done whatever it is.
    pub fuel: u64,
    /// Steps of a chain: see [`MAX_CHAIN_STEPS`].
    pub chain_steps: u64,
    /// Bytes of variables that a chain writes: see [`MAX_CHAIN_BYTES`].
    pub chain_bytes: u64,
    /// Cases that a chain starts: see [`MAX_CHAIN_CASES`].
    pub chain_cases: u64,
}

impl Budget {
    /// What a chain has gone past, and what to do about it.
    fn passed(&self, extent: &Extent) -> Option<String> {
        let (expected, remedy) = if extent.bytes >= self.chain_bytes {
            (
                format!(
                    "write at most {} bytes of variables before it waits for something",
                    self.chain_bytes
                ),
                "Keep large values elsewhere and pass references, or hand on fewer variables",
            )
        } else if extent.cases >= self.chain_cases {
            (
                format!(
                    "start at most {} process instances before it waits for something",
                    self.chain_cases
                ),
                "If processes start each other without end, cancel them and correct the diagrams",
            )
        } else if extent.steps >= self.chain_steps {
            (
                format!("wait for something within {} steps", self.chain_steps),
                "If it is a loop without a task or event to wait at, correct the diagram or its variables",
            )
        } else {
            return None;
        };
        Some(format!(
            "Expected all that follows from one command to {expected}, but there was more to come. {remedy}; resolve to go on for as long again."
        ))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            fuel: COMMAND_FUEL,
            chain_steps: MAX_CHAIN_STEPS,
            chain_bytes: MAX_CHAIN_BYTES,
            chain_cases: MAX_CHAIN_CASES,
        }
    }
}

/// See the module's text.
pub(crate) struct Course {
    pub budget: Budget,
    /// Work that was done in this command.
    fuel: Cell<u64>,
    /// Whether a step was done in this command.
    pub has_begun: bool,
    /// By part, chain and number. Those that end elements come first: what has been interrupted is gone before
    /// its successor begins.
    pub steps: BTreeMap<(u8, u64, u64), Waiting>,
    next: u64,
    /// The chain that this command begins.
    pub own: u64,
    /// The chain that is being worked on.
    pub chain: u64,
    pub extents: BTreeMap<u64, Extent>,
    /// The case whose step is being done.
    pub case: Option<ProcessInstanceKey>,
}

/// A step that waits in this command.
pub(crate) struct Waiting {
    pub step: Continuation,
    /// Its place among the kept ones, if it was one of them.
    pub order: Option<u64>,
}

impl Course {
    pub(super) fn new(budget: Budget, chain: u64) -> Self {
        Self {
            budget,
            fuel: Cell::new(0),
            has_begun: false,
            steps: BTreeMap::new(),
            next: 0,
            own: chain,
            chain,
            extents: BTreeMap::new(),
            case: None,
        }
    }

    pub(crate) fn add(&mut self, chain: u64, step: Continuation, order: Option<u64>) {
        let key = (step.part(), chain, self.next);
        self.next += 1;
        self.steps.insert(key, Waiting { step, order });
    }

    pub(crate) fn extent(&mut self) -> &mut Extent {
        self.extents.entry(self.chain).or_default()
    }

    /// What the chain has gone past that is being worked on.
    pub(crate) fn passed(&self) -> Option<String> {
        let extent = self.extents.get(&self.chain)?;
        self.budget.passed(extent)
    }
}

impl Context<'_> {
    /// Counts work that was done.
    pub(crate) fn charge(&self, fuel: u64) {
        let spent = &self.course.fuel;
        spent.set(spent.get().saturating_add(fuel));
    }

    /// Whether the command has done so much that it should leave the rest to others.
    pub(crate) fn is_spent(&self) -> bool {
        self.course.fuel.get() >= self.course.budget.fuel
    }

    /// Counts a case that was started.
    pub(super) fn count_case(&mut self) {
        self.course.extent().cases += 1;
    }

    /// Counts bytes of variables that were written, or handed to a step that will.
    pub(super) fn charge_bytes(&mut self, bytes: u64) {
        self.charge(bytes / BYTES_PER_FUEL);
        self.course.extent().bytes += bytes;
    }

    /// Adds a step to be done after those of its kind that are waiting: what ends goes before
    /// what begins.
    pub(crate) fn then(&mut self, step: Continuation) {
        self.charge_bytes(step.variable_bytes());
        let instance = step.instance();
        let chain = self.course.chain;
        let has_kept = self
            .instance(instance)
            .is_some_and(|row| row.kept.steps > 0);
        if has_kept && step.part() == OTHERS {
            self.keep(instance, chain, vec![Waiting { step, order: None }], 0);
        } else {
            self.course.add(chain, step, None);
        }
    }

    /// How many triggers' decisions lie in the chain that led to what is being done.
    pub(crate) fn trigger_depth(&self) -> u32 {
        let case = self.course.case.and_then(|case| self.instance(case));
        case.map_or(0, |case| case.trigger_depth)
    }

    pub(crate) fn keep(
        &mut self,
        instance: ProcessInstanceKey,
        chain: u64,
        steps: Vec<Waiting>,
        pause_ms: u64,
    ) {
        // Nothing is left to do in a case that has ended.
        if self.instance(instance).is_none() {
            return;
        }
        let turn = self.next_key();
        let steps = steps
            .into_iter()
            .map(|Waiting { step, order }| KeptContinuation {
                order: order.unwrap_or_else(|| self.next_key()),
                step,
            });
        let steps: Vec<_> = steps.collect();
        let (extent, count) = (self.course.extents.get(&chain).copied(), steps.len());
        let extent = extent.unwrap_or_default();
        self.emit(ContinuationEvent::Kept {
            instance,
            chain,
            extent,
            turn,
            pause_ms,
            steps,
        });
        // The other cases of the chain know it even when the history of this one is gone.
        let row = self.state.chains.get(&(self.tenant, chain));
        if row.is_some_and(|row| row.kept as usize > count) {
            self.emit(ContinuationEvent::ChainAdvanced { chain, extent });
        }
    }
}
