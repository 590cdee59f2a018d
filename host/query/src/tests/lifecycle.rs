//! What rows say at each point in the life of what they are about.

use std::sync::Arc;

use gardesh_engine::event::{
    ElementInstanceEvent, Event, IncidentEvent, JobEvent, ProcessDefinitionEvent,
    ProcessInstanceEvent, UserTaskEvent,
};
use gardesh_engine::key::*;
use serde_json::json;

use super::fixture::*;
use crate::*;

#[test]
fn a_case_from_beginning_to_end() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, Some("K-1"));
    let began_at = journal.now_ms;
    let model = Model::of(&journal);
    let row: ProcessInstance = model.only();
    assert_eq!(
        (row.process_instance_key, row.state),
        (instance, ProcessInstanceState::Active)
    );
    assert_eq!(
        (&*row.process_definition_id, row.process_definition_version),
        ("claim", 1)
    );
    assert_eq!(row.process_definition_name.as_deref(), Some("Claim"));
    assert_eq!(
        (
            row.business_key.as_deref(),
            row.start_date_ms,
            row.end_date_ms
        ),
        (Some("K-1"), began_at, None)
    );

    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Completed {
            instance,
            outcome: Some("paid".into()),
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    let row: ProcessInstance = model.only();
    assert_eq!(
        (row.state, row.end_date_ms),
        (ProcessInstanceState::Completed, Some(journal.now_ms))
    );
    assert_eq!(row.outcome.as_deref(), Some("paid"));
    assert_eq!(row.business_key.as_deref(), Some("K-1"));
}

#[test]
fn cases_that_are_ended_or_stopped() {
    let mut journal = Journal::new();
    let (ended, stopped) = (journal.start(TENANT, None), journal.start(TENANT, None));
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance: ended,
        })],
    );
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Banned {
            instance: stopped,
            reason: "index out of range".into(),
        })],
    );
    let model = Model::of(&journal);
    let row = model
        .get::<ProcessInstance>(TENANT, ended)
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.has_incident),
        (ProcessInstanceState::Terminated, false)
    );
    let row = model
        .get::<ProcessInstance>(TENANT, stopped)
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.has_incident),
        (ProcessInstanceState::Active, true)
    );
    assert_eq!(row.ban_reason.as_deref(), Some("index out of range"));
}

#[test]
fn elements_show_their_diagram_but_not_the_process_itself() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let (task, other) = (
        ElementInstanceKey(journal.key()),
        ElementInstanceKey(journal.key()),
    );
    let mut events = entered(instance, task, SERVICE);
    events.extend(entered(instance, other, USER));
    journal.record(TENANT, events);
    let entered_at = journal.now_ms;
    journal.record(
        TENANT,
        vec![
            Event::ElementInstance(ElementInstanceEvent::Completed {
                instance,
                key: task,
                outcome: None,
            }),
            Event::ElementInstance(ElementInstanceEvent::Terminating {
                instance,
                key: other,
            }),
            Event::ElementInstance(ElementInstanceEvent::Terminated {
                instance,
                key: other,
            }),
        ],
    );
    let model = Model::of(&journal);
    let page = model.find::<ElementInstance>(TENANT, json!({"filter": {"type": "SERVICE_TASK"}}));
    let [row] = &page.items[..] else {
        panic!("{page:?}")
    };
    assert_eq!(
        (&*row.element_id, row.element_name.as_deref()),
        ("assess", Some("Assess the claim"))
    );
    assert_eq!(
        (row.state, row.start_date_ms),
        (ElementInstanceState::Completed, entered_at)
    );
    assert_eq!(
        (row.end_date_ms, row.scope_key),
        (Some(journal.now_ms), instance.root())
    );
    let states = model.find::<ElementInstance>(TENANT, json!({"sort": [{"field": "elementId"}]}));
    let states: Vec<_> = states
        .items
        .iter()
        .map(|row| (&*row.element_id, row.state))
        .collect();
    assert_eq!(
        states,
        [
            ("approve", ElementInstanceState::Terminated),
            ("assess", ElementInstanceState::Completed)
        ]
    );
}

