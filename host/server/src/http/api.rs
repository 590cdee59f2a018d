//! What handlers share: the application, the way to the engine, and the places of requests
//! that wait. The way to the read model is in `reading.rs`.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use gardesh_engine::Request;
use gardesh_engine::key::TenantId;
use gardesh_engine::state::State;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, SemaphorePermit};

use super::caller::Caller;
use super::catalog::Catalog;
use super::problem::{Code, Problem};
use super::wire::Whole;
use crate::app::App;
use crate::limits::{MAX_READS, MAX_UPLOADS, MAX_WAIT, MAX_WAITING_REQUESTS};

/// The state of all handlers, which axum copies for every request.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

/// See [`Api`].
pub struct Shared {
    /// The application.
    pub app: App,
    /// Definitions that requests named lately.
    pub catalog: Catalog,
    waiting: Semaphore,
    reads: Semaphore,
    uploads: Semaphore,
    /// Those who change components, by tenant; there are as many as tenants that did.
    component_turns: std::sync::Mutex<BTreeMap<TenantId, Arc<Mutex<()>>>>,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Api {
    /// The state of a server's handlers.
    pub fn new(app: App) -> Self {
        Self(Arc::new(Shared {
            app,
            catalog: Catalog::default(),
            waiting: Semaphore::new(MAX_WAITING_REQUESTS),
            reads: Semaphore::new(MAX_READS),
            uploads: Semaphore::new(MAX_UPLOADS),
            component_turns: std::sync::Mutex::default(),
        }))
    }

    /// Gives a command to the engine; returns its answer once its events are on disk.
    pub async fn submit<R: Request>(
        &self,
        caller: &Caller,
        command: R,
    ) -> Result<R::Answer, Problem> {
        let identity = Some(caller.identity.clone());
        let engine = &self.app.engine;
        Ok(engine.submit(caller.tenant.id, identity, command).await?)
    }

    /// Reads the engine's own state, as of everything that is on disk.
    pub async fn state<T: Send + 'static>(
        &self,
        read: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        Ok(self.app.engine.read(read).await?)
    }

    /// A place for a search or a single read.
    pub async fn place_to_read(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.reads.acquire().await.map_err(Problem::internal)
    }

    /// A place for an upload that is about to be read.
    pub fn place_to_upload(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.uploads.try_acquire().map_err(|_| {
            Problem::new(Code::TooManyUploads, format!(
                "Expected fewer than {MAX_UPLOADS} uploads at a time, but there are as many. Try again after a pause."
            ))
        })
    }

    /// The tenant's only turn to change components: held from looking at one to its change, so
    /// that no configuration is checked against one version and set for another.
    pub async fn turn_to_change_components(&self, tenant: TenantId) -> OwnedMutexGuard<()> {
        let turn = {
            let turns = self.component_turns.lock();
            // Nothing panics while it is held.
            let mut turns = turns.unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(tenant).or_default())
        };
        turn.lock_owned().await
    }

    /// A place for a request that is about to wait.
    pub fn place_to_wait(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.waiting.try_acquire().map_err(|_| {
            Problem::new(Code::TooManyWaitingRequests, format!(
                "Expected fewer than {MAX_WAITING_REQUESTS} waiting requests, but there are as many. Try again after a pause."
            ))
        })
    }
}

/// Runs work that would hold up the other requests of its thread.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::internal)
}

/// How long a client's `requestTimeout` (milliseconds) lets it wait; 0 or nothing means
/// `default`, a negative number not at all.
pub fn wait_time(
    request_timeout: Option<Whole>,
    default: Duration,
) -> Result<Option<Duration>, Problem> {
    match request_timeout.unwrap_or_default().0 {
        0 => Ok(Some(default)),
        ms if ms < 0 => Ok(None),
        ms => Some(Duration::from_millis(ms.unsigned_abs()))
            .filter(|time| *time <= MAX_WAIT)
            .map(Some)
            .ok_or_else(|| {
                Problem::invalid(format!(
                    "Expected a requestTimeout of at most {} ms, but got {ms}. Ask again when it is over.",
                    MAX_WAIT.as_millis()
                ))
            }),
    }
}

/// Lets `attempt` try until it has something, once now and once after each `signal`, for
/// no longer than `time`. The signal is listened to before each attempt, so that none is
/// missed between the two. When `stop` resolves there is nothing more to come.
pub async fn poll_until<
    T,
    W: Future<Output = ()>,
    A: Future<Output = Result<Option<T>, Problem>>,
>(
    time: Duration,
    stop: impl Future<Output = ()>,
    signal: impl Fn() -> W,
    mut attempt: impl FnMut() -> A,
) -> Result<Option<T>, Problem> {
    let deadline = tokio::time::Instant::now() + time;
    let mut stop = std::pin::pin!(stop);
    loop {
        let mut signalled = std::pin::pin!(signal());
        let early = tokio::select! {
            biased;
            () = &mut signalled => true,
            () = std::future::ready(()) => false,
        };
        if let Some(found) = attempt().await? {
            return Ok(Some(found));
        }
        if !early {
            tokio::select! {
                _ = tokio::time::timeout_at(deadline, signalled) => {}
                () = &mut stop => return Ok(None),
            }
        }
        if tokio::time::Instant::now() >= deadline {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use tokio::sync::Notify;

    use super::*;

    #[test]
    fn request_timeouts_mean_what_camunda_says() {
        let default = Duration::from_secs(10);
        assert_eq!(wait_time(None, default).unwrap(), Some(default));
        assert_eq!(wait_time(Some(Whole(0)), default).unwrap(), Some(default));
        assert_eq!(wait_time(Some(Whole(-1)), default).unwrap(), None);
        assert_eq!(
            wait_time(Some(Whole(250)), default).unwrap(),
            Some(Duration::from_millis(250))
        );
        assert!(wait_time(Some(Whole(i64::MAX)), default).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn polling_ends_at_the_deadline() {
        let attempts = Cell::new(0);
        let found: Option<()> = poll_until(Duration::from_secs(5), pending(), pending, || {
            attempts.set(attempts.get() + 1);
            async { Ok(None) }
        })
        .await
        .unwrap();
        assert_eq!((found, attempts.get()), (None, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn polling_ends_when_the_server_does() {
        let began = tokio::time::Instant::now();
        let stop = tokio::time::sleep(Duration::from_secs(1));
        let found: Option<()> = poll_until(Duration::from_secs(60), stop, pending, || async {
            Ok(None)
        })
        .await
        .unwrap();
        assert_eq!((found, began.elapsed()), (None, Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_during_the_attempt_is_not_lost() {
        let notify = Notify::new();
        let attempts = Cell::new(0);
        let found = poll_until(
            Duration::from_secs(5),
            pending(),
            || notify.notified(),
            || {
                attempts.set(attempts.get() + 1);
                // The job comes up while the first attempt is under way and finds nothing.
                notify.notify_waiters();
                let found = (attempts.get() == 2).then_some(attempts.get());
                async move { Ok(found) }
            },
        )
        .await
        .unwrap();
        assert_eq!(found, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn endless_signals_do_not_outlive_the_deadline() {
        let attempts = Cell::new(0_u32);
        let found: Option<()> = poll_until(
            Duration::from_millis(50),
            pending(),
            || std::future::ready(()),
            || {
                attempts.set(attempts.get() + 1);
                async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok(None)
                }
            },
        )
        .await
        .unwrap();
        assert_eq!((found, attempts.get()), (None, 3));
    }
}
