//! The rules about files, scopes, sequence flows and gateways, each with the smallest file that breaks it.
//! Each row says which (element, code) pairs come out, no more and no fewer.

use crate::support::{accepted, around, ext, file, refused};
use gardesh_bpmn::parse;

#[test]
fn text_that_is_not_bpmn() {
    for (xml, code, line, column, part) in [
        ("", "not-well-formed", 1, 1, "no complete element"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "dtd-not-allowed",
            1,
            1,
            "remove <!DOCTYPE",
        ),
        ("<html/>", "no-definitions", 1, 1, "\"html\""),
        ("<definitions/>", "wrong-namespace", 1, 1, "no namespace"),
        (
            "<definitions xmlns='http://example.org'/>",
            "wrong-namespace",
            1,
            1,
            "example.org",
        ),
    ] {
        let found = parse(xml).expect_err(xml);
        let [diagnostic] = found.as_slice() else {
            panic!("one diagnostic for {xml}: {found:?}")
        };
        assert_eq!(
            (diagnostic.code, diagnostic.line, diagnostic.column),
            (code, line, column),
            "{xml}: {diagnostic}"
        );
        assert!(diagnostic.message.contains(part), "{xml}: {diagnostic}");
        assert!(
            diagnostic.message.starts_with("Expected "),
            "{xml}: {diagnostic}"
        );
    }
}

#[test]
fn everything_is_said_at_once_with_id_and_line() {
    let xml = file(
        "",
        r#"<serviceTask id="task_a"/>
<sequenceFlow id="flow_1" sourceRef="task_a" targetRef="nowhere"/>
<exclusiveGateway id="gate" default="flow_9"/>
<complexGateway id="odd"/>"#,
    );
    let found = parse(&xml).expect_err("four faults");
    let errors: Vec<String> = found
        .iter()
        .filter(|d| d.is_error())
        .map(|d| format!("{} {}", d.code, d))
        .collect();
    assert_eq!(
        errors,
        [
            "missing-value line 5, task_a: Expected a job type (zeebe:taskDefinition type=\"...\"), but the serviceTask has none or an empty one.",
            "unsupported line 8, odd: Expected elements that can be executed, but the element complexGateway is not supported.",
            "unknown-reference line 6, flow_1: Expected an element with the id \"nowhere\" as targetRef of the flow from \"task_a\" to \"nowhere\", but there is none.",
            "default-not-outgoing line 7, gate: Expected one of its own outgoing sequence flows as default, but \"flow_9\" is none.",
            "missing-start-event line 4, p: Expected at least one start event in the process, but there is none.",
        ]
    );
}

