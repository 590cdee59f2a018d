//! What operators do to cases, calls, and the states that listeners bring about: how it shows.

use gardesh_engine::event::Event;
use gardesh_engine::key::*;
use gardesh_engine::state::instance::Parent;
use gardesh_engine::state::job::{JobKind as EngineJobKind, ListenerEvent};
use gardesh_engine::state::user_task::TaskState;
use serde_json::json;

use super::fixture::*;
use crate::*;

#[test]
fn a_suspended_case_is_still_active_and_says_so() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    journal.start(TENANT, None);
    journal.record(TENANT, vec![Event::InstanceSuspended { instance }]);
    let model = Model::of(&journal);
    let suspended = || {
        let filter = json!({"filter": {"suspended": true, "state": "ACTIVE"}});
        model.find::<ProcessInstance>(TENANT, filter).total_items
    };
    assert_eq!(suspended(), 1);
    journal.record(TENANT, vec![Event::InstanceResumed { instance }]);
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(suspended(), 0);
    journal.record(TENANT, vec![Event::InstanceSuspended { instance }]);
    journal.record(TENANT, vec![Event::InstanceTerminated { instance }]);
    model.project(&journal.entries, &Elements).unwrap();
    let row = model.get::<ProcessInstance>(TENANT, instance).unwrap();
    assert!(!row.unwrap().suspended);
}

#[test]
fn a_called_case_knows_who_called_it() {
    let mut journal = Journal::new();
    let top = journal.start(TENANT, None);
    let mut caller = top;
    let mut called = Vec::new();
    for depth in 1..3 {
        let instance = InstanceKey(journal.key());
        let mut events = began(instance, None);
        if let Event::InstanceCreated { parent, .. } = &mut events[0] {
            let element = ElementInstanceKey(caller.0 + 500);
            *parent = Some(Parent {
                instance: caller,
                element,
                depth,
            });
        }
        journal.record(TENANT, events);
        called.push((instance, caller));
        caller = instance;
    }
    let model = Model::of(&journal);
    let row = |key| model.get::<ProcessInstance>(TENANT, key).unwrap().unwrap();
    assert_eq!(row(top).root_process_instance_key, top);
    for (instance, caller) in called {
        let row = row(instance);
        assert_eq!(row.parent_process_instance_key, Some(caller));
        assert_eq!(
            row.parent_element_instance_key,
            Some(ElementInstanceKey(caller.0 + 500))
        );
        assert_eq!(row.root_process_instance_key, top);
    }
    let roots = json!({"filter": {"parentProcessInstanceKey": {"$exists": false}}});
    assert_eq!(model.find::<ProcessInstance>(TENANT, roots).total_items, 1);
}

#[test]
fn a_caller_of_whom_nothing_is_known_any_more_stands_for_the_top() {
    let mut journal = Journal::new();
    let instance = InstanceKey(journal.key());
    let mut events = began(instance, None);
    if let Event::InstanceCreated { parent, .. } = &mut events[0] {
        *parent = Some(Parent {
            instance: InstanceKey(7),
            element: ElementInstanceKey(8),
            depth: 4,
        });
    }
    journal.record(TENANT, events);
    let row: ProcessInstance = Model::of(&journal).only();
    assert_eq!(row.root_process_instance_key, InstanceKey(7));
}

