//! What each kind of element does, on small diagrams.

use gardesh_engine::command::{
    ActivateJobs, AssignUserTask, CancelInstance, CompleteJob, CompleteUserTask, Deploy, Deployed,
    FailJob, PublishMessage, ResolveIncident, Retries, SetVariables, ThrowJobError, UpdateJob,
};
use gardesh_engine::definition::compile;
use gardesh_engine::effect::{Effect, Ending};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{Event, JobEvent, MessageEvent};
use gardesh_engine::limits::LAST_MOMENT_MS;
use gardesh_engine::variables::Document;

use crate::support::*;

#[test]
fn a_sequence_of_service_tasks_hands_variables_on() {
    let body = start_and_end()
        + &service("a", "")
        + &service("b", "")
        + &flows(&["start>a", "a>b", "b>end"]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"amount": 12.50}"#);
    m.do_job("a", r#"{"score": 3}"#);
    let jobs = m.activate("b");
    assert_eq!(
        gardesh_engine::variables::write_document(&jobs[0].variables),
        r#"{"amount":12.5,"score":3}"#
    );
    m.run(CompleteJob {
        job: jobs[0].key,
        attempt: None,
        variables: Document::new(),
        result: None,
    })
    .unwrap();
    assert!(!m.is_running(case));
    assert_eq!(m.trail(), "+start +a +b +end +p");
    assert!(m.effects.contains(&Effect::InstanceEnded {
        instance: case,
        ending: Ending::Completed(json(r#"{"amount":12.5,"score":3}"#))
    }));
}

#[test]
fn a_parallel_gateway_waits_for_all_its_branches() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" /><bpmn:parallelGateway id="join" />"#
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>join",
            "b>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    m.do_job("b", "{}");
    assert!(m.is_running(case));
    assert_eq!(m.trail(), "+start +fork +b");
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +fork +b +a +join +end +p");
}

/// An exclusive gateway between the tasks `high` and `low`, with `low` as default.
fn choice(default: &str) -> String {
    start_and_end()
        + &format!(r#"<bpmn:exclusiveGateway id="x" {default} />"#)
        + &service("high", "")
        + &service("low", "")
        + &flows(&[
            "start>x",
            "x>high?amount > 100",
            if default.is_empty() {
                "x>low?amount < 10"
            } else {
                "x>low"
            },
            "high>end",
            "low>end",
        ])
}

#[test]
fn an_exclusive_gateway_takes_the_first_flow_that_holds_or_the_default() {
    for (amount, taken) in [("101", "high"), ("100", "low")] {
        let mut m = Machine::with(&choice(r#"default="x_low""#));
        m.start(&format!(r#"{{"amount": {amount}}}"#));
        m.do_job(taken, "{}");
        assert_eq!(m.trail(), format!("+start +x +{taken} +end +p"));
    }
}

#[test]
fn without_a_way_on_there_is_an_incident_that_correcting_the_variables_resolves() {
    for (variables, part) in [
        (r#"{"amount": 50}"#, "none does"),
        (r#"{"amount": "many"}"#, "true or false"),
        ("{}", "amount"),
    ] {
        let mut m = Machine::with(&choice(""));
        let case = m.start(variables);
        let incidents = m.incidents();
        assert_eq!(incidents.len(), 1);
        assert_eq!(incidents[0].kind, IncidentKind::ConditionError);
        assert!(
            incidents[0].message.contains(part),
            "{}",
            incidents[0].message
        );
        let variables = json(r#"{"amount": 5}"#);
        m.run(SetVariables {
            scope: case.root(),
            instance: case,
            variables,
            local: false,
        })
        .unwrap();
        m.run(ResolveIncident {
            incident: incidents[0].key,
        })
        .unwrap();
        assert!(m.incidents().is_empty());
        m.do_job("low", "{}");
        assert_eq!(m.trail(), "+start +x +low +end +p");
    }
}

#[test]
fn mappings_make_local_variables_and_hand_out_what_they_name() {
    let mappings = r#"<zeebe:ioMapping>
        <zeebe:input source="=claim.amount * 2" target="double" />
        <zeebe:input source="=double + 1" target="in.next" />
        <zeebe:output source="=result.score" target="claim.score" />
    </zeebe:ioMapping>"#;
    let body = start_and_end()
        + &service("a", mappings)
        + &service("b", "")
        + &flows(&["start>a", "a>b", "b>end"]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"claim": {"amount": 0.1}}"#);
    let jobs = m.activate("a");
    let seen = gardesh_engine::variables::write_document(&jobs[0].variables);
    assert_eq!(
        seen,
        r#"{"claim":{"amount":0.1},"double":0.2,"in":{"next":1.2}}"#
    );
    m.run(CompleteJob {
        job: jobs[0].key,
        attempt: None,
        variables: json(r#"{"result": {"score": 7}}"#),
        result: None,
    })
    .unwrap();
    assert_eq!(m.variables(case), r#"{"claim":{"amount":0.1,"score":7}}"#);
    m.do_job("b", "{}");
    assert!(!m.is_running(case));
}

#[test]
fn a_failed_job_waits_tries_again_and_ends_in_an_incident() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    let fail = |m: &mut Machine, attempt| {
        let job = m.activate("a")[0].key;
        let command = FailJob {
            job,
            attempt: Some(attempt),
            retries: Retries::Decrement,
            backoff_ms: Some(500),
            message: "no answer".into(),
            variables: Document::new(),
        };
        m.run(command).unwrap();
        job
    };
    let job = fail(&mut m, 1);
    assert!(m.activate("a").is_empty(), "it waits");
    m.tick(500);
    let late = m.run(CompleteJob {
        job,
        attempt: Some(1),
        variables: Document::new(),
        result: None,
    });
    assert!(late.unwrap_err().message.contains("late"));
    fail(&mut m, 2);
    m.tick(500);
    fail(&mut m, 3);
    let incident = m.incidents()[0].clone();
    assert_eq!(
        (incident.kind, &*incident.message),
        (IncidentKind::JobNoRetries, "no answer")
    );
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +a +end +p");
}

#[test]
fn a_job_whose_worker_is_silent_goes_to_another() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    assert_eq!(m.activate("a").len(), 1);
    assert!(m.activate("a").is_empty());
    m.tick(60_000);
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +a +end +p");
}

#[test]
fn a_moment_beyond_the_last_one_is_the_last_one() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    let longest = u64::try_from(i64::MAX).unwrap();
    let activated = m.run(ActivateJobs {
        job_type: "a".into(),
        worker: "test".into(),
        timeout_ms: longest,
        max_jobs: 1,
        fetch: Vec::new(),
    });
    let Ok(jobs) = activated else {
        panic!("{activated:?}")
    };
    let job = jobs[0].key;
    m.run(UpdateJob {
        job,
        retries: None,
        priority: None,
        timeout_ms: Some(longest),
    })
    .unwrap();
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Decrement,
        backoff_ms: Some(longest),
        message: "no answer".into(),
        variables: Document::new(),
    })
    .unwrap();
    m.run(PublishMessage {
        name: "paid".into(),
        correlation_key: "1".into(),
        message_id: None,
        time_to_live_ms: longest,
        variables: Document::new(),
    })
    .unwrap();
    let moments: Vec<u64> = m
        .events()
        .filter_map(|event| match event {
            Event::Job(JobEvent::Activated { deadline_ms, .. }) => Some(*deadline_ms),
            Event::Job(JobEvent::Updated { deadline_ms, .. }) => *deadline_ms,
            Event::Job(JobEvent::Failed { retry_at_ms, .. }) => Some(*retry_at_ms),
            Event::Message(MessageEvent::Published { message }) => Some(message.expires_at_ms),
            _ => None,
        })
        .collect();
    assert_eq!(moments, [LAST_MOMENT_MS; 4]);
}

#[test]
fn a_boundary_event_catches_its_error_and_only_that() {
    let body = start_and_end()
        + r#"<bpmn:endEvent id="refused"><bpmn:terminateEventDefinition /></bpmn:endEvent>
             <bpmn:boundaryEvent id="caught" attachedToRef="a"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>
             <bpmn:parallelGateway id="fork" /><bpmn:parallelGateway id="join" />"#
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>join",
            "b>join",
            "join>end",
            "caught>refused",
        ]);
    let throw = |m: &mut Machine, code: &str| {
        let job = m.activate("a")[0].key;
        m.run(ThrowJobError {
            job,
            attempt: None,
            code: code.into(),
            message: "no".into(),
            variables: json(r#"{"why": "late"}"#),
        })
        .unwrap();
    };
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    throw(&mut m, "REJECTED");
    assert!(!m.is_running(case));
    assert_eq!(m.trail(), "+start +fork -a +caught +refused -b +p");
    let ended = m.effects.iter().any(|effect| matches!(effect, Effect::InstanceEnded { ending: Ending::Completed(v), .. } if *v == json(r#"{"why": "late"}"#)));
    assert!(ended, "{:?}", m.effects);

    let mut m = Machine::with(&body);
    m.start("{}");
    throw(&mut m, "OTHER");
    assert_eq!(m.incidents()[0].kind, IncidentKind::UnhandledErrorEvent);
}

#[test]
fn a_job_whose_error_nobody_catches_is_done_again_once_its_incident_is_resolved() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    for ending in ["complete", "cancel", "throw again"] {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        let job = m.activate("a")[0].clone();
        let throw = |m: &mut Machine, attempt| {
            m.run(ThrowJobError {
                job: job.key,
                attempt,
                code: "NOPE".into(),
                message: "no".into(),
                variables: json(r#"{"why": "late"}"#),
            })
        };
        throw(&mut m, Some(1)).unwrap();
        let incident = m.incidents()[0].clone();
        assert_eq!(
            (incident.kind, incident.job),
            (IncidentKind::UnhandledErrorEvent, Some(job.key))
        );
        // It waits for the incident, and nobody else has it meanwhile.
        assert!(m.activate("a").is_empty());
        assert!(throw(&mut m, None).is_err());
        if ending == "cancel" {
            m.run(CancelInstance { instance: case }).unwrap();
            assert_eq!(leftovers(&m), Vec::<&str>::new());
            continue;
        }
        m.run(ResolveIncident {
            incident: incident.key,
        })
        .unwrap();
        assert_eq!(m.incidents().len(), 0);
        let again = m.activate("a")[0].clone();
        assert_eq!((again.key, again.job.attempt), (job.key, 2));
        assert_eq!(again.job.retries, job.job.retries);
        assert!(
            throw(&mut m, Some(1)).is_err(),
            "it is of an earlier attempt"
        );
        if ending == "throw again" {
            throw(&mut m, Some(2)).unwrap();
            assert_eq!(m.incidents()[0].job, Some(job.key));
            continue;
        }
        m.run(CompleteJob {
            job: job.key,
            attempt: Some(2),
            variables: Document::new(),
            result: None,
        })
        .unwrap();
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_user_task_carries_its_assignment_and_its_result() {
    let task = r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask />
        <zeebe:assignmentDefinition assignee="=owner" candidateGroups="adjusters, managers" />
        <zeebe:priorityDefinition priority="70" />
        </bpmn:extensionElements></bpmn:userTask>"#;
    let body = start_and_end() + task + &flows(&["start>u", "u>end"]);
    let mut m = Machine::with(&body);
    m.start(r#"{"owner": "سارا"}"#);
    let task = m.user_tasks()[0].clone();
    assert_eq!(
        (task.assignee.as_deref(), task.priority),
        (Some("سارا"), 70)
    );
    assert_eq!(task.candidate_groups.join("|"), "adjusters|managers");
    assert!(
        m.run(AssignUserTask {
            task: task.key,
            assignee: "ali".into(),
            allow_override: false,
            action: None
        })
        .is_err()
    );
    m.run(CompleteUserTask {
        task: task.key,
        variables: json(r#"{"approved": true}"#),
        action: None,
    })
    .unwrap();
    assert_eq!(m.trail(), "+start +u +end +p");
    assert!(
        m.run(CompleteUserTask {
            task: task.key,
            variables: Document::new(),
            action: None
        })
        .is_err()
    );
}

#[test]
fn an_embedded_subprocess_is_a_scope_and_catches_errors_of_its_parts() {
    let inner = r#"<bpmn:subProcess id="s"><bpmn:startEvent id="s1" />"#.to_owned()
        + &service("a", "")
        + r#"<bpmn:exclusiveGateway id="x" default="x_s2" /><bpmn:endEvent id="s2" />
             <bpmn:endEvent id="s3"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:endEvent>"#
        + &flows(&["s1>a", "a>x", "x>s3?bad", "x>s2"])
        + "</bpmn:subProcess>";
    let body = start_and_end()
        + &inner
        + r#"<bpmn:boundaryEvent id="caught" attachedToRef="s"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
        + &flows(&["start>s", "s>end", "caught>end"]);
    for (bad, trail) in [
        ("false", "+start +s1 +a +x +s2 +s +end +p"),
        ("true", "+start +s1 +a +x -s3 -s +caught +end +p"),
    ] {
        let mut m = Machine::with(&body);
        m.start("{}");
        m.do_job("a", &format!(r#"{{"bad": {bad}}}"#));
        // The end event and its subprocess end at once; which of the two follow-ups comes
        // first is not part of the contract.
        let mut found: Vec<_> = m.trail().split(' ').map(str::to_owned).collect();
        let mut expected: Vec<_> = trail.split(' ').map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn cancelling_ends_everything_that_is_active() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" /><bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>"#
        + &service("a", "")
        + &flows(&["start>fork", "fork>a", "fork>u", "a>end", "u>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(m.trail(), "+start +fork -a -u -p");
    let leftovers: Vec<_> = dump(m.engine.state())
        .into_iter()
        .map(|row| row.0)
        .filter(|table| {
            !table.contains("definition") && !["sources", "served_job_types"].contains(table)
        })
        .collect();
    assert_eq!(leftovers, Vec::<&str>::new());
}

#[test]
fn a_loop_without_a_wait_becomes_an_incident_not_a_hang() {
    let body = start_and_end()
        + r#"<bpmn:exclusiveGateway id="x" default="x_y" /><bpmn:exclusiveGateway id="y" />"#
        + &flows(&["start>x", "x>y", "y>x", "x>end?done"]);
    let mut m = Machine::impatient();
    m.deploy(&diagram(&body)).unwrap();
    let case = m.start(r#"{"done": false}"#);
    m.settle();
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"done": true}"#),
        local: false,
    })
    .unwrap();
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    assert!(!m.is_running(case));
}

#[test]
fn an_unchanged_diagram_makes_no_new_version() {
    let body = diagram(&(start_and_end() + &flows(&["start>end"])));
    let mut m = Machine::new();
    let first = m.deploy(&body).unwrap();
    assert_eq!(m.deploy(&body).unwrap(), first);
    assert_ne!(
        m.deploy(&body.replace(r#"id="d""#, r#"id="e""#)).unwrap(),
        first
    );
}

#[test]
fn the_key_of_a_deployment_is_no_other_things_key_even_when_it_changes_nothing() {
    let body = diagram(&(start_and_end() + &flows(&["start>end"])));
    let mut m = Machine::new();
    let mut keys = Vec::new();
    for _ in 0..3 {
        let resource = compile("a.bpmn", &body).unwrap();
        let reply = m.run(Deploy {
            resources: vec![resource],
        });
        let Ok(Deployed { deployment, .. }) = reply else {
            panic!("{reply:?}");
        };
        keys.push(deployment.0);
    }
    keys.push(m.start("{}").0);
    keys.dedup();
    assert_eq!(keys.len(), 4, "{keys:?}");
}

#[test]
fn a_job_without_a_type_is_an_incident_because_nobody_could_take_it() {
    let task = service("a", "").replace(r#"type="a""#, r#"type="=kind""#);
    let mut m = Machine::with(&(start_and_end() + &task + &flows(&["start>a", "a>end"])));
    let case = m.start(r#"{"kind": " "}"#);
    let incident = m.incidents().remove(0);
    assert_eq!(incident.kind, IncidentKind::ExtractValueError);
    let expected = "Expected a text that is not empty from '=kind', but it is the text \" \".";
    assert!(
        incident.message.starts_with(expected),
        "{}",
        incident.message
    );
    mend(&mut m, case, r#"{"kind": "a"}"#);
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
}

#[test]
fn the_example_diagram_is_executable() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/insurance-claim/insurance-claim.bpmn"
    );
    let xml = std::fs::read_to_string(path).unwrap();
    if let Err(diagnostics) = gardesh_engine::definition::compile("insurance-claim.bpmn", &xml) {
        panic!(
            "{}",
            diagnostics
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
}
