//! What requests change about a user task: the changeset of an update and the corrections of
//! a listener, which are the same fields. What can be in them is checked in the engine.

use std::sync::Arc;

use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::limits::MAX_TASK_PRIORITY;
use serde::Deserialize;

use crate::http::problem::Problem;
use crate::http::wire::Whole;

/// The fields of a task that may be changed; those that are absent or null stay as they are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changeset {
    due_date: Option<String>,
    follow_up_date: Option<String>,
    candidate_users: Option<Vec<Arc<str>>>,
    candidate_groups: Option<Vec<Arc<str>>>,
    priority: Option<Whole>,
}

impl Changeset {
    /// An empty text takes a value away, as in Camunda.
    pub fn changes(self) -> Result<TaskChanges, Problem> {
        Ok(TaskChanges {
            assignee: None,
            candidate_groups: self.candidate_groups,
            candidate_users: self.candidate_users,
            due_date: self.due_date.map(not_empty),
            follow_up_date: self.follow_up_date.map(not_empty),
            priority: self.priority.map(priority).transpose()?,
        })
    }
}

/// What a listener corrects: an empty text as the assignee takes the task from everybody.
#[derive(Default, Deserialize)]
pub struct Corrections {
    assignee: Option<String>,
    #[serde(flatten)]
    others: Changeset,
}

impl Corrections {
    /// The corrections as the engine knows them.
    pub fn changes(self) -> Result<TaskChanges, Problem> {
        Ok(TaskChanges {
            assignee: self.assignee.map(not_empty),
            ..self.others.changes()?
        })
    }
}

fn not_empty(text: String) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

fn priority(Whole(priority): Whole) -> Result<u8, Problem> {
    u8::try_from(priority).map_err(|_| {
        Problem::invalid(format!(
            "Expected 'priority' to be from 0 to {MAX_TASK_PRIORITY}, but got {priority}."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn absent_fields_stay_and_empty_ones_go() {
        let changes = |json: &str| parse::<Changeset>(json.as_bytes())?.changes();
        assert!(changes("{}").unwrap().is_empty());
        assert!(changes(r#"{"dueDate":null}"#).unwrap().is_empty());
        let json = r#"{"dueDate":"","followUpDate":"2030-01-31T08:00:00Z","candidateUsers":[],"candidateGroups":["a"],"priority":"80"}"#;
        let expected = TaskChanges {
            assignee: None,
            candidate_groups: Some(vec!["a".into()]),
            candidate_users: Some(Vec::new()),
            due_date: Some(None),
            follow_up_date: Some(Some("2030-01-31T08:00:00Z".into())),
            priority: Some(80),
        };
        assert_eq!(changes(json).unwrap(), expected);
        for json in [
            r#"{"priority":-1}"#,
            r#"{"priority":256}"#,
            r#"{"candidateUsers":"ada"}"#,
            r#"{"dueDate":7}"#,
        ] {
            assert!(changes(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_listener_may_correct_the_assignee_too() {
        let changes = |json: &str| parse::<Corrections>(json.as_bytes())?.changes();
        let found = changes(r#"{"assignee":"ada","priority":1}"#).unwrap();
        assert_eq!(
            (found.assignee, found.priority),
            (Some(Some("ada".into())), Some(1))
        );
        assert_eq!(changes(r#"{"assignee":""}"#).unwrap().assignee, Some(None));
        assert!(changes("{}").unwrap().is_empty());
    }
}
