//! The driver: the only code that feeds the engine. One thread processes commands in
//! batches, another commits them; effects and answers go out once their commit is on the
//! disk. `writer` is the loop, `submission` a command on its way, `clock` what time it is, `commit` the disk, `invoke` the sandbox
//! with `job_result`, `line` and `shortage` who runs when, `answers` what takes too long for a
//! command, `projection` the read model, `waiters` those who wait for something to come up.

mod answers;
mod clock;
mod commit;
mod definitions;
mod invoke;
mod job_result;
mod line;
mod projection;
mod shortage;
mod submission;
mod waiters;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Sender, TrySendError, bounded, unbounded};
use gardesh_engine::command::{CreateInstance, InstanceCreated, TaskAnswer};
use gardesh_engine::definition::Definition;
use gardesh_engine::effect::{Ending, Verdict};
use gardesh_engine::event::Entry;
use gardesh_engine::identity::Identity;
use gardesh_engine::key::*;
use gardesh_engine::rejection::Rejection;
use gardesh_engine::state::State;
use gardesh_engine::{Engine, Request};
use gardesh_query::{Definitions, ReadModel};
use gardesh_runtime::Runtime;
use gardesh_store::Store;
use tokio::sync::{oneshot, watch};

pub use clock::{Clock, now_ms, system_clock};
use commit::Progress;
use definitions::DefinitionLookup;
pub use projection::Lag;
use projection::Standing;
use submission::{Sent, Then};
use waiters::Waiters;
use writer::{Message, Writer};

use crate::limits::MAX_WAITING_COMMANDS;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The engine refused it.
    #[error("{0}")]
    Rejected(Rejection),
    /// Too many commands are waiting.
    #[error("the engine has more commands waiting than it can take; try again after a pause")]
    Overloaded,
    /// The server is stopping.
    #[error("the engine has stopped")]
    Stopped,
}

/// What the driver works with.
pub struct Parts {
    /// The durable store.
    pub store: Arc<Store>,
    /// The last entry of its journal.
    pub last: Option<Arc<Entry>>,
    /// The sandbox.
    pub runtime: Runtime,
    /// The read model.
    pub query: Arc<ReadModel>,
    /// Where the time comes from.
    pub clock: Clock,
}

/// The way to the engine; clones share it. When the last one is gone the driver stops.
#[derive(Clone)]
pub struct EngineHandle {
    messages: Sender<Message>,
    progress: Arc<Progress>,
    waiters: Arc<Waiters>,
    definitions: Arc<DefinitionLookup>,
    standing: Arc<Standing>,
    paused: Arc<AtomicUsize>,
}

/// Starts the driver's threads. The second value changes when the driver has stopped, with
/// the reason where it was a fault.
///
/// # Errors
/// When a thread cannot be started.
pub fn start(parts: Parts) -> std::io::Result<(EngineHandle, watch::Receiver<Option<String>>)> {
    let engine = parts
        .store
        .read(|backing| Engine::new(backing, Partition::FIRST))
        .map_err(std::io::Error::other)?;
    let progress = Arc::new(Progress::default());
    let position = engine.state().position();
    progress.position.store(position, Ordering::Release);
    let clocks = clock::start(parts.clock, parts.last.as_deref());
    let waiters = Arc::new(Waiters::default());
    let definitions = Arc::new(DefinitionLookup::new(parts.store.backing()));
    let standing = Arc::new(Standing::default());
    let (stopped, has_stopped) = watch::channel(None);
    let (messages, incoming) = bounded(MAX_WAITING_COMMANDS);
    let (outcomes, done) = unbounded();

    let projection = projection::start(
        Arc::clone(&parts.store),
        parts.query,
        Arc::clone(&definitions),
        Arc::clone(&standing),
    )?;
    let (commits, written) = commit::start(
        parts.store,
        Arc::clone(&progress),
        projection,
        stopped.clone(),
    )?;
    let answers = answers::Answers::start(outcomes.clone())?;
    let paused = Arc::<AtomicUsize>::default();
    let invoker = invoke::Invoker::new(parts.runtime, outcomes, Arc::clone(&paused));
    let writer = Writer::new(
        engine,
        clocks,
        invoker,
        answers,
        Arc::clone(&waiters),
        commits,
    );
    let thread = std::thread::Builder::new().name("engine".into());
    thread.spawn(move || {
        let run = std::panic::AssertUnwindSafe(|| writer.run(&incoming, &done, &written));
        let reason = std::panic::catch_unwind(run)
            .err()
            .map(|panic| reason_of(&*panic));
        stopped.send_replace(Some(reason.unwrap_or_default()));
    })?;
    Ok((
        EngineHandle {
            messages,
            progress,
            waiters,
            definitions,
            standing,
            paused,
        },
        has_stopped,
    ))
}

