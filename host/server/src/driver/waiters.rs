//! Those who wait: workers for jobs, callers for the end of a case or for what listeners say.
//! In memory only; whoever waits when the process ends asks again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gardesh_engine::effect::{Ending, Verdict};
use gardesh_engine::key::{ProcessInstanceKey, TenantId, UserTaskKey};
use tokio::sync::{Notify, oneshot};

type JobType = (TenantId, Arc<str>);

/// See the module's text.
#[derive(Default)]
pub(super) struct Waiters {
    jobs: Mutex<HashMap<JobType, Arc<Notify>>>,
    /// For the ends of cases.
    pub(super) ends: Answers<ProcessInstanceKey, Ending>,
    /// For what is decided about user tasks.
    pub(super) verdicts: Answers<UserTaskKey, Verdict>,
}

/// Callers who wait for one answer each.
pub(super) struct Answers<K, A>(Mutex<HashMap<K, oneshot::Sender<A>>>);

// A derived one would ask for more of the types.
impl<K, A> Default for Answers<K, A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, A> Answers<K, A> {
    pub(super) fn wait(&self, key: K, caller: oneshot::Sender<A>) {
        let mut waiting = lock(&self.0);
        // Callers who gave up are cleared out whenever the list has doubled.
        if waiting.len() == waiting.capacity() {
            waiting.retain(|_, caller| !caller.is_closed());
        }
        waiting.insert(key, caller);
    }

    pub(super) fn answer(&self, key: &K, answer: A) {
        if let Some(caller) = lock(&self.0).remove(key) {
            drop(caller.send(answer));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waiters {
    pub(super) async fn wait_for_jobs(&self, tenant: TenantId, job_type: &str) {
        let key = (tenant, Arc::<str>::from(job_type));
        let notify = Arc::clone(lock(&self.jobs).entry(key.clone()).or_default());
        let _leave = Leave {
            waiters: self,
            key,
            notify: Arc::clone(&notify),
        };
        notify.notified().await;
    }

    pub(super) fn jobs_available(&self, tenant: TenantId, job_type: &Arc<str>) {
        if let Some(notify) = lock(&self.jobs).get(&(tenant, Arc::clone(job_type))) {
            notify.notify_waiters();
        }
    }
}

/// Takes a job type off the list when the last one who waits for it is gone.
struct Leave<'a> {
    waiters: &'a Waiters,
    key: JobType,
    notify: Arc<Notify>,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut jobs = lock(&self.waiters.jobs);
        // One reference is the list's, one is this one's.
        if Arc::strong_count(&self.notify) <= 2 {
            jobs.remove(&self.key);
        }
    }
}
