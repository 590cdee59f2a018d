//! The course of a command: its steps in their order, and its budget. When that is used up, the steps that are
//! left are kept in state, and their cases go on in further commands, one after the other. So no case holds up
//! the others, and what becomes of a case does not depend on where its work was cut.
//!
//! All that follows from one command is a chain, known by the position of the command's entry. What an earlier
//! command has begun in a case comes before what a later one begins there. A chain that goes on and on without
//! waiting for anybody ends in incidents.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Context, Failure, Question, Step};
use crate::effect::Effect;
use crate::entities::continuation::{ENDINGS, Extent, KeptStep, OTHERS};
use crate::entities::incident::IncidentKind;
use crate::event::ContinuationEvent;
use crate::key::*;
use crate::limits::*;
use crate::processors::suspension;

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
                    "start at most {} cases before it waits for something",
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
pub(super) struct Course {
    budget: Budget,
    /// Work that was done in this command.
    fuel: Cell<u64>,
    /// Whether a step was done in this command.
    has_begun: bool,
    /// By part, chain and number. Those that end elements come first: what has been interrupted is gone before
    /// its successor begins.
    steps: BTreeMap<(u8, u64, u64), Waiting>,
    next: u64,
    /// The chain that this command begins.
    own: u64,
    /// The chain that is being worked on.
    chain: u64,
    extents: BTreeMap<u64, Extent>,
    /// The case whose step is being done.
    case: Option<InstanceKey>,
}

/// A step that waits in this command.
struct Waiting {
    step: Step,
    /// Its place among the kept ones, if it was one of them.
    order: Option<u64>,
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

    fn add(&mut self, chain: u64, step: Step, order: Option<u64>) {
        let key = (step.part(), chain, self.next);
        self.next += 1;
        self.steps.insert(key, Waiting { step, order });
    }

    fn extent(&mut self) -> &mut Extent {
        self.extents.entry(self.chain).or_default()
    }

