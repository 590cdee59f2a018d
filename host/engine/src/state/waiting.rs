//! What keeps a case from going on that somebody should know of: incidents, in it and in those
//! that it called, and jobs that wait although nobody has ever served their type. It is read by
//! whoever shows a case; nothing that happens depends on it.

use std::sync::Arc;

use super::State;
use crate::entities::element_instance::{ElementInstance, Work};
use crate::entities::incident::Incident;
use crate::entities::job::{Job, JobState};
use crate::key::*;
use crate::limits::{MAX_CASES_LOOKED_THROUGH, UNSERVED_AFTER_MS};

/// Why a case does not end unless somebody does something.
#[derive(Clone, Debug)]
pub enum Stop {
    /// An element cannot go on.
    Incident(Arc<Incident>),
    /// A fault of the engine stopped this case.
    Banned {
        instance: ProcessInstanceKey,
        reason: Arc<str>,
    },
}

impl State {
    /// What stops a case first: something in itself, or in a case that it called, of which the
    /// first [`MAX_CASES_LOOKED_THROUGH`] are looked at.
    pub fn stop_of(&self, tenant: TenantId, case: ProcessInstanceKey) -> Option<Stop> {
        let mut cases = vec![case];
        let mut next = 0;
        while let Some(instance) = cases.get(next).copied() {
            next += 1;
            let row = self.instances.get(&(tenant, instance));
            if let Some(reason) = row.and_then(|row| row.banned.clone()) {
                return Some(Stop::Banned { instance, reason });
            }
            if let Some(incident) = self.first_incident(tenant, instance) {
                return Some(Stop::Incident(incident));
            }
            let left = MAX_CASES_LOOKED_THROUGH.saturating_sub(cases.len());
            let elements = self.elements_of(tenant, instance).into_iter();
            let called = elements.filter_map(|row| match row.work {
                Some(Work::Call(called)) => Some(called),
                _ => None,
            });
            cases.extend(called.take(left));
        }
        None
    }

    fn first_incident(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
    ) -> Option<Arc<Incident>> {
        let found = self.incidents_by_element.first_under((tenant, instance), 1);
        let (_, _, _, key) = found.first()?.0;
        self.incidents.get(&(tenant, key))
    }

    /// The jobs of a case that have waited for a worker for [`UNSERVED_AFTER_MS`], and whose type
    /// nobody has ever served.
    pub fn unserved_jobs(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
        now_ms: u64,
    ) -> Vec<Arc<Job>> {
        let elements = self.elements_of(tenant, instance).into_iter();
        let keys = elements.flat_map(|row| row.jobs().collect::<Vec<_>>());
        let jobs = keys.filter_map(|key| self.jobs.get(&(tenant, key)));
        jobs.filter(|job| {
            let waits = job.state == JobState::Ready && job.component.is_none();
            let served = (tenant, Arc::clone(&job.job_type));
            waits
                && now_ms.saturating_sub(job.created_at_ms) >= UNSERVED_AFTER_MS
                && !self.served_job_types.contains(&served)
        })
        .collect()
    }

    fn elements_of(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
    ) -> Vec<Arc<ElementInstance>> {
        let rows = self.elements.under((tenant, instance));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}
