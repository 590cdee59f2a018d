//! What stands in a file and has no effect is said; and causes are listed before what follows from them.
//! Each row says which (element, code) pairs come out, no more and no fewer.

use crate::support::{accepted, around, ext, file, refused};
use gardesh_bpmn::{Diagnostic, parse, read};

/// A service task `x` with these attributes on its definition, between start and end.
fn service(definition: &str) -> String {
    around(
        "",
        &format!(
            r#"<serviceTask id="x">{}</serviceTask>"#,
            ext(&format!("<zeebe:taskDefinition {definition}/>"))
        ),
    )
}

fn warnings(xml: &str) -> Vec<Diagnostic> {
    let model = parse(xml).unwrap_or_else(|found| panic!("{xml}\n{found:#?}"));
    model.warnings
}

#[test]
fn misspelt_attributes_and_elements_of_zeebe() {
    let task = |tag: &str, inner: &str| {
        let definition = r#"<zeebe:taskDefinition type="t"/>"#;
        let inner = match tag {
            "serviceTask" => ext(&format!("{definition}{inner}")),
            _ => ext(inner),
        };
        around("", &format!(r#"<{tag} id="x">{inner}</{tag}>"#))
    };
    for (xml, element, code, hint) in [
        (
            service(r#"type="t" retry="3""#),
            "x",
            "ignored-attribute",
            "did you mean \"retries\"?",
        ),
        (
            service(r#"type="t" topic="3""#),
            "x",
            "ignored-attribute",
            "type, retries",
        ),
        (
            task(
                "userTask",
                r#"<zeebe:userTask/><zeebe:assignmentDefinition asignee="ali"/>"#,
            ),
            "x",
            "ignored-attribute",
            "did you mean \"assignee\"?",
        ),
        (
            task("serviceTask", r#"<zeebe:taskHeader/>"#),
            "x",
            "ignored-extension",
            "did you mean \"taskHeaders\"?",
        ),
        (
            task(
                "serviceTask",
                r#"<zeebe:ioMapping><zeebe:inputs source="=1" target="a"/></zeebe:ioMapping>"#,
            ),
            "x",
            "ignored-extension",
            "did you mean \"input\"?",
        ),
        (
            task(
                "serviceTask",
                r#"<zeebe:ioMapping><zeebe:input sourec="=1" target="a"/></zeebe:ioMapping>"#,
            ),
            "x",
            "ignored-attribute",
            "did you mean \"source\"?",
        ),
        (
            task(
                "serviceTask",
                r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="l" retry="1"/></zeebe:executionListeners>"#,
            ),
            "x",
            "ignored-attribute",
            "did you mean \"retries\"?",
        ),
        (
            around(
                r#"<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=k" correlation="x"/></extensionElements></message>"#,
                r#"<receiveTask id="x" messageRef="m"/>"#,
            ),
            "m",
            "ignored-attribute",
            "did you mean \"correlationKey\"?",
        ),
        (
            around(
                "",
                r#"<task id="x"><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1]" inputElements="a"/></extensionElements></multiInstanceLoopCharacteristics></task>"#,
            ),
            "x",
            "ignored-attribute",
            "did you mean \"inputElement\"?",
        ),
    ] {
        let found = warnings(&xml);
        let [found] = found.as_slice() else {
            panic!("{xml}\n{found:#?}")
        };
        assert_eq!(
            (found.element_id.as_deref(), found.code),
            (Some(element), code),
            "{found}"
        );
        assert!(found.message.contains(hint), "{hint} in {found}");
    }
}

#[test]
fn zeebe_elements_and_attributes_that_have_no_effect_where_they_stand() {
    let listeners = ext(
        r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="l"/></zeebe:executionListeners>"#,
    );
    let task = r#"<task id="x"/>"#;
    let flow =
        format!(r#"<sequenceFlow id="g" sourceRef="x" targetRef="e">{listeners}</sequenceFlow>"#);
    let found = warnings(&around("", &format!("{task}{flow}")));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].element_id.as_deref(), Some("g"));
    assert!(
        found[0]
            .message
            .contains(r#"executionListeners is on the flow from "x" to "e""#),
        "{}",
        found[0]
    );

    let properties =
        ext(r#"<zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>"#);
    let beside = |drawn: &str| around("", &format!("{task}{drawn}"));
    for (xml, element) in [
        (
            beside(&format!(
                r#"<textAnnotation id="y">{properties}</textAnnotation>"#
            )),
            "y",
        ),
        (
            beside(&format!(r#"<dataObject id="y">{properties}</dataObject>"#)),
            "y",
        ),
        (
            beside(&format!(
                r#"<laneSet id="l"><lane id="y">{properties}</lane></laneSet>"#
            )),
            "y",
        ),
        (
            around(
                &format!(r#"<signal id="y" name="s">{properties}</signal>"#),
                task,
            ),
            "y",
        ),
        (
            around(
                &format!(r#"<message id="y" name="s">{properties}</message>"#),
                task,
            ),
            "y",
        ),
        (
            around(
                &format!(
                    r#"<collaboration id="c"><participant id="y" processRef="p">{properties}</participant></collaboration>"#
                ),
                task,
            ),
            "y",
        ),
        (
            around("", r#"<task id="x"><zeebe:taskHeaders/></task>"#),
            "x",
        ),
        (
            around(
                "",
                &format!(
                    r#"<task id="x">{}</task>"#,
                    ext(r#"<zeebe:header key="a"/>"#)
                ),
            ),
            "x",
        ),
    ] {
        accepted(&xml, &[(element, "ignored-extension")]);
    }
    accepted(
        &around("", r#"<userTask id="x" zeebe:assignee="ali"/>"#),
        &[("x", "ignored-attribute")],
    );
    accepted(
        &around(
            "",
            r#"<task id="x" zeebe:modelerTemplate="t" zeebe:modelerTemplateVersion="1" zeebe:modelerTemplateIcon="i"/>"#,
        ),
        &[],
    );
}

#[test]
fn roles_and_other_elements_of_bpmn_that_decide_nothing_here() {
    for (element, extra) in [
        ("userTask", "<potentialOwner/>"),
        ("userTask", "<humanPerformer/>"),
        ("task", "<performer/>"),
        ("callActivity", "<resourceRole/>"),
        ("userTask", "<rendering/>"),
        ("scriptTask", "<script>1 + 1</script>"),
    ] {
        let extensions = match element {
            "callActivity" => ext(r#"<zeebe:calledElement processId="q"/>"#),
            "scriptTask" => ext(r#"<zeebe:script expression="=1" resultVariable="r"/>"#),
            _ => String::new(),
        };
        let xml = around(
            "",
            &format!(r#"<{element} id="x">{extensions}{extra}</{element}>"#),
        );
        accepted(&xml, &[("x", "ignored-element")]);
    }
    accepted(
        &around("", r#"<task id="x"/>"#).replace(
            r#"isExecutable="true">"#,
            r#"isExecutable="true"><potentialOwner/>"#,
        ),
        &[("p", "ignored-element")],
    );
    accepted(
        &around(
            "",
            r#"<task id="x"><multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1]"/></extensionElements><loopDataInputRef>d</loopDataInputRef></multiInstanceLoopCharacteristics></task>"#,
        ),
        &[("x", "ignored-element")],
    );
}

#[test]
fn extensions_of_other_engines() {
    let with = |namespace: &str, xml: &str| {
        xml.replace(
            "<definitions ",
            &format!(r#"<definitions xmlns:old="{namespace}" "#),
        )
    };
    let task = around(
        "",
        r#"<userTask id="x" old:assignee="ali" old:candidateGroups="clerks"><extensionElements><old:formData/></extensionElements></userTask>"#,
    );
    for (namespace, engine) in [
        ("http://camunda.org/schema/1.0/bpmn", "Camunda 7"),
        ("http://operaton.org/schema/1.0/bpmn", "Operaton"),
        ("http://activiti.org/bpmn", "Activiti"),
        ("http://flowable.org/bpmn", "Flowable"),
    ] {
        let found = warnings(&with(namespace, &task));
        let [found] = found.as_slice() else {
            panic!("{engine}: {found:#?}")
        };
        assert_eq!(
            (found.element_id.as_deref(), found.code),
            (Some("x"), "foreign-extension")
        );
        for part in [
            engine,
            "assignee, candidateGroups, formData",
            "zeebe:assignmentDefinition and zeebe:formDefinition",
        ] {
            assert!(found.message.contains(part), "{part} in {found}");
        }
    }
    let seven = "http://camunda.org/schema/1.0/bpmn";
    for (xml, element) in [
        (
            around(
                r#"<error id="y" errorCode="E" old:errorMessage="m"/>"#,
                r#"<task id="x"/>"#,
            ),
            "y",
        ),
        (
            around("", r#"<task id="x"/>"#).replace(
                r#"<process id="p""#,
                r#"<process id="p" old:historyTimeToLive="30""#,
            ),
            "p",
        ),
        (around("", r#"<task id="x" old:asyncBefore="true"/>"#), "x"),
        (
            around(
                "",
                r#"<task id="x"/><sequenceFlow id="g" sourceRef="x" targetRef="e"><extensionElements><old:executionListener/></extensionElements></sequenceFlow>"#,
            ),
            "g",
        ),
    ] {
        accepted(&with(seven, &xml), &[(element, "foreign-extension")]);
    }
    // What a modeler notes for itself, and what other tools add.
    let noted = around("", r#"<task id="x" old:modelerTemplate="t"/>"#);
    accepted(&with(seven, &noted), &[]);
    accepted(
        &with(
            "urn:something",
            &around("", r#"<task id="x" old:colour="red"/>"#),
        ),
        &[],
    );
    // A drawing is not judged.
    accepted(
        &with(seven, &task).replace(r#"isExecutable="true""#, ""),
        &[],
    );
}

#[test]
fn causes_come_before_their_consequences() {
    // The misspelt name is in a later line than the task that misses what it should have given.
    refused(&service(r#"typ="t""#), &[("x", "missing-value")]);
    let codes = |xml: &str| -> Vec<&str> {
        let found = read(xml).diagnostics;
        found.iter().map(|found| found.code).collect()
    };
    assert_eq!(
        codes(&service("\ntyp=\"t\"")),
        ["ignored-attribute", "missing-value"]
    );
    // A flow that leads nowhere is why its gateway has no default and too few ways out, and why the rest is not reached.
    let xml = file(
        "",
        r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="g"/>
<exclusiveGateway id="g" default="h"/>
<task id="late"/>
<eventBasedGateway id="w"/>
<sequenceFlow id="h" sourceRef="g" targetRef="lat"/>
<serviceTask id="last"/>"#,
    );
    assert_eq!(
        codes(&xml),
        [
            "missing-value",
            "unknown-reference",
            "default-not-outgoing",
            "too-few-outgoing",
            "unreachable",
            "unreachable",
            "unreachable",
        ]
    );
}
