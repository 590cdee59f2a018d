//! The rules about tasks, calls, mappings, listeners and repetition, each with the smallest file that breaks it.
//! Each row says which (element, code) pairs come out, no more and no fewer.

use crate::support::{accepted, around, ext, file, refused};

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
        let urgent = |priority: &str| {
            let element = format!(
                r#"<zeebe:taskDefinition type="t"/><zeebe:jobPriorityDefinition priority="{priority}"/>"#
            );
            task(tag, "", &element)
        };
        for priority in ["7", "-2147483648", "=urgency"] {
            accepted(&urgent(priority), &[]);
        }
        for priority in ["high", "1.5", "2147483648"] {
            refused(&urgent(priority), &[("x", "invalid-number")]);
        }
        refused(
            &task(tag, "", &r#"<zeebe:taskDefinition type="t"/>"#.repeat(2)),
            &[("x", "duplicate-extension")],
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
    for twice in [
        "<zeebe:userTask/>",
        r#"<zeebe:assignmentDefinition assignee="a"/>"#,
        "<zeebe:ioMapping/>",
        "<zeebe:taskHeaders/>",
    ] {
        refused(&task(&twice.repeat(2)), &[("x", "duplicate-extension")]);
    }
    let unused = r#"<zeebe:taskDefinition type="t"/>"#.repeat(2);
    accepted(
        &task(&unused),
        &[("x", "ignored-extension"), ("x", "ignored-extension")],
    );
    let linked = |tag: &str, kind: &str| {
        let resource = format!(
            r#"<zeebe:linkedResources><zeebe:linkedResource resourceId="t" {kind}/></zeebe:linkedResources>"#
        );
        let job = r#"<zeebe:taskDefinition type="t"/>"#;
        let job = if tag == "serviceTask" { job } else { "" };
        let inner = ext(&(job.to_owned() + &resource));
        around("", &format!(r#"<{tag} id="x">{inner}</{tag}>"#))
    };
    accepted(&linked("serviceTask", r#"resourceType="component""#), &[]);
    for (tag, kind) in [
        ("serviceTask", r#"resourceType="RPA""#),
        ("serviceTask", ""),
        ("userTask", r#"resourceType="component""#),
    ] {
        accepted(&linked(tag, kind), &[("x", "ignored-resource")]);
    }
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
    for (event, finding) in [("start", None), ("end", Some(("x", "invalid-listener")))] {
        let listens = ext(&format!(
            "<zeebe:executionListeners>{}</zeebe:executionListeners>",
            listener("execution", event, "a")
        ));
        let gateway = around(
            "",
            &format!(r#"<exclusiveGateway id="x">{listens}</exclusiveGateway>"#),
        );
        match finding {
            None => accepted(&gateway, &[]),
            Some(finding) => refused(&gateway, &[finding]),
        }
    }
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
    let loop_three = r#"<standardLoopCharacteristics loopMaximum="3"/>"#;
    accepted(&task(loop_three), &[]);
    let for_all = format!(
        "<multiInstanceLoopCharacteristics>{}</multiInstanceLoopCharacteristics>",
        ext(r#"<zeebe:loopCharacteristics inputCollection="=a"/>"#)
    );
    for both in [[&for_all, loop_three], [loop_three, &for_all]] {
        refused(&task(&both.concat()), &[("x", "two-repetitions")]);
    }
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
