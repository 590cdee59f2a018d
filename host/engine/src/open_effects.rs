//! Effects that state says are open: what a restart has to do again.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::effect::Effect;
use crate::entities::component::ComponentRole;
use crate::key::*;
use crate::limits::OPEN_EFFECTS_PER_PAGE;
use crate::state::State;
use crate::table::Table;
use crate::table::layout::TableKey;

/// How far the reading of open effects has come.
#[derive(Debug)]
pub enum OpenEffects {
    /// Jobs that components are to run, from this one on.
    Steps(TenantId, JobKey),
    /// Triggers that have not decided, from this one on.
    Triggers(TenantId, FiringKey),
    /// Components that may serve jobs that wait, from this one on.
    Bindings(TenantId, Arc<str>),
    /// There are no more.
    Done,
}

impl Default for OpenEffects {
    fn default() -> Self {
        Self::Steps(TenantId(0), JobKey(0))
    }
}

impl OpenEffects {
    pub(crate) fn next(&mut self, state: &State) -> Option<Vec<(TenantId, Effect)>> {
        match self {
            Self::Steps(tenant, job) => {
                let (rows, next) = page(&state.jobs_bound, (*tenant, *job));
                *self = match next {
                    Some((tenant, job)) => Self::Steps(tenant, job),
                    None => Self::Triggers(TenantId(0), FiringKey(0)),
                };
                let steps = rows.into_iter().filter_map(|(tenant, job)| {
                    let attempt = state.jobs.get(&(tenant, job))?.attempt;
                    Some((tenant, Effect::InvokeStep { job, attempt }))
                });
                Some(steps.collect())
            }
            Self::Triggers(tenant, firing) => {
                let (rows, next) = page(&state.firings, (*tenant, *firing));
                *self = match next {
                    Some((tenant, firing)) => Self::Triggers(tenant, firing),
                    None => Self::Bindings(TenantId(0), "".into()),
                };
                let triggers = rows
                    .into_iter()
                    .map(|(tenant, firing)| (tenant, Effect::InvokeTrigger { firing }));
                Some(triggers.collect())
            }
            Self::Bindings(tenant, name) => {
                let (rows, next) = page(&state.components, (*tenant, name.clone()));
                *self = match next {
                    Some((tenant, name)) => Self::Bindings(tenant, name),
                    None => Self::Done,
                };
                let steps = rows.into_iter().filter(|key| {
                    let component = state.components.get(key);
                    component.is_some_and(|row| row.role == ComponentRole::Step)
                });
                let bindings =
                    steps.map(|(tenant, job_type)| (tenant, Effect::BindJobs { tenant, job_type }));
                Some(bindings.collect())
            }
            Self::Done => None,
        }
    }
}

/// The keys of a page, and where the next one begins, if there is one.
fn page<K, V>(table: &Table<K, V>, from: K) -> (Vec<K>, Option<K>)
where
    K: TableKey,
    V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let rows = table.range(&from, &K::last(), OPEN_EFFECTS_PER_PAGE);
    let keys: Vec<K> = rows.into_iter().map(|(key, _)| key).collect();
    let is_full = keys.len() == OPEN_EFFECTS_PER_PAGE;
    let next = keys
        .last()
        .filter(|_| is_full)
        .and_then(TableKey::successor);
    (keys, next)
}
