//! The rules about events, each with the smallest file that breaks it.
//! Each row says which (element, code) pairs come out, no more and no fewer.

use crate::support::{accepted, around, file, refused};

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
fn boundary_events() {
    let roots = r#"<error id="err" errorCode="E"/><error id="same" errorCode="E"/><error id="nameless" name="Something went wrong"/><escalation id="quiet" name="Something to know" escalationCode=" "/><error id="dyn" errorCode="=c"/><escalation id="esc" escalationCode="E"/><signal id="sig" name="go"/>"#;
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
    // One that has a name and no code is for all errors, too.
    let nameless = r#"<errorEventDefinition errorRef="nameless"/>"#;
    accepted(
        &on(task, &(event("a", "", nameless) + &event("b", "", error))),
        &[],
    );
    refused(
        &on(
            task,
            &(event("a", "", nameless) + &event("b", "", "<errorEventDefinition/>")),
        ),
        &[("b", "duplicate-event")],
    );
    let escalation = r#"<escalationEventDefinition escalationRef="quiet"/>"#;
    accepted(
        &on(
            r#"<subProcess id="x"><startEvent id="i"/></subProcess>"#,
            &event("a", "", escalation),
        ),
        &[],
    );
    accepted(
        &file(
            roots,
            &format!(
                r#"<startEvent id="s"/><subProcess id="x" triggeredByEvent="true"><startEvent id="a">{nameless}</startEvent></subProcess><subProcess id="y" triggeredByEvent="true"><startEvent id="b">{escalation}</startEvent></subProcess>"#
            ),
        ),
        &[],
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
    let event_subprocess = r#"<subProcess id="es" triggeredByEvent="true"><startEvent id="ef"><errorEventDefinition/></startEvent><sequenceFlow id="g" sourceRef="ef" targetRef="t"/><endEvent id="t"><compensateEventDefinition activityRef="x"/></endEvent></subProcess>"#;
    accepted(
        &with(&[boundary, handler, association, event_subprocess]),
        &[],
    );
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
    let undoing = r#"<subProcess id="es" triggeredByEvent="true"><startEvent id="cs"><compensateEventDefinition/></startEvent></subProcess>"#;
    accepted(&with(&[undoing]), &[("cs", "unused-handler")]);
    let subprocess = |tag: &str, more: &str| {
        let begin = match tag {
            "adHocSubProcess" => "",
            _ => r#"<startEvent id="is"/><sequenceFlow id="if" sourceRef="is" targetRef="it"/>"#,
        };
        let inner = format!(r#"<{tag} id="x">{begin}<task id="it"/>{undoing}</{tag}>{more}"#);
        around("", &inner)
    };
    for tag in ["subProcess", "transaction", "adHocSubProcess"] {
        accepted(&subprocess(tag, ""), &[]);
        refused(
            &subprocess(tag, &[boundary, handler, association].concat()),
            &[("cs", "duplicate-event")],
        );
    }
}
