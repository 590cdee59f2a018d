//! Events of work: jobs, user tasks and the incidents that stop them.

use std::sync::Arc;

use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::event::{Event, IncidentEvent, JobEvent, UserTaskEvent};

use super::{Narrator, OF_NO_CASE, Telling};

impl Narrator {
    pub(super) fn tell_of_job(&self, event: &Event) -> Telling {
        match event {
            Event::Job(JobEvent::Created { job }) => self
                .element("JobCreated", job.element_instance)
                .key("jobKey", job.key)
                .text("jobType", &job.job_type)
                .text("kind", &job.kind.name().into())
                .text("listenerEventType", &job.listener_event_name().into())
                .number("retries", job.retries)
                .number("priority", job.priority)
                .optional("component", job.component.as_ref()),
            Event::Job(JobEvent::Activated {
                job,
                worker,
                deadline_ms,
                ..
            }) => self
                .of_work("JobActivated", job.0)
                .key("jobKey", job)
                .text("worker", worker)
                .time("deadline", *deadline_ms),
            Event::Job(JobEvent::Completed { job, attempt, .. }) => self
                .of_work("JobCompleted", job.0)
                .key("jobKey", job)
                .number("attempt", *attempt),
            Event::Job(JobEvent::Failed {
                job,
                attempt,
                retries,
                retry_at_ms,
                message,
                ..
            }) => self
                .of_work("JobFailed", job.0)
                .key("jobKey", job)
                .number("attempt", *attempt)
                .number("retries", *retries)
                .time("retryAt", *retry_at_ms)
                .text("message", message),
            Event::Job(JobEvent::Requeued { job, .. }) => {
                self.of_work("JobBackoffEnded", job.0).key("jobKey", job)
            }
            Event::Job(JobEvent::TimedOut { job, .. }) => {
                self.of_work("JobTimedOut", job.0).key("jobKey", job)
            }
            Event::Job(JobEvent::ErrorThrown {
                job,
                attempt,
                code,
                message,
                caught,
                ..
            }) => self
                .of_work("JobErrorThrown", job.0)
                .key("jobKey", job)
                .number("attempt", *attempt)
                .text("errorCode", code)
                .text("message", message)
                .flag("caught", *caught),
            Event::Job(JobEvent::Canceled { job, .. }) => {
                self.of_work("JobCanceled", job.0).key("jobKey", job)
            }
            Event::Job(JobEvent::Updated {
                job,
                retries,
                deadline_ms,
                priority,
                ..
            }) => self
                .of_work("JobUpdated", job.0)
                .key("jobKey", job)
                .given(*retries, |told, retries| told.number("retries", retries))
                .given(*priority, |told, priority| {
                    told.number("priority", priority)
                })
                .given(*deadline_ms, |told, deadline_ms| {
                    told.time("deadline", deadline_ms)
                }),
            Event::Job(JobEvent::Bound { job, component, .. }) => self
                .of_work("JobBound", job.0)
                .key("jobKey", job)
                .text("component", component),
            _ => Telling::of(OF_NO_CASE),
        }
    }

    pub(super) fn tell_of_task(&self, event: &Event) -> Telling {
        match event {
            Event::UserTask(UserTaskEvent::Created { task }) => self
                .element("UserTaskCreated", task.element_instance)
                .key("userTaskKey", task.key)
                .optional("name", task.name.as_ref())
                .optional("assignee", task.assignee.as_ref()),
            Event::UserTask(UserTaskEvent::Assigned {
                task,
                assignee,
                action,
                ..
            }) => self
                .of_work("UserTaskAssigned", task.0)
                .key("userTaskKey", task)
                .optional("assignee", assignee.as_ref())
                .text("action", action),
            Event::UserTask(UserTaskEvent::Completed { task, action, .. }) => self
                .of_work("UserTaskCompleted", task.0)
                .key("userTaskKey", task)
                .text("action", action),
            Event::UserTask(UserTaskEvent::TransitionStarted {
                task,
                state,
                transition,
                ..
            }) => tell_of_changes(
                self.of_work("UserTaskTransitionStarted", task.0)
                    .key("userTaskKey", task)
                    .text("state", &state.name().into())
                    .text("action", &transition.action),
                &transition.changes,
            ),
            Event::UserTask(UserTaskEvent::Corrected {
                task, corrections, ..
            }) => tell_of_changes(
                self.of_work("UserTaskCorrected", task.0)
                    .key("userTaskKey", task),
                corrections,
            ),
            Event::UserTask(UserTaskEvent::TransitionDenied { task, reason, .. }) => self
                .of_work("UserTaskTransitionDenied", task.0)
                .key("userTaskKey", task)
                .optional("reason", reason.as_ref()),
            Event::UserTask(UserTaskEvent::Opened { task, changes, .. }) => tell_of_changes(
                self.of_work("UserTaskOpened", task.0)
                    .key("userTaskKey", task),
                changes,
            ),
            Event::UserTask(UserTaskEvent::Updated {
                task,
                changes,
                action,
                ..
            }) => tell_of_changes(
                self.of_work("UserTaskUpdated", task.0)
                    .key("userTaskKey", task)
                    .text("action", action),
                changes,
            ),
            Event::UserTask(UserTaskEvent::Canceled { task, .. }) => self
                .of_work("UserTaskCanceled", task.0)
                .key("userTaskKey", task),
            _ => Telling::of(OF_NO_CASE),
        }
    }

    pub(super) fn tell_of_incident(&self, event: &Event) -> Telling {
        match event {
            Event::Incident(IncidentEvent::Created { incident }) => self
                .element("IncidentCreated", incident.element_instance)
                .key("incidentKey", incident.key)
                .text("errorType", &incident.kind.name().into())
                .text("message", &incident.message)
                .given(incident.job, |told, job| told.key("jobKey", job)),
            Event::Incident(IncidentEvent::Resolved { incident, .. }) => self
                .of_work("IncidentResolved", incident.0)
                .key("incidentKey", incident),
            _ => Telling::of(OF_NO_CASE),
        }
    }
}

/// What is different about a task; an empty text is what was taken away.
fn tell_of_changes(telling: Telling, changes: &TaskChanges) -> Telling {
    let text = |change: &Option<Option<Arc<str>>>| {
        change
            .as_ref()
            .map(|text| text.clone().unwrap_or_else(|| "".into()))
    };
    let list = |names: &Option<Vec<Arc<str>>>| {
        names
            .as_ref()
            .map(|names| Arc::<str>::from(names.join(", ")))
    };
    telling
        .optional("assignee", text(&changes.assignee).as_ref())
        .optional("candidateGroups", list(&changes.candidate_groups).as_ref())
        .optional("candidateUsers", list(&changes.candidate_users).as_ref())
        .optional("dueDate", text(&changes.due_date).as_ref())
        .optional("followUpDate", text(&changes.follow_up_date).as_ref())
        .given(changes.priority, |told, priority| {
            told.number("priority", priority)
        })
}
