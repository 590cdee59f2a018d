//! What operators do to cases, calls, and the states that listeners bring about: how it shows.

use std::sync::Arc;

use gardesh_engine::entities::batch_operation::BatchOperation as Operation;
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::entities::job::{JobKind as EngineJobKind, ListenerEvent};
use gardesh_engine::entities::process_instance::Parent;
use gardesh_engine::entities::user_task::TaskState;
use gardesh_engine::event::{
    ElementInstanceEvent, Event, IncidentEvent, JobEvent, ProcessInstanceEvent, UserTaskEvent,
};
use gardesh_engine::key::*;
use serde_json::json;

use super::fixture::*;
use crate::search::Filter as _;
use crate::*;

#[test]
fn a_suspended_case_is_still_active_and_says_so() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    journal.start(TENANT, None);
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Suspended {
            instance,
        })],
    );
    let model = Model::of(&journal);
    let suspended = || {
        let filter = json!({"filter": {"suspended": true, "state": "ACTIVE"}});
        model.find::<ProcessInstance>(TENANT, filter).total_items
    };
    assert_eq!(suspended(), 1);
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Resumed {
            instance,
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(suspended(), 0);
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Suspended {
            instance,
        })],
    );
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance,
        })],
    );
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
        let instance = ProcessInstanceKey(journal.key());
        let mut events = began(instance, None);
        if let Event::ProcessInstance(ProcessInstanceEvent::Created { parent, .. }) = &mut events[0]
        {
            let element = ElementInstanceKey(caller.0 + 500);
            *parent = Some(Parent {
                instance: caller,
                element,
                root: top,
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
fn what_is_open_in_a_migrated_case_names_the_later_version() {
    let mut journal = Journal::with_later_version();
    let instance = journal.start(TENANT, Some("K"));
    let bystander = journal.start(TENANT, None);
    let keys: Vec<ElementInstanceKey> = (0..5).map(|_| ElementInstanceKey(journal.key())).collect();
    let mut events = entered(instance, keys[0], START);
    events.push(Event::ElementInstance(ElementInstanceEvent::Completed {
        instance,
        key: keys[0],
        outcome: None,
    }));
    events.extend(entered(instance, keys[1], SERVICE));
    events.extend(entered(instance, keys[2], USER));
    events.extend(entered(bystander, keys[3], SERVICE));
    events.push(Event::ElementInstance(ElementInstanceEvent::Activating {
        instance,
        key: keys[4],
        element: SERVICE,
        scope: keys[1],
        role: Role::Path,
    }));
    let done = journal.job(instance, keys[1], "assess");
    let open = journal.job(instance, keys[1], "assess");
    let (done_key, open_key) = (done.key, open.key);
    let task = journal.user_task(instance, keys[2]);
    let incident = journal.incident(instance, keys[1], Some(open_key));
    let (task_key, incident_key) = (task.key, incident.key);
    events.extend([
        Event::Job(JobEvent::Created { job: done.into() }),
        Event::Job(JobEvent::Completed {
            instance,
            job: done_key,
            attempt: 1,
        }),
        Event::Job(JobEvent::Created { job: open.into() }),
        Event::UserTask(UserTaskEvent::Created { task: task.into() }),
        Event::Incident(IncidentEvent::Created {
            incident: incident.into(),
        }),
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
        (keys[4], LATER, "assess-again#innerInstance"),
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
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance,
        })],
    );
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
    journal.record(
        TENANT,
        vec![Event::Job(JobEvent::Created { job: job.into() })],
    );
    let plain = journal.job(instance, element, "assess");
    journal.record(
        TENANT,
        vec![Event::Job(JobEvent::Created { job: plain.into() })],
    );
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
fn jobs_are_found_and_sorted_by_their_priority_also_once_that_is_corrected() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let element = ElementInstanceKey(journal.key());
    let mut keys = Vec::new();
    for (job_type, priority) in [("low", -7), ("high", 90), ("usual", 0)] {
        let mut job = journal.job(instance, element, job_type);
        job.priority = priority;
        keys.push(job.key);
        journal.record(
            TENANT,
            vec![Event::Job(JobEvent::Created { job: job.into() })],
        );
    }
    let types = |journal: &Journal, search| {
        let found = Model::of(journal).find::<Job>(TENANT, search);
        let types = found.items.iter().map(|job| job.job_type.to_string());
        types.collect::<Vec<_>>().join(" ")
    };
    let sorted = json!({"sort": [{"field": "priority", "order": "DESC"}]});
    assert_eq!(types(&journal, sorted.clone()), "high usual low");
    let below = json!({"filter": {"priority": {"$lt": 0}}});
    assert_eq!(types(&journal, below), "low");
    journal.record(
        TENANT,
        vec![Event::Job(JobEvent::Updated {
            instance,
            job: keys[0],
            retries: None,
            deadline_ms: None,
            priority: Some(100),
        })],
    );
    assert_eq!(types(&journal, sorted), "low high usual");
    assert_eq!(types(&journal, json!({"filter": {"priority": 100}})), "low");
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
    journal.record(
        TENANT,
        vec![Event::UserTask(UserTaskEvent::Created {
            task: task.into(),
        })],
    );
    let model = Model::of(&journal);
    let row: UserTask = model.only();
    assert_eq!(row.state, UserTaskState::Creating);
    assert_eq!(
        row.external_form_reference.as_deref(),
        Some("https://forms.example/7")
    );
    let started = |state| {
        Event::UserTask(UserTaskEvent::TransitionStarted {
            instance,
            task: key,
            state,
            transition: Default::default(),
        })
    };
    let denied = Event::UserTask(UserTaskEvent::TransitionDenied {
        instance,
        task: key,
        reason: None,
    });
    let opened = Event::UserTask(UserTaskEvent::Opened {
        instance,
        task: key,
        changes: Default::default(),
    });
    let updated = Event::UserTask(UserTaskEvent::Updated {
        instance,
        task: key,
        changes: Default::default(),
        action: "update".into(),
    });
    let assigned = Event::UserTask(UserTaskEvent::Assigned {
        instance,
        task: key,
        assignee: Some("ada".into()),
        action: "assign".into(),
    });
    let completed = Event::UserTask(UserTaskEvent::Completed {
        instance,
        task: key,
        action: "complete".into(),
    });
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

#[test]
fn everything_in_a_called_case_names_the_case_at_the_top() {
    let mut journal = Journal::new();
    let top = journal.start(TENANT, None);
    let instance = ProcessInstanceKey(journal.key());
    let mut events = began(instance, None);
    if let Event::ProcessInstance(ProcessInstanceEvent::Created { parent, .. }) = &mut events[0] {
        *parent = Some(Parent {
            instance: ProcessInstanceKey(top.0 + 700),
            element: ElementInstanceKey(8),
            root: top,
            depth: 2,
        });
    }
    journal.record(TENANT, events);
    let element = ElementInstanceKey(journal.key());
    let mut events = entered(instance, element, SERVICE);
    let number = journal.key();
    events.push(variable(instance, number, "n", "1"));
    let job = Arc::new(journal.job(instance, element, "assess"));
    let task = Arc::new(journal.user_task(instance, element));
    let incident = Arc::new(journal.incident(instance, element, None));
    events.push(Event::Job(JobEvent::Created { job }));
    events.push(Event::UserTask(UserTaskEvent::Created { task }));
    events.push(Event::Incident(IncidentEvent::Created { incident }));
    journal.record(TENANT, events);
    let batch = BatchOperationKey(journal.key());
    let items = [instance.into(), ProcessInstanceKey(7).into()];
    journal.record(TENANT, batch_created(batch, Operation::Cancel, &items));

    let model = Model::of(&journal);
    let roots = [
        model.only::<ElementInstance>().root_process_instance_key,
        model.only::<Variable>().root_process_instance_key,
        model.only::<Job>().root_process_instance_key,
        model.only::<UserTask>().root_process_instance_key,
        model.only::<Incident>().root_process_instance_key,
    ];
    assert_eq!(roots, [top; 5]);
    let items = model.find::<BatchOperationItem>(TENANT, json!({})).items;
    let roots: Vec<_> = items
        .iter()
        .map(|item| item.root_process_instance_key)
        .collect();
    // Of a case that is not there, nothing else can be said.
    assert_eq!(roots, [top, ProcessInstanceKey(7)]);
}

#[test]
fn cases_are_found_by_what_one_of_their_elements_is_like() {
    let mut journal = Journal::new();
    // One waits at the service task with an incident, one at the person's, with the service
    // task behind it.
    let (stuck, further) = (journal.start(TENANT, None), journal.start(TENANT, None));
    journal.start(OTHER, None);
    let keys: Vec<_> = (0..3).map(|_| ElementInstanceKey(journal.key())).collect();
    journal.record(TENANT, entered(stuck, keys[0], SERVICE));
    let incident = Arc::new(journal.incident(stuck, keys[0], None));
    journal.record(
        TENANT,
        vec![Event::Incident(IncidentEvent::Created { incident })],
    );
    journal.record(TENANT, entered(further, keys[1], SERVICE));
    let completed = Event::ElementInstance(ElementInstanceEvent::Completed {
        instance: further,
        key: keys[1],
        outcome: None,
    });
    journal.record(TENANT, vec![completed]);
    journal.record(TENANT, entered(further, keys[2], USER));
    let model = Model::of(&journal);
    let all = [stuck, further];
    for (filter, expected) in [
        (json!({"elementId": "assess"}), &all[..]),
        (json!({"elementId": {"$like": "app*"}}), &all[1..]),
        (
            json!({"elementId": "assess", "elementInstanceState": "ACTIVE"}),
            &all[..1],
        ),
        (
            json!({"elementId": "assess", "elementInstanceState": "COMPLETED"}),
            &all[1..],
        ),
        (
            json!({"elementId": "approve", "elementInstanceState": "COMPLETED"}),
            &all[..0],
        ),
        (
            json!({"elementInstanceState": {"$in": ["ACTIVE", "TERMINATED"]}}),
            &all[..],
        ),
        (json!({"hasElementInstanceIncident": true}), &all[..1]),
        (
            json!({"hasElementInstanceIncident": true, "elementId": "approve"}),
            &all[..0],
        ),
        (json!({"hasElementInstanceIncident": false}), &all[1..]),
        (json!({"elementId": {}}), &all[..]),
        (
            json!({"$or": [{"elementId": "approve"}, {"hasElementInstanceIncident": true}]}),
            &all[..],
        ),
        (
            json!({"$or": [{"elementId": "approve"}, {"elementId": "none"}]}),
            &all[1..],
        ),
    ] {
        let narrows = read::<ProcessInstanceFilter>(filter.clone()).narrows();
        assert_eq!(narrows, filter != json!({"elementId": {}}), "{filter}");
        let found = model.find::<ProcessInstance>(TENANT, json!({"filter": filter.clone()}));
        let found: Vec<_> = found
            .items
            .iter()
            .map(|row| row.process_instance_key)
            .collect();
        assert_eq!(found, expected, "{filter}");
    }
    // What is done to incidents of such cases is asked for by way of the same filter.
    let cases = read(json!({"elementId": "assess", "elementInstanceState": "ACTIVE"}));
    let filter = IncidentFilter {
        of_cases: Some(OfCases(cases)),
        ..IncidentFilter::default()
    };
    let part = model
        .select::<Incident>(TENANT, &filter, u64::MAX, 10)
        .unwrap();
    assert_eq!(part.len(), 1);
}
