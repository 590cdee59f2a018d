//! The machine itself: a record in, an entry of the journal and effects out.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::command::Record;
use crate::context::{Budget, Context, CurrentWork, Lent};
use crate::definition::Definition;
use crate::definitions::Definitions;
use crate::effect::Effect;
use crate::entities;
use crate::entities::due::Due;
use crate::event::{DueEvent, Entry, Event, ProcessDefinitionEvent, ProcessInstanceEvent};
use crate::identity::Identity;
use crate::key::*;
use crate::limits::MAX_DUE_PER_TICK;
use crate::open_effects::OpenEffects;
use crate::processors::{Request, batch, clock::due_for, expect_tenant};
use crate::question::{Answer, Answers, Question};
use crate::rejection::{Rejection, RejectionKind};
use crate::state::{State, WriteBatch};
use crate::table::backing::{Backing, Damage};

/// What became of a record.
#[derive(Debug)]
pub struct Processed<A> {
    /// What it changed; none when it was rejected or changed nothing.
    pub entry: Option<Arc<Entry>>,
    /// The answer to whoever sent it.
    pub reply: Result<A, Rejection>,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// The command has changed nothing, because it needs this answer: work it out on another
    /// thread, give it to [`Engine::remember`], and process the command again.
    pub postponed: Option<Arc<Question>>,
}

/// A fault of the engine while it processed a command.
struct Fault {
    /// The case that was being worked on, and those that called it.
    cases: Vec<(ProcessInstanceKey, ProcessDefinitionKey)>,
    /// Whether it was an item of a batch operation.
    is_item: bool,
    reason: String,
}

/// The process engine of one partition.
pub struct Engine {
    state: State,
    definitions: Definitions,
    /// What the record at hand says of its time, and of who sent it.
    unconfirmed_ms: u64,
    identity: Option<Identity>,
    budget: Budget,
    answers: Answers,
}

impl Engine {
    /// The engine of a partition, over the state that a store holds of it.
    pub fn new(backing: Arc<dyn Backing>, partition: Partition) -> Self {
        Self {
            state: State::new(backing, partition),
            definitions: Definitions::default(),
            unconfirmed_ms: 0,
            identity: None,
            budget: Budget::default(),
            answers: Answers::default(),
        }
    }

    /// The same with another budget for each command: journals differ by that, outcomes do not.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Keeps an answer for whoever asks again. It is lost when the process ends.
    pub fn remember(&mut self, answer: Answer) {
        self.answers.remember(answer);
    }

