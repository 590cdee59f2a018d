//! Events of work: jobs, user tasks and the incidents that stop them.

use std::sync::Arc;

use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::event::{IncidentEvent, JobEvent, UserTaskEvent};

use super::{Narrator, Telling};

impl Narrator {
    pub(super) fn tell_of_job(&self, event: &JobEvent) -> Telling {
        match event {
            JobEvent::Created { job } => self
                .element(job.element_instance)
                .key("jobKey", job.key)
                .text("jobType", &job.job_type)
                .text("kind", &job.kind.name().into())
                .text("listenerEventType", &job.listener_event_name().into())
                .number("retries", job.retries)
                .number("priority", job.priority)
                .optional("component", job.component.as_ref()),
            JobEvent::Activated {
                job,
                worker,
                deadline_ms,
                ..
            } => self
                .of_work(job.0)
                .key("jobKey", job)
                .text("worker", worker)
                .time("deadline", *deadline_ms),
            JobEvent::Completed { job, attempt, .. } => self
                .of_work(job.0)
                .key("jobKey", job)
                .number("attempt", *attempt),
            JobEvent::Failed {
                job,
                attempt,
                retries,
                retry_at_ms,
                message,
                ..
            } => self
                .of_work(job.0)
                .key("jobKey", job)
                .number("attempt", *attempt)
                .number("retries", *retries)
                .time("retryAt", *retry_at_ms)
                .text("message", message),
            JobEvent::Requeued { job, .. } => self.of_work(job.0).key("jobKey", job),
            JobEvent::TimedOut { job, .. } => self.of_work(job.0).key("jobKey", job),
            JobEvent::ErrorThrown {
                job,
                attempt,
                code,
                message,
                caught,
                ..
            } => self
                .of_work(job.0)
                .key("jobKey", job)
                .number("attempt", *attempt)
                .text("errorCode", code)
                .text("message", message)
                .flag("caught", *caught),
            JobEvent::Canceled { job, .. } => self.of_work(job.0).key("jobKey", job),
            JobEvent::Updated {
                job,
                retries,
                deadline_ms,
                priority,
                ..
            } => self
                .of_work(job.0)
                .key("jobKey", job)
                .given(*retries, |told, retries| told.number("retries", retries))
                .given(*priority, |told, priority| {
                    told.number("priority", priority)
                })
                .given(*deadline_ms, |told, deadline_ms| {
                    told.time("deadline", deadline_ms)
                }),
            // No process instance is told of it.
            JobEvent::TypeServed { .. } => Telling::default(),
            JobEvent::Bound { job, component, .. } => self
                .of_work(job.0)
                .key("jobKey", job)
                .text("component", component),
        }
    }

    pub(super) fn tell_of_task(&self, event: &UserTaskEvent) -> Telling {
        match event {
            UserTaskEvent::Created { task } => self
                .element(task.element_instance)
                .key("userTaskKey", task.key)
                .optional("name", task.name.as_ref())
                .optional("assignee", task.assignee.as_ref()),
            UserTaskEvent::Assigned {
                task,
                assignee,
                action,
                ..
            } => self
                .of_work(task.0)
                .key("userTaskKey", task)
                .optional("assignee", assignee.as_ref())
                .text("action", action),
            UserTaskEvent::Completed { task, action, .. } => self
                .of_work(task.0)
                .key("userTaskKey", task)
                .text("action", action),
            UserTaskEvent::TransitionStarted {
                task,
                state,
                transition,
                ..
            } => tell_of_changes(
                self.of_work(task.0)
                    .key("userTaskKey", task)
                    .text("state", &state.name().into())
                    .text("action", &transition.action),
                &transition.changes,
            ),
            UserTaskEvent::Corrected {
                task, corrections, ..
            } => tell_of_changes(self.of_work(task.0).key("userTaskKey", task), corrections),
            UserTaskEvent::TransitionDenied { task, reason, .. } => self
                .of_work(task.0)
                .key("userTaskKey", task)
                .optional("reason", reason.as_ref()),
            UserTaskEvent::Opened { task, changes, .. } => {
                tell_of_changes(self.of_work(task.0).key("userTaskKey", task), changes)
            }
            UserTaskEvent::Updated {
                task,
                changes,
                action,
                ..
            } => tell_of_changes(
                self.of_work(task.0)
                    .key("userTaskKey", task)
                    .text("action", action),
                changes,
            ),
            UserTaskEvent::Canceled { task, .. } => self.of_work(task.0).key("userTaskKey", task),
        }
    }

    pub(super) fn tell_of_incident(&self, event: &IncidentEvent) -> Telling {
        match event {
            IncidentEvent::Created { incident } => self
                .element(incident.element_instance)
                .key("incidentKey", incident.key)
                .text("errorType", &incident.kind.name().into())
                .text("message", &incident.message)
                .given(incident.job, |told, job| told.key("jobKey", job)),
            IncidentEvent::Resolved { incident, .. } => {
                self.of_work(incident.0).key("incidentKey", incident)
            }
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
