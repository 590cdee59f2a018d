//! Messages: who takes them, in what order, for how long they wait, and what publishes them.

use gardesh_engine::command::{
    CancelInstance, CorrelateMessage, Deploy, Deployed, MessageCorrelated, PublishMessage,
    ResolveIncident, ResumeDefinition, ResumeInstance, SetVariables, SuspendDefinition,
    SuspendInstance,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{Event, MessageEvent, VariableEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

/// A machine with processes of these ids and bodies, and the messages that the tests use.
fn machines(bodies: &[(&str, String)]) -> Machine {
    let mut m = Machine::new();
    deploy(&mut m, bodies);
    m
}

pub fn deploy(m: &mut Machine, bodies: &[(&str, String)]) -> Vec<ProcessDefinitionKey> {
    let resources = bodies.iter().map(|(id, body)| {
        let xml = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="test">
  <bpmn:process id="{id}" isExecutable="true">{body}</bpmn:process>
  <bpmn:message id="m_paid" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order" /></bpmn:extensionElements></bpmn:message>
  <bpmn:message id="m_order" name="order" />
  <bpmn:message id="m_ordered" name="ordered" />
</bpmn:definitions>"#
        );
        compile(&format!("{id}.bpmn"), &xml).unwrap()
    });
    let resources = resources.collect();
    match m.run(Deploy { resources }) {
        Ok(Deployed { processes, .. }) => processes,
        other => panic!("{other:?}"),
    }
}

fn machine(body: &str) -> Machine {
    machines(&[("p", body.to_owned())])
}

pub fn event(tag: &str, id: &str, attributes: &str, message: &str) -> String {
    format!(
        r#"<bpmn:{tag} id="{id}" {attributes}><bpmn:messageEventDefinition messageRef="m_{message}" /></bpmn:{tag}>"#
    )
}

/// A send task that publishes a message.
fn send_task(id: &str, message: &str, publication: &str) -> String {
    format!(
        r#"<bpmn:sendTask id="{id}" messageRef="m_{message}"><bpmn:extensionElements><zeebe:publishMessage {publication} /></bpmn:extensionElements></bpmn:sendTask>"#
    )
}

/// A process that waits for `paid`.
fn waiting() -> String {
    start_and_end()
        + &event("intermediateCatchEvent", "wait", "", "paid")
        + &flows(&["start>wait", "wait>end"])
}

/// A process that `order` starts and that then has a task to do.
pub fn started() -> String {
    event("startEvent", "ordered", "", "order")
        + &service("a", "")
        + r#"<bpmn:endEvent id="end" />"#
        + &flows(&["ordered>a", "a>end"])
}

pub struct Letter {
    pub name: &'static str,
    pub key: &'static str,
    pub id: Option<&'static str>,
    pub ttl_ms: u64,
    pub variables: &'static str,
}

const PAID: Letter = Letter {
    name: "paid",
    key: "o1",
    id: None,
    ttl_ms: HOUR_MS,
    variables: "{}",
};

pub const ORDER: Letter = Letter {
    name: "order",
    ..PAID
};

pub fn publish(m: &mut Machine, letter: &Letter) -> Result<MessageKey, Rejection> {
    m.run(PublishMessage {
        name: letter.name.into(),
        correlation_key: letter.key.into(),
        message_id: letter.id.map(Into::into),
        time_to_live_ms: letter.ttl_ms,
        variables: json(letter.variables),
    })
}

fn correlate(m: &mut Machine, letter: &Letter) -> Result<MessageCorrelated, Rejection> {
    m.run(CorrelateMessage {
        name: letter.name.into(),
        correlation_key: letter.key.into(),
        variables: json(letter.variables),
    })
}

/// The cases that took messages, in order.
pub fn takers(m: &Machine) -> Vec<ProcessInstanceKey> {
    let taken = m.events().filter_map(|event| match event {
        Event::Message(MessageEvent::Correlated { instance, .. }) => Some(*instance),
        _ => None,
    });
    taken.collect()
}

/// The names of the tables that hold rows of messages or of what waits for them.
pub fn left_over(m: &Machine) -> Vec<&'static str> {
    let of_messages = |table: &&str| {
        table.contains("message")
            || ["due", "subscriptions", "elements", "variables"].contains(table)
    };
    let rows = dump(m.engine.state()).into_iter().map(|(table, ..)| table);
    rows.filter(of_messages).collect()
}

