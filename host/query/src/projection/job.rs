//! Jobs. Their state is the last milestone, as in Camunda: a job that failed stays FAILED
//! until it is done, although a new attempt may be under way.

use std::sync::Arc;

use gardesh_engine::entities::job::{self, Job as JobRow};
use gardesh_engine::event::JobEvent;
use gardesh_engine::key::*;

use super::process_instance::OfCases;
use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// What happened to a job last.
    pub enum JobState {
        /// It came up.
        Created = "CREATED",
        /// It is done.
        Completed = "COMPLETED",
        /// An attempt failed.
        Failed = "FAILED",
        /// It ended in an outcome that the process models.
        ErrorThrown = "ERROR_THROWN",
        /// Its element was left before it was done.
        Canceled = "CANCELED",
        /// A worker did not answer in time.
        TimedOut = "TIMED_OUT",
        /// Somebody corrected its retries.
        RetriesUpdated = "RETRIES_UPDATED",
    }
}

names! {
    /// What a job is for.
    pub enum JobKind {
        /// The work of an element.
        BpmnElement = "BPMN_ELEMENT",
        /// A listener of an element.
        ExecutionListener = "EXECUTION_LISTENER",
        /// A listener of a user task.
        TaskListener = "TASK_LISTENER",
        /// The choice of what an ad-hoc subprocess enters.
        AdHocSubProcess = "AD_HOC_SUB_PROCESS",
    }
}

impl From<job::JobKind> for JobKind {
    fn from(kind: job::JobKind) -> Self {
        match kind {
            job::JobKind::BpmnElement => Self::BpmnElement,
            job::JobKind::ExecutionListener => Self::ExecutionListener,
            job::JobKind::TaskListener => Self::TaskListener,
            job::JobKind::AdHocSubProcess => Self::AdHocSubProcess,
        }
    }
}

names! {
    /// What a listener listens to.
    pub enum ListenerEventType {
        /// It is no listener's job.
        Unspecified = "UNSPECIFIED",
        /// The element is entered.
        Start = "START",
        /// The element is done.
        End = "END",
        /// The case is ended from outside.
        Cancel = "CANCEL",
        /// The task comes up.
        Creating = "CREATING",
        /// It gets another assignee.
        Assigning = "ASSIGNING",
        /// It is changed.
        Updating = "UPDATING",
        /// It is done.
        Completing = "COMPLETING",
        /// It is canceled.
        Canceling = "CANCELING",
    }
}

impl From<Option<job::ListenerEvent>> for ListenerEventType {
    fn from(event: Option<job::ListenerEvent>) -> Self {
        match event {
            None => Self::Unspecified,
            Some(job::ListenerEvent::Start) => Self::Start,
            Some(job::ListenerEvent::End) => Self::End,
            Some(job::ListenerEvent::Cancel) => Self::Cancel,
            Some(job::ListenerEvent::Creating) => Self::Creating,
            Some(job::ListenerEvent::Assigning) => Self::Assigning,
            Some(job::ListenerEvent::Updating) => Self::Updating,
            Some(job::ListenerEvent::Completing) => Self::Completing,
            Some(job::ListenerEvent::Canceling) => Self::Canceling,
        }
    }
}

row! {
    /// One piece of work for a component or an outside worker.
    pub struct Job in "jobs" {
        /// Its key.
        job_key: JobKey,
        /// The type that says who can do it.
        job_type: Arc<str>,
        /// What it is for.
        kind: JobKind,
        /// For a listener, what it listens to.
        listener_event_type: ListenerEventType,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
        /// The case's definition.
        process_definition_key: ProcessDefinitionKey,
        /// The definition's process id.
        process_definition_id: Arc<str>,
        /// The element's id in the diagram.
        element_id: Arc<str>,
        /// The element's activation.
        element_instance_key: ElementInstanceKey,
        /// The component that runs it, by digest; none when it waits for a worker.
        component: Option<Arc<str>>,
        /// What happened to it last.
        state: JobState,
        /// The attempt that ended last, or the first one.
        attempt: u32,
        /// How urgent it is.
        priority: i32,
        /// Retries that are left.
        retries: u32,
        /// Whether it failed and will be tried again.
        has_failed_with_retries_left: bool,
        /// The worker that has it or had it last.
        worker: Option<Arc<str>>,
        /// When the worker's time is over.
        deadline_ms: Option<u64>,
        /// The code of a modelled outcome.
        error_code: Option<Arc<str>>,
        /// What the last failure or outcome said.
        error_message: Option<Arc<str>>,
        /// When it came up.
        creation_time_ms: u64,
        /// When something happened to it last.
        last_update_time_ms: u64,
        /// When it ended.
        end_time_ms: Option<u64>,
    }
    key: [job_key],
    changes: [
        component, state, attempt, priority, retries, has_failed_with_retries_left, worker, deadline_ms,
        error_code, error_message, last_update_time_ms, end_time_ms
    ],
    indexes: ["tenant, process_instance_key", "tenant, job_type"],
}

impl Keyed for Job {
    type Key = JobKey;

    fn key(&self) -> JobKey {
        self.job_key
    }
}

