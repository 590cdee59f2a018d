//! What a component is given when it runs: put together from state at the moment of the
//! call, so that a waiting job costs no memory.

use std::sync::Arc;

use crate::context::Context;
use crate::engine::Engine;
use crate::entities::component::ComponentRow;
use crate::entities::experience::CustomerRow;
use crate::entities::job::{Job, JobState};
use crate::entities::trigger::Firing;
use crate::entities::user_task::Prospect;
use crate::experience::governor::Customer;
use crate::key::*;
use crate::variables::Document;

/// A step that is to run.
#[derive(Clone, Debug)]
pub struct StepInvocation {
    /// The id of its tenant in the API.
    pub tenant: Arc<str>,
    /// The component.
    pub component: Arc<ComponentRow>,
    /// The job, with the attempt that an outcome must carry.
    pub job: Arc<Job>,
    /// The process id of the diagram.
    pub process_id: Arc<str>,
    /// The definition's version.
    pub process_version: u32,
    /// The id of the task in the diagram.
    pub element_id: Arc<str>,
    /// The task headers.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// The case's number in the company's own books.
    pub business_key: Option<Arc<str>>,
    /// Journal time: when this attempt could begin, the same in every run.
    pub at_ms: u64,
    /// The variables that the step can see.
    pub variables: Document,
    /// For a listener of a user task: the task as it will be if the listeners agree.
    pub user_task: Option<Prospect>,
}

/// A trigger that is to look at an event.
#[derive(Clone, Debug)]
pub struct TriggerInvocation {
    /// The id of its tenant in the API.
    pub tenant: Arc<str>,
    /// The component.
    pub component: Arc<ComponentRow>,
    /// The event and the case.
    pub firing: Arc<Firing>,
    /// What the case says of its customer.
    pub customer: Customer,
    /// What is known of how often that customer was asked.
    pub history: CustomerRow,
}

impl Engine {
    /// What a job's component is to be given; none when the attempt is over.
    pub fn step_invocation(
        &mut self,
        tenant: TenantId,
        job: JobKey,
        attempt: u32,
    ) -> Option<StepInvocation> {
        let job = self.state().jobs.get(&(tenant, job))?;
        if job.attempt != attempt || job.state != JobState::Ready {
            return None;
        }
        let component = self
            .state()
            .component_digests
            .get(&(tenant, Arc::clone(job.component.as_ref()?)))?;
        let instance = self.state().instances.get(&(tenant, job.instance))?;
        if instance.banned.is_some() || instance.suspended {
            return None;
        }
        let row = self.state().definitions.get(&(tenant, job.definition))?;
        let definition = self.definition(tenant, job.definition)?;
        let node = definition.node(job.element);
        Some(StepInvocation {
            tenant: self.state().tenant_name(tenant)?,
            component,
            process_id: Arc::clone(&row.id),
            process_version: row.version,
            element_id: Arc::clone(&node.id),
            headers: job.headers(node).into_iter().collect(),
            business_key: instance.business_key.clone(),
            at_ms: job.ready_at_ms,
            variables: Context::given(self.state(), tenant, &job),
            user_task: Context::listened(self.state(), tenant, &job)
                .and_then(|task| task.prospect()),
            job,
        })
    }

    /// What a firing's trigger is to be given; none when it has decided.
    pub fn trigger_invocation(
        &mut self,
        tenant: TenantId,
        firing: FiringKey,
    ) -> Option<TriggerInvocation> {
        let firing = self.state().firings.get(&(tenant, firing))?;
        let component = self
            .state()
            .component_digests
            .get(&(tenant, Arc::clone(&firing.digest)))?;
        let customer = Customer::of(&firing.case.variables);
        let history = customer
            .id
            .as_ref()
            .and_then(|id| self.state().customers.get(&(tenant, Arc::clone(id))));
        let history = history.map(|row| (*row).clone()).unwrap_or_default();
        Some(TriggerInvocation {
            tenant: self.state().tenant_name(tenant)?,
            component,
            firing,
            customer,
            history,
        })
    }
}