    /// What the chain has gone past that is being worked on.
    fn passed(&self) -> Option<String> {
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
    pub(crate) fn then(&mut self, step: Step) {
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

    /// Does all steps, as far as the budget goes, and keeps the others.
    pub(crate) fn run(&mut self) {
        self.ask_conditions();
        while let Some((key, waiting)) = self.course.steps.pop_first() {
            if self.is_spent() && self.course.has_begun {
                self.course.steps.insert(key, waiting);
                self.keep_rest();
                break;
            }
            self.do_step(key.1, waiting);
        }
        self.course.chain = self.course.own;
        self.course.case = None;
    }

    fn do_step(&mut self, chain: u64, waiting: Waiting) {
        let instance = waiting.step.instance();
        self.current.case = Some(instance);
        self.course.case = Some(instance);
        self.course.chain = chain;
        let is_ending = waiting.step.part() == ENDINGS;
        if !is_ending && suspension::is_held_back(self, instance) {
            return self.keep(instance, chain, vec![waiting], 0);
        }
        // What ends elements comes to an end by itself.
        if !is_ending && let Some(message) = self.course.passed() {
            return self.stop(instance, chain, waiting, message);
        }
        self.course.has_begun = true;
        self.course.extent().steps += u64::from(!is_ending);
        self.charge(STEP_FUEL);
        self.worked_inline.set(0);
        if let Err((active, failure)) = waiting.step.run(self) {
            match self.question.take() {
                Some(question) => self.put_off(instance, chain, waiting, question),
                None => self.raise(&active, failure, vec![waiting.step], None),
            }
        }
        self.ask_conditions();
    }

    /// Goes on with the kept steps of a case: the oldest chain first, and each to its end before the next.
    pub(crate) fn work_off(&mut self, instance: InstanceKey) {
        self.run();
        while self.take(instance) {
            self.run();
            if self.is_spent() {
                return;
            }
        }
    }

    /// Takes kept steps of a case, of one part and chain.
    fn take(&mut self, instance: InstanceKey) -> bool {
        let Some(case) = self.instance(instance).filter(|row| row.kept.steps > 0) else {
            return false;
        };
        let first = (self.tenant, instance, 0, 0, 0);
        let end = (self.tenant, InstanceKey(instance.0 + 1), 0, 0, 0);
        let kept = self.state.kept_steps.range(&first, &end, MAX_TAKEN_AT_ONCE);
        let Some((_, _, part, chain, _)) = kept.first().map(|(key, _)| *key) else {
            return false;
        };
        if part == OTHERS && !case.may_go_on() {
            return false;
        }
        self.recall(chain);
        let mut through = 0;
        for ((.., order), step) in kept
            .into_iter()
            .filter(|(key, _)| (key.2, key.3) == (part, chain))
        {
            through = order;
            self.course.add(chain, (*step).clone(), Some(order));
        }
        let turn = self.next_key();
        self.emit(ContinuationEvent::Taken {
            instance,
            part,
            chain,
            through,
            turn,
        });
        true
    }

    /// How far a chain had come when its steps were kept.
    fn recall(&mut self, chain: u64) {
        if let Some(row) = self.state.chains.get(&(self.tenant, chain)) {
            self.course.extents.entry(chain).or_insert(row.extent);
        }
    }

    fn keep_rest(&mut self) {
        let mut rest: BTreeMap<(InstanceKey, u64), Vec<Waiting>> = BTreeMap::new();
        for ((_, chain, _), waiting) in std::mem::take(&mut self.course.steps) {
            let place = (waiting.step.instance(), chain);
            rest.entry(place).or_default().push(waiting);
        }
        for ((instance, chain), steps) in rest {
            self.keep(instance, chain, steps, 0);
        }
    }

    /// A step waits for an answer, and what its case does after it waits for the step. If the answer does not
    /// come, the case tries again.
    fn put_off(
        &mut self,
        instance: InstanceKey,
        chain: u64,
        first: Waiting,
        question: Arc<Question>,
    ) {
        let mut rest = BTreeMap::from([(chain, vec![first])]);
        let is_later = |key: &(u8, u64, u64), waiting: &mut Waiting| {
            key.0 == OTHERS && waiting.step.instance() == instance
        };
        for ((_, chain, _), waiting) in self.course.steps.extract_if(.., is_later) {
            rest.entry(chain).or_default().push(waiting);
        }
        for (chain, steps) in rest {
            self.keep(instance, chain, steps, ANSWER_PATIENCE_MS);
        }
        self.effects.push(Effect::Answer { instance, question });
    }

    fn keep(&mut self, instance: InstanceKey, chain: u64, steps: Vec<Waiting>, pause_ms: u64) {
        // Nothing is left to do in a case that has ended.
        if self.instance(instance).is_none() {
            return;
        }
        let turn = self.next_key();
        let steps = steps.into_iter().map(|Waiting { step, order }| KeptStep {
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

    /// The steps that a chain has left in a case go into an incident, so that nothing is lost and a loop in the
    /// diagram comes to an end.
    fn stop(&mut self, instance: InstanceKey, chain: u64, first: Waiting, message: String) {
        let is_rest = |key: &(u8, u64, u64), waiting: &mut Waiting| {
            (key.0, key.1) == (OTHERS, chain) && waiting.step.instance() == instance
        };
        let rest = self.course.steps.extract_if(.., is_rest);
        let mut steps = vec![first.step];
        steps.extend(rest.map(|(_, waiting)| waiting.step));
        steps.extend(self.take_all(instance, chain));
        let Some(active) = self.active(instance, instance.root()) else {
            return;
        };
        let failure = Failure::new(IncidentKind::ExecutionLimit, message);
        self.raise(&active, failure, steps, None);
    }

    /// Takes all kept steps of a chain in a case but those that end elements.
    fn take_all(&mut self, instance: InstanceKey, chain: u64) -> Vec<Step> {
        let first = (self.tenant, instance, OTHERS, chain, 0);
        let end = (self.tenant, instance, OTHERS, chain, u64::MAX);
        let kept = self.state.kept_steps.range(&first, &end, usize::MAX);
        if !kept.is_empty() {
            let turn = self.next_key();
            self.emit(ContinuationEvent::Taken {
                instance,
                part: OTHERS,
                chain,
                through: u64::MAX,
                turn,
            });
        }
        kept.into_iter().map(|(_, step)| (*step).clone()).collect()
    }
}
