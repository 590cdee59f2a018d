//! The single writer: takes what is waiting, to a bound, processes it, and hands the batch
//! to the disk. While that one is being written it processes the next.
//!
//! Components without an outside capability are started at once, ahead of the commit: they
//! can do nothing that a crash would have to take back. Everything else waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender};
use gardesh_engine::clock::JournalClock;
use gardesh_engine::command::{BindJobs, Command, GoOn, Record, Tick};
use gardesh_engine::effect::Effect;
use gardesh_engine::event::Entry;
use gardesh_engine::identity::Identity;
use gardesh_engine::key::*;
use gardesh_engine::rejection::Rejection;
use gardesh_engine::state::State;
use gardesh_engine::{Engine, OpenEffects, Question, Request};

use super::answers::{Answers, Asker};
use super::clock::{self, Clock};
use super::commit::{Commit, Written};
use super::invoke::{Invoker, Outcome};
use super::submission::{Submission, Then};
use super::waiters::Waiters;
use crate::limits::{LONGEST_HOLD, LONGEST_SLEEP, MAX_BATCH_COMMANDS, WRITER_TURN};

/// What is done once a batch is on the disk.
pub(super) type Release = Box<dyn FnOnce() + Send>;

/// A reading of the state, made on the engine's thread and handed out after the commit.
pub(super) type Read = Box<dyn FnOnce(&State) -> Release + Send>;

/// What other threads ask of the writer.
pub(super) enum Message {
    /// Carry out a command.
    Submit(Box<dyn Submission>),
    /// Read the state.
    Read(Read),
}

/// What has been processed and not handed to the disk.
#[derive(Default)]
struct Pending {
    entries: Vec<Arc<Entry>>,
    releases: Vec<Release>,
    effects: Vec<(TenantId, Effect)>,
    processed: usize,
    since: Option<Instant>,
}

pub(super) struct Writer {
    engine: Engine,
    clock: Clock,
    journal_clock: JournalClock,
    invoker: Invoker,
    answers: Answers,
    /// Whether what is due first waits for an answer.
    clock_waits: bool,
    waiters: Arc<Waiters>,
    commits: Sender<Commit>,
    committing: bool,
    /// How long a commit takes of late, up to [`LONGEST_HOLD`].
    commit_time: Duration,
    pending: Pending,
}

impl Writer {
    pub(super) fn new(
        engine: Engine,
        (clock, journal_clock): (Clock, JournalClock),
        invoker: Invoker,
        answers: Answers,
        waiters: Arc<Waiters>,
        commits: Sender<Commit>,
    ) -> Self {
        Self {
            engine,
            clock,
            journal_clock,
            invoker,
            answers,
            clock_waits: false,
            waiters,
            commits,
            committing: false,
            commit_time: Duration::ZERO,
            pending: Pending::default(),
        }
    }

    /// Works until nobody is left to send messages and everything is on the disk.
    pub(super) fn run(
        mut self,
        messages: &Receiver<Message>,
        outcomes: &Receiver<Outcome>,
        written: &Receiver<Written>,
    ) {
        self.resume();
        let mut open = true;
        while open || self.committing || !self.pending.is_empty() {
            self.wait(open, messages, outcomes, written);
            while let Ok(batch) = written.try_recv() {
                self.batch_written(batch);
            }
            open = self.fill_batch(open, messages, outcomes);
            self.tick();
            self.invoker.fill_places(&mut self.engine);
            self.commit();
        }
    }