#[test]
fn a_job_keeps_its_last_milestone() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let row = journal.job(instance, element, "assess");
    let job = row.key;
    journal.record(
        TENANT,
        vec![Event::Job(JobEvent::Created { job: Arc::new(row) })],
    );
    let failed = |attempt, retries| {
        let message = format!("attempt {attempt}").into();
        Event::Job(JobEvent::Failed {
            instance,
            job,
            attempt,
            retries,
            retry_at_ms: 0,
            message,
        })
    };
    let activated = Event::Job(JobEvent::Activated {
        instance,
        job,
        worker: "w1".into(),
        deadline_ms: 9_000,
    });
    let updated = |retries, deadline_ms| {
        Event::Job(JobEvent::Updated {
            instance,
            job,
            retries,
            deadline_ms,
            priority: None,
        })
    };
    let place = 99;
    // event, state, attempt, retries, will be tried again, deadline
    let steps = [
        (activated, JobState::Created, 1, 3, false, Some(9_000)),
        (
            updated(None, Some(9_500)),
            JobState::Created,
            1,
            3,
            false,
            Some(9_500),
        ),
        (
            Event::Job(JobEvent::TimedOut {
                instance,
                job,
                place,
            }),
            JobState::TimedOut,
            1,
            3,
            false,
            None,
        ),
        (failed(1, 2), JobState::Failed, 1, 2, true, None),
        (
            Event::Job(JobEvent::Requeued {
                instance,
                job,
                place,
            }),
            JobState::Failed,
            1,
            2,
            true,
            None,
        ),
        (failed(2, 0), JobState::Failed, 2, 0, false, None),
        (
            updated(Some(5), None),
            JobState::RetriesUpdated,
            2,
            5,
            false,
            None,
        ),
        (
            Event::Job(JobEvent::Completed {
                instance,
                job,
                attempt: 3,
            }),
            JobState::Completed,
            3,
            5,
            false,
            None,
        ),
    ];
    for (event, state, attempt, retries, again, deadline_ms) in steps {
        let what = format!("{event:?}");
        journal.record(TENANT, vec![event]);
        let row = Model::of(&journal).only::<Job>();
        assert_eq!(
            (row.state, row.attempt, row.retries),
            (state, attempt, retries),
            "{what}"
        );
        assert_eq!(
            (row.has_failed_with_retries_left, row.deadline_ms),
            (again, deadline_ms),
            "{what}"
        );
    }
    let row = Model::of(&journal).only::<Job>();
    assert_eq!(
        (row.worker.as_deref(), row.error_message.as_deref()),
        (Some("w1"), Some("attempt 2"))
    );
    assert_eq!(
        (row.end_time_ms, &*row.element_id),
        (Some(journal.now_ms), "assess")
    );
}

#[test]
fn a_job_that_throws_and_one_that_is_canceled() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let (thrown, canceled) = (
        journal.job(instance, element, "a"),
        journal.job(instance, element, "b"),
    );
    let (thrown_key, canceled_key) = (thrown.key, canceled.key);
    journal.record(
        TENANT,
        vec![
            Event::Job(JobEvent::Created {
                job: Arc::new(thrown),
            }),
            Event::Job(JobEvent::Created {
                job: Arc::new(canceled),
            }),
            Event::Job(JobEvent::Bound {
                instance,
                job: canceled_key,
                component: "digest".into(),
            }),
            Event::Job(JobEvent::ErrorThrown {
                instance,
                job: thrown_key,
                attempt: 1,
                code: "rejected".into(),
                message: "no".into(),
                caught: true,
            }),
            Event::Job(JobEvent::Canceled {
                instance,
                job: canceled_key,
            }),
        ],
    );
    let model = Model::of(&journal);
    let row = model.get::<Job>(TENANT, thrown_key).unwrap().unwrap();
    assert_eq!(
        (row.state, row.error_code.as_deref()),
        (JobState::ErrorThrown, Some("rejected"))
    );
    let row = model.get::<Job>(TENANT, canceled_key).unwrap().unwrap();
    assert_eq!(
        (row.state, row.component.as_deref()),
        (JobState::Canceled, Some("digest"))
    );
}