#[test]
fn scopes() {
    let sub = |attributes: &str, inner: &str| {
        around(
            "",
            &format!(r#"<subProcess id="x" {attributes}>{inner}</subProcess>"#),
        )
    };
    accepted(&sub("", r#"<startEvent id="i"/>"#), &[]);
    refused(
        &file("", r#"<task id="t"/>"#),
        &[("p", "missing-start-event")],
    );
    refused(
        &file("", r#"<startEvent id="a"/><startEvent id="b"/>"#),
        &[("b", "several-start-events")],
    );
    refused(
        &sub("", r#"<task id="t"/>"#),
        &[("x", "missing-start-event")],
    );
    refused(
        &sub("", r#"<startEvent id="a"/><startEvent id="b"/>"#),
        &[("b", "several-start-events")],
    );
    refused(
        &sub(
            "",
            r#"<startEvent id="a"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></startEvent>"#,
        ),
        &[("a", "unsupported")],
    );
    refused(
        &sub(
            r#"triggeredByEvent="true""#,
            r#"<startEvent id="a"><errorEventDefinition/></startEvent>"#,
        ),
        &[("x", "event-subprocess-with-flows")],
    );
    let event_sub = |start: &str| {
        file(
            "",
            &format!(
                r#"<startEvent id="s"/><subProcess id="x" triggeredByEvent="true">{start}</subProcess>"#
            ),
        )
    };
    accepted(
        &event_sub(r#"<startEvent id="a"><errorEventDefinition/></startEvent>"#),
        &[],
    );
    refused(
        &event_sub(r#"<startEvent id="a"/>"#),
        &[("a", "unsupported")],
    );
    refused(&event_sub(""), &[("x", "missing-start-event")]);
    refused(
        &event_sub(
            r#"<startEvent id="a" isInterrupting="false"><errorEventDefinition/></startEvent>"#,
        ),
        &[("a", "must-interrupt")],
    );
    refused(
        &event_sub(
            r#"<startEvent id="a"><errorEventDefinition/></startEvent><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1]"/></extensionElements></multiInstanceLoopCharacteristics>"#,
        ),
        &[("x", "event-subprocess-repeats")],
    );
    refused(
        &around(
            "",
            r#"<task id="x"/><endEvent id="c"><cancelEventDefinition/></endEvent>"#,
        ),
        &[("c", "cancel-outside-transaction")],
    );
    accepted(
        &around(
            "",
            r#"<transaction id="x"><startEvent id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="c"/><endEvent id="c"><cancelEventDefinition/></endEvent></transaction><boundaryEvent id="b" attachedToRef="x"><cancelEventDefinition/></boundaryEvent>"#,
        ),
        &[],
    );
}

#[test]
fn ad_hoc_subprocesses() {
    let ad_hoc = |attributes: &str, inner: &str| {
        around(
            "",
            &format!(r#"<adHocSubProcess id="x" {attributes}>{inner}</adHocSubProcess>"#),
        )
    };
    accepted(&ad_hoc("", r#"<task id="a"/><task id="b"/>"#), &[]);
    refused(&ad_hoc("", ""), &[("x", "empty-ad-hoc")]);
    refused(
        &ad_hoc(
            "",
            r#"<startEvent id="a"/><task id="b"/><endEvent id="c"/>"#,
        ),
        &[("a", "ad-hoc-with-event"), ("c", "ad-hoc-with-event")],
    );
    refused(
        &ad_hoc(r#"ordering="Sequential""#, r#"<task id="a"/>"#),
        &[("x", "unsupported")],
    );
    refused(
        &ad_hoc(
            "",
            &(ext(r#"<zeebe:adHoc outputCollection="r"/>"#) + r#"<task id="a"/>"#),
        ),
        &[("x", "incomplete-output")],
    );
    refused(
        &ad_hoc(
            "",
            r#"<task id="a"/><completionCondition>done</completionCondition>"#,
        ),
        &[("x", "expression-required")],
    );
    refused(
        &ad_hoc(
            r#"cancelRemainingInstances="false""#,
            &(ext(
                r#"<zeebe:taskDefinition type="t"/><zeebe:adHoc activeElementsCollection="=[]"/>"#,
            ) + r#"<task id="a"/>"#),
        ),
        &[
            ("x", "ambiguous-implementation"),
            ("x", "ambiguous-implementation"),
        ],
    );
    refused(
        &ad_hoc(
            "",
            r#"<task id="a"/><subProcess id="b" triggeredByEvent="true"><startEvent id="c"><errorEventDefinition/></startEvent></subProcess>"#,
        ),
        &[("c", "must-not-interrupt")],
    );
}

#[test]
fn sequence_flows() {
    let with = |extra: &str| around("", &format!(r#"<task id="x"/>{extra}"#));
    refused(
        &with(r#"<sequenceFlow id="g" sourceRef="x" targetRef="s"/>"#),
        &[("s", "unexpected-incoming")],
    );
    refused(
        &with(r#"<sequenceFlow id="g" sourceRef="e" targetRef="x"/>"#),
        &[("e", "unexpected-outgoing")],
    );
    refused(
        &with(r#"<sequenceFlow id="g" targetRef="x"/>"#),
        &[("g", "unknown-reference")],
    );
    refused(
        &with(r#"<sequenceFlow id="g" sourceRef="p" targetRef="x"/>"#),
        &[("g", "unknown-reference")],
    );
    refused(
        &with(
            r#"<sequenceFlow sourceRef="x" targetRef="e"><conditionExpression>=a</conditionExpression></sequenceFlow>"#,
        ),
        &[("x->e", "condition-not-allowed")],
    );
    accepted(&with(r#"<sequenceFlow sourceRef="x" targetRef="e"/>"#), &[]);
    refused(
        &with(
            r#"<sequenceFlow id="g" sourceRef="x" targetRef="i"/><subProcess id="y"><startEvent id="j"/><task id="i"/></subProcess>"#,
        ),
        &[("g", "flow-crosses-scope")],
    );
    refused(
        &with(
            r#"<sequenceFlow id="g" sourceRef="x" targetRef="e"><conditionExpression>=a</conditionExpression></sequenceFlow>"#,
        ),
        &[("g", "condition-not-allowed")],
    );
    refused(&with(r#"<task id="x"/>"#), &[("x", "duplicate-id")]);
    refused(&with(r#"<task/>"#), &[("", "missing-value")]);
    refused(
        &with(&format!(r#"<task id="{}"/>"#, "i".repeat(256))),
        &[("", "id-too-long")],
    );
}

#[test]
fn sequence_flows_without_an_id_are_called_by_source_and_target() {
    let ids = |xml: &str| -> Vec<String> {
        let model = parse(xml).unwrap_or_else(|found| panic!("{found:#?}"));
        model.processes[0]
            .flows
            .iter()
            .map(|flow| flow.id.clone())
            .collect()
    };
    let (long, longer) = ("a".repeat(254) + "1", "a".repeat(254) + "2");
    for (flows, expected) in [
        (
            r#"<sequenceFlow sourceRef="x" targetRef="e"/>"#,
            vec!["x->e"],
        ),
        (
            r#"<sequenceFlow id=" " sourceRef="x" targetRef="e"/>"#,
            vec!["x->e"],
        ),
        (
            r#"<sequenceFlow sourceRef="x" targetRef="e"/><sequenceFlow sourceRef="x" targetRef="x"/><sequenceFlow sourceRef="x" targetRef="e"/>"#,
            vec!["x->e", "x->x", "x->e:2"],
        ),
        // A flow that happens to be called so keeps its id, wherever it stands.
        (
            r#"<sequenceFlow sourceRef="x" targetRef="e"/><sequenceFlow id="x-&gt;e" sourceRef="x" targetRef="e"/>"#,
            vec!["x->e:2", "x->e"],
        ),
    ] {
        let found = ids(&around(
            "",
            &format!(r#"<exclusiveGateway id="y"/><task id="x"/>{flows}"#),
        ));
        assert_eq!(found[1..found.len() - 1], expected, "{flows}");
    }
    let found = ids(&file(
        "",
        &format!(
            r#"<startEvent id="s"/><task id="{long}"/><task id="{longer}"/><sequenceFlow sourceRef="s" targetRef="{long}"/><sequenceFlow sourceRef="{long}" targetRef="{longer}"/><sequenceFlow sourceRef="{longer}" targetRef="{long}"/>"#
        ),
    ));
    assert!(found.iter().all(|id| id.len() <= 255), "{found:?}");
    assert_eq!(
        found
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        3,
        "{found:?}"
    );
}

#[test]
fn findings_about_sequence_flows_name_source_and_target() {
    let gate = |flow: &str| {
        file(
            "",
            &format!(
                r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="g"/><exclusiveGateway id="g" default="d"/><endEvent id="e"/><sequenceFlow id="h" sourceRef="g" targetRef="e"><conditionExpression>=a</conditionExpression></sequenceFlow>{flow}"#
            ),
        )
    };
    for (flow, code) in [
        (
            r#"<sequenceFlow id="d" sourceRef="g" targetRef="e"/><sequenceFlow sourceRef="g" targetRef="e"/>"#,
            "missing-condition",
        ),
        (
            r#"<sequenceFlow id="d" sourceRef="g" targetRef="e"><conditionExpression>=a</conditionExpression></sequenceFlow>"#,
            "condition-on-default",
        ),
        (
            r#"<sequenceFlow id="d" sourceRef="g" targetRef="e"/><sequenceFlow sourceRef="g" targetRef="e"><conditionExpression>a</conditionExpression></sequenceFlow>"#,
            "expression-required",
        ),
        (
            r#"<sequenceFlow id="d" sourceRef="g" targetRef="e"/><sequenceFlow sourceRef="g" targetRef="e"><conditionExpression/></sequenceFlow>"#,
            "missing-value",
        ),
    ] {
        let found = gardesh_bpmn::read(&gate(flow)).diagnostics;
        let [found] = found.as_slice() else {
            panic!("{flow}: {found:#?}")
        };
        assert_eq!(found.code, code, "{found}");
        assert!(
            found.message.contains(r#"the flow from "g" to "e""#),
            "{found}"
        );
    }
    let found = gardesh_bpmn::read(&gate(r#"<sequenceFlow id="d" sourceRef="g"/>"#)).diagnostics;
    assert!(
        found[0]
            .message
            .contains(r#"targetRef of the flow from "g" to nowhere"#),
        "{found:#?}"
    );
}

#[test]
fn gateways() {
    let gate = |tag: &str, attributes: &str, conditions: [&str; 2]| {
        let flow = |id, condition: &str| {
            format!(
                r#"<sequenceFlow id="{id}" sourceRef="x" targetRef="e">{condition}</sequenceFlow>"#
            )
        };
        file(
            "",
            &format!(
                r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/><{tag} id="x" {attributes}/>
{}
{}
<endEvent id="e"/>"#,
                flow("a", conditions[0]),
                flow("b", conditions[1])
            ),
        )
    };
    let (yes, no) = ("<conditionExpression>=a</conditionExpression>", "");
    for tag in ["exclusiveGateway", "inclusiveGateway"] {
        accepted(&gate(tag, "", [yes, yes]), &[]);
        accepted(&gate(tag, r#"default="b""#, [yes, no]), &[]);
        accepted(
            &gate(tag, r#"default="b""#, [yes, yes]),
            &[("b", "condition-on-default")],
        );
        refused(&gate(tag, "", [yes, no]), &[("b", "missing-condition")]);
        refused(
            &gate(tag, "", [no, no]),
            &[("a", "missing-condition"), ("b", "missing-condition")],
        );
        refused(
            &gate(tag, r#"default="f""#, [yes, yes]),
            &[("x", "default-not-outgoing")],
        );
        refused(
            &gate(tag, "", [yes, "<conditionExpression/>"]),
            &[("b", "missing-value")],
        );
        refused(
            &gate(
                tag,
                "",
                [yes, "<conditionExpression>= </conditionExpression>"],
            ),
            &[("b", "empty-expression")],
        );
        refused(
            &gate(
                tag,
                "",
                [yes, "<conditionExpression>true</conditionExpression>"],
            ),
            &[("b", "expression-required")],
        );
    }
    let in_language =
        |name| format!(r#"<conditionExpression language="{name}">=a</conditionExpression>"#);
    for feel in [
        "",
        "feel",
        "FEEL",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "http://www.omg.org/spec/FEEL/20140401",
    ] {
        accepted(
            &gate("exclusiveGateway", "", [yes, &in_language(feel)]),
            &[],
        );
    }
    for other in ["javascript", "http://www.w3.org/1999/XPath", "feeling"] {
        refused(
            &gate("exclusiveGateway", "", [yes, &in_language(other)]),
            &[("b", "unknown-language")],
        );
    }
    accepted(&around("", r#"<exclusiveGateway id="x"/>"#), &[]);
    accepted(&gate("parallelGateway", "", [no, no]), &[]);
    refused(
        &gate("parallelGateway", "", [yes, no]),
        &[("a", "condition-not-allowed")],
    );
    refused(
        &around("", r#"<complexGateway id="x"/>"#),
        &[("x", "unsupported")],
    );
}

#[test]
fn what_never_runs_or_never_ends() {
    accepted(
        &around("", r#"<task id="x"/><task id="island"/>"#),
        &[("island", "unreachable")],
    );
    let spin = r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>
<task id="x"/><sequenceFlow id="g" sourceRef="x" targetRef="y"/>
<manualTask id="y"/><sequenceFlow id="h" sourceRef="y" targetRef="x"/>"#;
    accepted(
        &file("", spin),
        &[("x", "endless-loop"), ("y", "endless-loop")],
    );
    accepted(&file("", &spin.replace("manualTask", "userTask")), &[]);
    accepted(
        &file(
            "",
            &spin.replace(
                r#"<manualTask id="y"/>"#,
                r#"<exclusiveGateway id="y" default="h"/>"#,
            ),
        ),
        &[],
    );
}

#[test]
fn drawings_need_not_be_executable() {
    let broken = file(
        "",
        r#"<serviceTask id="a"/><complexGateway id="b"/><receiveTask id="c"/><endEvent id="e"/>
<sequenceFlow id="f" sourceRef="e" targetRef="a"/><boundaryEvent id="g" attachedToRef="a"/><callActivity id="h"/>"#,
    );
    assert!(parse(&broken).is_err());
    let drawing = broken.replace(r#"isExecutable="true""#, "");
    accepted(&drawing, &[]);
    let lost = drawing.replace(r#"targetRef="a""#, r#"targetRef="gone""#);
    accepted(&lost, &[("f", "unknown-reference")]);
    let model = parse(&drawing).expect("a drawing");
    let refusal = model.require_executable().expect_err("nothing to run");
    assert_eq!((refusal.code, refusal.line), ("no-executable-process", 4));
}