    /// Takes up what was open when the process ended.
    fn resume(&mut self) {
        let mut page = OpenEffects::default();
        while let Some(effects) = self.engine.open_effects(&mut page) {
            for (tenant, effect) in effects {
                self.perform(tenant, effect);
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(
        &mut self,
        open: bool,
        messages: &Receiver<Message>,
        outcomes: &Receiver<Outcome>,
        written: &Receiver<Written>,
    ) {
        let mut select = Select::new();
        select.recv(written);
        if !self.is_full() {
            select.recv(outcomes);
            if open {
                select.recv(messages);
            }
        }
        let now = self.now();
        let until_due = self
            .engine
            .next_due()
            .filter(|_| !self.clock_waits)
            .map(|(due_ms, _)| due_ms.saturating_sub(now));
        let mut sleep = until_due
            .map_or(LONGEST_SLEEP, Duration::from_millis)
            .min(LONGEST_SLEEP);
        if let Some(held) = self.held().filter(|_| !self.committing) {
            sleep = sleep.min(held);
        }
        if let Some(pause) = self.invoker.pause() {
            sleep = sleep.min(pause);
        }
        // Whether something is ready or the time is over, the caller looks at everything.
        let _ = select.ready_timeout(sleep);
    }

    /// Journal time.
    fn now(&mut self) -> u64 {
        if let Some(notice) = self.journal_clock.advance((self.clock)()) {
            clock::tell(notice);
        }
        self.journal_clock.stamp().at_ms
    }

    fn is_full(&self) -> bool {
        self.pending.processed >= MAX_BATCH_COMMANDS
    }

    /// Processes what is waiting: outcomes first, because others wait for their cases.
    /// Returns whether anybody can still send messages.
    fn fill_batch(
        &mut self,
        open: bool,
        messages: &Receiver<Message>,
        outcomes: &Receiver<Outcome>,
    ) -> bool {
        let began = Instant::now();
        while !self.is_full() && began.elapsed() < WRITER_TURN {
            if let Ok(outcome) = outcomes.try_recv() {
                self.outcome(outcome);
                continue;
            }
            match messages.try_recv() {
                Ok(message) => self.message(message),
                Err(crossbeam_channel::TryRecvError::Empty) => return open,
                Err(crossbeam_channel::TryRecvError::Disconnected) => return false,
            }
        }
        open
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Read(read) => {
                let release = read(self.engine.state());
                self.pending.processed += 1;
                self.pending.releases.push(release);
            }
            Message::Submit(submission) => submission.carry_out(self),
        }
    }

    /// Lets a question be answered on another thread, for whoever cannot go on without.
    pub(super) fn ask(&mut self, question: Arc<Question>, asker: Asker) {
        self.answers.ask(question, asker);
    }

    /// Lets whoever sent a command wait for what will come of it.
    pub(super) fn attach<A>(&self, then: Then<A>, answer: &A) {
        then(self.engine.state(), &self.waiters, answer);
    }

    /// Keeps what is to be done once all that was processed is on the disk.
    pub(super) fn release(&mut self, release: Release) {
        self.pending.releases.push(release);
    }

    fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Invoked(invoked) => {
                let tenant = invoked.tenant;
                if let Some(command) = self.invoker.take_in(invoked) {
                    self.record(tenant, command);
                }
                self.invoker.fill_places(&mut self.engine);
            }
            Outcome::Answered { answer, asker } => {
                self.engine.remember(answer);
                self.go_on(asker);
            }
        }
    }

    fn record(&mut self, tenant: TenantId, command: Command) {
        match self.process(tenant, None, command.clone()) {
            Ok(Ok(_)) => {}
            Ok(Err(rejection)) => {
                tracing::debug!(%rejection, "an outcome came late and was not recorded");
            }
            Err(question) => self
                .answers
                .ask(question, Asker::Component(tenant, command)),
        }
    }

    /// Whoever has waited for an answer goes on.
    fn go_on(&mut self, asker: Asker) {
        match asker {
            Asker::Case(tenant, instance) => {
                self.answers.given(tenant, instance);
                // It may have been ended meanwhile.
                self.record(tenant, GoOn { instance }.into());
            }
            Asker::Sender(message) => self.message(message),
            Asker::Component(tenant, command) => self.record(tenant, command),
            Asker::Clock => self.clock_waits = false,
        }
    }

    /// Has a command processed.
    ///
    /// # Errors
    /// What it needs to be worked out first; it has changed nothing.
    pub(super) fn process<R: Request>(
        &mut self,
        tenant: TenantId,
        identity: Option<Identity>,
        command: R,
    ) -> Result<Result<R::Answer, Rejection>, Arc<Question>> {
        let at_ms = self.now();
        let record = Record {
            tenant,
            at_ms,
            unconfirmed_ms: self.journal_clock.stamp().unconfirmed_ms,
            identity,
            entropy: rand::random(),
            command,
        };
        let processed = self.engine.process(record);
        if let Some(question) = processed.postponed {
            return Err(question);
        }
        self.pending.since.get_or_insert_with(Instant::now);
        self.pending.processed += 1;
        self.pending.entries.extend(processed.entry);
        for effect in processed.effects {
            if self.may_run_ahead(tenant, &effect) {
                self.perform(tenant, effect);
            } else {
                self.pending.effects.push((tenant, effect));
            }
        }
        Ok(processed.reply)
    }

