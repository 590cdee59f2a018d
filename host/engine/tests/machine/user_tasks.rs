//! User tasks: what they say about people, how they change, and the listeners that come in
//! between.

use std::sync::Arc;

use gardesh_engine::command::{
    ActivatedJob, AssignUserTask, CancelInstance, CompleteJob, CompleteUserTask, FailJob,
    JobResult, ResolveIncident, ResumeInstance, Retries, SetVariables, SuspendInstance,
    UnassignUserTask, UpdateUserTask,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::user_task::{TaskChanges, TaskState, UserTask};
use gardesh_engine::event::{Event, UserTaskEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_engine::variables::{Document, write_document};

use crate::support::*;

/// A process with one native user task `u`; listeners come as `event:type`.
fn with_task(extension: &str, listeners: &[&str]) -> String {
    let listeners = listeners.iter().map(|pair| {
        let (event, job_type) = pair.split_once(':').unwrap();
        format!(r#"<zeebe:taskListener eventType="{event}" type="{job_type}" />"#)
    });
    let listeners: String = listeners.collect();
    start_and_end()
        + &format!(
            r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask />{extension}<zeebe:taskListeners>{listeners}</zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"#
        )
        + &flows(&["start>u", "u>end"])
}

fn assigned_to(assignee: &str) -> String {
    format!(r#"<zeebe:assignmentDefinition assignee="{assignee}" />"#)
}

fn task(m: &Machine) -> Arc<UserTask> {
    m.user_tasks()[0].clone()
}

/// The engine's own headers of a job, without their prefix and the key.
fn headers(m: &mut Machine, job: &ActivatedJob) -> String {
    let definition = m.engine.definition(TENANT, job.job.definition).unwrap();
    let headers = job.job.headers(definition.node(job.job.element));
    let own = headers.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix("io.camunda.zeebe:")?;
        (name != "userTaskKey").then(|| format!("{name}={text}"))
    });
    own.collect::<Vec<_>>().join(" ")
}

fn verdict(denied: bool, corrections: TaskChanges) -> Option<JobResult> {
    Some(JobResult::UserTask {
        denied,
        reason: denied.then(|| "not now".to_owned()),
        corrections,
    })
}

fn finish(
    m: &mut Machine,
    job_type: &str,
    variables: &str,
    result: Option<JobResult>,
) -> Result<(), Rejection> {
    let job = m.take(job_type).key;
    answer(m, job, variables, result)
}

fn answer(
    m: &mut Machine,
    job: JobKey,
    variables: &str,
    result: Option<JobResult>,
) -> Result<(), Rejection> {
    let command = CompleteJob {
        job,
        attempt: None,
        variables: json(variables),
        result,
    };
    m.run(command).map(drop)
}

fn assignee(name: Option<&str>) -> TaskChanges {
    TaskChanges {
        assignee: Some(name.map(Into::into)),
        ..TaskChanges::default()
    }
}

fn priority(priority: u8) -> TaskChanges {
    TaskChanges {
        priority: Some(priority),
        ..TaskChanges::default()
    }
}

fn due(date: &str) -> TaskChanges {
    TaskChanges {
        due_date: Some(Some(date.into())),
        ..TaskChanges::default()
    }
}

fn assign(m: &mut Machine, name: &str) -> Result<(), Rejection> {
    let command = AssignUserTask {
        task: task(m).key,
        assignee: name.into(),
        allow_override: true,
        action: None,
    };
    m.run(command).map(drop)
}

fn update(m: &mut Machine, changes: TaskChanges) -> Result<(), Rejection> {
    let command = UpdateUserTask {
        task: task(m).key,
        changes,
        action: None,
    };
    m.run(command).map(drop)
}

fn complete(m: &mut Machine, variables: &str) -> Result<(), Rejection> {
    let command = CompleteUserTask {
        task: task(m).key,
        variables: json(variables),
        action: None,
    };
    m.run(command).map(drop)
}

fn cancel(m: &mut Machine, case: ProcessInstanceKey) {
    m.run(CancelInstance { instance: case }).unwrap();
}

#[test]
fn a_task_is_prepared_then_given_to_whom_the_process_names() {
    let body = with_task(&assigned_to("sara"), &["creating:c", "assigning:a"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    assert_eq!(task(&m).state, TaskState::Creating);
    let job = m.take("c");
    assert_eq!(
        (job.job.kind.name(), job.job.listener_event_name()),
        ("TASK_LISTENER", "CREATING")
    );
    assert_eq!(headers(&mut m, &job), "assignee=sara priority=50");
    answer(&mut m, job.key, "{}", verdict(false, priority(80))).unwrap();

    let row = task(&m);
    assert_eq!((row.state, row.priority), (TaskState::Assigning, 80));
    assert_eq!(row.assignee, None);
    let job = m.take("a");
    assert_eq!(
        headers(&mut m, &job),
        r#"assignee=sara changedAttributes=["assignee"] priority=80"#
    );
    answer(&mut m, job.key, "{}", None).unwrap();
    let row = task(&m);
    assert_eq!(row.state, TaskState::Created);
    assert_eq!(row.assignee.as_deref(), Some("sara"));
    complete(&mut m, "{}").unwrap();
    assert_nothing_is_left(&m);
}

#[test]
fn a_denied_transition_leaves_the_task_as_it_was() {
    let body = with_task(
        &assigned_to("sara"),
        &[
            "assigning:first",
            "assigning:l",
            "updating:first",
            "updating:l",
            "completing:first",
            "completing:l",
        ],
    );
    type Ask = fn(&mut Machine) -> Result<(), Rejection>;
    let asks: [Ask; 3] = [
        |m| assign(m, "ali"),
        |m| update(m, priority(9)),
        |m| complete(m, r#"{"x": 1}"#),
    ];
    for ask in asks {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.do_job("first", "{}");
        m.do_job("l", "{}");
        let before = task(&m);
        ask(&mut m).unwrap();
        finish(&mut m, "first", "{}", verdict(false, priority(33))).unwrap();
        finish(&mut m, "l", "{}", verdict(true, TaskChanges::default())).unwrap();
        assert_eq!(task(&m), before);
        assert_eq!(m.variables(case), "{}");
        let denied = m.events().last().unwrap();
        let reason = "not now";
        assert!(
            matches!(denied, Event::UserTask(UserTaskEvent::TransitionDenied { reason: Some(r), .. }) if &**r == reason)
        );
        ask(&mut m).unwrap();
    }
}

#[test]
fn the_process_cannot_give_a_task_to_whom_a_listener_denies() {
    let mut m = Machine::with(&with_task(&assigned_to("sara"), &["assigning:a"]));
    m.start("{}");
    finish(&mut m, "a", "{}", verdict(true, TaskChanges::default())).unwrap();
    let row = task(&m);
    assert_eq!(
        (row.state, row.assignee.clone()),
        (TaskState::Created, None)
    );
}

#[test]
fn a_later_listener_sees_what_an_earlier_one_corrected() {
    let body = with_task("", &["assigning:l1", "assigning:l2", "assigning:l3"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    assign(&mut m, "ali").unwrap();
    finish(&mut m, "l1", "{}", verdict(false, priority(70))).unwrap();
    let job = m.take("l2");
    assert_eq!(
        headers(&mut m, &job),
        r#"action=assign assignee=ali changedAttributes=["assignee","priority"] priority=70"#
    );
    let back = priority(50).and(&assignee(Some("sara")));
    answer(&mut m, job.key, "{}", verdict(false, back)).unwrap();
    let job = m.take("l3");
    assert_eq!(
        headers(&mut m, &job),
        r#"action=assign assignee=sara changedAttributes=["assignee"] priority=50"#
    );
    let date = due("2030-01-31T08:00:00[Asia/Tehran]");
    answer(&mut m, job.key, "{}", verdict(false, date)).unwrap();
    let row = task(&m);
    assert_eq!(row.assignee.as_deref(), Some("sara"));
    assert_eq!(row.due_date.as_deref(), Some("2030-01-31T08:00:00+03:30"));
    assert_eq!(row.transition, None);
}

#[test]
fn a_completing_listener_sees_what_the_person_says_before_the_case_does() {
    let mut m = Machine::with(&with_task("", &["completing:l"]));
    let case = m.start(r#"{"old": 1}"#);
    complete(&mut m, r#"{"approved": true}"#).unwrap();
    assert_eq!(m.variables(case), r#"{"old":1}"#);
    let job = m.take("l");
    assert_eq!(
        write_document(&job.variables),
        r#"{"approved":true,"old":1}"#
    );
    answer(&mut m, job.key, "{}", None).unwrap();
    assert_eq!(m.trail(), "+start +u +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn while_listeners_are_at_work_nobody_else_changes_the_task() {
    let body = with_task("", &["assigning:l"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    assign(&mut m, "ali").unwrap();
    for refused in [
        assign(&mut m, "sara"),
        update(&mut m, priority(1)),
        complete(&mut m, "{}"),
    ] {
        let rejection = refused.unwrap_err();
        assert_eq!(rejection.kind, RejectionKind::InvalidState);
        assert!(rejection.message.contains("ASSIGNING"), "{rejection}");
    }
    m.do_job("l", "{}");
    complete(&mut m, "{}").unwrap();
}

#[test]
fn verdicts_that_cannot_be_carried_out_are_refused() {
    let none = TaskChanges::default;
    let long: Arc<str> = "x".repeat(10_000).into();
    let many = TaskChanges {
        candidate_users: Some(vec!["a".into(); 1_001]),
        ..none()
    };
    for (event, variables, result, part) in [
        ("assigning", r#"{"x": 1}"#, None, "variables"),
        ("assigning", "{}", verdict(true, priority(1)), "both"),
        ("assigning", "{}", verdict(false, priority(101)), "100"),
        (
            "assigning",
            "{}",
            verdict(false, due("2030-01-31")),
            "time of day",
        ),
        (
            "assigning",
            "{}",
            verdict(false, assignee(Some(&long))),
            "bytes",
        ),
        ("assigning", "{}", verdict(false, many), "candidates"),
        ("creating", "{}", verdict(true, none()), "CREATING"),
        (
            "creating",
            "{}",
            verdict(false, assignee(Some("a"))),
            "sara",
        ),
    ] {
        let body = with_task(&assigned_to("sara"), &[&format!("{event}:l")]);
        let mut m = Machine::with(&body);
        m.start("{}");
        let rejection = finish(&mut m, "l", variables, result).unwrap_err();
        assert!(rejection.message.contains(part), "{part}: {rejection}");
    }
}

#[test]
fn a_creating_listener_may_name_somebody_when_the_process_does_not() {
    let mut m = Machine::with(&with_task("", &["creating:c", "assigning:a"]));
    m.start("{}");
    finish(&mut m, "c", "{}", verdict(false, assignee(Some("sara")))).unwrap();
    assert_eq!(task(&m).assignee.as_deref(), Some("sara"));
    assert!(m.activate("a").is_empty(), "that is no assignment");
}

#[test]
fn a_task_whose_case_is_cancelled_lets_its_listeners_clean_up_first() {
    for meanwhile in ["", "assigning", "completing"] {
        let listeners = [
            "canceling:c1",
            "canceling:c2",
            "assigning:l",
            "completing:l",
        ];
        let mut m = Machine::with(&with_task("", &listeners));
        let case = m.start("{}");
        match meanwhile {
            "assigning" => assign(&mut m, "ali").unwrap(),
            "completing" => complete(&mut m, "{}").unwrap(),
            _ => {}
        }
        cancel(&mut m, case);
        assert!(m.activate("l").is_empty(), "{meanwhile}");
        assert_eq!(task(&m).state, TaskState::Canceling);
        cancel(&mut m, case);
        let refused = finish(&mut m, "c1", "{}", verdict(true, TaskChanges::default()));
        assert!(refused.is_err(), "what is cancelled is cancelled");
        m.tick(60_000);
        m.do_job("c1", "{}");
        assert!(m.is_running(case));
        m.do_job("c2", "{}");
        assert!(!m.is_running(case));
        assert_eq!(m.trail(), "+start -u -p");
        assert_nothing_is_left(&m);
    }
}

#[test]
fn a_case_that_is_suspended_is_ended_without_asking_anybody() {
    for asked_before in [false, true] {
        let mut m = Machine::with(&with_task("", &["canceling:c"]));
        let case = m.start("{}");
        if asked_before {
            cancel(&mut m, case);
        }
        m.run(SuspendInstance { instance: case }).unwrap();
        assert!(m.activate("c").is_empty());
        cancel(&mut m, case);
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn listeners_of_a_suspended_case_wait_until_it_goes_on() {
    let mut m = Machine::with(&with_task("", &["assigning:l1", "assigning:l2"]));
    let case = m.start("{}");
    assign(&mut m, "ali").unwrap();
    let job = m.take("l1").key;
    m.run(SuspendInstance { instance: case }).unwrap();
    answer(&mut m, job, "{}", None).unwrap();
    assert!(m.activate("l2").is_empty());
    m.run(ResumeInstance { instance: case }).unwrap();
    m.run(SuspendInstance { instance: case }).unwrap();
    assert!(m.activate("l2").is_empty());
    m.run(ResumeInstance { instance: case }).unwrap();
    m.do_job("l2", "{}");
    assert_eq!(task(&m).assignee.as_deref(), Some("ali"));
}

#[test]
fn a_listener_that_fails_or_has_no_type_is_an_incident_that_can_be_resolved_or_dropped() {
    for drop in [false, true] {
        let mut m = Machine::with(&with_task("", &["assigning:l1", "assigning:=l2"]));
        let case = m.start("{}");
        assign(&mut m, "ali").unwrap();
        let job = m.take("l1").key;
        m.run(FailJob {
            job,
            attempt: None,
            retries: Retries::Left(0),
            backoff_ms: None,
            message: "no".into(),
            variables: Document::new(),
        })
        .unwrap();
        resolve(&mut m, IncidentKind::TaskListenerNoRetries);
        m.do_job("l1", "{}");
        if drop {
            cancel(&mut m, case);
            assert_nothing_is_left(&m);
            continue;
        }
        m.run(SetVariables {
            scope: case.root(),
            instance: case,
            variables: json(r#"{"l2": "second"}"#),
            local: false,
        })
        .unwrap();
        resolve(&mut m, IncidentKind::ExtractValueError);
        m.do_job("second", "{}");
        assert_eq!(task(&m).assignee.as_deref(), Some("ali"));
    }
}

fn resolve(m: &mut Machine, kind: IncidentKind) {
    let incidents = m.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].kind, kind);
    let incident = incidents[0].key;
    m.run(ResolveIncident { incident }).unwrap();
}

#[test]
fn a_canceling_listener_without_a_type_holds_the_end_up_until_it_has_one() {
    let mut m = Machine::with(&with_task("", &["canceling:=c"]));
    let case = m.start("{}");
    cancel(&mut m, case);
    assert!(m.is_running(case));
    cancel(&mut m, case);
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"c": "clean"}"#),
        local: false,
    })
    .unwrap();
    resolve(&mut m, IncidentKind::ExtractValueError);
    m.do_job("clean", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn variables_set_at_a_task_wait_for_its_updating_listeners() {
    for (denied, expected) in [(false, r#"{"x":1}"#), (true, "{}")] {
        let mut m = Machine::with(&with_task("", &["updating:l"]));
        let case = m.start("{}");
        m.run(SetVariables {
            scope: task(&m).element_instance,
            instance: case,
            variables: json(r#"{"x": 1}"#),
            local: false,
        })
        .unwrap();
        assert_eq!(m.variables(case), "{}");
        let job = m.take("l");
        assert_eq!(write_document(&job.variables), r#"{"x":1}"#);
        assert_eq!(
            headers(&mut m, &job),
            r#"changedAttributes=["variables"] priority=50"#
        );
        answer(
            &mut m,
            job.key,
            "{}",
            verdict(denied, TaskChanges::default()),
        )
        .unwrap();
        assert_eq!(m.variables(case), expected);
        assert_eq!(task(&m).state, TaskState::Created);
    }
}

#[test]
fn a_task_is_updated_with_what_can_be_and_says_what_it_was_called() {
    let mut m = Machine::with(&with_task("", &[]));
    m.start("{}");
    let key = task(&m).key;
    let changes = TaskChanges {
        candidate_groups: Some(vec!["adjusters".into()]),
        candidate_users: Some(vec!["sara".into()]),
        follow_up_date: Some(Some("2030-01-31T08:00:00+03:30".into())),
        ..priority(100).and(&due("2030-02-28T08:00:00Z"))
    };
    m.run(UpdateUserTask {
        task: key,
        changes: changes.clone(),
        action: Some("escalate".into()),
    })
    .unwrap();
    let row = task(&m);
    assert_eq!(changes.changed(&row), Vec::<&str>::new());
    let told = m.events().last().unwrap();
    assert!(
        matches!(told, Event::UserTask(UserTaskEvent::Updated { action, .. }) if &**action == "escalate")
    );
    let cleared = TaskChanges {
        due_date: Some(None),
        candidate_users: Some(Vec::new()),
        ..TaskChanges::default()
    };
    update(&mut m, cleared).unwrap();
    let row = task(&m);
    assert_eq!((&row.due_date, row.candidate_users.len()), (&None, 0));

    for refused in [
        TaskChanges::default(),
        assignee(Some("sara")),
        priority(101),
        due("soon"),
        due(""),
    ] {
        let rejection = update(&mut m, refused).unwrap_err();
        assert_eq!(rejection.kind, RejectionKind::InvalidArgument);
    }
    let long = m.run(CompleteUserTask {
        task: key,
        variables: Document::new(),
        action: Some("x".repeat(1_000)),
    });
    assert_eq!(long.unwrap_err().kind, RejectionKind::InvalidArgument);
    assert_eq!(task(&m), row);
}

#[test]
fn commands_say_what_they_are_called_unless_the_client_does() {
    let mut m = Machine::with(&with_task("", &[]));
    m.start("{}");
    let key = task(&m).key;
    for (allow_override, action) in [(true, None), (false, None), (true, Some("hand over"))] {
        m.run(AssignUserTask {
            task: key,
            assignee: "sara".into(),
            allow_override,
            action: action.map(Into::into),
        })
        .unwrap();
    }
    m.run(UnassignUserTask {
        task: key,
        action: None,
    })
    .unwrap();
    complete(&mut m, "{}").unwrap();
    let actions: Vec<_> = m
        .events()
        .filter_map(|event| match event {
            Event::UserTask(UserTaskEvent::Assigned { action, .. })
            | Event::UserTask(UserTaskEvent::Completed { action, .. }) => Some(action.to_string()),
            _ => None,
        })
        .collect();
    let expected = ["assign", "claim", "hand over", "unassign", "complete"];
    assert_eq!(actions, expected);
}

#[test]
fn dates_of_a_task_are_dates_and_times() {
    for (source, kept) in [
        ("2030-01-31T08:00:00Z", Some("2030-01-31T08:00:00Z")),
        ("=due", Some("2030-01-31T08:00:00+03:30")),
        ("2030-01-31T08:00:00", Some("2030-01-31T08:00:00Z")),
        (
            "=date and time(&quot;2025-01-01T10:00:00@Europe/Berlin&quot;)",
            Some("2025-01-01T10:00:00+01:00"),
        ),
        ("=null", None),
        ("=&quot;&quot;", None),
    ] {
        let schedule = format!(r#"<zeebe:taskSchedule dueDate="{source}" />"#);
        let mut m = Machine::with(&with_task(&schedule, &[]));
        m.start(r#"{"due": "2030-01-31T08:00:00+03:30"}"#);
        assert_eq!(task(&m).due_date.as_deref(), kept, "{source}");
    }
    for wrong in [r#""soon""#, r#""2030-01-31""#, "5", "[]"] {
        let schedule = r#"<zeebe:taskSchedule followUpDate="=at" />"#;
        let mut m = Machine::with(&with_task(schedule, &[]));
        let case = m.start(&format!(r#"{{"at": {wrong}}}"#));
        assert!(m.user_tasks().is_empty());
        m.run(SetVariables {
            scope: case.root(),
            instance: case,
            variables: json(r#"{"at": "2030-01-31T08:00:00Z"}"#),
            local: false,
        })
        .unwrap();
        resolve(&mut m, IncidentKind::ExtractValueError);
        assert!(task(&m).follow_up_date.is_some());
    }
}

#[test]
fn a_priority_out_of_range_is_an_incident() {
    for wrong in ["101", "-1", "1.5", r#""high""#] {
        let definition = r#"<zeebe:priorityDefinition priority="=p" />"#;
        let mut m = Machine::with(&with_task(definition, &[]));
        m.start(&format!(r#"{{"p": {wrong}}}"#));
        assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
    }
}

#[test]
fn a_form_elsewhere_is_kept_as_a_reference() {
    let form = r#"<zeebe:formDefinition externalReference="=&quot;https://forms/&quot; + id" />"#;
    let mut m = Machine::with(&with_task(form, &[]));
    m.start(r#"{"id": "7"}"#);
    let row = task(&m);
    assert_eq!(row.external_form.as_deref(), Some("https://forms/7"));
    assert_eq!(row.form, None);
}

#[test]
fn a_task_that_a_worker_does_says_about_people_in_headers() {
    let extension = r#"<zeebe:assignmentDefinition assignee="=who" candidateGroups="a, b" candidateUsers="=[who]" />
        <zeebe:taskSchedule dueDate="2030-01-31T08:00:00Z" followUpDate="=null" />
        <zeebe:formDefinition formKey="camunda-forms:bpmn:f" />
        <zeebe:taskHeaders><zeebe:header key="k" value="v" /></zeebe:taskHeaders>"#;
    let body = start_and_end()
        + r#"<bpmn:extensionElements><zeebe:userTaskForm id="f">{}</zeebe:userTaskForm></bpmn:extensionElements>"#
        + &format!(
            r#"<bpmn:userTask id="u"><bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:userTask>"#
        )
        + &flows(&["start>u", "u>end"]);
    let mut m = Machine::with(&body);
    m.start(r#"{"who": "sara"}"#);
    assert!(m.user_tasks().is_empty());
    let job = m.take("io.camunda.zeebe:userTask");
    assert_eq!(
        headers(&mut m, &job),
        r#"assignee=sara candidateGroups=["a","b"] candidateUsers=["sara"] dueDate=2030-01-31T08:00:00Z formKey=camunda-forms:bpmn:f"#
    );
    let definition = m.engine.definition(TENANT, job.job.definition).unwrap();
    let all = job.job.headers(definition.node(job.job.element));
    assert_eq!(all.get("k").map(|v| &**v), Some("v"));
    assert_eq!(job.job.retries, 1);
    answer(&mut m, job.key, "{}", None).unwrap();
    assert_nothing_is_left(&m);
}

#[test]
fn listeners_of_the_element_come_around_those_of_the_task() {
    let execution = r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="s" /><zeebe:executionListener eventType="end" type="e" /></zeebe:executionListeners>"#;
    let mut m = Machine::with(&with_task(execution, &["creating:c", "completing:d"]));
    m.start("{}");
    m.do_job("s", "{}");
    m.do_job("c", "{}");
    complete(&mut m, r#"{"x": 1}"#).unwrap();
    m.do_job("d", "{}");
    assert!(m.user_tasks().is_empty());
    m.do_job("e", "{}");
    assert_eq!(m.trail(), "+start +u +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn a_date_of_a_task_that_cannot_be_read_is_found_in_the_diagram() {
    let dates = |due: &str, follow_up: &str| {
        let schedule =
            format!(r#"<zeebe:taskSchedule dueDate="{due}" followUpDate="{follow_up}" />"#);
        let body = start_and_end()
            + &format!(
                r#"<bpmn:userTask id="t"><bpmn:extensionElements><zeebe:userTask />{schedule}</bpmn:extensionElements></bpmn:userTask>"#
            )
            + &flows(&["start>t", "t>end"]);
        let found = Machine::new().deploy(&diagram(&body)).err();
        let found = found.unwrap_or_default().into_iter();
        found
            .map(|found| format!("{} {}", found.element_id.unwrap_or_default(), found.code))
            .collect::<Vec<_>>()
    };
    let (good, zoned) = (
        "2030-01-31T08:00:00+03:30",
        "2030-01-31T08:00:00+03:30[Asia/Tehran]",
    );
    assert_eq!(dates(good, zoned), [""; 0]);
    assert_eq!(dates("tomorrow", good), ["t invalid-time"]);
    assert_eq!(dates(good, "2030-01-31"), ["t invalid-time"]);
}