#[test]
fn a_message_goes_to_the_case_that_waits_for_its_name_and_key() {
    let mut m = machine(&waiting());
    let (first, second) = (m.start(r#"{"order": "o1"}"#), m.start(r#"{"order": 17}"#));
    for key in ["o2", "O1", ""] {
        publish(
            &mut m,
            &Letter {
                key,
                ttl_ms: 0,
                ..PAID
            },
        )
        .unwrap();
        publish(
            &mut m,
            &Letter {
                name: "Paid",
                ttl_ms: 0,
                ..PAID
            },
        )
        .unwrap();
    }
    assert_eq!(takers(&m), []);
    publish(&mut m, &Letter { ttl_ms: 0, ..PAID }).unwrap();
    assert!(!m.is_running(first) && m.is_running(second));
    let seventeen = Letter {
        key: "17",
        ttl_ms: 0,
        ..PAID
    };
    publish(&mut m, &seventeen).unwrap();
    assert_eq!(takers(&m), [first, second]);
    assert_eq!(left_over(&m), Vec::<&str>::new());
}

#[test]
fn a_message_brings_variables_to_everything_that_can_wait_for_one() {
    let task = r#"<bpmn:receiveTask id="wait" messageRef="m_paid" />"#.to_owned();
    let catch = event("intermediateCatchEvent", "wait", "", "paid");
    let gateway = r#"<bpmn:eventBasedGateway id="wait" /><bpmn:intermediateCatchEvent id="late"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#.to_owned()
        + &event("intermediateCatchEvent", "got", "", "paid");
    let boundary = |interrupting| {
        let attributes = format!(r#"attachedToRef="wait" cancelActivity="{interrupting}""#);
        service("wait", "") + &event("boundaryEvent", "got", &attributes, "paid")
    };
    let subprocess = |interrupting| {
        let attributes = format!(r#"isInterrupting="{interrupting}""#);
        service("wait", "")
            + r#"<bpmn:subProcess id="on" triggeredByEvent="true">"#
            + &event("startEvent", "got", &attributes, "paid")
            + r#"<bpmn:endEvent id="told" />"#
            + &flows(&["got>told"])
            + "</bpmn:subProcess>"
    };
    let (direct, by_event): (&[&str], &[&str]) =
        (&["start>wait", "wait>b"], &["start>wait", "got>b"]);
    for (body, ways, expected) in [
        (task, direct, "+start +wait"),
        (catch, direct, "+start +wait"),
        (
            gateway,
            &["start>wait", "wait>got", "wait>late", "got>b", "late>end"],
            "+start +wait +got",
        ),
        (boundary(true), by_event, "+start -wait +got"),
        (boundary(false), by_event, "+start +got"),
        (subprocess(false), direct, "+start +got +told +on"),
        (subprocess(true), direct, "+start -wait +got +told +on +p"),
    ] {
        let body = start_and_end() + &service("b", "") + &flows(&["b>end"]) + &body + &flows(ways);
        // One finds the message there, the other waits for it.
        for published_first in [true, false] {
            let mut m = machine(&body);
            let letter = Letter {
                variables: r#"{"sum": 12}"#,
                ..PAID
            };
            if published_first {
                publish(&mut m, &letter).unwrap();
            }
            let case = m.start(r#"{"order": "o1"}"#);
            if !published_first {
                publish(&mut m, &letter).unwrap();
            }
            // What is there already interrupts the case before its first task.
            let trail = m.trail().replace("-start +got", "+start -wait +got");
            assert_eq!(
                sorted(&trail),
                sorted(expected),
                "{published_first}: {body}"
            );
            if m.is_running(case) {
                assert_eq!(m.variables(case), r#"{"order":"o1","sum":12}"#);
                m.run(CancelInstance { instance: case }).unwrap();
            }
            m.tick(HOUR_MS);
            assert_eq!(left_over(&m), Vec::<&str>::new(), "{body}");
        }
    }
}

#[test]
fn one_message_goes_to_one_case_of_each_process() {
    let mut m = machines(&[
        ("p", waiting()),
        ("q", waiting()),
        (
            "r",
            event("startEvent", "s", "", "paid") + &service("a", "") + &flows(&["s>a"]),
        ),
    ]);
    let first = m.start(r#"{"order": "o1"}"#);
    let second = m.start(r#"{"order": "o1"}"#);
    let other = m.start_of("q", r#"{"order": "o1"}"#);
    publish(&mut m, &PAID).unwrap();
    assert!(!m.is_running(first) && m.is_running(second) && !m.is_running(other));
    assert_eq!(takers(&m).len(), 3, "the third process was started");
    let third = m.start(r#"{"order": "o1"}"#);
    assert!(m.is_running(third), "its process has had the message");
    publish(&mut m, &PAID).unwrap();
    assert!(!m.is_running(second) && m.is_running(third));
}

#[test]
fn messages_that_wait_are_taken_in_the_order_of_publication_while_they_live() {
    let mut m = machine(&waiting());
    for (variables, ttl_ms) in [
        (r#"{"n": 1}"#, 10),
        (r#"{"n": 2}"#, HOUR_MS),
        (r#"{"n": 3}"#, 20),
        (r#"{"n": 4}"#, HOUR_MS),
    ] {
        publish(
            &mut m,
            &Letter {
                ttl_ms,
                variables,
                ..PAID
            },
        )
        .unwrap();
    }
    m.now_ms += 10;
    for _ in 0..3 {
        m.start(r#"{"order": "o1"}"#);
    }
    let taken: Vec<String> = m
        .events()
        .filter_map(|event| match event {
            Event::Variable(VariableEvent::Set { name, value, .. }) if &**name == "n" => {
                Some(value.to_json())
            }
            _ => None,
        })
        .collect();
    assert_eq!(taken, ["2", "3", "4"]);
    m.tick(HOUR_MS);
    assert_eq!(left_over(&m), Vec::<&str>::new());
}

#[test]
fn what_goes_on_waiting_takes_one_message_after_the_other() {
    let body = start_and_end()
        + &service("a", "")
        + &event(
            "boundaryEvent",
            "got",
            r#"attachedToRef="a" cancelActivity="false""#,
            "paid",
        )
        + &flows(&["start>a", "a>end", "got>end"]);
    let mut m = machine(&body);
    for _ in 0..250 {
        publish(&mut m, &PAID).unwrap();
    }
    let case = m.start(r#"{"order": "o1"}"#);
    assert_eq!(takers(&m).len(), 100, "one command has a bound");
    for taken in [200, 250, 250] {
        m.tick(0);
        assert_eq!(takers(&m).len(), taken);
    }
    publish(&mut m, &PAID).unwrap();
    assert_eq!(takers(&m).len(), 251);
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
    m.tick(HOUR_MS);
    assert_eq!(left_over(&m), Vec::<&str>::new());
}

#[test]
fn a_message_without_time_to_live_does_not_wait_and_others_go_when_it_is_over() {
    let mut m = machine(&waiting());
    publish(&mut m, &Letter { ttl_ms: 0, ..PAID }).unwrap();
    assert!(left_over(&m).is_empty());
    publish(&mut m, &Letter { ttl_ms: 5, ..PAID }).unwrap();
    m.tick(4);
    assert!(!left_over(&m).is_empty());
    m.tick(1);
    assert!(left_over(&m).is_empty());
    m.start(r#"{"order": "o1"}"#);
    assert_eq!(takers(&m), []);
}

#[test]
fn a_message_id_is_taken_once_while_the_message_lives() {
    let mut m = machine(&waiting());
    let letter = Letter {
        id: Some("m1"),
        ..PAID
    };
    publish(&mut m, &letter).unwrap();
    let again = publish(&mut m, &letter).unwrap_err();
    assert_eq!(again.kind, RejectionKind::AlreadyExists);
    m.start(r#"{"order": "o1"}"#);
    assert_eq!(takers(&m).len(), 1);
    publish(&mut m, &letter).unwrap_err();
    for other in [
        Letter {
            id: Some("m2"),
            ..PAID
        },
        Letter {
            key: "o2",
            id: Some("m1"),
            ..PAID
        },
        Letter {
            name: "order",
            id: Some("m1"),
            ..PAID
        },
    ] {
        publish(&mut m, &other).unwrap();
    }
    m.now_ms += HOUR_MS;
    publish(
        &mut m,
        &Letter {
            ttl_ms: 0,
            ..letter
        },
    )
    .unwrap();
    m.tick(0);
    publish(&mut m, &letter).unwrap();
}

#[test]
fn names_keys_and_ids_have_bounds() {
    let mut m = machine(&waiting());
    let long: &'static str = "x".repeat(1_025).leak();
    for letter in [
        Letter { name: "", ..PAID },
        Letter { name: long, ..PAID },
        Letter { key: long, ..PAID },
        Letter {
            key: "a\0b",
            ..PAID
        },
        Letter {
            id: Some(long),
            ..PAID
        },
    ] {
        let refused = publish(&mut m, &letter).unwrap_err();
        assert_eq!(refused.kind, RejectionKind::InvalidArgument);
    }
    publish(
        &mut m,
        &Letter {
            key: &long[1..],
            ttl_ms: u64::MAX,
            ..PAID
        },
    )
    .unwrap();
    let order = format!(r#"{{"order": "{long}"}}"#);
    m.start(&order);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
}

#[test]
fn a_key_that_cannot_be_computed_is_an_incident_until_it_can() {
    let mut m = machine(&waiting());
    publish(&mut m, &PAID).unwrap();
    let case = m.start("{}");
    let incident = m.incidents()[0].key;
    m.run(SetVariables {
        instance: case,
        scope: case.root(),
        variables: json(r#"{"order": "o1"}"#),
        local: false,
    })
    .unwrap();
    m.run(ResolveIncident { incident }).unwrap();
    assert!(!m.is_running(case));
}

#[test]
fn correlating_says_who_took_the_message_and_keeps_nothing() {
    let mut m = machines(&[("p", waiting()), ("q", started())]);
    let nobody = correlate(&mut m, &PAID).unwrap_err();
    assert_eq!(nobody.kind, RejectionKind::NotFound);
    let case = m.start(r#"{"order": "o1"}"#);
    assert_eq!(correlate(&mut m, &PAID).unwrap().instance, Some(case));
    assert!(!m.is_running(case));
    let taken = correlate(&mut m, &ORDER).unwrap().instance;
    let instance = taken.expect("the start event takes it");
    assert!(m.is_running(instance));
    let locked = correlate(&mut m, &ORDER).unwrap_err();
    assert_eq!(locked.kind, RejectionKind::NotFound);
    assert!(locked.message.contains("still runs"), "{}", locked.message);
    m.run(CancelInstance { instance }).unwrap();
    assert_eq!(left_over(&m), ["subscriptions", "message_subscriptions"]);
    correlate(&mut m, &ORDER).unwrap();
}

#[test]
fn one_case_for_each_key_is_started_at_a_time() {
    let mut m = machine(&started());
    for variables in [r#"{"n": 1}"#, r#"{"n": 2}"#, r#"{"n": 3}"#] {
        publish(&mut m, &Letter { variables, ..ORDER }).unwrap();
    }
    publish(&mut m, &Letter { key: "o2", ..ORDER }).unwrap();
    publish(
        &mut m,
        &Letter {
            ttl_ms: 0,
            variables: r#"{"n": 9}"#,
            ..ORDER
        },
    )
    .unwrap();
    let cases = takers(&m);
    assert_eq!(cases.len(), 2);
    assert_eq!(m.variables(cases[0]), r#"{"n":1}"#);
    m.run(CancelInstance { instance: cases[0] }).unwrap();
    let second = takers(&m)[2];
    assert_eq!(m.variables(second), r#"{"n":2}"#);
    // The next one starts in the latest version.
    let (ways, task) = (flows(&["ordered>b", "b>end"]), service("b", ""));
    let newer = event("startEvent", "ordered", "", "order")
        + &task
        + r#"<bpmn:endEvent id="end" />"#
        + &ways;
    deploy(&mut m, &[("p", newer)]);
    m.do_jobs("a");
    let third = takers(&m)[3];
    assert_eq!(m.variables(third), r#"{"n":3}"#);
    m.do_job("b", "{}");
    assert_eq!(takers(&m).len(), 4, "none is left");
    publish(&mut m, &ORDER).unwrap();
    assert_eq!(takers(&m).len(), 5);
}

#[test]
fn without_a_key_every_message_starts_a_case() {
    let mut m = machine(&started());
    for _ in 0..3 {
        publish(&mut m, &Letter { key: "", ..ORDER }).unwrap();
    }
    assert_eq!(takers(&m).len(), 3);
    for instance in takers(&m) {
        m.run(CancelInstance { instance }).unwrap();
    }
    assert_eq!(takers(&m).len(), 3);
}

#[test]
fn the_oldest_message_starts_the_next_case_whatever_its_name() {
    let body = started() + &event("startEvent", "other", "", "ordered") + &flows(&["other>a"]);
    let mut m = machine(&body);
    publish(&mut m, &ORDER).unwrap();
    publish(
        &mut m,
        &Letter {
            name: "ordered",
            ..ORDER
        },
    )
    .unwrap();
    publish(&mut m, &ORDER).unwrap();
    for _ in 0..3 {
        m.do_job("a", "{}");
    }
    assert_eq!(
        m.trail(),
        "+ordered +a +end +p +other +a +end +p +ordered +a +end +p"
    );
}

#[test]
fn a_message_for_very_many_processes_reaches_all_over_several_commands() {
    for ttl_ms in [0, 5, HOUR_MS] {
        let bodies: Vec<(String, String)> =
            (0..250).map(|i| (format!("p{i}"), started())).collect();
        let bodies: Vec<(&str, String)> = bodies
            .iter()
            .map(|(id, body)| (&**id, body.clone()))
            .collect();
        let mut m = machines(&bodies);
        publish(&mut m, &Letter { ttl_ms, ..ORDER }).unwrap();
        assert_eq!(takers(&m).len(), 100);
        for taken in [200, 250, 250] {
            m.tick(5);
            assert_eq!(takers(&m).len(), taken, "{ttl_ms}");
        }
        m.tick(HOUR_MS);
        assert_eq!(m.engine.next_due(), None);
    }
}

#[test]
fn the_engine_publishes_for_a_case() {
    let publication = r#"correlationKey="=key" messageId="=id" timeToLive="=ttl""#;
    let throw = |tag: &str| {
        format!(
            r#"<bpmn:{tag} id="say"><bpmn:extensionElements><zeebe:publishMessage {publication} /><zeebe:ioMapping><zeebe:input source="=12" target="sum" /></zeebe:ioMapping></bpmn:extensionElements><bpmn:messageEventDefinition messageRef="m_paid" /></bpmn:{tag}>"#
        )
    };
    let task = format!(
        r#"<bpmn:sendTask id="say" messageRef="m_paid"><bpmn:extensionElements><zeebe:publishMessage {publication} /><zeebe:ioMapping><zeebe:input source="=12" target="sum" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>"#
    );
    for (say, more) in [
        (task, "say>end"),
        (throw("intermediateThrowEvent"), "say>end"),
        (throw("endEvent"), ""),
    ] {
        let more = if more.is_empty() {
            String::new()
        } else {
            flows(&[more])
        };
        let body = r#"<bpmn:startEvent id="start" /><bpmn:endEvent id="end" />"#.to_owned();
        let body = if more.is_empty() {
            r#"<bpmn:startEvent id="start" />"#.into()
        } else {
            body
        };
        let body = body + &say + &flows(&["start>say"]) + &more;
        let mut m = machines(&[("p", body), ("q", waiting())]);
        let case = m.start_of("q", r#"{"order": "o1"}"#);
        let variables = r#"{"key": "o1", "id": "m1", "ttl": "PT1H"}"#;
        let sender = m.start(variables);
        assert!(!m.is_running(sender) && !m.is_running(case));
        let brought = m.events().any(|event| {
            matches!(event, Event::Variable(VariableEvent::Set { instance, name, .. }) if *instance == case && &**name == "sum")
        });
        assert!(brought);
        let twice = m.start(variables);
        assert!(
            !m.is_running(twice),
            "a message that lives already is not sent again"
        );
        assert_eq!(takers(&m).len(), 1);
        for wrong in [
            r#"{"id": "m2", "ttl": "PT1H"}"#,
            r#"{"key": "o1", "id": 5, "ttl": "PT1H"}"#,
            r#"{"key": "o1", "ttl": "-PT1H"}"#,
            r#"{"key": "o1", "ttl": "soon"}"#,
        ] {
            let case = m.start(wrong);
            let incident = m.incidents()[0].clone();
            assert_eq!(incident.kind, IncidentKind::ExtractValueError, "{wrong}");
            m.run(SetVariables {
                instance: case,
                scope: case.root(),
                variables: json(r#"{"key": "o1", "id": null, "ttl": "P1D"}"#),
                local: false,
            })
            .unwrap();
            m.run(ResolveIncident {
                incident: incident.key,
            })
            .unwrap();
            assert!(!m.is_running(case) && m.incidents().is_empty());
        }
    }
}

#[test]
fn a_process_whose_message_starts_it_again_and_again_is_stopped() {
    let body = event("startEvent", "start", "", "order")
        + &send_task("say", "order", r#"correlationKey="=&quot;&quot;""#)
        + &flows(&["start>say"]);
    let mut m = Machine::impatient();
    deploy(&mut m, &[("p", body)]);
    let letter = Letter {
        key: "",
        ttl_ms: 0,
        ..ORDER
    };
    publish(&mut m, &letter).unwrap();
    m.settle();
    // The one that sends last and the one that it starts are both in the middle of a step.
    assert!((1..=2).contains(&m.incidents().len()));
    for incident in m.incidents() {
        assert_eq!(incident.kind, IncidentKind::ExecutionLimit);
    }
}

#[test]
fn a_chain_of_cases_that_start_the_next_one_is_stopped() {
    let body = event("startEvent", "start", "", "order")
        + &send_task("say", "order", r#"correlationKey="k" timeToLive="PT1H""#)
        + &flows(&["start>say"]);
    let mut m = Machine::impatient();
    deploy(&mut m, &[("p", body)]);
    publish(
        &mut m,
        &Letter {
            key: "k",
            ttl_ms: 0,
            ..ORDER
        },
    )
    .unwrap();
    m.settle();
    assert_eq!(m.incidents().len(), 1);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
}

#[test]
fn a_message_that_was_waited_for_comes_too_late_for_a_cancelled_case() {
    let mut m = machine(&waiting());
    let first = m.start(r#"{"order": "o1"}"#);
    let second = m.start(r#"{"order": "o1"}"#);
    m.run(CancelInstance { instance: first }).unwrap();
    publish(&mut m, &PAID).unwrap();
    assert_eq!(takers(&m), [second]);
}

#[test]
fn a_suspended_case_goes_on_with_its_message_when_it_is_resumed() {
    let mut m = machine(&waiting());
    let instance = m.start(r#"{"order": "o1"}"#);
    m.run(SuspendInstance { instance }).unwrap();
    publish(&mut m, &Letter { ttl_ms: 0, ..PAID }).unwrap();
    assert!(m.is_running(instance));
    m.run(ResumeInstance { instance }).unwrap();
    assert!(!m.is_running(instance));
}

#[test]
fn a_suspended_definition_takes_no_message_and_the_next_one_brings_those_that_wait() {
    let mut m = Machine::new();
    let definition = deploy(&mut m, &[("p", started())])[0];
    m.run(SuspendDefinition { definition }).unwrap();
    let first = Letter {
        variables: r#"{"n": 1}"#,
        ..ORDER
    };
    publish(&mut m, &first).unwrap();
    let refused = correlate(&mut m, &ORDER).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::NotFound);
    assert_eq!(takers(&m), []);
    m.run(ResumeDefinition { definition }).unwrap();
    publish(&mut m, &ORDER).unwrap();
    assert_eq!(m.variables(takers(&m)[0]), r#"{"n":1}"#);
    m.do_job("a", "{}");
    assert_eq!(takers(&m).len(), 2, "in the order of publication");
}
