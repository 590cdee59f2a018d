//! Every rule that can refuse or question a diagram, each with the smallest file that breaks it:
//! a table of what stands in the file and the (element, code) pairs that must come out, no more and no fewer.

mod support;

use gardesh_bpmn::{Diagnostic, Severity, parse};
use support::{around, ext, file};

type Finding<'a> = (&'a str, &'a str);

fn findings(found: &[Diagnostic], severity: Severity) -> Vec<Finding<'_>> {
    let of_kind = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity);
    of_kind
        .map(|d| (d.element_id.as_deref().unwrap_or(""), d.code))
        .collect()
}

/// The file is refused for exactly these reasons, in this order.
fn refused(xml: &str, expected: &[Finding<'_>]) {
    let found = parse(xml).expect_err("the file should be refused");
    assert_eq!(
        findings(&found, Severity::Error),
        expected,
        "\n{xml}\n{found:#?}"
    );
    for diagnostic in &found {
        assert!(diagnostic.message.starts_with("Expected "), "{diagnostic}");
        assert!(
            diagnostic.line >= 1 && diagnostic.column >= 1,
            "{diagnostic}"
        );
    }
}

/// The file is accepted with exactly these warnings.
fn accepted(xml: &str, expected: &[Finding<'_>]) {
    let model = parse(xml).unwrap_or_else(|found| panic!("refused\n{xml}\n{found:#?}"));
    assert_eq!(
        findings(&model.warnings, Severity::Warning),
        expected,
        "\n{xml}"
    );
}

#[test]
fn text_that_is_not_bpmn() {
    for (xml, code, line, column, part) in [
        ("", "not-well-formed", 1, 1, "no complete element"),
        ("hello", "not-well-formed", 1, 1, ""),
        (
            "<a>\n <b>\n",
            "not-well-formed",
            3,
            1,
            "Expected </b> for the element opened in line 2",
        ),
        (
            "<a>\n <b></c></a>",
            "not-well-formed",
            2,
            5,
            "Expected </b>, but found </c>",
        ),
        ("<a>&nope;</a>", "not-well-formed", 1, 4, "&nope;"),
        (
            "<a>\n<x:b/></a>",
            "not-well-formed",
            2,
            2,
            "\"x\" is not declared",
        ),
        ("<a b='1' b='2'/>", "not-well-formed", 1, 10, "\"b\" once"),
        ("<a b='<'/>", "not-well-formed", 1, 7, "&lt;"),
        ("<a>\u{1}</a>", "not-well-formed", 1, 4, ""),
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
            "missing-start-event line 4, p: Expected at least one start event in the process, but there is none.",
            "missing-value line 5, task_a: Expected a job type (zeebe:taskDefinition type=\"...\"), but the serviceTask has none or an empty one.",
            "unknown-reference line 6, flow_1: Expected an element with the id \"nowhere\" as targetRef, but there is none.",
            "default-not-outgoing line 7, gate: Expected one of its own outgoing sequence flows as default, but \"flow_9\" is none.",
            "unsupported line 8, odd: Expected elements that can be executed, but the element complexGateway is not supported.",
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
        &event_sub(r#"<startEvent id="a"><compensateEventDefinition/></startEvent>"#),
        &[("a", "unsupported")],
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
        &with(r#"<sequenceFlow sourceRef="x" targetRef="e"/>"#),
        &[("", "missing-value")],
    );
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
fn event_based_gateways() {
    let roots = r#"<signal id="sig" name="go"/>"#;
    let gate = |attributes: &str, targets: &str| {
        let flows: String = ["a", "b"]
            .iter()
            .filter(|id| targets.contains(&format!("id=\"{id}\"")))
            .map(|id| format!(r#"<sequenceFlow id="to_{id}" sourceRef="x" targetRef="{id}"/>"#))
            .collect();
        file(
            roots,
            &format!(
                r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/><eventBasedGateway id="x" {attributes}/>{flows}{targets}"#
            ),
        )
    };
    let timer = r#"<intermediateCatchEvent id="a"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>"#;
    let signal = |id| {
        format!(
            r#"<intermediateCatchEvent id="{id}"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>"#
        )
    };
    accepted(&gate("", &(timer.to_owned() + &signal("b"))), &[]);
    refused(&gate("", timer), &[("x", "too-few-outgoing")]);
    refused(
        &gate("", &(signal("a") + &signal("b"))),
        &[("b", "duplicate-event")],
    );
    refused(
        &gate("", &(signal("a") + r#"<task id="b"/>"#)),
        &[("b", "event-based-target")],
    );
    refused(
        &gate("", &(signal("a") + r#"<receiveTask id="b" messageRef="m"/>"#)).replace("<signal ", r#"<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message><signal "#),
        &[("b", "event-based-target")],
    );
    refused(
        &gate(
            "",
            &(timer.to_owned()
                + &signal("b")
                + r#"<task id="t"/><sequenceFlow id="g" sourceRef="t" targetRef="b"/>"#),
        ),
        &[("b", "event-based-target")],
    );
    refused(
        &gate(r#"instantiate="true""#, &(timer.to_owned() + &signal("b"))),
        &[("x", "unsupported")],
    );
    refused(
        &gate(
            r#"eventGatewayType="Parallel""#,
            &(timer.to_owned() + &signal("b")),
        ),
        &[("x", "unsupported")],
    );
}

#[test]
fn tasks() {
    let task = |tag: &str, attributes: &str, zeebe: &str| {
        around(
            "",
            &format!(r#"<{tag} id="x" {attributes}>{}</{tag}>"#, ext(zeebe)),
        )
    };
    for tag in ["serviceTask", "sendTask", "businessRuleTask", "scriptTask"] {
        accepted(
            &task(tag, "", r#"<zeebe:taskDefinition type="t" retries="=r"/>"#),
            &[],
        );
        refused(&task(tag, "", ""), &[("x", "missing-value")]);
        refused(
            &task(tag, "", r#"<zeebe:taskDefinition/>"#),
            &[("x", "missing-value")],
        );
        refused(
            &task(tag, "", r#"<zeebe:taskDefinition type=" "/>"#),
            &[("x", "missing-value")],
        );
        refused(
            &task(tag, "", r#"<zeebe:taskDefinition type="="/>"#),
            &[("x", "empty-expression")],
        );
        refused(
            &task(
                tag,
                "",
                r#"<zeebe:taskDefinition type="t" retries="many"/>"#,
            ),
            &[("x", "invalid-number")],
        );
        refused(
            &task(tag, "", r#"<zeebe:taskDefinition type="t" retries="-1"/>"#),
            &[("x", "invalid-number")],
        );
        refused(
            &task(
                tag,
                r#"startQuantity="2""#,
                r#"<zeebe:taskDefinition type="t"/>"#,
            ),
            &[("x", "unsupported")],
        );
    }
    accepted(
        &task(
            "businessRuleTask",
            "",
            r#"<zeebe:calledDecision decisionId="d" resultVariable="r"/>"#,
        ),
        &[],
    );
    refused(
        &task("businessRuleTask", "", r#"<zeebe:calledDecision/>"#),
        &[("x", "missing-value"), ("x", "missing-value")],
    );
    refused(
        &task(
            "businessRuleTask",
            "",
            r#"<zeebe:calledDecision decisionId="d" resultVariable="1r"/>"#,
        ),
        &[("x", "invalid-variable-name")],
    );
    refused(
        &task(
            "businessRuleTask",
            "",
            r#"<zeebe:calledDecision decisionId="d" resultVariable="r" bindingType="newest"/>"#,
        ),
        &[("x", "invalid-binding")],
    );
    refused(
        &task(
            "businessRuleTask",
            "",
            r#"<zeebe:calledDecision decisionId="d" resultVariable="r" bindingType="versionTag"/>"#,
        ),
        &[("x", "missing-value")],
    );
    refused(
        &task(
            "businessRuleTask",
            "",
            r#"<zeebe:calledDecision decisionId="d" resultVariable="r"/><zeebe:taskDefinition type="t"/>"#,
        ),
        &[("x", "ambiguous-implementation")],
    );
    accepted(
        &task(
            "scriptTask",
            "",
            r#"<zeebe:script expression="=1+1" resultVariable="r"/>"#,
        ),
        &[],
    );
    refused(
        &task(
            "scriptTask",
            "",
            r#"<zeebe:script expression="1+1" resultVariable="r"/>"#,
        ),
        &[("x", "expression-required")],
    );
    refused(
        &task(
            "scriptTask",
            "",
            r#"<zeebe:script expression="=1" resultVariable="r"/><zeebe:taskDefinition type="t"/>"#,
        ),
        &[("x", "ambiguous-implementation")],
    );
    accepted(
        &task(
            "userTask",
            "",
            r#"<zeebe:userTask/><zeebe:assignmentDefinition assignee=""/><zeebe:priorityDefinition priority="100"/>"#,
        ),
        &[],
    );
    refused(
        &task(
            "userTask",
            "",
            r#"<zeebe:priorityDefinition priority="101"/>"#,
        ),
        &[("x", "invalid-number")],
    );
    refused(
        &task(
            "userTask",
            "",
            r#"<zeebe:taskSchedule dueDate="tomorrow"/>"#,
        ),
        &[("x", "invalid-time")],
    );
    refused(
        &task("userTask", "", r#"<zeebe:formDefinition/>"#),
        &[("x", "missing-value")],
    );
    refused(
        &task(
            "userTask",
            "",
            r#"<zeebe:formDefinition formKey="camunda-forms:bpmn:gone"/>"#,
        ),
        &[("x", "unknown-reference")],
    );
    refused(&task("callActivity", "", ""), &[("x", "missing-value")]);
    refused(
        &task("callActivity", "", r#"<zeebe:calledElement/>"#),
        &[("x", "missing-value")],
    );
    refused(&task("receiveTask", "", ""), &[("x", "missing-value")]);
    refused(
        &task("receiveTask", r#"messageRef="gone" instantiate="true""#, ""),
        &[("x", "unsupported"), ("x", "unknown-reference")],
    );
    refused(
        &around("", r#"<callChoreography id="x"/>"#),
        &[("x", "unsupported")],
    );
    refused(
        &around(
            "",
            r#"<task id="x"><dataInputAssociation><targetRef>q</targetRef><transformation>1</transformation></dataInputAssociation></task>"#,
        ),
        &[("x", "unsupported")],
    );
}

#[test]
fn mappings_headers_listeners() {
    let task = |zeebe: &str| {
        around(
            "",
            &format!(r#"<userTask id="x">{}</userTask>"#, ext(zeebe)),
        )
    };
    accepted(
        &task(
            r#"<zeebe:ioMapping><zeebe:input source="=a" target="b.c"/><zeebe:input target="متغیر_۱"/><zeebe:output source="literal" target="d"/></zeebe:ioMapping>"#,
        ),
        &[],
    );
    refused(
        &task(r#"<zeebe:ioMapping><zeebe:input source="=a"/></zeebe:ioMapping>"#),
        &[("x", "missing-value")],
    );
    refused(
        &task(r#"<zeebe:ioMapping><zeebe:input source="=" target="a"/></zeebe:ioMapping>"#),
        &[("x", "empty-expression")],
    );
    refused(
        &task(r#"<zeebe:ioMapping><zeebe:output target="a"/></zeebe:ioMapping>"#),
        &[("x", "missing-value")],
    );
    for target in ["a b", "1a", "a..b", ".", "a-b", "a.", "=a"] {
        refused(
            &task(&format!(
                r#"<zeebe:ioMapping><zeebe:output source="=1" target="{target}"/></zeebe:ioMapping>"#
            )),
            &[("x", "invalid-variable-name")],
        );
    }
    accepted(
        &task(
            r#"<zeebe:taskHeaders><zeebe:header key="a" value="1"/><zeebe:header key="a" value="2"/><zeebe:header value="3"/></zeebe:taskHeaders>"#,
        ),
        &[("x", "duplicate-key"), ("x", "missing-key")],
    );
    accepted(
        &task(r#"<zeebe:agentDefinition agentType="a"/>"#),
        &[("x", "ignored-extension")],
    );
    accepted(
        &task(r#"<zeebe:userTask/><zeebe:userTask/>"#),
        &[("x", "ignored-extension")],
    );
    accepted(
        &around("", r#"<task id="x"/><other xmlns="urn:x"/>"#),
        &[("", "foreign-element")],
    );
    let listener = |kind: &str, event: &str, job: &str| {
        format!(r#"<zeebe:{kind}Listener eventType="{event}" type="{job}"/>"#)
    };
    let execution = |inner: &str| {
        task(&format!(
            "<zeebe:executionListeners>{inner}</zeebe:executionListeners>"
        ))
    };
    let tasks = |inner: &str| {
        task(&format!(
            "<zeebe:userTask/><zeebe:taskListeners>{inner}</zeebe:taskListeners>"
        ))
    };
    accepted(
        &execution(&(listener("execution", "start", "a") + &listener("execution", "end", "a"))),
        &[],
    );
    refused(
        &execution(&(listener("execution", "start", "a") + &listener("execution", "start", "a"))),
        &[("x", "duplicate-listener")],
    );
    refused(
        &execution(&listener("execution", "take", "a")),
        &[("x", "invalid-listener")],
    );
    refused(
        &execution(&listener("execution", "end", "")),
        &[("x", "missing-value")],
    );
    accepted(&tasks(&listener("task", "completing", "a")), &[]);
    refused(
        &tasks(&listener("task", "start", "a")),
        &[("x", "invalid-listener")],
    );
    refused(
        &task(&format!(
            "<zeebe:taskListeners>{}</zeebe:taskListeners>",
            listener("task", "creating", "a")
        )),
        &[("x", "invalid-listener")],
    );
    let start = ext(&format!(
        "<zeebe:executionListeners>{}</zeebe:executionListeners>",
        listener("execution", "start", "a")
    ));
    refused(
        &file("", &format!(r#"<startEvent id="s">{start}</startEvent>"#)),
        &[("s", "invalid-listener")],
    );
}

#[test]
fn repetition() {
    let task = |inner: &str| around("", &format!(r#"<task id="x">{inner}</task>"#));
    let multi = |attributes: &str, zeebe: &str, inner: &str| {
        task(&format!(
            "<multiInstanceLoopCharacteristics {attributes}>{}{inner}</multiInstanceLoopCharacteristics>",
            ext(zeebe)
        ))
    };
    accepted(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="=c" inputElement="i" outputCollection="o" outputElement="=i"/>"#,
            "",
        ),
        &[],
    );
    refused(&multi("", "", ""), &[("x", "missing-value")]);
    refused(
        &multi("", "<zeebe:loopCharacteristics/>", ""),
        &[("x", "missing-value")],
    );
    refused(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="c"/>"#,
            "",
        ),
        &[("x", "expression-required")],
    );
    refused(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="=c" outputCollection="o"/>"#,
            "",
        ),
        &[("x", "incomplete-output")],
    );
    refused(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="=c" inputElement="a b"/>"#,
            "",
        ),
        &[("x", "invalid-variable-name")],
    );
    refused(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="=c"/>"#,
            "<loopCardinality>3</loopCardinality>",
        ),
        &[("x", "unsupported")],
    );
    refused(
        &multi(
            r#"behavior="One""#,
            r#"<zeebe:loopCharacteristics inputCollection="=c"/>"#,
            "",
        ),
        &[("x", "unsupported")],
    );
    refused(
        &multi(
            "",
            r#"<zeebe:loopCharacteristics inputCollection="=c"/>"#,
            "<completionCondition>done</completionCondition>",
        ),
        &[("x", "expression-required")],
    );
    accepted(
        &task(r#"<standardLoopCharacteristics loopMaximum="3"/>"#),
        &[],
    );
    accepted(
        &task(
            "<standardLoopCharacteristics><loopCondition>=again</loopCondition></standardLoopCharacteristics>",
        ),
        &[],
    );
    refused(
        &task("<standardLoopCharacteristics/>"),
        &[("x", "missing-value")],
    );
    refused(
        &task(
            r#"<standardLoopCharacteristics loopMaximum="0"><loopCondition>=a</loopCondition></standardLoopCharacteristics>"#,
        ),
        &[("x", "invalid-number")],
    );
}

#[test]
fn event_definitions() {
    let roots = r#"<message id="m" name="m"/><message id="nameless"/><message id="static" name="m"><extensionElements><zeebe:subscription correlationKey="k"/></extensionElements></message>
<signal id="nosig"/><error id="err" errorCode="=code"/><error id="noerr"/><escalation id="esc" escalationCode="E"/>"#;
    let catch = |definition: &str| {
        around(
            roots,
            &format!(r#"<intermediateCatchEvent id="x">{definition}</intermediateCatchEvent>"#),
        )
    };
    let throw = |definition: &str| {
        around(
            roots,
            &format!(r#"<intermediateThrowEvent id="x">{definition}</intermediateThrowEvent>"#),
        )
    };
    let end = |definition: &str| {
        file(
            roots,
            &format!(
                r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/><endEvent id="x">{definition}</endEvent>"#
            ),
        )
    };
    let start = |definition: &str| {
        file(
            roots,
            &format!(r#"<startEvent id="x">{definition}</startEvent>"#),
        )
    };
    refused(&catch(""), &[("x", "unsupported")]);
    refused(
        &catch("<messageEventDefinition/>"),
        &[("x", "missing-value")],
    );
    refused(
        &catch(r#"<messageEventDefinition messageRef="gone"/>"#),
        &[("x", "unknown-reference")],
    );
    refused(
        &catch(r#"<messageEventDefinition messageRef="m"/>"#),
        &[("x", "missing-value")],
    );
    refused(
        &catch(r#"<messageEventDefinition messageRef="static"/>"#),
        &[("x", "expression-required")],
    );
    refused(
        &catch(r#"<messageEventDefinition messageRef="nameless"/>"#),
        &[("x", "missing-value"), ("x", "missing-value")],
    );
    refused(
        &catch(r#"<signalEventDefinition signalRef="nosig"/>"#),
        &[("x", "missing-value")],
    );
    refused(
        &catch("<conditionalEventDefinition/>"),
        &[("x", "missing-value")],
    );
    refused(
        &catch("<conditionalEventDefinition><condition>a</condition></conditionalEventDefinition>"),
        &[("x", "expression-required")],
    );
    refused(
        &catch(
            r#"<conditionalEventDefinition><extensionElements><zeebe:conditionalFilter variableNames="a,,=b" variableEvents="create, delete"/></extensionElements><condition>=a</condition></conditionalEventDefinition>"#,
        ),
        &[
            ("x", "invalid-variable-name"),
            ("x", "invalid-variable-name"),
            ("x", "invalid-variable-event"),
        ],
    );
    refused(&catch("<errorEventDefinition/>"), &[("x", "unsupported")]);
    refused(
        &catch(r#"<signalEventDefinition signalRef="nosig"/><linkEventDefinition name="l"/>"#),
        &[("x", "unsupported")],
    );
    refused(
        &catch("<eventDefinitionRef>q</eventDefinitionRef>"),
        &[("x", "unsupported")],
    );
    accepted(&start(r#"<messageEventDefinition messageRef="m"/>"#), &[]);
    refused(&start("<errorEventDefinition/>"), &[("x", "unsupported")]);
    accepted(&throw(""), &[]);
    refused(
        &throw(r#"<messageEventDefinition messageRef="m"/>"#),
        &[("x", "missing-value")],
    );
    refused(
        &throw("<escalationEventDefinition/>"),
        &[("x", "missing-value")],
    );
    accepted(
        &throw(r#"<escalationEventDefinition escalationRef="esc"/>"#),
        &[],
    );
    refused(
        &throw("<terminateEventDefinition/>"),
        &[("x", "unsupported")],
    );
    accepted(&end(r#"<errorEventDefinition errorRef="err"/>"#), &[]);
    refused(
        &end(r#"<errorEventDefinition errorRef="noerr"/>"#),
        &[("x", "missing-value")],
    );
    refused(
        &end("<timerEventDefinition/>"),
        &[("x", "unsupported"), ("x", "missing-value")],
    );
    refused(
        &end(r#"<compensateEventDefinition waitForCompletion="false"/>"#),
        &[("x", "unsupported")],
    );
}

#[test]
fn timers() {
    let timer = |inner: &str| format!("<timerEventDefinition>{inner}</timerEventDefinition>");
    let catch = |inner: &str| {
        around(
            "",
            &format!(
                r#"<intermediateCatchEvent id="x">{}</intermediateCatchEvent>"#,
                timer(inner)
            ),
        )
    };
    let start = |inner: &str| {
        file(
            "",
            &format!(r#"<startEvent id="x">{}</startEvent>"#, timer(inner)),
        )
    };
    let boundary = |cancel: bool, inner: &str| {
        around(
            "",
            &format!(
                r#"<task id="x"/><boundaryEvent id="b" attachedToRef="x" cancelActivity="{cancel}">{}</boundaryEvent>"#,
                timer(inner)
            ),
        )
    };
    let (date, duration, cycle) = (
        "<timeDate>2030-01-31T08:00:00Z</timeDate>",
        "<timeDuration>PT1S</timeDuration>",
        "<timeCycle>R/PT1H</timeCycle>",
    );
    accepted(&catch(date), &[]);
    accepted(&catch(duration), &[]);
    refused(&catch(cycle), &[("x", "unsupported-timer")]);
    refused(&catch(""), &[("x", "missing-value")]);
    refused(&catch("<timeDate> </timeDate>"), &[("x", "missing-value")]);
    refused(
        &catch("<timeDate>tomorrow</timeDate>"),
        &[("x", "invalid-time")],
    );
    accepted(&catch("<timeDuration>=d</timeDuration>"), &[]);
    refused(
        &catch(&(date.to_owned() + duration)),
        &[("x", "ambiguous-timer")],
    );
    accepted(&start(date), &[]);
    accepted(&start(cycle), &[]);
    refused(&start(duration), &[("x", "unsupported-timer")]);
    accepted(&boundary(false, cycle), &[]);
    refused(&boundary(true, cycle), &[("b", "unsupported-timer")]);
}

#[test]
fn boundary_events() {
    let roots = r#"<error id="err" errorCode="E"/><error id="same" errorCode="E"/><error id="dyn" errorCode="=c"/><escalation id="esc" escalationCode="E"/><signal id="sig" name="go"/>"#;
    let on = |host: &str, events: &str| around(roots, &(host.to_owned() + events));
    let event = |id: &str, attributes: &str, definition: &str| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="x" {attributes}>{definition}</boundaryEvent>"#
        )
    };
    let (task, error) = (
        r#"<task id="x"/>"#,
        r#"<errorEventDefinition errorRef="err"/>"#,
    );
    accepted(
        &on(
            task,
            &(event("a", "", error) + &event("b", "", "<errorEventDefinition/>")),
        ),
        &[],
    );
    refused(
        &on(
            task,
            &(event("a", "", error)
                + &event("b", "", r#"<errorEventDefinition errorRef="same"/>"#)),
        ),
        &[("b", "duplicate-event")],
    );
    refused(
        &on(
            task,
            &(event("a", "", "<errorEventDefinition/>")
                + &event("b", "", "<errorEventDefinition/>")),
        ),
        &[("b", "duplicate-event")],
    );
    let signal = r#"<signalEventDefinition signalRef="sig"/>"#;
    refused(
        &on(task, &(event("a", "", signal) + &event("b", "", signal))),
        &[("b", "duplicate-event")],
    );
    refused(
        &on(task, &event("a", r#"cancelActivity="false""#, error)),
        &[("a", "must-interrupt")],
    );
    refused(
        &on(
            task,
            &event("a", "", r#"<errorEventDefinition errorRef="dyn"/>"#),
        ),
        &[("a", "literal-required")],
    );
    refused(
        &on(
            task,
            &event("a", "", r#"<errorEventDefinition errorRef="gone"/>"#),
        ),
        &[("a", "unknown-reference")],
    );
    refused(&on(task, &event("a", "", "")), &[("a", "unsupported")]);
    refused(
        &on(task, &event("a", "", "<escalationEventDefinition/>")),
        &[("a", "invalid-attachment")],
    );
    accepted(
        &on(
            r#"<subProcess id="x"><startEvent id="i"/></subProcess>"#,
            &event("a", "", "<escalationEventDefinition/>"),
        ),
        &[],
    );
    refused(
        &on(task, &event("a", "", "<cancelEventDefinition/>")),
        &[("a", "cancel-outside-transaction")],
    );
    refused(
        &on(
            task,
            &(event("a", "", signal) + r#"<sequenceFlow id="g" sourceRef="x" targetRef="a"/>"#),
        ),
        &[("a", "unexpected-incoming")],
    );
    refused(
        &on(
            task,
            r#"<boundaryEvent id="a"><errorEventDefinition/></boundaryEvent>"#,
        ),
        &[("a", "unknown-reference")],
    );
    refused(
        &on(
            task,
            r#"<boundaryEvent id="a" attachedToRef="gone"><errorEventDefinition/></boundaryEvent>"#,
        ),
        &[("a", "unknown-reference")],
    );
    refused(
        &on(
            r#"<parallelGateway id="x"/>"#,
            &event("a", "", "<errorEventDefinition/>"),
        ),
        &[("a", "invalid-attachment")],
    );
    refused(
        &on(
            task,
            r#"<subProcess id="y"><startEvent id="i"/><boundaryEvent id="a" attachedToRef="x"><errorEventDefinition/></boundaryEvent></subProcess>"#,
        ),
        &[("a", "invalid-attachment")],
    );
}

#[test]
fn start_events_that_compete() {
    let roots = r#"<signal id="a" name="go"/><signal id="b" name="go"/>"#;
    let start = |id: &str, signal: &str| {
        format!(
            r#"<startEvent id="{id}"><signalEventDefinition signalRef="{signal}"/></startEvent>"#
        )
    };
    refused(
        &file(roots, &(start("s", "a") + &start("t", "b"))),
        &[("t", "duplicate-event")],
    );
    let sub = |id: &str| {
        format!(
            r#"<subProcess id="{id}" triggeredByEvent="true"><startEvent id="{id}_s"><signalEventDefinition signalRef="a"/></startEvent></subProcess>"#
        )
    };
    refused(
        &file(roots, &(sub("x") + &sub("y") + r#"<startEvent id="s"/>"#)),
        &[("y_s", "duplicate-event")],
    );
}

#[test]
fn link_events() {
    let link = |tag: &str, id: &str, name: &str| {
        format!(r#"<{tag} id="{id}"><linkEventDefinition name="{name}"/></{tag}>"#)
    };
    let (throw, catch) = ("intermediateThrowEvent", "intermediateCatchEvent");
    let begin = r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>"#;
    accepted(
        &file(
            "",
            &(begin.to_owned() + &link(throw, "x", "l") + &link(catch, "c", "l")),
        ),
        &[],
    );
    refused(
        &file("", &(begin.to_owned() + &link(throw, "x", "l"))),
        &[("x", "unpaired-link")],
    );
    refused(
        &file("", &(begin.to_owned() + &link(throw, "x", ""))),
        &[("x", "missing-value")],
    );
    refused(
        &file(
            "",
            &(begin.to_owned()
                + &link(throw, "x", "l")
                + &link(catch, "c", "l")
                + &link(catch, "d", "l")),
        ),
        &[("d", "duplicate-event")],
    );
    refused(
        &file(
            "",
            &(begin.to_owned()
                + &link(throw, "x", "l")
                + &link(catch, "c", "l")
                + r#"<sequenceFlow id="g" sourceRef="x" targetRef="c"/>"#),
        ),
        &[("x", "unexpected-outgoing"), ("c", "unexpected-incoming")],
    );
    accepted(
        &file(
            "",
            &(begin.to_owned() + r#"<task id="x"/>"# + &link(catch, "c", "l")),
        ),
        &[("c", "unreachable")],
    );
}

#[test]
fn compensation() {
    let boundary =
        r#"<boundaryEvent id="b" attachedToRef="x"><compensateEventDefinition/></boundaryEvent>"#;
    let handler = r#"<task id="h" isForCompensation="true"/>"#;
    let association = r#"<association id="a" sourceRef="b" targetRef="h"/>"#;
    let with = |parts: &[&str]| around("", &(r#"<task id="x"/>"#.to_owned() + &parts.concat()));
    let throw = |activity: &str| {
        format!(
            r#"<sequenceFlow id="g" sourceRef="x" targetRef="t"/><endEvent id="t"><compensateEventDefinition activityRef="{activity}"/></endEvent>"#
        )
    };
    accepted(&with(&[boundary, handler, association, &throw("x")]), &[]);
    refused(&with(&[boundary]), &[("b", "missing-handler")]);
    refused(
        &with(&[boundary, r#"<task id="h"/>"#, association]),
        &[("b", "invalid-handler")],
    );
    refused(
        &with(&[
            boundary,
            handler,
            association,
            r#"<sequenceFlow id="g" sourceRef="h" targetRef="e"/>"#,
        ]),
        &[("h", "handler-with-flows")],
    );
    refused(
        &with(&[
            boundary,
            handler,
            association,
            r#"<sequenceFlow id="g" sourceRef="b" targetRef="e"/>"#,
        ]),
        &[("b", "unexpected-outgoing")],
    );
    refused(
        &with(&[
            boundary,
            handler,
            association,
            r#"<boundaryEvent id="c" attachedToRef="h"><errorEventDefinition/></boundaryEvent>"#,
        ]),
        &[("h", "handler-with-boundary")],
    );
    refused(&with(&[&throw("gone")]), &[("t", "unknown-reference")]);
    refused(&with(&[&throw("x")]), &[("t", "nothing-to-compensate")]);
    accepted(&with(&[handler]), &[("h", "unused-handler")]);
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

#[test]
fn diagnostics_are_bounded() {
    let tasks: String = (0..3000)
        .map(|i| format!("<serviceTask id=\"t{i}\"/>\n"))
        .collect();
    let found = parse(&file("", &tasks)).expect_err("many faults");
    assert_eq!(found.len(), gardesh_bpmn::limits::MAX_DIAGNOSTICS + 1);
    assert_eq!(found.last().map(|d| d.code), Some("too-many-diagnostics"));
}