#[test]
fn what_is_open_in_a_migrated_case_names_the_later_version() {
    let mut journal = Journal::with_later_version();
    let instance = journal.start(TENANT, Some("K"));
    let bystander = journal.start(TENANT, None);
    let keys: Vec<ElementInstanceKey> = (0..4).map(|_| ElementInstanceKey(journal.key())).collect();
    let mut events = entered(instance, keys[0], START);
    events.push(Event::ElementCompleted {
        instance,
        key: keys[0],
        outcome: None,
    });
    events.extend(entered(instance, keys[1], SERVICE));
    events.extend(entered(instance, keys[2], USER));
    events.extend(entered(bystander, keys[3], SERVICE));
    let done = journal.job(instance, keys[1], "assess");
    let open = journal.job(instance, keys[1], "assess");
    let (done_key, open_key) = (done.key, open.key);
    let task = journal.user_task(instance, keys[2]);
    let incident = journal.incident(instance, keys[1], Some(open_key));
    let (task_key, incident_key) = (task.key, incident.key);
    events.extend([
        Event::JobCreated { job: done.into() },
        Event::JobCompleted {
            instance,
            job: done_key,
            attempt: 1,
        },
        Event::JobCreated { job: open.into() },
        Event::UserTaskCreated { task: task.into() },
        Event::IncidentCreated {
            incident: incident.into(),
        },
    ]);
    journal.record(TENANT, events);
    journal.record(TENANT, vec![migrated(instance)]);
    let model = Model::of(&journal);

    let case = model
        .get::<ProcessInstance>(TENANT, instance)
        .unwrap()
        .unwrap();
    assert_eq!(
        (case.process_definition_key, case.process_definition_version),
        (LATER, 2)
    );
    assert_eq!(
        case.process_definition_version_tag.as_deref(),
        Some("stable")
    );
    assert_eq!(case.business_key.as_deref(), Some("K"));
    let element = |key| model.get::<ElementInstance>(TENANT, key).unwrap().unwrap();
    for (key, definition, id) in [
        (keys[0], DEFINITION, "start"),
        (keys[1], LATER, "assess-again"),
        (keys[2], LATER, "approve-again"),
        (keys[3], DEFINITION, "assess"),
    ] {
        let row = element(key);
        assert_eq!(
            (row.process_definition_key, &*row.element_id),
            (definition, id)
        );
    }
    assert_eq!(
        element(keys[1]).element_name.as_deref(),
        Some("Assess it again")
    );
    let job = |key| model.get::<Job>(TENANT, key).unwrap().unwrap();
    assert_eq!(job(done_key).process_definition_key, DEFINITION);
    let open = job(open_key);
    assert_eq!(
        (open.process_definition_key, &*open.element_id),
        (LATER, "assess-again")
    );
    let task = model.get::<UserTask>(TENANT, task_key).unwrap().unwrap();
    assert_eq!(
        (task.process_definition_version, task.name.as_deref()),
        (2, Some("Approve it again"))
    );
    let incident = model
        .get::<Incident>(TENANT, incident_key)
        .unwrap()
        .unwrap();
    assert_eq!(
        (incident.process_definition_key, &*incident.element_id),
        (LATER, "assess-again")
    );

    // What happens to it afterwards keeps what it has become.
    journal.record(TENANT, vec![Event::InstanceTerminated { instance }]);
    model.project(&journal.entries, &Elements).unwrap();
    let case = model
        .get::<ProcessInstance>(TENANT, instance)
        .unwrap()
        .unwrap();
    assert_eq!(case.process_definition_key, LATER);
}

#[test]
fn jobs_say_what_they_are_for() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let mut job = journal.job(instance, element, "audit");
    job.kind = EngineJobKind::TaskListener;
    job.listener_event = Some(ListenerEvent::Assigning);
    journal.record(TENANT, vec![Event::JobCreated { job: job.into() }]);
    let plain = journal.job(instance, element, "assess");
    journal.record(TENANT, vec![Event::JobCreated { job: plain.into() }]);
    let model = Model::of(&journal);
    for (filter, job_type) in [
        (json!({"kind": "TASK_LISTENER"}), "audit"),
        (json!({"listenerEventType": "ASSIGNING"}), "audit"),
        (json!({"listenerEventType": "UNSPECIFIED"}), "assess"),
        (json!({"kind": {"$neq": "TASK_LISTENER"}}), "assess"),
    ] {
        let found = model.find::<Job>(TENANT, json!({"filter": filter}));
        let types: Vec<&str> = found.items.iter().map(|job| &*job.job_type).collect();
        assert_eq!(types, [job_type], "{filter}");
    }
}

#[test]
fn a_task_shows_what_its_listeners_look_at() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let mut task = journal.user_task(instance, element);
    task.state = TaskState::Creating;
    task.form = None;
    task.external_form = Some("https://forms.example/7".into());
    let key = task.key;
    journal.record(TENANT, vec![Event::UserTaskCreated { task: task.into() }]);
    let model = Model::of(&journal);
    let row: UserTask = model.only();
    assert_eq!(row.state, UserTaskState::Creating);
    assert_eq!(
        row.external_form_reference.as_deref(),
        Some("https://forms.example/7")
    );
    let started = |state| Event::UserTaskTransitionStarted {
        instance,
        task: key,
        state,
        transition: Default::default(),
    };
    let denied = Event::UserTaskTransitionDenied {
        instance,
        task: key,
        reason: None,
    };
    let opened = Event::UserTaskOpened {
        instance,
        task: key,
        changes: Default::default(),
    };
    let updated = Event::UserTaskUpdated {
        instance,
        task: key,
        changes: Default::default(),
        action: "update".into(),
    };
    let assigned = Event::UserTaskAssigned {
        instance,
        task: key,
        assignee: Some("ada".into()),
        action: "assign".into(),
    };
    let completed = Event::UserTaskCompleted {
        instance,
        task: key,
        action: "complete".into(),
    };
    for (event, state) in [
        (opened, "CREATED"),
        (started(TaskState::Assigning), "ASSIGNING"),
        (assigned, "CREATED"),
        (started(TaskState::Updating), "UPDATING"),
        (updated, "CREATED"),
        (started(TaskState::Completing), "COMPLETING"),
        (denied, "CREATED"),
        (started(TaskState::Completing), "COMPLETING"),
        (completed, "COMPLETED"),
    ] {
        journal.record(TENANT, vec![event]);
        model.project(&journal.entries, &Elements).unwrap();
        let row: UserTask = model.only();
        assert_eq!(row.state.name(), state);
    }
}
