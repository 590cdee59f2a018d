//! Files made to hurt: each ends in a diagnostic or a model, in time that grows with the size of the file.
//! What hurts the XML reader already is tested in `host/xml/tests/hostile.rs`.

use std::time::{Duration, Instant};

use crate::support::file;
use gardesh_bpmn::{limits, parse, read};
use gardesh_xml::limits::MAX_DIAGNOSTICS;

/// Far above what any of these takes when it is linear, far below what it takes when it is quadratic.
const PATIENCE: Duration = Duration::from_secs(20);

/// The file is refused with this code alone, in time.
fn refused(name: &str, xml: &str, code: &str) {
    let start = Instant::now();
    let found = parse(xml).expect_err(name);
    let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [code], "{name}: {:?}", found.first());
    assert!(
        start.elapsed() < PATIENCE,
        "{name} took {:?}",
        start.elapsed()
    );
    assert!(
        found[0].message.len() < 1000,
        "{name}: a message of {} bytes",
        found[0].message.len()
    );
}

#[test]
fn nesting_is_bounded() {
    let depth = limits::MAX_SCOPE_DEPTH + 10;
    let nested: String = (0..depth)
        .map(|i| format!(r#"<subProcess id="s{i}"><startEvent id="b{i}"/>"#))
        .collect();
    let found = parse(&file("", &(nested + &"</subProcess>".repeat(depth)))).expect_err("too deep");
    assert!(
        found
            .iter()
            .any(|diagnostic| diagnostic.code == "scopes-too-deep"),
        "{found:?}"
    );
    let lanes = "<childLaneSet><lane id=\"l\">".repeat(100);
    let lanes = format!(
        "<laneSet><lane id=\"m\">{lanes}{}</lane></laneSet>",
        "</lane></childLaneSet>".repeat(100)
    );
    assert!(read(&file("", &lanes)).model.is_some());
}

/// A chain of script tasks: `count` flow nodes and about as many flows.
fn chain(count: usize) -> String {
    let node = |i: usize| {
        format!(
            r#"<task id="t{i}"/><sequenceFlow id="f{i}" sourceRef="t{}" targetRef="t{i}"/>"#,
            i - 1
        )
    };
    let tasks: String = (1..count).map(node).collect();
    file("", &format!(r#"<startEvent id="t0"/>{tasks}"#))
}

#[test]
fn a_hundred_thousand_elements_take_linear_time() {
    let time = |count: usize| {
        let xml = chain(count);
        let start = Instant::now();
        let model = parse(&xml).expect("a long chain");
        assert_eq!(model.processes[0].elements.len(), count + 1);
        start.elapsed()
    };
    let (small, large) = (time(10_000), time(90_000));
    assert!(large < PATIENCE, "{large:?}");
    // Nine times the size; quadratic would be eighty times the time.
    assert!(
        large < small * 40 + Duration::from_millis(200),
        "{small:?} for 10,000 but {large:?} for 90,000"
    );
    let extra: String = (0..limits::MAX_ELEMENTS + 5)
        .map(|i| format!(r#"<task id="t{i}"/>"#))
        .collect();
    let found = parse(&file("", &extra)).expect_err("too many");
    assert_eq!(
        found
            .iter()
            .filter(|d| d.code == "too-many-elements")
            .count(),
        1
    );
}

#[test]
fn one_long_line_costs_no_more_than_many_short_ones() {
    let broken: String = (0..60_000)
        .map(|i| format!(r#"<serviceTask id="t{i}" name="{}"/>"#, "é".repeat(20)))
        .collect();
    let start = Instant::now();
    let found = parse(&file("", &broken)).expect_err("no job types");
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert_eq!(found.len(), MAX_DIAGNOSTICS + 1);
}

#[test]
fn one_element_with_very_many_neighbours() {
    let count = 40_000;
    let flows: String = (0..count)
        .map(|i| format!(r#"<sequenceFlow id="f{i}" sourceRef="g" targetRef="g"/>"#))
        .collect();
    let events: String = (0..count).map(|i| format!(r#"<boundaryEvent id="b{i}" attachedToRef="t"><errorEventDefinition/></boundaryEvent>"#)).collect();
    for body in [
        format!(r#"<exclusiveGateway id="g"/>{flows}"#),
        format!(r#"<task id="t"/>{events}"#),
    ] {
        let start = Instant::now();
        let found = parse(&file("", &body)).expect_err("many faults");
        assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
        assert!(found.iter().map(|d| d.message.len()).sum::<usize>() < 1_000_000);
    }
}

#[test]
fn very_many_small_things_in_one_place() {
    let many = |piece: &str| piece.repeat(9_000_000 / piece.len() / 2);
    let ext = |inner: &str| format!("<extensionElements>{inner}</extensionElements>");
    let numbered = |from: &str, to: &str| -> String {
        (0..150_000).map(|i| format!("{from}{i}{to}")).collect()
    };
    let files = [
        file("", &ext(&many("<zeebe:userTaskForm/>"))),
        file("", &ext(&many("<zeebe:versionTag/>"))),
        file(
            "",
            &ext(&format!(
                "<zeebe:properties>{}</zeebe:properties>",
                numbered("<zeebe:property name=\"", "\"/>")
            )),
        ),
        file("", &many("<a xmlns:n='urn:n'/>")),
        file("", &numbered("<a xmlns:n='urn:", "'/>")),
        file(
            "",
            &format!(
                "<laneSet>{}</laneSet>",
                many("<lane><flowNodeRef>x</flowNodeRef></lane>")
            ),
        ),
        file("", &many("<association sourceRef='a' targetRef='b'/>")),
        file(&many("<message/>"), ""),
        file(
            "",
            &format!("<task id='t'>{}</task>", many("<documentation/>")),
        ),
        file(
            "",
            &format!(
                "<startEvent id='t'>{}</startEvent>",
                many("<timerEventDefinition/>")
            ),
        ),
        file("", &format!("<task id='t' name='{}'/>", many("&lt;"))),
        file("", &many("<process/>")),
        file(&many("<process isExecutable='true'/>"), ""),
    ];
    for (i, xml) in files.iter().enumerate() {
        let start = Instant::now();
        let reading = read(xml);
        assert!(reading.diagnostics.len() <= MAX_DIAGNOSTICS + 1);
        assert!(
            start.elapsed() < PATIENCE,
            "file {i} took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn what_many_events_refer_to_is_short() {
    let name = "n".repeat(limits::MAX_NAME_BYTES + 1);
    let xml = file(
        &format!(r#"<signal id="s" name="{name}"/>"#),
        r#"<startEvent id="a"/>"#,
    );
    refused("a long name", &xml, "text-too-long");
}

#[test]
fn long_values_are_not_repeated_in_full() {
    let long = "x".repeat(1_000_000);
    let xml = file(
        &format!(r#"<message id="m" name="{long}"/>"#),
        &format!(
            r#"<startEvent id="s"/><task id="t" name="{long}"/><sequenceFlow id="f" sourceRef="s" targetRef="{long}"/>
<exclusiveGateway id="g" default="{long}"/><scriptTask id="k"><extensionElements><zeebe:script expression="{long}" resultVariable="{long} "/></extensionElements></scriptTask>
<intermediateThrowEvent id="l"><linkEventDefinition name="{long}"/></intermediateThrowEvent>"#
        ),
    );
    let found = parse(&xml).expect_err("many faults");
    assert!(found.len() >= 5);
    for diagnostic in found {
        assert!(
            diagnostic.message.len() < 1000,
            "{} has {} bytes",
            diagnostic.code,
            diagnostic.message.len()
        );
    }
}
