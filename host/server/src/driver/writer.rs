//! The single writer: takes what is waiting, to a bound, processes it, and hands the batch
//! to the disk. While that one is being written it processes the next.
//!
//! Components without an outside capability are started at once, ahead of the commit: they
//! can do nothing that a crash would have to take back. Everything else waits.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Select, Sender};
use gardesh_engine::Engine;
use gardesh_engine::command::{Command, Record};
use gardesh_engine::effect::{Effect, Ending, Reply, Verdict};
use gardesh_engine::event::Entry;
use gardesh_engine::key::*;
use gardesh_engine::state::State;
use tokio::sync::oneshot;

use super::commit::{Commit, Written};
use super::invoke::{Invoker, Outcome};
use super::waiters::Waiters;
use super::{Committed, SubmitError};

/// Commands in one batch: enough that an fsync is shared by many, few enough that the
/// first does not wait long for the last.
const MAX_BATCH: usize = 1_024;

/// The longest sleep of the loop: a clock that was set back is noticed after this.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// The longest that a batch waits for components that have just begun, however slow the disk.
const LONGEST_HOLD: Duration = Duration::from_millis(5);

/// How long the clock may go on before others have their turn: a batch operation is due until it
/// is done, and whoever wants to pause it must be heard.
const TURN: Duration = Duration::from_millis(5);

/// What is done once a batch is on the disk.
pub(super) type Release = Box<dyn FnOnce() + Send>;

/// A reading of the state, made on the engine's thread and handed out after the commit.
pub(super) type Read = Box<dyn FnOnce(&State) -> Release + Send>;

/// What other threads ask of the writer.
pub(super) enum Message {
    /// Carry out a command.
    Submit {
        tenant: TenantId,
        command: Box<Command>,
        waiting: Option<Waiting>,
        reply: oneshot::Sender<Result<Committed, SubmitError>>,
    },
    /// Read the state.
    Read(Read),
}

/// What whoever submitted a command wants to be told after it.
pub(super) enum Waiting {
    /// How the case ended that it started.
    End(oneshot::Sender<Ending>),
    /// What is decided about the user task whose listeners are asked.
    Verdict(oneshot::Sender<Verdict>),
}

/// Where journal time comes from, in milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(now_ms)
}

/// What it shows, for what is shown to people. What counts is journal time.
pub fn now_ms() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
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
    last_ms: u64,
    invoker: Invoker,
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
        clock: Clock,
        invoker: Invoker,
        waiters: Arc<Waiters>,
        commits: Sender<Commit>,
    ) -> Self {
        Self {
            engine,
            clock,
            last_ms: 0,
            invoker,
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
            self.commit();
        }
    }

    /// Takes up what was open when the process ended.
    fn resume(&mut self) {
        for effect in self.engine.open_effects(TenantId::DEFAULT) {
            self.perform(TenantId::DEFAULT, effect);
        }
    }

    /// Sleeps until there is something to do.
    fn wait(
        &self,
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
        let until_due = self
            .engine
            .next_due()
            .map(|(due_ms, _)| due_ms.saturating_sub((self.clock)()));
        let mut sleep = until_due
            .map_or(LONGEST_SLEEP, Duration::from_millis)
            .min(LONGEST_SLEEP);
        if let Some(held) = self.held().filter(|_| !self.committing) {
            sleep = sleep.min(held);
        }
        // Whether something is ready or the time is over, the caller looks at everything.
        let _ = select.ready_timeout(sleep);
    }

    fn is_full(&self) -> bool {
        self.pending.processed >= MAX_BATCH
    }

    /// Processes what is waiting: outcomes first, because others wait for their cases.
    /// Returns whether anybody can still send messages.
    fn fill_batch(
        &mut self,
        open: bool,
        messages: &Receiver<Message>,
        outcomes: &Receiver<Outcome>,
    ) -> bool {
        while !self.is_full() {
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
            Message::Submit {
                tenant,
                command,
                waiting,
                reply,
            } => {
                let result = self.process(tenant, *command);
                match (&result, waiting) {
                    (Ok(Reply::InstanceCreated { instance, .. }), Some(Waiting::End(caller))) => {
                        self.waiters.ends.wait(*instance, caller);
                    }
                    (Ok(Reply::Asked { task }), Some(Waiting::Verdict(caller))) => {
                        self.waiters.verdicts.wait(*task, caller);
                    }
                    _ => {}
                }
                self.pending.releases.push(Box::new(move || {
                    let answer = result
                        .map(|reply| Committed { reply })
                        .map_err(SubmitError::Rejected);
                    // Whoever asked may have gone; what was done stays done.
                    drop(reply.send(answer));
                }));
            }
        }
    }

    fn outcome(&mut self, outcome: Outcome) {
        if let Err(rejection) = self.process(outcome.tenant, outcome.command) {
            tracing::debug!(%rejection, "an outcome came late and was not recorded");
        }
        self.invoker.outcome_received(&mut self.engine);
    }

    fn process(
        &mut self,
        tenant: TenantId,
        command: Command,
    ) -> Result<Reply, gardesh_engine::rejection::Rejection> {
        self.last_ms = (self.clock)().max(self.last_ms);
        let record = Record {
            tenant,
            at_ms: self.last_ms,
            entropy: rand::random(),
            command,
        };
        let processed = self.engine.process(record);
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
        processed.reply
    }

    /// Whether an effect is internal: the component is a pure function of its input.
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
                let command = Command::BindJobs {
                    job_type: job_type.to_string(),
                };
                if let Err(rejection) = self.process(tenant, command) {
                    tracing::debug!(%rejection, "no jobs to bind");
                }
            }
        }
    }

    fn tick(&mut self) {
        let began = Instant::now();
        let now = (self.clock)().max(self.last_ms);
        while let Some((_, tenant)) = self
            .engine
            .next_due()
            .filter(|(due_ms, _)| *due_ms <= now && !self.is_full())
        {
            if let Err(rejection) = self.process(tenant, Command::Tick) {
                tracing::error!(%rejection, "the clock could not tick");
                return;
            }
            if began.elapsed() >= TURN {
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