filter! {
    /// What to look for in jobs.
    pub struct JobFilter {
        job_key: Condition<Key> => "job_key",
        #[serde(rename = "type")]
        job_type: Condition<String> => "job_type",
        kind: Condition<JobKind> => "kind",
        listener_event_type: Condition<ListenerEventType> => "listener_event_type",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        element_id: Condition<String> => "element_id",
        element_instance_key: Condition<Key> => "element_instance_key",
        state: Condition<JobState> => "state",
        priority: Condition<i64> => "priority",
        retries: Condition<i64> => "retries",
        has_failed_with_retries_left: Condition<bool> => "has_failed_with_retries_left",
        worker: Condition<String> => "worker",
        deadline: Condition<Instant> => "deadline_ms",
        error_code: Condition<String> => "error_code",
        error_message: Condition<String> => "error_message",
        creation_time: Condition<Instant> => "creation_time_ms",
        last_update_time: Condition<Instant> => "last_update_time_ms",
        end_time: Condition<Instant> => "end_time_ms",
        #[serde(skip)]
        of_cases: OfCases => "process_instance_key",
    }
}

impl Searchable for Job {
    type Filter = JobFilter;
    const SORT_NAMES: &'static [(&'static str, &'static str)] = &[("type", "job_type")];
}

impl Projection {
    pub(super) fn apply_job_event(
        &mut self,
        cx: &Context<'_>,
        event: &JobEvent,
    ) -> Result<(), Error> {
        match event {
            JobEvent::Created { job } => self.job_created(cx, job),
            JobEvent::Activated {
                job,
                worker,
                deadline_ms,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.worker = Some(Arc::clone(worker));
                row.deadline_ms = Some(*deadline_ms);
            }),
            JobEvent::Completed { job, attempt, .. } => {
                self.job_ended(cx, *job, JobState::Completed, |row| row.attempt = *attempt)
            }
            JobEvent::Failed {
                job,
                attempt,
                retries,
                message,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.state = JobState::Failed;
                row.attempt = *attempt;
                row.retries = *retries;
                row.has_failed_with_retries_left = *retries > 0;
                row.error_message = Some(Arc::clone(message));
                row.deadline_ms = None;
            }),
            JobEvent::TimedOut { job, .. } => self.job_changed(cx, *job, |row| {
                row.state = JobState::TimedOut;
                row.deadline_ms = None;
            }),
            JobEvent::ErrorThrown {
                job,
                attempt,
                code,
                message,
                caught,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.state = JobState::ErrorThrown;
                row.attempt = *attempt;
                row.error_code = Some(Arc::clone(code));
                row.error_message = Some(Arc::clone(message));
                row.has_failed_with_retries_left = false;
                row.deadline_ms = row.deadline_ms.filter(|_| *caught);
                row.end_time_ms = caught.then_some(cx.at_ms);
            }),
            JobEvent::Canceled { job, .. } => self.job_ended(cx, *job, JobState::Canceled, |_| {}),
            JobEvent::Updated {
                job,
                retries,
                deadline_ms,
                priority,
                ..
            } => self.job_changed(cx, *job, |row| {
                row.priority = priority.unwrap_or(row.priority);
                if let Some(retries) = retries {
                    row.state = JobState::RetriesUpdated;
                    row.retries = *retries;
                }
                row.deadline_ms = deadline_ms.or(row.deadline_ms);
            }),
            JobEvent::Bound { job, component, .. } => {
                self.job_changed(cx, *job, |row| row.component = Some(Arc::clone(component)))
            }
            // The end of a wait is no milestone.
            JobEvent::Requeued { .. } | JobEvent::TypeServed { .. } => Ok(()),
        }
    }

    pub(super) fn job_created(&mut self, cx: &Context<'_>, job: &JobRow) -> Result<(), Error> {
        let info = cx.element(job.definition, job.element)?;
        let root = self.root_of(cx, job.instance)?;
        let definition = self.definitions.get(cx, job.definition)?;
        let row = Job {
            job_key: job.key,
            job_type: Arc::clone(&job.job_type),
            kind: job.kind.into(),
            listener_event_type: job.listener_event.into(),
            process_instance_key: job.instance,
            root_process_instance_key: root,
            process_definition_key: job.definition,
            process_definition_id: Arc::clone(&definition.process_definition_id),
            element_id: info.id,
            element_instance_key: job.element_instance,
            component: job.component.clone(),
            state: JobState::Created,
            attempt: job.attempt,
            priority: job.priority,
            retries: job.retries,
            has_failed_with_retries_left: false,
            worker: job.worker.clone(),
            deadline_ms: None,
            error_code: None,
            error_message: None,
            creation_time_ms: job.created_at_ms,
            last_update_time_ms: cx.at_ms,
            end_time_ms: None,
        };
        self.jobs.put(cx.tenant, row);
        Ok(())
    }

    pub(super) fn job_changed(
        &mut self,
        cx: &Context<'_>,
        job: JobKey,
        change: impl FnOnce(&mut Job),
    ) -> Result<(), Error> {
        let row = self.jobs.change(cx, job)?;
        row.last_update_time_ms = cx.at_ms;
        change(row);
        Ok(())
    }

    pub(super) fn job_ended(
        &mut self,
        cx: &Context<'_>,
        job: JobKey,
        state: JobState,
        change: impl FnOnce(&mut Job),
    ) -> Result<(), Error> {
        self.job_changed(cx, job, |row| {
            row.state = state;
            row.end_time_ms = Some(cx.at_ms);
            row.has_failed_with_retries_left = false;
            change(row);
        })
    }
}