fn reason_of(panic: &(dyn std::any::Any + Send)) -> String {
    let damage = panic.downcast_ref::<gardesh_engine::table::backing::Damage>();
    damage.map_or_else(
        || "the engine's thread failed".to_owned(),
        |damage| damage.0.clone(),
    )
}

impl EngineHandle {
    /// Has a command carried out; resolves with its answer once what it changed is on the disk.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit<R: Request>(
        &self,
        tenant: TenantId,
        identity: Option<Identity>,
        command: R,
    ) -> Result<R::Answer, SubmitError> {
        self.submit_then(tenant, identity, command, None).await
    }

    async fn submit_then<R: Request>(
        &self,
        tenant: TenantId,
        identity: Option<Identity>,
        command: R,
        then: Option<Then<R::Answer>>,
    ) -> Result<R::Answer, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Submit(Box::new(Sent {
            tenant,
            identity,
            command,
            then,
            reply,
        })))?;
        answer.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Starts a process instance as [`Self::submit`] does, with a way to wait for its end. Nobody
    /// tells of the end of one that was started by an earlier command and has ended before.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn create_and_wait(
        &self,
        tenant: TenantId,
        identity: Option<Identity>,
        command: CreateInstance,
    ) -> Result<(InstanceCreated, oneshot::Receiver<Ending>), SubmitError> {
        let (ended, ending) = oneshot::channel();
        let then: Then<InstanceCreated> = Box::new(move |state, waiters, created| {
            let runs = state.instances.contains(&(tenant, created.instance));
            if runs || !created.again {
                waiters.ends.wait(created.instance, ended);
            }
        });
        let created = self
            .submit_then(tenant, identity, command, Some(then))
            .await?;
        Ok((created, ending))
    }

    /// As [`Self::submit`] for a command about a user task, with a way to wait for what its
    /// listeners say. Nobody says anything when they are not asked.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn ask_about_task<R: Request<Answer = TaskAnswer>>(
        &self,
        tenant: TenantId,
        identity: Option<Identity>,
        command: R,
    ) -> Result<(TaskAnswer, oneshot::Receiver<Verdict>), SubmitError> {
        let (decided, verdict) = oneshot::channel();
        let then: Then<TaskAnswer> = Box::new(move |_, waiters, answer| {
            if let TaskAnswer::ListenersAsked { task } = answer {
                waiters.verdicts.wait(*task, decided);
            }
        });
        let answer = self
            .submit_then(tenant, identity, command, Some(then))
            .await?;
        Ok((answer, verdict))
    }

    /// Reads the state, as it was when everything in it was on the disk.
    ///
    /// # Errors
    /// [`SubmitError::Overloaded`] or [`SubmitError::Stopped`].
    pub async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&State) -> R + Send + 'static,
    ) -> Result<R, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let read = Box::new(move |state: &State| -> writer::Release {
            let result = read(state);
            Box::new(move || drop(reply.send(result)))
        });
        self.send(Message::Read(read))?;
        answer.await.map_err(|_| SubmitError::Stopped)
    }

    /// Returns when jobs of a type may have come up. To miss none, begin to wait before
    /// looking for jobs.
    pub async fn wait_for_jobs(&self, tenant: TenantId, job_type: &str) {
        self.waiters.wait_for_jobs(tenant, job_type).await;
    }

    /// The position of the last entry on the disk.
    pub fn position(&self) -> u64 {
        self.progress.position.load(Ordering::Acquire)
    }

    /// Commits since the start.
    pub fn commits(&self) -> u64 {
        self.progress.commits.load(Ordering::Relaxed)
    }

    /// Runs of components that pause because the platform has no room for them.
    pub fn paused_runs(&self) -> usize {
        self.paused.load(Ordering::Relaxed)
    }

    /// A deployed process, compiled.
    pub fn definition(
        &self,
        tenant: TenantId,
        key: ProcessDefinitionKey,
    ) -> Option<Arc<Definition>> {
        self.definitions.get(tenant, key)
    }

    /// What rows of the read model say of elements.
    pub fn elements(&self) -> Arc<dyn Definitions + Send + Sync> {
        Arc::clone(&self.definitions) as _
    }

    /// How far behind the read model is; none while it has all.
    pub fn read_model_lag(&self) -> Option<Lag> {
        self.standing.lag()
    }

    fn send(&self, message: Message) -> Result<(), SubmitError> {
        self.messages
            .try_send(message)
            .map_err(|error| match error {
                TrySendError::Full(_) => SubmitError::Overloaded,
                TrySendError::Disconnected(_) => SubmitError::Stopped,
            })
    }
}