    /// The state, to be read.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// A compiled definition.
    pub fn definition(
        &mut self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Option<Arc<Definition>> {
        self.definitions.get(&self.state, tenant, key)
    }

    /// Processes one record. Equal records after equal journals give equal results.
    ///
    /// A fault of the engine itself changes nothing but the case that it happened in: that
    /// one is stopped, and the others go on. Damage of the store is passed on as a panic.
    pub fn process<R: Request>(&mut self, record: Record<R>) -> Processed<R::Answer> {
        let (tenant, at_ms) = (record.tenant, record.at_ms);
        self.unconfirmed_ms = record.unconfirmed_ms;
        self.identity.clone_from(&record.identity);
        let tick = record.command.is_tick().then(|| record.clone());
        self.try_to(record, MAX_DUE_PER_TICK)
            .unwrap_or_else(|fault| {
                let remedy = self.remedy(tenant, &fault, tick.is_some());
                match (remedy, tick) {
                    (None, Some(tick)) => self.do_one(tick),
                    (remedy, _) => self.contain(tenant, at_ms, remedy, &fault.reason),
                }
            })
    }

    /// Tries to process a record, and takes all back after a fault.
    fn try_to<R: Request>(
        &mut self,
        record: Record<R>,
        may_do: usize,
    ) -> Result<Processed<R::Answer>, Fault> {
        let tenant = record.tenant;
        let mut current = CurrentWork::default();
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.attempt(record, may_do, &mut current)
        }));
        result.map_err(|panic| {
            if panic.is::<Damage>() {
                resume_unwind(panic);
            }
            let case = current.case;
            let cases = case.map_or_else(Vec::new, |case| self.callers(tenant, case));
            self.state.roll_back();
            Fault {
                cases,
                is_item: current.is_item,
                reason: text_of(&*panic),
            }
        })
    }

    fn attempt<R: Request>(
        &mut self,
        record: Record<R>,
        may_do: usize,
        current: &mut CurrentWork,
    ) -> Processed<R::Answer> {
        let Record {
            tenant,
            at_ms,
            unconfirmed_ms,
            entropy,
            command,
            ..
        } = record;
        let lent = Lent {
            state: &mut self.state,
            definitions: &mut self.definitions,
            answers: &self.answers,
            budget: self.budget,
        };
        let mut ctx = Context::new(lent, current, tenant, at_ms, entropy);
        ctx.may_do = may_do;
        ctx.unconfirmed_ms = unconfirmed_ms;
        let reply = if command.is_tick() {
            command.process(&mut ctx)
        } else {
            expect_tenant(&ctx).and_then(|()| command.process(&mut ctx))
        };
        if let Some(question) = ctx.question.take() {
            self.state.roll_back();
            return postponed(question);
        }
        if reply.is_ok() {
            ctx.run();
        }
        let Context {
            events,
            effects,
            tenant,
            ..
        } = ctx;
        if reply.is_err() || events.is_empty() {
            // A rejected command may have taken keys, but it has changed nothing else.
            debug_assert!(events.is_empty(), "a rejected command has emitted events");
            self.state.roll_back();
            return Processed {
                entry: None,
                reply,
                effects,
                postponed: None,
            };
        }
        Processed {
            entry: Some(self.seal(tenant, at_ms, events)),
            reply,
            effects,
            postponed: None,
        }
    }

    fn seal(&mut self, tenant: TenantId, at_ms: u64, events: Vec<Event>) -> Arc<Entry> {
        self.state.position += 1;
        let entry = Entry {
            position: self.state.position,
            erased_before: 0,
            at_ms,
            unconfirmed_ms: self.unconfirmed_ms,
            tenant,
            identity: self.identity.clone(),
            next_key: self.state.next_key,
            events,
        };
        self.state.keep();
        Arc::new(entry)
    }

    /// A case and those that called it, with their definitions: as they are at this moment,
    /// which may be in the middle of a command that is taken back.
    fn callers(
        &self,
        tenant: TenantId,
        case: ProcessInstanceKey,
    ) -> Vec<(ProcessInstanceKey, ProcessDefinitionKey)> {
        let mut cases = Vec::new();
        let mut next = Some(case);
        while let Some(case) = next {
            let Some(row) = self.state.instances.get(&(tenant, case)) else {
                break;
            };
            cases.push((case, row.definition));
            next = row.parent.map(|parent| parent.instance);
        }
        cases
    }

    /// What keeps a fault from happening again: the case that it happened in is stopped, or the
    /// nearest of those that called it, if it was only just called. Where the clock has started
    /// all of them, it starts no more of the definition; who sends other commands is told, and
    /// need not send them again.
    fn remedy(&self, tenant: TenantId, fault: &Fault, ticks: bool) -> Option<Event> {
        let reason = || fault.reason.clone();
        let mut cases = fault.cases.iter();
        let works = |case: &ProcessInstanceKey| {
            let row = self.state.instances.get(&(tenant, *case));
            row.is_some_and(|row| row.banned.is_none())
        };
        if let Some((instance, _)) = cases.find(|(case, _)| works(case)) {
            return Some(Event::ProcessInstance(ProcessInstanceEvent::Banned {
                instance: *instance,
                reason: reason(),
            }));
        }
        let mut definitions = fault.cases.iter().map(|(_, definition)| *definition);
        let suspended = &self.state.suspended_definitions;
        let definition = definitions.find(|key| !suspended.contains(&(tenant, *key)));
        definition.filter(|_| ticks).map(|definition| {
            Event::ProcessDefinition(ProcessDefinitionEvent::Failed {
                definition,
                reason: reason(),
            })
        })
    }

    /// Goes on with the first thing that is due alone. If that fails, too, and nothing else is
    /// to blame, it is not due any more. So the clock gets past every fault.
    fn do_one<R: Request>(&mut self, tick: Record<R>) -> Processed<R::Answer> {
        let (tenant, at_ms) = (tick.tenant, tick.at_ms);
        self.try_to(tick, 1).unwrap_or_else(|fault| {
            if let Some(remedy) = self.remedy(tenant, &fault, true) {
                return self.contain(tenant, at_ms, Some(remedy), &fault.reason);
            }
            let first = due_for(&self.state, tenant, at_ms).into_iter().next();
            let Some((due_ms, due)) = first else {
                return self.contain(tenant, at_ms, None, &fault.reason);
            };
            if let Due::BatchOperation(key) = due
                && let Some(events) = self.settle_batch(tenant, at_ms, key, &fault)
            {
                let entry = self.seal(tenant, at_ms, events);
                return failed(Some(entry), &fault.reason);
            }
            let dropped = Event::Due(DueEvent::Dropped {
                due_ms,
                due,
                reason: fault.reason.clone(),
            });
            self.contain(tenant, at_ms, Some(dropped), &fault.reason)
        })
    }

    /// Applies what becomes of a batch operation in which nothing but its next item or itself
    /// is to blame. None when there is none, or when this fails, too.
    fn settle_batch(
        &mut self,
        tenant: TenantId,
        at_ms: u64,
        key: BatchOperationKey,
        fault: &Fault,
    ) -> Option<Vec<Event>> {
        let settled = catch_unwind(AssertUnwindSafe(|| {
            let (is_item, reason) = (fault.is_item, &fault.reason);
            let events = batch::after_fault(&self.state, (tenant, at_ms), key, is_item, reason);
            for event in &events {
                entities::apply(&mut self.state, tenant, at_ms, event);
            }
            events
        }));
        let events = settled.unwrap_or_else(|panic| {
            if panic.is::<Damage>() {
                resume_unwind(panic);
            }
            self.state.roll_back();
            Vec::new()
        });
        (!events.is_empty()).then_some(events)
    }

    fn contain<A>(
        &mut self,
        tenant: TenantId,
        at_ms: u64,
        remedy: Option<Event>,
        reason: &str,
    ) -> Processed<A> {
        let entry = remedy.map(|event| {
            entities::apply(&mut self.state, tenant, at_ms, &event);
            self.seal(tenant, at_ms, vec![event])
        });
        failed(entry, reason)
    }

    /// Applies an entry of the journal, as when it was first made.
    pub fn replay(&mut self, entry: &Entry) {
        assert_eq!(
            entry.follows(),
            self.state.position,
            "the journal has a gap before position {}",
            entry.position
        );
        for event in &entry.events {
            entities::apply(&mut self.state, entry.tenant, entry.at_ms, event);
        }
        self.state.position = entry.position;
        self.state.next_key = entry.next_key;
        self.state.keep();
    }

    /// Sets aside what changed since the last call, to be written in one transaction.
    pub fn freeze(&mut self, entries: Vec<Arc<Entry>>) -> WriteBatch {
        self.state.freeze(entries)
    }

    /// The oldest batch set aside has been written.
    pub fn written(&mut self) {
        self.state.written();
    }

    /// When the clock is next needed, and for whom.
    pub fn next_due(&self) -> Option<(u64, TenantId)> {
        self.state.next_due()
    }

    /// What a restart has to do again, of every tenant and a page at a time: effects that state says
    /// are open. None when that was the last page.
    pub fn open_effects(&self, page: &mut OpenEffects) -> Option<Vec<(TenantId, Effect)>> {
        page.next(&self.state)
    }
}

/// What is told of a fault, besides what it leads to.
fn failed<A>(entry: Option<Arc<Entry>>, reason: &str) -> Processed<A> {
    let message = format!("The engine failed on this command and changed nothing: {reason}");
    Processed {
        entry,
        reply: Err(Rejection::new(RejectionKind::Internal, message)),
        effects: Vec::new(),
        postponed: None,
    }
}

/// What is told of a command that needs an answer first.
fn postponed<A>(question: Arc<Question>) -> Processed<A> {
    let message = "Expected all that the command needs to be at hand, but something is still being worked out. Send it again.";
    Processed {
        entry: None,
        reply: Err(Rejection::new(RejectionKind::Internal, message)),
        effects: Vec::new(),
        postponed: Some(question),
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a text")
        .to_owned()
}
