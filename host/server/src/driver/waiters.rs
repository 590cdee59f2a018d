//! Those who wait: workers for jobs, callers for the end of a case. In memory only; whoever
//! waits when the process ends asks again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gardesh_engine::effect::Ending;
use gardesh_engine::key::{InstanceKey, TenantId};
use tokio::sync::{Notify, oneshot};

type JobType = (TenantId, Arc<str>);

/// See the module's text.
#[derive(Default)]
pub(super) struct Waiters {
    jobs: Mutex<HashMap<JobType, Arc<Notify>>>,
    ends: Mutex<HashMap<InstanceKey, oneshot::Sender<Ending>>>,
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

    pub(super) fn wait_for_end(&self, instance: InstanceKey, ended: oneshot::Sender<Ending>) {
        let mut ends = lock(&self.ends);
        // Callers who gave up are cleared out whenever the list has doubled.
        if ends.len() == ends.capacity() {
            ends.retain(|_, waiting| !waiting.is_closed());
        }
        ends.insert(instance, ended);
    }

    pub(super) fn ended(&self, instance: InstanceKey, ending: Ending) {
        if let Some(waiting) = lock(&self.ends).remove(&instance) {
            drop(waiting.send(ending));
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
