//! What the tests share: wrapping fragments into whole files, so that each case shows only what it is about.

/// A file with one executable process around `body`; `roots` stands beside the process.
pub fn file(roots: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="t">
{roots}
<process id="p" isExecutable="true">
{body}
</process>
</definitions>"#
    )
}

/// A file whose process runs from a start event through `element`, whose id is `x`, to an end event.
#[allow(dead_code, reason = "each test binary uses its own part")]
pub fn around(roots: &str, element: &str) -> String {
    file(
        roots,
        &format!(
            r#"<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/>
{element}
<sequenceFlow id="f2" sourceRef="x" targetRef="e"/><endEvent id="e"/>"#
        ),
    )
}

/// `extensionElements` around zeebe elements.
#[allow(dead_code, reason = "each test binary uses its own part")]
pub fn ext(inner: &str) -> String {
    format!("<extensionElements>{inner}</extensionElements>")
}

/// A file that has something of almost everything; accepted without a finding.
#[allow(dead_code, reason = "each test binary uses its own part")]
pub fn rich() -> String {
    file(
        r#"<message id="m" name="=n"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message>
<signal id="sig" name="go"/><error id="err" name="Broken" errorCode="E"/><escalation id="esc" escalationCode="X"/>
<collaboration id="c"><participant id="pool" name="Pool" processRef="p"/><participant id="black_box"/></collaboration>"#,
        include_str!("../rich.xml"),
    )
}
