//! What the tests share: wrapping fragments into whole files, so that each case shows only what it is about,
//! and the two checks that the tables of rules are rows of.

use gardesh_bpmn::{Diagnostic, Severity, parse};

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
pub fn ext(inner: &str) -> String {
    format!("<extensionElements>{inner}</extensionElements>")
}

/// A file that has something of almost everything; accepted without a finding.
pub fn rich() -> String {
    file(
        r#"<message id="m" name="=n"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message>
<signal id="sig" name="go"/><error id="err" name="Broken" errorCode="E"/><escalation id="esc" escalationCode="X"/>
<collaboration id="c"><participant id="pool" name="Pool" processRef="p"/><participant id="black_box"/></collaboration>"#,
        include_str!("rich.xml"),
    )
}

/// The element that a diagnostic names, and its code.
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
pub fn refused(xml: &str, expected: &[Finding<'_>]) {
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
pub fn accepted(xml: &str, expected: &[Finding<'_>]) {
    let model = parse(xml).unwrap_or_else(|found| panic!("refused\n{xml}\n{found:#?}"));
    assert_eq!(
        findings(&model.warnings, Severity::Warning),
        expected,
        "\n{xml}"
    );
}
