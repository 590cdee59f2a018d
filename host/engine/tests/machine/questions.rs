//! Expressions and decisions that take too long for a command: they are worked out elsewhere, and what depends on
//! them comes to the same end.

use gardesh_engine::command::{
    CancelInstance, ConditionsEvaluated, CreateInstance, EvaluateConditions, GoOn, InstanceCreated,
    SetVariables, SuspendInstance,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::limits::ANSWER_PATIENCE_MS;

use crate::support::*;

/// More steps than a command works out at once, fewer than one expression may take.
const LONG: &str = "sum(for i in 1..200, j in 1..200 return i * j)";

/// As [`LONG`], and too many.
const TOO_LONG: &str = "sum(for i in 1..2000 return sum(for j in 1..2000 return i * j))";

fn script(id: &str, expression: &str) -> String {
    format!(
        r#"<bpmn:scriptTask id="{id}"><bpmn:extensionElements><zeebe:script expression="={expression}" resultVariable="{id}" /></bpmn:extensionElements></bpmn:scriptTask>"#
    )
}

fn mapped(id: &str, inputs: &[&str]) -> String {
    let input =
        |expression: &&str| format!(r#"<zeebe:input source="={expression}" target="made" />"#);
    let inputs: String = inputs.iter().map(input).collect();
    service(id, &format!("<zeebe:ioMapping>{inputs}</zeebe:ioMapping>"))
}

#[test]
fn what_takes_long_is_worked_out_elsewhere_wherever_it_stands() {
    let gateway = |condition: &str| {
        start_and_end()
            + r#"<bpmn:exclusiveGateway id="x" default="x_end" />"#
            + &service("a", "")
            + &flows(&["start>x", "x>end", "a>end"])
            + &format!(
                r#"<bpmn:sequenceFlow id="yes" sourceRef="x" targetRef="a"><bpmn:conditionExpression>={condition} = 404010000</bpmn:conditionExpression></bpmn:sequenceFlow>"#
            )
    };
    let two = mapped("a", &[LONG, &format!("{LONG} + made")]);
    let timer = format!(
        r#"<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDuration>=if {LONG} &gt; 0 then "PT1H" else null</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"#
    );
    let one = |element: &str| start_and_end() + element + &flows(&["start>a", "a>end"]);
    for (body, questions) in [
        (
            start_and_end()
                + &script("s", LONG)
                + &service("a", "")
                + &flows(&["start>s", "s>a", "a>end"]),
            1,
        ),
        (one(&two), 2),
        (one(&(service("a", "") + &timer)), 1),
        (gateway(LONG), 1),
    ] {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.settle();
        assert_eq!(m.questions, questions, "{body}");
        m.do_job("a", "{}");
        m.settle();
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_takes_too_long_even_there_is_an_incident() {
    let body = start_and_end() + &script("s", TOO_LONG) + &flows(&["start>s", "s>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    assert_eq!(m.questions, 1);
    let incident = &m.incidents()[0];
    assert_eq!(incident.kind, IncidentKind::ExtractValueError);
    assert!(incident.message.contains("fuel"), "{}", incident.message);
}

#[test]
fn an_answer_that_got_lost_is_asked_for_again_and_one_for_other_variables_does_not_count() {
    let body = start_and_end()
        + &script("s", &LONG.replace("i * j", "i * j * factor"))
        + &service("a", "")
        + &flows(&["start>s", "s>a", "a>end"]);
    let mut m = Machine::with(&body);
    let command = CreateInstance {
        process: gardesh_engine::command::ProcessRef::Id {
            id: "p".into(),
            version: None,
        },
        variables: json(r#"{"factor": 1}"#),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    };
    let reply = m.run_without_answers(command);
    let Ok(InstanceCreated { instance, .. }) = reply else {
        panic!("{reply:?}");
    };
    let lost = m.effects.pop();
    let Some(Effect::Answer { question, .. }) = lost else {
        panic!("{lost:?}");
    };
    m.settle();
    assert!(m.activate("a").is_empty());
    // Meanwhile somebody sets another factor: the first answer is none any more.
    m.run_without_answers(SetVariables {
        scope: instance.root(),
        instance,
        variables: json(r#"{"factor": 2}"#),
        local: false,
    })
    .unwrap();
    m.engine.remember(question.answer());
    m.tick(ANSWER_PATIENCE_MS);
    m.settle();
    assert_eq!(m.questions, 2);
    assert!(
        m.variables(instance).contains(r#""s":808020000"#),
        "{}",
        m.variables(instance)
    );
    m.do_job("a", "{}");
    assert!(!m.is_running(instance));
}

#[test]
fn a_case_that_waits_for_an_answer_can_be_ended_and_suspended() {
    let body = start_and_end() + &script("s", LONG) + &flows(&["start>s", "s>end"]);
    for suspended in [false, true] {
        let mut m = Machine::with(&body);
        let command = CreateInstance {
            process: gardesh_engine::command::ProcessRef::Id {
                id: "p".into(),
                version: None,
            },
            variables: json("{}"),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        };
        let Ok(InstanceCreated { instance, .. }) = m.run_without_answers(command) else {
            panic!("it is started");
        };
        if suspended {
            m.run_without_answers(SuspendInstance { instance }).unwrap();
            assert_eq!(m.engine.next_due(), None);
        }
        m.run_without_answers(CancelInstance { instance }).unwrap();
        assert_nothing_is_left(&m);
        assert!(m.run_without_answers(GoOn { instance }).is_err());
    }
}

#[test]
fn commands_that_ask_something_that_takes_long_are_answered_all_the_same() {
    let start = format!(
        r#"<bpmn:startEvent id="start"><bpmn:conditionalEventDefinition><bpmn:condition>={LONG} &gt; n</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent><bpmn:endEvent id="end" />"#
    );
    let mut m = Machine::with(&(start + &flows(&["start>end"])));
    for (n, cases) in [("1", 1), ("500000000", 0)] {
        let command = EvaluateConditions {
            variables: json(&format!(r#"{{"n": {n}}}"#)),
            process: None,
        };
        let Ok(ConditionsEvaluated { started }) = m.run(command) else {
            panic!("it is answered");
        };
        assert_eq!(started.len(), cases);
    }
    assert_eq!(m.questions, 2);
}
