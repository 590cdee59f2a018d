//! Elements that repeat: multi-instance on tasks and subprocesses, and the standard loop.

use gardesh_engine::command::{
    ActivatedJob, BroadcastSignal, CancelInstance, CompleteJob, CompleteUserTask, ResolveIncident,
    SetVariables, ThrowJobError,
};
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{ElementInstanceEvent, Event, JobEvent, SubscriptionEvent};
use gardesh_engine::key::*;
use gardesh_engine::variables::write_document;

use crate::support::*;

/// Multi-instance characteristics: attributes of the zeebe element, and a completion condition.
fn multi(sequential: bool, attributes: &str, condition: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        text => format!("<bpmn:completionCondition>={text}</bpmn:completionCondition>"),
    };
    format!(
        r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics {attributes} /></bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"#
    )
}

/// Each item of `items` gives a result.
const COLLECT: &str = r#"inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=result""#;

fn standard_loop(attributes: &str, condition: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        text => format!("<bpmn:loopCondition>={text}</bpmn:loopCondition>"),
    };
    format!(
        "<bpmn:standardLoopCharacteristics {attributes}>{condition}</bpmn:standardLoopCharacteristics>"
    )
}

/// A service task that repeats.
fn repeated(id: &str, more: &str, repetition: &str) -> String {
    service(id, more).replace(
        "</bpmn:serviceTask>",
        &format!("{repetition}</bpmn:serviceTask>"),
    )
}

/// A manual task that repeats.
fn at_once(id: &str, repetition: &str) -> String {
    format!(r#"<bpmn:manualTask id="{id}">{repetition}</bpmn:manualTask>"#)
}

fn subprocess(id: &str, inner: &str, repetition: &str) -> String {
    format!(r#"<bpmn:subProcess id="{id}">{inner}{repetition}</bpmn:subProcess>"#)
}

fn alarm(id: &str, host: &str, interrupting: bool) -> String {
    format!(
        r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{host}" cancelActivity="{interrupting}"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:boundaryEvent>"#
    )
}

fn send(m: &mut Machine) {
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
}

fn complete(m: &mut Machine, job: &ActivatedJob, variables: &str) {
    m.run(CompleteJob {
        job: job.key,
        attempt: None,
        variables: json(variables),
        result: None,
    })
    .unwrap();
}

/// A process of the one element `a`, with more around it.
fn one(a: &str, more: &str) -> Machine {
    Machine::with(&(start_and_end() + a + more + &flows(&["start>a", "a>end"])))
}

/// How many instances of each role were begun: bodies, runs.
fn begun(m: &Machine) -> (usize, usize) {
    let of = |wanted: fn(&Role) -> bool| {
        m.events()
            .filter(|event| matches!(event, Event::ElementInstance(ElementInstanceEvent::Activating { role, .. }) if wanted(role)))
            .count()
    };
    (
        of(|role| *role == Role::Body),
        of(|role| matches!(role, Role::Run { .. })),
    )
}

/// The variables with which the process ended.
fn end_variables(m: &Machine) -> String {
    use gardesh_engine::effect::{Effect, Ending};
    let ended = m.effects.iter().find_map(|effect| match effect {
        Effect::InstanceEnded {
            ending: Ending::Completed(variables),
            ..
        } => Some(write_document(variables)),
        _ => None,
    });
    ended.expect("the case has not completed")
}

fn set(m: &mut Machine, case: ProcessInstanceKey, variables: &str) {
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(variables),
        local: false,
    })
    .unwrap();
}

fn resolve(m: &mut Machine) {
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
}