    /// Whether an effect is internal: what comes of it is a pure function of what is known.
    fn may_run_ahead(&self, tenant: TenantId, effect: &Effect) -> bool {
        let state = self.engine.state();
        let digest = match effect {
            Effect::InvokeStep { job, .. } => state
                .jobs
                .get(&(tenant, *job))
                .and_then(|job| job.component.clone()),
            Effect::InvokeTrigger { firing } => state
                .firings
                .get(&(tenant, *firing))
                .map(|firing| Arc::clone(&firing.digest)),
            Effect::Answer { .. } => return true,
            _ => None,
        };
        let component = digest.and_then(|digest| state.component_digests.get(&(tenant, digest)));
        component.is_some_and(|component| component.pure)
    }

    fn perform(&mut self, tenant: TenantId, effect: Effect) {
        match effect {
            Effect::InvokeStep { .. } | Effect::InvokeTrigger { .. } => {
                self.invoker.invoke(&mut self.engine, tenant, effect);
            }
            Effect::JobsAvailable { tenant, job_type } => {
                self.waiters.jobs_available(tenant, &job_type)
            }
            Effect::InstanceEnded { instance, ending } => {
                self.waiters.ends.answer(&instance, ending);
            }
            Effect::TaskDecided { task, verdict } => self.waiters.verdicts.answer(&task, verdict),
            Effect::BindJobs { tenant, job_type } => {
                let command = BindJobs {
                    job_type: job_type.to_string(),
                };
                if let Ok(Err(rejection)) = self.process(tenant, None, command) {
                    tracing::debug!(%rejection, "no jobs to bind");
                }
            }
            Effect::Answer { instance, question } => {
                self.answers.ask(question, Asker::Case(tenant, instance));
            }
        }
    }

    fn tick(&mut self) {
        let began = Instant::now();
        let now = self.now();
        while let Some((_, tenant)) = self
            .engine
            .next_due()
            .filter(|(due_ms, _)| *due_ms <= now && !self.is_full() && !self.clock_waits)
        {
            match self.process(tenant, None, Tick) {
                Ok(Ok(_)) => {}
                Ok(Err(rejection)) => {
                    tracing::error!(%rejection, "the clock could not tick");
                    return;
                }
                Err(question) => {
                    self.clock_waits = true;
                    self.answers.ask(question, Asker::Clock);
                }
            }
            if began.elapsed() >= WRITER_TURN {
                return;
            }
        }
    }

    /// How much longer the batch waits for components that have just begun: most take far less
    /// than a commit, and then a whole chain of steps shares one instead of taking several,
    /// one after the other. It waits as long as one commit takes, so that whoever has to wait
    /// for nothing but the disk waits for two commits at most.
    fn held(&self) -> Option<Duration> {
        let since = self.pending.since.filter(|_| !self.is_full())?;
        let longest_wait = self.invoker.youngest_age()?.max(since.elapsed());
        self.commit_time.checked_sub(longest_wait)
    }

    fn commit(&mut self) {
        if self.committing || self.pending.is_empty() || self.held().is_some() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        if pending.entries.is_empty() {
            // Nothing changed, and everything that was seen is on the disk.
            pending.releases.into_iter().for_each(|release| release());
            pending
                .effects
                .into_iter()
                .for_each(|(tenant, effect)| self.perform(tenant, effect));
            return;
        }
        let batch = self.engine.freeze(pending.entries);
        self.committing = true;
        // When the disk's thread is gone it has said why; the loop ends with its channel.
        if self
            .commits
            .send(Commit {
                batch,
                releases: pending.releases,
                effects: pending.effects,
            })
            .is_err()
        {
            panic!("the store cannot be written any more");
        }
    }

    fn batch_written(&mut self, batch: Written) {
        self.engine.written();
        self.committing = false;
        // Smoothed, so that one slow write does not make the next batches wait.
        self.commit_time = ((self.commit_time * 3 + batch.took) / 4).min(LONGEST_HOLD);
        for (tenant, effect) in batch.effects {
            self.perform(tenant, effect);
        }
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.releases.is_empty() && self.effects.is_empty()
    }
}
