//! Links and escalations: where a token goes on, and who hears what is thrown.

use gardesh_engine::command::{ResolveIncident, SetVariables};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{ElementInstanceEvent, Event};

use crate::support::*;

fn event(tag: &str, id: &str, attributes: &str, definition: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}" {attributes}>{definition}</bpmn:{tag}>"#)
}

fn end(id: &str) -> String {
    event("endEvent", id, "", "")
}

fn escalation(reference: &str) -> String {
    format!(r#"<bpmn:escalationEventDefinition escalationRef="escalation_{reference}" />"#)
}

/// What catches every escalation.
const ANY: &str = "<bpmn:escalationEventDefinition />";

/// The escalations of the journal with who caught them.
fn escalations(m: &Machine) -> Vec<(String, Option<String>)> {
    let thrown = m.events().filter_map(|event| match event {
        Event::ElementInstance(ElementInstanceEvent::EscalationThrown {
            code, catcher, ..
        }) => Some((code.to_string(), catcher.as_ref().map(ToString::to_string))),
        _ => None,
    });
    thrown.collect()
}

#[test]
fn a_link_goes_on_at_the_event_of_its_name_in_its_scope() {
    let link = |name: &str| format!(r#"<bpmn:linkEventDefinition id="l_{name}" name="A" />"#);
    let inner = r#"<bpmn:subProcess id="s"><bpmn:startEvent id="s1" /><bpmn:endEvent id="s2" />"#
        .to_owned()
        + &event("intermediateThrowEvent", "jump_in", "", &link("1"))
        + &event("intermediateCatchEvent", "land_in", "", &link("2"))
        + &flows(&["s1>jump_in", "land_in>s2"])
        + "</bpmn:subProcess>";
    let body = start_and_end()
        + &inner
        + r#"<bpmn:exclusiveGateway id="x" default="x_again" />"#
        + &event("intermediateThrowEvent", "jump", "", &link("3"))
        + &event("intermediateThrowEvent", "again", "", &link("4"))
        + &event("intermediateCatchEvent", "land", "", &link("5"))
        + &service("a", "")
        + &flows(&[
            "start>s",
            "s>jump",
            "land>a",
            "a>x",
            "x>end?done",
            "x>again",
        ]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"done": false}"#);
    m.do_job("a", "{}");
    m.do_job("a", r#"{"done": true}"#);
    assert_eq!(
        m.trail(),
        "+start +s1 +jump_in +land_in +s2 +s +jump +land +a +x +again +land +a +x +end +p"
    );
    assert!(!m.is_running(case));
}

#[test]
fn an_inclusive_join_waits_for_a_token_that_comes_by_a_link() {
    let link = |id: &str| format!(r#"<bpmn:linkEventDefinition id="{id}" name="A" />"#);
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" /><bpmn:inclusiveGateway id="join" />"#
        + &event("intermediateThrowEvent", "jump", "", &link("l1"))
        + &event("intermediateCatchEvent", "land", "", &link("l2"))
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>join",
            "b>jump",
            "land>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +fork +a");
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +fork +a +b +jump +land +join +end +p");
}

/// A subprocess `s` that throws with `thrower`, then does `a`, and boundary events on it.
fn subprocess(thrower: &str, boundary: &[(&str, bool, String)]) -> String {
    let tag = if thrower == "s2" {
        "endEvent"
    } else {
        "intermediateThrowEvent"
    };
    let mappings = r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=amount + 1" target="told" /></zeebe:ioMapping></bpmn:extensionElements>"#;
    let mut body = start_and_end()
        + r#"<bpmn:subProcess id="s"><bpmn:startEvent id="s1" /><bpmn:endEvent id="s3" />"#
        + &event(
            tag,
            thrower,
            "",
            &(mappings.to_owned() + &escalation("computed")),
        )
        + &service("a", "")
        + &(if thrower == "s2" {
            r#"<bpmn:parallelGateway id="fork" />"#.to_owned()
                + &flows(&["s1>fork", "fork>s2", "fork>a", "a>s3"])
        } else {
            flows(&["s1>t", "t>a", "a>s3"])
        })
        + "</bpmn:subProcess>"
        + &flows(&["start>s", "s>end"]);
    for (id, interrupting, definition) in boundary {
        let attributes = format!(r#"attachedToRef="s" cancelActivity="{interrupting}""#);
        body += &event("boundaryEvent", id, &attributes, definition);
        body += &end(&format!("{id}_end"));
        body += &flows(&[&format!("{id}>{id}_end")]);
    }
    body
}

#[test]
fn an_escalation_is_caught_by_the_specific_event_or_the_one_for_all_or_nobody() {
    for interrupting in [true, false] {
        let body = subprocess(
            "t",
            &[
                ("any", interrupting, ANY.to_owned()),
                ("late_one", interrupting, escalation("late")),
            ],
        );
        for (code, catcher) in [("LATE", "late_one"), ("OTHER", "any")] {
            let mut m = Machine::with(&body);
            let case = m.start(&format!(r#"{{"code": "{code}", "amount": 1}}"#));
            let expected = (code.to_owned(), Some(catcher.to_owned()));
            assert_eq!(escalations(&m), [expected]);
            if interrupting {
                assert_eq!(
                    sorted(&m.trail()),
                    sorted(&format!("+start +s1 -t -s +{catcher} +{catcher}_end +p"))
                );
            } else {
                assert_eq!(
                    m.variables(case),
                    format!(r#"{{"amount":1,"code":"{code}","told":2}}"#)
                );
                m.do_job("a", "{}");
                assert_eq!(
                    sorted(&m.trail()),
                    sorted(&format!(
                        "+start +s1 +{catcher} +t +{catcher}_end +a +s3 +s +end +p"
                    ))
                );
            }
            assert!(!m.is_running(case));
            assert_eq!(leftovers(&m), Vec::<&str>::new());
        }
    }
    let mut m = Machine::with(&subprocess("t", &[("late_one", true, escalation("late"))]));
    m.start(r#"{"code": "OTHER", "amount": 1}"#);
    assert_eq!(escalations(&m), [("OTHER".to_owned(), None)]);
    assert!(m.incidents().is_empty());
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +s1 +t +a +s3 +s +end +p");
}

#[test]
fn an_escalation_end_event_completes_unless_it_is_interrupted() {
    for (interrupting, trail) in [
        (true, "+start +s1 +fork -s2 -a -s +any +any_end +p"),
        (
            false,
            "+start +s1 +fork +any +s2 +any_end +a +s3 +s +end +p",
        ),
    ] {
        let mut m = Machine::with(&subprocess("s2", &[("any", interrupting, ANY.to_owned())]));
        m.start(r#"{"code": "LATE", "amount": 1}"#);
        if !interrupting {
            m.do_job("a", "{}");
        }
        assert_eq!(sorted(&m.trail()), sorted(trail), "{}", m.trail());
    }
}

#[test]
fn an_event_subprocess_catches_an_escalation_of_its_scope_but_not_its_own() {
    for (interrupting, expected) in [
        ("true", "+start -t +caught +rethrow +told +handler +p"),
        (
            "false",
            "+start +t +caught +rethrow +told +handler +a +end +p",
        ),
    ] {
        let inner = event(
            "startEvent",
            "caught",
            &format!(r#"isInterrupting="{interrupting}""#),
            ANY,
        ) + &event("intermediateThrowEvent", "rethrow", "", &escalation("late"))
            + &end("told")
            + &flows(&["caught>rethrow", "rethrow>told"]);
        let body = start_and_end()
            + &event("intermediateThrowEvent", "t", "", &escalation("late"))
            + &service("a", "")
            + &event(
                "subProcess",
                "handler",
                r#"triggeredByEvent="true""#,
                &inner,
            )
            + &flows(&["start>t", "t>a", "a>end"]);
        let mut m = Machine::with(&body);
        m.start("{}");
        if interrupting == "false" {
            m.do_job("a", "{}");
        }
        assert_eq!(sorted(&m.trail()), sorted(expected));
        assert_eq!(
            escalations(&m),
            [
                ("LATE".to_owned(), Some("caught".to_owned())),
                ("LATE".to_owned(), None)
            ]
        );
    }
}

#[test]
fn an_escalation_without_a_usable_code_is_an_incident_that_can_be_mended() {
    for (variables, part) in [
        (r#"{"amount": 1}"#, "a text"),
        (r#"{"amount": 1, "code": 7}"#, "a text"),
        (r#"{"amount": 1, "code": ""}"#, "empty"),
    ] {
        let mut m = Machine::with(&subprocess("t", &[("any", true, ANY.to_owned())]));
        let case = m.start(variables);
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, IncidentKind::ExtractValueError);
        assert!(incident.message.contains(part), "{}", incident.message);
        m.run(SetVariables {
            scope: case.root(),
            instance: case,
            variables: json(r#"{"code": "LATE"}"#),
            local: false,
        })
        .unwrap();
        m.run(ResolveIncident {
            incident: incident.key,
        })
        .unwrap();
        assert_eq!(
            sorted(&m.trail()),
            sorted("+start +s1 -t -s +any +any_end +p")
        );
    }
}

#[test]
fn an_escalation_of_a_called_case_is_caught_by_the_case_that_called_it() {
    let called = diagram(
        &(start_and_end()
            + &event("intermediateThrowEvent", "t", "", &escalation("late"))
            + &service("a", "")
            + &flows(&["start>t", "t>a", "a>end"])),
    )
    .replace(r#"process id="p""#, r#"process id="called""#);
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="called" /></bpmn:extensionElements></bpmn:callActivity>"#;
    for interrupting in [true, false] {
        let attributes = format!(r#"attachedToRef="call" cancelActivity="{interrupting}""#);
        let body = start_and_end()
            + call
            + &event("boundaryEvent", "caught", &attributes, ANY)
            + &service("b", "")
            + &flows(&["start>call", "call>end", "caught>b", "b>end"]);
        let mut m = Machine::new();
        m.deploy(&called).unwrap();
        m.deploy(&diagram(&body)).unwrap();
        let case = m.start("{}");
        let expected = ("LATE".to_owned(), Some("caught".to_owned()));
        assert_eq!(escalations(&m), [expected]);
        m.do_job("b", "{}");
        if interrupting {
            assert!(m.activate("a").is_empty(), "the called case was ended");
        } else {
            assert!(m.is_running(case));
            m.do_job("a", "{}");
        }
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}