#[test]
fn parallel_runs_each_see_their_item_and_results_are_in_the_order_of_the_items() {
    let mut m = one(&repeated("a", "", &multi(false, COLLECT, "")), "");
    let case = m.start(r#"{"items": [10, 20, 30]}"#);
    let jobs = m.activate("a");
    let seen: Vec<_> = jobs
        .iter()
        .map(|job| write_document(&job.variables))
        .collect();
    assert_eq!(
        seen[1],
        r#"{"item":20,"items":[10,20,30],"loopCounter":2,"result":null,"results":[null,null,null]}"#
    );
    for (place, result) in [(2, "c"), (0, "a"), (1, "b")] {
        complete(
            &mut m,
            &jobs[place],
            &format!(r#"{{"result": "{result}"}}"#),
        );
    }
    assert!(!m.is_running(case));
    assert_eq!(m.trail(), "+start +a +a +a +a +end +p");
    assert_eq!(
        end_variables(&m),
        r#"{"items":[10,20,30],"results":["a","b","c"]}"#
    );
    assert_eq!(begun(&m), (1, 3));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn sequential_runs_come_one_after_the_other_and_see_earlier_results() {
    let attributes = COLLECT.replace("=result", "=count(results[item != null]) + item");
    let mut m = one(&repeated("a", "", &multi(true, &attributes, "")), "");
    let case = m.start(r#"{"items": [10, 20]}"#);
    for _ in 0..2 {
        let jobs = m.activate("a");
        assert_eq!(jobs.len(), 1);
        complete(&mut m, &jobs[0], "{}");
    }
    assert!(!m.is_running(case));
    assert_eq!(end_variables(&m), r#"{"items":[10,20],"results":[10,21]}"#);
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn without_items_the_element_is_left_at_once() {
    for sequential in [false, true] {
        let mut m = one(&repeated("a", "", &multi(sequential, COLLECT, "")), "");
        m.start(r#"{"items": []}"#);
        assert_eq!(m.trail(), "+start +a +end +p");
        assert_eq!(end_variables(&m), r#"{"items":[],"results":[]}"#);
    }
}

#[test]
fn what_is_no_list_or_too_long_is_an_incident_that_resolving_asks_again() {
    let many = format!(r#"{{"items": [{}0]}}"#, "0,".repeat(100_000));
    for (variables, kind, part) in [
        ("{}", IncidentKind::ExtractValueError, "a list"),
        (
            r#"{"items": 5}"#,
            IncidentKind::ExtractValueError,
            "it is 5",
        ),
        (&many, IncidentKind::ExecutionLimit, "100000 items"),
    ] {
        let mut m = one(&repeated("a", "", &multi(false, COLLECT, "")), "");
        let case = m.start(variables);
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, kind, "{}", incident.message);
        assert!(incident.message.contains(part), "{}", incident.message);
        resolve(&mut m);
        assert_eq!(m.incidents().len(), 1, "nothing has changed yet");
        set(&mut m, case, r#"{"items": [1]}"#);
        resolve(&mut m);
        m.do_job("a", r#"{"result": 1}"#);
        assert!(!m.is_running(case));
    }
}

#[test]
fn mappings_are_made_for_each_run_and_its_result_is_evaluated_after_them() {
    let mappings = r#"<zeebe:ioMapping><zeebe:input source="=item * 2" target="double" />
        <zeebe:output source="=answer + 1" target="result" /><zeebe:output source="=loopCounter" target="last" /></zeebe:ioMapping>"#;
    let mut m = one(&repeated("a", mappings, &multi(false, COLLECT, "")), "");
    let case = m.start(r#"{"items": [1, 2]}"#);
    let jobs = m.activate("a");
    for job in &jobs {
        let answer = job.variables["double"].to_json();
        complete(&mut m, job, &format!(r#"{{"answer": {answer}}}"#));
    }
    assert!(!m.is_running(case));
    assert_eq!(
        end_variables(&m),
        r#"{"items":[1,2],"last":2,"results":[3,5]}"#
    );
}

#[test]
fn a_result_that_is_more_than_a_variable_takes_what_the_run_brings_outwards() {
    let attributes = COLLECT.replace("=result", "=item + bonus");
    let mut m = one(&repeated("a", "", &multi(true, &attributes, "")), "");
    m.start(r#"{"items": [1, 2], "bonus": 0}"#);
    m.do_job("a", r#"{"bonus": 10}"#);
    m.do_job("a", r#"{"bonus": 20}"#);
    assert_eq!(
        end_variables(&m),
        r#"{"bonus":20,"items":[1,2],"results":[11,22]}"#
    );
}

#[test]
fn the_completion_condition_ends_the_rest_and_sees_the_numbers() {
    for (condition, completed, trail) in [
        (
            "numberOfCompletedInstances = 2",
            2,
            "+start +a +a -a -a +a +end +p",
        ),
        (
            "numberOfActiveInstances = 1",
            3,
            "+start +a +a +a -a +a +end +p",
        ),
        (
            "numberOfCompletedInstances / numberOfInstances >= 0.5",
            2,
            "+start +a +a -a -a +a +end +p",
        ),
        (
            "numberOfTerminatedInstances > 0 or result = 1",
            1,
            "+start +a -a -a -a +a +end +p",
        ),
        (
            "count(results[item != null]) = 3",
            3,
            "+start +a +a +a -a +a +end +p",
        ),
    ] {
        let condition = condition.replace('>', "&gt;");
        let mut m = one(&repeated("a", "", &multi(false, COLLECT, &condition)), "");
        let case = m.start(r#"{"items": [1, 2, 3, 4]}"#);
        let jobs = m.activate("a");
        for (job, result) in jobs.iter().zip(1..=completed) {
            complete(&mut m, job, &format!(r#"{{"result": {result}}}"#));
        }
        assert!(!m.is_running(case), "{condition}");
        assert_eq!(m.trail(), trail, "{condition}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_completion_condition_ends_a_sequence_early() {
    let mut m = one(
        &repeated("a", "", &multi(true, COLLECT, "result = &quot;stop&quot;")),
        "",
    );
    m.start(r#"{"items": [1, 2, 3]}"#);
    m.do_job("a", r#"{"result": "on"}"#);
    m.do_job("a", r#"{"result": "stop"}"#);
    assert_eq!(
        end_variables(&m),
        r#"{"items":[1,2,3],"results":["on","stop",null]}"#
    );
}

#[test]
fn a_condition_or_result_that_cannot_be_evaluated_is_an_incident_of_the_run() {
    for (attributes, condition, kind) in [
        (
            COLLECT.to_owned(),
            "enough",
            IncidentKind::ExtractValueError,
        ),
        (
            COLLECT.to_owned(),
            "count(for i in 1..1000000, j in 1..1000000 return i) = enough",
            IncidentKind::ExtractValueError,
        ),
    ] {
        let mut m = one(&repeated("a", "", &multi(true, &attributes, condition)), "");
        let case = m.start(r#"{"items": [1, 2]}"#);
        m.do_job("a", r#"{"result": 7}"#);
        assert_eq!(m.incidents()[0].kind, kind);
        assert!(m.activate("a").is_empty(), "the next run waits");
        if condition == "enough" {
            set(&mut m, case, r#"{"enough": false}"#);
            resolve(&mut m);
            assert!(m.incidents().is_empty());
            m.do_job("a", r#"{"result": 8}"#);
            assert_eq!(
                end_variables(&m),
                r#"{"enough":false,"items":[1,2],"results":[7,8]}"#
            );
        }
        m.run(CancelInstance { instance: case }).ok();
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn boundary_events_belong_to_the_whole() {
    let more = alarm("alarmed", "a", true) + &flows(&["alarmed>end"]);
    for (sequential, trail) in [
        (false, "+start +a +alarmed +end -a -a -a +p"),
        (true, "+start +a +alarmed +end -a -a +p"),
    ] {
        let mut m = one(&repeated("a", "", &multi(sequential, COLLECT, "")), &more);
        let case = m.start(r#"{"items": [1, 2, 3]}"#);
        let opened = m
            .events()
            .filter(|event| matches!(event, Event::Subscription(SubscriptionEvent::Opened { .. })))
            .count();
        assert_eq!(opened, 1);
        let jobs = m.activate("a");
        complete(&mut m, &jobs[0], "{}");
        send(&mut m);
        assert!(!m.is_running(case));
        let mut found: Vec<_> = m.trail().split(' ').map(str::to_owned).collect();
        let mut expected: Vec<_> = trail.split(' ').map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn an_error_in_one_run_is_caught_on_the_whole() {
    let more = r#"<bpmn:boundaryEvent id="caught" attachedToRef="a"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent><bpmn:endEvent id="refused" />"#.to_owned()
        + &flows(&["caught>refused"]);
    let mut m = one(&repeated("a", "", &multi(false, COLLECT, "")), &more);
    let case = m.start(r#"{"items": [1, 2, 3]}"#);
    let job = m.activate("a")[1].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    assert!(!m.is_running(case));
    assert_eq!(m.trail().matches("-a").count(), 4);
    assert!(m.trail().contains("+refused"));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn subprocesses_repeat_with_boundary_events_and_variables_of_their_own() {
    let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
        + &service("b", "")
        + r#"<bpmn:boundaryEvent id="late" attachedToRef="b"><bpmn:timerEventDefinition><bpmn:timeDuration>=duration("PT" + string(item) + "H")</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"#
        + &service("c", "")
        + &flows(&["s>b", "b>e", "late>c", "c>e"]);
    let mut m = one(&subprocess("a", &inner, &multi(false, COLLECT, "")), "");
    let case = m.start(r#"{"items": [1, 2, 3]}"#);
    m.tick(2 * 3_600_000);
    let late = m.activate("c");
    let seen: Vec<_> = late
        .iter()
        .map(|job| job.variables["item"].to_json())
        .collect();
    assert_eq!(seen, ["1", "2"]);
    for job in &late {
        complete(&mut m, job, r#"{"result": "late"}"#);
    }
    assert!(m.is_running(case));
    m.do_job("b", r#"{"result": "in time"}"#);
    assert_eq!(
        end_variables(&m),
        r#"{"items":[1,2,3],"results":["late","late","in time"]}"#
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn repetition_nests() {
    let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
        + &repeated(
            "b",
            "",
            &multi(
                false,
                r#"inputCollection="=item" inputElement="cell" outputCollection="result" outputElement="=cell + column""#,
                "",
            ),
        )
        + &flows(&["s>b", "b>e"]);
    for sequential in [false, true] {
        let mut m = one(
            &subprocess("a", &inner, &multi(sequential, COLLECT, "")),
            "",
        );
        m.start(r#"{"items": [[1, 2], [], [3]], "column": 0}"#);
        for _ in 0..2 {
            for job in m.activate("b") {
                complete(&mut m, &job, "{}");
            }
        }
        assert_eq!(
            end_variables(&m),
            r#"{"column":0,"items":[[1,2],[],[3]],"results":[[1,2],[],[3]]}"#
        );
        assert_eq!(begun(&m), (4, 6));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_nested_square_of_many_runs_comes_to_its_end() {
    let many = multi(
        false,
        r#"inputCollection="=for i in 1..60 return i" inputElement="item""#,
        "",
    );
    let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
        + &at_once("b", &many)
        + &flows(&["s>b", "b>e"]);
    let mut m = one(&subprocess("a", &inner, &many), "");
    let case = m.start("{}");
    m.settle();
    assert!(!m.is_running(case), "{:?}", m.incidents());
    assert_eq!(begun(&m), (61, 60 + 3_600));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn five_thousand_items_are_worked_through_in_bounded_commands() {
    for (sequential, items, last) in [(false, 5_000, "9998,10000]}"), (true, 500, "998,1000]}")] {
        let attributes = format!(
            r#"inputCollection="=for i in 1..{items} return i" inputElement="item" outputCollection="results" outputElement="=item * 2""#
        );
        let mut m = one(&at_once("a", &multi(sequential, &attributes, "")), "");
        let case = m.start("{}");
        m.settle();
        assert!(!m.is_running(case), "{:?}", m.incidents());
        assert_eq!(begun(&m), (1, items));
        let longest = m.journal.iter().map(|entry| entry.events.len()).max();
        assert!(longest < Some(3_500), "{longest:?}");
        assert!(end_variables(&m).ends_with(last));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn three_thousand_runs_are_ended_in_bounded_commands() {
    let more = alarm("alarmed", "a", true)
        + r#"<bpmn:endEvent id="stopped" />"#
        + &flows(&["alarmed>stopped"]);
    let attributes = r#"inputCollection="=for i in 1..3000 return i""#;
    let mut m = one(&repeated("a", "", &multi(false, attributes, "")), &more);
    let case = m.start("{}");
    m.settle();
    assert_eq!(begun(&m), (1, 3000));
    let before = m.journal.len();
    let last = m.events().filter_map(|event| match event {
        Event::Job(JobEvent::Created { job }) => Some(job.key),
        _ => None,
    });
    let job = last.last().unwrap();
    send(&mut m);
    let late = m.run(CompleteJob {
        job,
        attempt: None,
        variables: json("{}"),
        result: None,
    });
    let message = late.unwrap_err().message;
    assert!(message.contains("is being ended"), "{message}");
    m.settle();
    assert!(!m.is_running(case));
    assert!(m.trail().contains("+stopped"));
    let longest = m.journal[before..]
        .iter()
        .map(|entry| entry.events.len())
        .max();
    assert!(longest < Some(6_100), "{longest:?}");
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_condition_that_holds_while_runs_are_still_being_begun_ends_them_once_all_have_begun() {
    let mut m = one(
        &repeated(
            "a",
            "",
            &multi(
                false,
                r#"inputCollection="=for i in 1..3000 return i""#,
                "numberOfCompletedInstances = 1 and numberOfInstances = 3000",
            ),
        ),
        "",
    );
    let case = m.start("{}");
    let jobs = m.activate("a");
    complete(&mut m, &jobs[0], "{}");
    m.settle();
    assert!(!m.is_running(case));
    // What the start has begun comes before what the worker's answer begins.
    assert_eq!(begun(&m), (1, 3_000));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn cancelling_while_runs_are_being_begun_leaves_nothing() {
    for ticks in [0, 1, 30] {
        let attributes = r#"inputCollection="=for i in 1..2500 return i""#;
        let mut m = one(&repeated("a", "", &multi(false, attributes, "")), "");
        let case = m.start("{}");
        for _ in 0..ticks {
            m.tick(0);
        }
        m.run(CancelInstance { instance: case }).unwrap();
        m.settle();
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new(), "{ticks}");
    }
}

#[test]
fn results_that_get_too_large_are_an_incident() {
    let attributes = COLLECT.replace("=result", "={text: big}");
    let mut m = one(&repeated("a", "", &multi(true, &attributes, "")), "");
    let big = "x".repeat(1_500_000);
    let case = m.start(&format!(r#"{{"items": [1, 2, 3], "big": "{big}"}}"#));
    for _ in 0..3 {
        m.do_job("a", "{}");
    }
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_user_task_and_a_receive_task_repeat_too() {
    let task = format!(
        r#"<bpmn:userTask id="a"><bpmn:extensionElements><zeebe:userTask /><zeebe:assignmentDefinition assignee="=item" /></bpmn:extensionElements>{}</bpmn:userTask>"#,
        multi(false, COLLECT, "")
    );
    let mut m = one(&task, "");
    m.start(r#"{"items": ["ali", "sara"]}"#);
    let tasks = m.user_tasks();
    let assignees: Vec<_> = tasks.iter().map(|task| task.assignee.as_deref()).collect();
    assert_eq!(assignees, [Some("ali"), Some("sara")]);
    for task in tasks {
        m.run(CompleteUserTask {
            task: task.key,
            variables: json(r#"{"result": true}"#),
            action: None,
        })
        .unwrap();
    }
    assert_eq!(
        end_variables(&m),
        r#"{"items":["ali","sara"],"results":[true,true]}"#
    );
}

#[test]
fn a_loop_runs_as_often_as_it_says() {
    for (attributes, condition, runs) in [
        ("", "loopCounter &lt; 3", 3),
        ("testBefore=\"true\"", "loopCounter &lt; 3", 3),
        ("", "false", 1),
        ("testBefore=\"true\"", "false", 0),
        ("loopMaximum=\"2\"", "true", 2),
        ("testBefore=\"true\" loopMaximum=\"2\"", "true", 2),
        ("loopMaximum=\"4\"", "", 4),
    ] {
        let mut m = one(
            &repeated("a", "", &standard_loop(attributes, condition)),
            "",
        );
        let case = m.start("{}");
        for run in 1..=runs {
            let jobs = m.activate("a");
            assert_eq!(
                write_document(&jobs[0].variables),
                format!(r#"{{"loopCounter":{run}}}"#)
            );
            complete(&mut m, &jobs[0], "{}");
        }
        assert!(!m.is_running(case), "{attributes} {condition}");
        assert_eq!(begun(&m), (1, runs), "{attributes} {condition}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_loop_goes_on_with_what_its_runs_bring() {
    let mut m = one(&repeated("a", "", &standard_loop("", "score &lt; 10")), "");
    let case = m.start("{}");
    m.do_job("a", r#"{"score": 4}"#);
    m.do_job("a", r#"{"score": "many"}"#);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ConditionError);
    set(&mut m, case, r#"{"score": 5}"#);
    resolve(&mut m);
    m.do_job("a", r#"{"score": 11}"#);
    assert_eq!(end_variables(&m), r#"{"score":11}"#);
}

#[test]
fn a_loop_that_must_be_asked_first_is_an_incident_before_it_runs() {
    let mut m = one(
        &repeated("a", "", &standard_loop("testBefore=\"true\"", "go")),
        "",
    );
    let case = m.start("{}");
    assert_eq!(m.incidents()[0].kind, IncidentKind::ConditionError);
    set(&mut m, case, r#"{"go": true}"#);
    resolve(&mut m);
    m.do_job("a", r#"{"go": false}"#);
    assert!(!m.is_running(case));
}

#[test]
fn a_loop_that_waits_for_nobody_and_never_ends_is_an_incident() {
    let body = start_and_end() + &at_once("a", &standard_loop("", "go"));
    let mut m = Machine::impatient();
    m.deploy(&diagram(&(body + &flows(&["start>a", "a>end"]))))
        .unwrap();
    let case = m.start(r#"{"go": true}"#);
    m.settle();
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
    set(&mut m, case, r#"{"go": false}"#);
    resolve(&mut m);
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}
