//! Works off what a command has brought up. When the budget of the command is used up, what is left is kept in
//! state, and its process instances go on in further commands, one after the other. So none holds up the others,
//! and what becomes of one does not depend on where its work was cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::behaviour::job;
use crate::context::{Active, Context, Failure, Waiting};
use crate::effect::Effect;
use crate::elements::{self, conditional};
use crate::entities::continuation::{Continuation, ENDINGS, OTHERS};
use crate::entities::incident::IncidentKind;
use crate::event::ContinuationEvent;
use crate::key::*;
use crate::limits::*;
use crate::question::Question;

impl Context<'_> {
    /// Does all steps, as far as the budget goes, and keeps the others.
    pub(crate) fn run(&mut self) {
        conditional::variables_changed(self);
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
        if !is_ending && self.is_held_back(instance) {
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
        if let Err((active, failure)) = proceed(&waiting.step, self) {
            match self.question.take() {
                Some(question) => self.put_off(instance, chain, waiting, question),
                None => self.raise(&active, failure, vec![waiting.step], None),
            }
        }
        conditional::variables_changed(self);
    }

    /// Goes on with the kept steps of a case: the oldest chain first, and each to its end before the next.
    pub(crate) fn work_off(&mut self, instance: ProcessInstanceKey) {
        self.run();
        while self.take(instance) {
            self.run();
            if self.is_spent() {
                return;
            }
        }
    }

    /// Takes kept steps of a case, of one part and chain.
    fn take(&mut self, instance: ProcessInstanceKey) -> bool {
        let Some(case) = self.instance(instance).filter(|row| row.kept.steps > 0) else {
            return false;
        };
        let of_case = (self.tenant, instance);
        let kept = self
            .state
            .kept_steps
            .first_under(of_case, MAX_TAKEN_AT_ONCE);
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
        let mut rest: BTreeMap<(ProcessInstanceKey, u64), Vec<Waiting>> = BTreeMap::new();
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
        instance: ProcessInstanceKey,
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

    /// The steps that a chain has left in a case go into an incident, so that nothing is lost and a loop in the
    /// diagram comes to an end.
    fn stop(&mut self, instance: ProcessInstanceKey, chain: u64, first: Waiting, message: String) {
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
    fn take_all(&mut self, instance: ProcessInstanceKey, chain: u64) -> Vec<Continuation> {
        let kept = self
            .state
            .kept_steps
            .under((self.tenant, instance, OTHERS, chain));
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

/// Does what is to be done next.
///
/// # Errors
/// Why it could not be decided, and on which element.
fn proceed(continuation: &Continuation, ctx: &mut Context<'_>) -> Result<(), (Active, Failure)> {
    match continuation {
        Continuation::Activate { instance, element } => {
            ctx.with_living(*instance, *element, elements::activate)
        }
        Continuation::Listen { instance, element } => {
            ctx.with(*instance, *element, elements::listener::go_on)
        }
        Continuation::Complete { instance, element } => {
            ctx.with_living(*instance, *element, elements::complete)
        }
        Continuation::Terminate { instance, element } => {
            ctx.with(*instance, *element, |ctx, active| {
                elements::terminate(ctx, active);
                Ok(())
            })
        }
        Continuation::ThrowError {
            instance,
            element,
            code,
            message,
            variables,
        } => ctx.with_living(*instance, *element, |ctx, active| {
            elements::error::throw(ctx, active, code, message, variables)
        }),
        Continuation::Trigger {
            instance,
            element,
            event,
            variables,
        } => ctx.with_living(*instance, *element, |ctx, active| {
            elements::catching::trigger(ctx, active, *event, variables);
            Ok(())
        }),
        Continuation::AskCondition {
            instance,
            element,
            subscription,
        } => ctx.with_living(*instance, *element, |ctx, active| {
            elements::conditional::ask(ctx, active, *subscription)
        }),
        Continuation::RetryJob { job, .. } => {
            job::make_ready(ctx, *job);
            Ok(())
        }
        Continuation::Proceed { instance, element } => {
            elements::repetition::proceed(ctx, *instance, *element);
            Ok(())
        }
        Continuation::EndMore {
            instance,
            element,
            after,
        } => ctx.with(*instance, *element, |ctx, active| {
            elements::parts::end_more(ctx, active, *after);
            Ok(())
        }),
        Continuation::OpenEvents { instance, element } => {
            ctx.with_living(*instance, *element, elements::catching::open_missing)
        }
    }
}