#[test]
fn a_user_task_is_assigned_and_done() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let task = journal.user_task(instance, element);
    let key = task.key;
    journal.record(
        TENANT,
        vec![Event::UserTask(UserTaskEvent::Created {
            task: Arc::new(task),
        })],
    );
    let model = Model::of(&journal);
    let row: UserTask = model.only();
    assert_eq!(
        (row.state, &*row.element_id, row.form_key),
        (UserTaskState::Created, "approve", Some(FormKey(77)))
    );
    assert_eq!(
        (row.process_name.as_deref(), row.due_at_ms),
        (Some("Claim"), Some(1_795_255_200_000))
    );

    for filter in [
        json!({"candidateGroup": "leads"}),
        json!({"candidateGroup": {"$in": ["nobody", "adjusters"]}}),
        json!({"candidateUser": {"$like": "mar*"}}),
        json!({"assignee": {"$exists": false}}),
        json!({"dueDate": {"$gte": "2026-11-21T10:00:00Z", "$lt": "2026-11-21T10:00:01Z"}}),
        json!({"processInstanceVariables": []}),
    ] {
        assert_eq!(
            model
                .find::<UserTask>(TENANT, json!({"filter": filter}))
                .total_items,
            1,
            "{filter}"
        );
    }
    assert_eq!(
        model
            .find::<UserTask>(TENANT, json!({"filter": {"candidateGroup": "lead"}}))
            .total_items,
        0
    );

    journal.record(
        TENANT,
        vec![Event::UserTask(UserTaskEvent::Assigned {
            instance,
            task: key,
            assignee: Some("maryam".into()),
            action: "assign".into(),
        })],
    );
    journal.record(
        TENANT,
        vec![Event::UserTask(UserTaskEvent::Completed {
            instance,
            task: key,
            action: "complete".into(),
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    let row: UserTask = model.only();
    assert_eq!(
        (row.state, row.assignee.as_deref()),
        (UserTaskState::Completed, Some("maryam"))
    );
    assert_eq!(row.completion_date_ms, Some(journal.now_ms));
}

#[test]
fn an_incident_marks_its_case_and_its_element() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let first = journal.incident(instance, element, Some(JobKey(5)));
    let second = journal.incident(instance, instance.root(), None);
    let (first_key, second_key) = (first.key, second.key);
    let mut events = entered(instance, element, SERVICE);
    events.push(Event::Incident(IncidentEvent::Created {
        incident: Arc::new(first),
    }));
    events.push(Event::Incident(IncidentEvent::Created {
        incident: Arc::new(second),
    }));
    journal.record(TENANT, events);
    let model = Model::of(&journal);
    let row: ProcessInstance = model.only();
    assert_eq!((row.has_incident, row.open_incidents), (true, 2));
    let row: ElementInstance = model.only();
    assert_eq!(
        (row.has_incident, row.incident_key),
        (true, Some(first_key))
    );
    let by_message = json!({"filter": {"errorMessage": {"$like": "*retries*"}}});
    assert_eq!(
        model
            .find::<ProcessInstance>(TENANT, by_message.clone())
            .total_items,
        1
    );

    for (resolved, left) in [(first_key, 1), (second_key, 0)] {
        journal.record(
            TENANT,
            vec![Event::Incident(IncidentEvent::Resolved {
                instance,
                incident: resolved,
            })],
        );
        model.project(&journal.entries, &Elements).unwrap();
        let row: ProcessInstance = model.only();
        assert_eq!((row.has_incident, row.open_incidents), (left > 0, left));
    }
    assert_eq!(
        model
            .find::<ProcessInstance>(TENANT, by_message)
            .total_items,
        0
    );
    let row: ElementInstance = model.only();
    assert_eq!((row.has_incident, row.incident_key), (false, None));
    let row = model.get::<Incident>(TENANT, first_key).unwrap().unwrap();
    assert_eq!(
        (row.state, &*row.error_type, row.job_key),
        (IncidentState::Resolved, "JOB_NO_RETRIES", Some(JobKey(5)))
    );
    assert_eq!(row.resolution_time_ms, Some(journal.now_ms - 10));
}

#[test]
fn variables_are_found_by_their_value() {
    let mut journal = Journal::new();
    let (first, second) = (journal.start(TENANT, None), journal.start(TENANT, None));
    let long = format!("\"{}\"", "x".repeat(10_000));
    journal.record(
        TENANT,
        vec![
            variable(first, 1, "amount", "1"),
            variable(first, 1, "amount", "900"),
            variable(first, 2, "customer", r#"{"tier": "gold"}"#),
            variable(second, 3, "amount", "90"),
            variable(second, 4, "letter", &long),
        ],
    );
    let model = Model::of(&journal);
    let cases = |variables: serde_json::Value| {
        let page =
            model.find::<ProcessInstance>(TENANT, json!({"filter": {"variables": variables}}));
        page.items
            .iter()
            .map(|row| row.process_instance_key)
            .collect::<Vec<_>>()
    };
    assert_eq!(cases(json!([{"name": "amount", "value": "900"}])), [first]);
    assert_eq!(cases(json!([{"name": "amount", "value": "1"}])), []);
    assert_eq!(
        cases(json!([{"name": "amount", "value": {"$in": ["90", "900"]}}])),
        [first, second]
    );
    assert_eq!(
        cases(json!([{"name": "customer", "value": "{ \"tier\":\"gold\" }"}])),
        [first]
    );
    assert_eq!(cases(json!([{"name": "letter", "value": long}])), [second]);
    assert_eq!(
        cases(
            json!([{"name": "amount", "value": "900"}, {"name": "letter", "value": {"$exists": true}}])
        ),
        []
    );

    let search: Search<Variable> = read(json!({"filter": {"name": "letter"}}));
    let whole = model.search(TENANT, &search).unwrap().items.remove(0).value;
    assert_eq!((whole.text.len(), whole.is_truncated), (10_002, false));
    let short = model
        .search(
            TENANT,
            &Search {
                shorten: true,
                ..search
            },
        )
        .unwrap()
        .items
        .remove(0)
        .value;
    assert_eq!((short.text.len(), short.is_truncated), (8_191, true));
}

#[test]
fn the_latest_version_of_a_process() {
    let mut journal = Journal::new();
    let other = ProcessDefinitionKey(journal.key());
    let second = ProcessDefinitionKey(journal.key());
    journal.record(
        TENANT,
        vec![deployed(second, "claim", 2), deployed(other, "travel", 1)],
    );
    let model = Model::of(&journal);
    let keys = |filter: serde_json::Value| {
        let page = model.find::<ProcessDefinition>(TENANT, json!({"filter": filter}));
        page.items
            .iter()
            .map(|row| row.process_definition_key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(json!({"isLatestVersion": true})), [other, second]);
    assert_eq!(keys(json!({"isLatestVersion": false})), [DEFINITION]);
    assert_eq!(keys(json!({"versionTag": "stable"})), [second]);
    // Where the latest was deleted, the one before is it again; the deleted one can still be found.
    let deleted = |definition| {
        vec![Event::ProcessDefinition(ProcessDefinitionEvent::Deleted {
            definition,
        })]
    };
    journal.record(TENANT, deleted(second));
    let model = Model::of(&journal);
    let keys = |filter: serde_json::Value| {
        let page = model.find::<ProcessDefinition>(TENANT, json!({"filter": filter}));
        let keys = page.items.iter().map(|row| row.process_definition_key);
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(json!({"isLatestVersion": true})), [DEFINITION, other]);
    assert_eq!(keys(json!({"isLatestVersion": false})), [second]);
    assert_eq!(keys(json!({"state": "DELETED"})), [second]);
    let source = model
        .get::<DefinitionSource>(TENANT, other)
        .unwrap()
        .unwrap();
    assert_eq!(&*source.source, b"<travel/>");
    assert_eq!(model.get::<DefinitionSource>(OTHER, other).unwrap(), None);
}

#[test]
fn the_entries_that_tell_of_a_case() {
    let mut journal = Journal::new();
    let (first, second) = (journal.start(TENANT, None), journal.start(TENANT, None));
    journal.record(
        TENANT,
        vec![
            variable(first, 1, "a", "1"),
            variable(second, 2, "a", "1"),
            variable(first, 3, "b", "1"),
        ],
    );
    journal.record(TENANT, vec![variable(second, 2, "a", "2")]);
    let model = Model::of(&journal);
    let entries = |tenant, instance, after, limit| {
        model.case_entries(tenant, instance, after, limit).unwrap()
    };
    assert_eq!(entries(TENANT, first, 0, 10), [3, 5]);
    assert_eq!(entries(TENANT, second, 0, 10), [4, 5, 6]);
    assert_eq!(entries(TENANT, second, 4, 1), [5]);
    assert_eq!(entries(OTHER, second, 0, 10), [0; 0]);
}
