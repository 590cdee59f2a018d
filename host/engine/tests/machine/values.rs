//! What may become a variable: what the journal can hold, so that a case goes on after a
//! restart as it would have before.
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_feel::Value;

use crate::support::*;

/// A service task `a` with one input mapping.
fn mapped(source: &str, target: &str) -> String {
    let mapping = format!(
        r#"<zeebe:ioMapping><zeebe:input source="{source}" target="{target}" /></zeebe:ioMapping>"#
    );
    start_and_end() + &service("a", &mapping) + &flows(&["start>a", "a>end"])
}

#[test]
fn what_an_expression_makes_is_json_before_a_restart_as_after_it() {
    for (source, expected) in [
        ("=date(&quot;2026-11-22&quot;)", r#""2026-11-22""#),
        ("=[duration(&quot;P1D&quot;), 1]", r#"["P1D",1]"#),
        ("={t: time(&quot;10:00:00&quot;)}", r#"{"t":"10:00:00"}"#),
        ("=function(x) x", "null"),
    ] {
        let mut m = Machine::with(&mapped(source, "made"));
        m.start("{}");
        let jobs = m.activate("a");
        let live = &jobs[0].variables["made"];
        assert_eq!(live, &Value::from_json(expected).unwrap(), "{source}");
    }
}

#[test]
fn a_value_that_the_journal_could_not_hold_is_an_incident() {
    let deep = "[".repeat(100) + &"]".repeat(100);
    let wide = vec!["inner"; 40].join(".");
    let mut m = Machine::with(&mapped("=x", &wide));
    m.start(&format!(r#"{{"x": {deep}}}"#));
    let incidents = m.incidents();
    assert_eq!(incidents[0].kind, IncidentKind::IoMappingError);
    assert!(
        incidents[0].message.contains("nested"),
        "{}",
        incidents[0].message
    );
}

#[test]
fn an_assertion_that_does_not_hold_is_an_incident_where_it_stands() {
    let assertion = "=assert(x, x != null, &quot;x missing&quot;)";
    let io = |direction: &str| {
        let mapping = format!(
            r#"<zeebe:ioMapping><zeebe:{direction} source="{assertion}" target="y" /></zeebe:ioMapping>"#
        );
        start_and_end() + &service("a", &mapping) + &flows(&["start>a", "a>end"])
    };
    let typed = r#"<bpmn:serviceTask id="a"><bpmn:extensionElements><zeebe:taskDefinition type="TYPE" /></bpmn:extensionElements></bpmn:serviceTask>"#;
    let typed = start_and_end() + &typed.replace("TYPE", assertion) + &flows(&["start>a", "a>end"]);
    let gateway = start_and_end()
        + r#"<bpmn:exclusiveGateway id="g" default="o"/><bpmn:sequenceFlow id="o" sourceRef="g" targetRef="end"/>"#
        + &format!(
            r#"<bpmn:sequenceFlow id="c" sourceRef="g" targetRef="a"><bpmn:conditionExpression>{assertion} = &quot;a&quot;</bpmn:conditionExpression></bpmn:sequenceFlow>"#
        )
        + &service("a", "")
        + &flows(&["start>g", "a>end"]);
    for (body, kind, job_is_first) in [
        (io("input"), IncidentKind::IoMappingError, false),
        (io("output"), IncidentKind::IoMappingError, true),
        (typed, IncidentKind::ExtractValueError, false),
        (gateway, IncidentKind::ConditionError, false),
    ] {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        if job_is_first {
            m.do_job("a", "{}");
        }
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, kind, "{}", incident.message);
        let text = "could not be evaluated: Assertion failure: x missing (at byte ";
        assert!(incident.message.contains(text), "{}", incident.message);
        assert!(m.is_running(case));
        mend(&mut m, case, r#"{"x": "a"}"#);
        assert!(m.incidents().is_empty());
    }
}

#[test]
fn variables_from_outside_have_the_same_bound() {
    let deep = |levels| format!(r#"{{"x": {}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(gardesh_engine::variables::parse_document(&deep(100)).is_ok());
    assert!(gardesh_engine::variables::parse_document(&deep(101)).is_err());
}

#[test]
fn a_mapping_to_an_endless_path_is_refused_at_deployment() {
    let mut m = Machine::new();
    let target = vec!["a"; 50_000].join(".");
    let diagnostics = m.deploy(&diagram(&mapped("=1", &target))).unwrap_err();
    assert!(
        diagnostics
            .iter()
            .any(|d| d.element_id.as_deref() == Some("a")),
        "{diagnostics:?}"
    );
}

#[test]
fn an_incident_tells_the_value_that_does_not_fit() {
    let task = service("a", "").replace(r#"type="a""#, r#"type="a" retries="=r""#);
    let body = start_and_end() + &task + &flows(&["start>a", "a>end"]);
    let long = "ب".repeat(100);
    let large = format!("[{}1]", "1,".repeat(5_000));
    let kept = "ب".repeat(60);
    for (value, shown) in [
        ("-2", "-2."),
        ("null", "null"),
        ("true", "true."),
        (r#""tomorrow""#, r#"the text "tomorrow"."#),
        (r#""a\"b\nc""#, r#"the text "a\"b\nc"."#),
        (&format!(r#""{long}""#), &format!(r#"the text "{kept}"…."#)),
        ("[1,2]", "the list [1,2]."),
        ("[]", "the list []."),
        (r#"{"a": 1}"#, r#"the context {"a":1}."#),
        (&large, "a large list."),
    ] {
        let mut m = Machine::with(&body);
        m.start(&format!(r#"{{"r": {value}}}"#));
        let incidents = m.incidents();
        let message = &incidents[0].message;
        let told = format!(" from '=r', but it is {shown}");
        assert!(message.contains(&told), "{value}: {message}");
    }
}
