//! What a listener of a user task says to what is about to happen. It takes effect when the
//! step returns [`Nothing`](crate::Nothing), and is forgotten when it fails. Whoever denies
//! corrects nothing.
//!
//! ```ignore
//! #[gardesh::step(name = "four-eyes", title = "Nobody approves their own request")]
//! fn four_eyes(request: Request) -> Result<Nothing, StepError> {
//!     let Some(task) = context::user_task() else {
//!         return Err(StepError::fatal("Expected to be called as a task listener"));
//!     };
//!     if task.assignee.as_deref() == Some(&request.author) {
//!         verdict::deny("who asks does not approve");
//!     } else if request.amount > 10_000 {
//!         verdict::correct(Corrections::new().priority(90));
//!     }
//!     Ok(Nothing {})
//! }
//! ```

use crate::bindings::step::gardesh::step::verdict as wit;
#[cfg(target_arch = "wasm32")]
use crate::bindings::step::gardesh::step::verdict as raw;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw;

/// What is to be different about a user task; what is not named stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "corrections do nothing until they are given to `correct`"]
pub struct Corrections {
    assignee: Option<String>,
    candidate_groups: Option<Vec<String>>,
    candidate_users: Option<Vec<String>>,
    due_date: Option<String>,
    follow_up_date: Option<String>,
    priority: Option<u8>,
}

/// The change is not to happen, and why: the reason goes to whoever asked and into the history, an empty text
/// gives none. Of several calls the last one counts.
pub fn deny(reason: impl Into<String>) {
    raw::deny(&reason.into());
}

/// The change is to happen with these corrections. Several calls add up.
pub fn correct(changes: Corrections) {
    raw::correct(&changes.into());
}

impl Corrections {
    /// Nothing is different yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the task to somebody.
    pub fn assignee(mut self, assignee: impl Into<String>) -> Self {
        self.assignee = Some(assignee.into());
        self
    }

    /// Takes the task from everybody.
    pub fn unassign(self) -> Self {
        self.assignee("")
    }

    /// Names the groups whose members may take the task, instead of those before.
    pub fn candidate_groups<T: Into<String>>(
        mut self,
        groups: impl IntoIterator<Item = T>,
    ) -> Self {
        self.candidate_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// Names the persons who may take the task, instead of those before.
    pub fn candidate_users<T: Into<String>>(mut self, users: impl IntoIterator<Item = T>) -> Self {
        self.candidate_users = Some(users.into_iter().map(Into::into).collect());
        self
    }

    /// Says when the task should be done: date and time in ISO 8601, or an empty text to take
    /// that away.
    pub fn due_date(mut self, date: impl Into<String>) -> Self {
        self.due_date = Some(date.into());
        self
    }

    /// Says when to look at the task again: date and time in ISO 8601, or an empty text to
    /// take that away.
    pub fn follow_up_date(mut self, date: impl Into<String>) -> Self {
        self.follow_up_date = Some(date.into());
        self
    }

    /// Says how much the task matters, from 0 to 100.
    pub fn priority(mut self, priority: u8) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Puts `later` ones on top, as the host does.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn add(&mut self, later: &wit::Corrections) {
        fn put<T: Clone>(earlier: &mut Option<T>, later: &Option<T>) {
            if later.is_some() {
                earlier.clone_from(later);
            }
        }
        put(&mut self.assignee, &later.assignee);
        put(&mut self.candidate_groups, &later.candidate_groups);
        put(&mut self.candidate_users, &later.candidate_users);
        put(&mut self.due_date, &later.due_date);
        put(&mut self.follow_up_date, &later.follow_up_date);
        put(&mut self.priority, &later.priority);
    }
}

impl From<Corrections> for wit::Corrections {
    fn from(changes: Corrections) -> Self {
        Self {
            assignee: changes.assignee,
            candidate_groups: changes.candidate_groups,
            candidate_users: changes.candidate_users,
            due_date: changes.due_date,
            follow_up_date: changes.follow_up_date,
            priority: changes.priority,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{self, JobKind, ListenerEvent};
    use crate::testing;

    #[test]
    fn a_listener_can_be_tested_without_a_host() {
        let mut task = testing::user_task(7);
        task.assignee = Some("ada".into());
        testing::set_task_listener(ListenerEvent::Completing, task);
        assert_eq!(context::kind(), JobKind::TaskListener);
        assert_eq!(context::listener_event(), Some(ListenerEvent::Completing));
        let assignee = context::user_task().and_then(|task| task.assignee);
        assert_eq!(assignee.as_deref(), Some("ada"));

        deny("first");
        deny("second");
        assert_eq!(testing::take_verdict().denied.as_deref(), Some("second"));
        assert_eq!(testing::take_verdict(), testing::Verdict::default());
    }

    #[test]
    fn corrections_add_up() {
        correct(Corrections::new().assignee("ada").priority(1));
        correct(Corrections::new().priority(2).candidate_groups(["clerks"]));
        let expected = Corrections::new()
            .assignee("ada")
            .priority(2)
            .candidate_groups(["clerks"]);
        assert_eq!(testing::take_verdict().corrections, expected);
    }

    #[test]
    fn other_jobs_have_no_task() {
        testing::set_execution_listener(ListenerEvent::Start);
        assert_eq!(context::kind(), JobKind::ExecutionListener);
        assert!(context::user_task().is_none());
        testing::set_kind(JobKind::BpmnElement);
        assert_eq!(context::listener_event(), None);
    }
}
