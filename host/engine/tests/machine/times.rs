//! Times in a diagram: what deploys also runs, and what does not is refused at deployment in the words of the incident
//! that an expression with the same text ends in.

use gardesh_engine::definition::{Resource, compile, compile_one};
use gardesh_engine::entities::incident::IncidentKind;

use crate::support::*;

/// Where a time stands in a diagram.
#[derive(Clone, Copy, Debug)]
enum Place {
    Date,
    Duration,
    Cycle,
    TimeToLive,
    DueDate,
}

/// A process with a time in this place of the element `e`.
fn process(place: Place, time: &str) -> String {
    let timer = |kind: &str| {
        format!(
            "<bpmn:timerEventDefinition><bpmn:{kind}>{time}</bpmn:{kind}></bpmn:timerEventDefinition>"
        )
    };
    let catch = |kind| {
        let timer = timer(kind);
        format!(r#"<bpmn:intermediateCatchEvent id="e">{timer}</bpmn:intermediateCatchEvent>"#)
    };
    let element = match place {
        Place::Date => catch("timeDate"),
        Place::Duration => catch("timeDuration"),
        Place::Cycle => {
            let timer = timer("timeCycle");
            let task = service("w", "");
            let event = format!(
                r#"<bpmn:boundaryEvent id="e" attachedToRef="w" cancelActivity="false">{timer}</bpmn:boundaryEvent>"#
            );
            return start_and_end() + &task + &event + &flows(&["start>w", "w>end", "e>end"]);
        }
        Place::TimeToLive => format!(
            r#"<bpmn:sendTask id="e" messageRef="m_told"><bpmn:extensionElements><zeebe:publishMessage correlationKey="k" timeToLive="{time}" /></bpmn:extensionElements></bpmn:sendTask>"#
        ),
        Place::DueDate => format!(
            r#"<bpmn:userTask id="e"><bpmn:extensionElements><zeebe:userTask /><zeebe:taskSchedule dueDate="{time}" /></bpmn:extensionElements></bpmn:userTask>"#
        ),
    };
    start_and_end() + &element + &flows(&["start>e", "e>end"])
}

fn whole(body: &str) -> String {
    let message = r#"<bpmn:message id="m_told" name="told" />"#;
    diagram(body).replace(
        "</bpmn:definitions>",
        &format!("{message}</bpmn:definitions>"),
    )
}

/// What deployment says of a text in the diagram.
fn at_deployment(place: Place, text: &str) -> Result<(), String> {
    let found = match compile("p.bpmn", &whole(&process(place, text))) {
        Ok(_) => return Ok(()),
        Err(found) => found,
    };
    let [found] = found.as_slice() else {
        panic!("{place:?} {text}: {found:?}");
    };
    assert_eq!(found.code, "invalid-time", "{place:?} {text}");
    assert_eq!(found.element_id.as_deref(), Some("e"));
    Err(found.message.clone())
}

/// What the incident says of the same text from an expression.
fn at_run_time(m: &mut Machine, text: &str) -> Result<(), String> {
    let before = m.incidents().len();
    m.start(&format!("{{\"at\": \"{text}\"}}"));
    let incidents = m.incidents();
    let Some(incident) = incidents.get(before) else {
        return Ok(());
    };
    assert_eq!(incident.kind, IncidentKind::ExtractValueError);
    let message = incident.message.replace(" from '=at'", "");
    let hint = " Correct the variables or the diagram, then resolve.";
    Err(message.strip_suffix(hint).expect(hint).to_owned())
}

const DATES: &[(&str, bool)] = &[
    ("2030-03-28T08:00:00Z", true),
    ("2030-03-28T08:00", true),
    ("2030-03-28T08:00:00", true),
    ("2030-03-28T08:00:00.25+03:30", true),
    ("2030-03-28T08:00:00@Europe/Berlin", true),
    ("2030-03-28T08:00[Europe/Berlin]", true),
    ("2030-03-28T08:00:00+01:00[Europe/Berlin]", true),
    ("1969-12-31T23:59:59Z", true),
    ("2030-03-28T24:00:00Z", true),
    ("2030-02-30T08:00:00Z", false),
    ("2030-03-28T08:00:00[Nowhere/Town]", false),
    ("2030-03-28 08:00:00Z", false),
    ("2030-03-28T08:00:00+3", false),
    ("20300328T080000Z", false),
    ("tomorrow", false),
];

const DURATIONS: &[(&str, bool)] = &[
    ("P1D", true),
    ("P1W", true),
    ("P1Y2M3W4DT5H6M7.5S", true),
    ("PT1.5H", true),
    ("PT0S", true),
    ("P9999999Y", true),
    ("PT1.0000000000001S", true),
    ("PT1.S", false),
    ("P1.5D", false),
    ("P1H", false),
    ("PT1S1M", false),
    ("P", false),
    ("1 day", false),
];

/// Texts of each place, and whether they are what it takes.
const TIMES: &[(Place, &[(&str, bool)])] = &[
    (Place::Date, DATES),
    (
        Place::Date,
        &[("2030-03-28", true), ("99999-01-01T00:00:00Z", true)],
    ),
    (Place::DueDate, DATES),
    (
        Place::DueDate,
        &[("2030-03-28", false), ("99999-01-01T00:00:00Z", false)],
    ),
    (Place::Duration, DURATIONS),
    (Place::Duration, &[("-PT1H", true)]),
    (Place::TimeToLive, DURATIONS),
    (Place::TimeToLive, &[("-PT1H", false)]),
    (
        Place::Cycle,
        &[
            ("R/PT1H", true),
            ("R3/PT1H", true),
            ("R-1/P1W", true),
            ("R/2030-03-28T08:00:00@Europe/Berlin/P1D", true),
            ("R/2030-03-28T08:00/P1D", true),
            ("R/1969-12-31T08:00:00Z/P1D", true),
            ("R/P7000Y", true),
            ("R/P8000Y", false),
            ("R/PT1.S", false),
            ("R0/PT1H", false),
            ("R/P1.5D", false),
            ("R/-PT1H", false),
            ("R/PT0S", false),
            ("R/tomorrow/P1D", false),
            ("0 0 9 * * MON-FRI", true),
            ("TZ=Europe/Berlin @daily", true),
            ("0 0 0 29 2 *", true),
            ("0 0 0 30 2 *", false),
            ("0 9 * * *", false),
            ("0 0 25 * * *", false),
            ("TZ=Nowhere/Town @daily", false),
        ],
    ),
];

#[test]
fn a_time_in_the_diagram_and_one_from_an_expression_have_the_same_verdict() {
    for (place, texts) in TIMES {
        let mut m = Machine::new();
        m.deploy(&whole(&process(*place, "=at"))).unwrap();
        for (text, is_time) in *texts {
            let deployed = at_deployment(*place, text);
            assert_eq!(deployed.is_ok(), *is_time, "{place:?} {text}: {deployed:?}");
            assert_eq!(at_run_time(&mut m, text), deployed, "{place:?} {text}");
        }
    }
}

/// What FEEL computes is read as the text that stands for it.
#[test]
fn a_time_of_feel_has_the_verdict_of_its_text() {
    for (place, computed, text) in [
        (Place::Date, "date(\"2030-03-28\")", "2030-03-28"),
        (Place::DueDate, "date(\"2030-03-28\")", "2030-03-28"),
        (
            Place::DueDate,
            "date and time(\"2030-03-28T08:00:00\")",
            "2030-03-28T08:00:00",
        ),
        (Place::Duration, "duration(\"-PT1H\")", "-PT1H"),
        (Place::TimeToLive, "duration(\"-PT1H\")", "-PT1H"),
        (Place::TimeToLive, "duration(\"P1Y\")", "P1Y"),
        (Place::Cycle, "cycle(3, duration(\"PT1H\"))", "R3/PT1H"),
        (Place::Cycle, "cycle(0, duration(\"PT1H\"))", "R0/PT1H"),
    ] {
        let source = format!("={}", computed.replace('"', "&quot;"));
        let mut m = Machine::new();
        m.deploy(&whole(&process(place, &source))).unwrap();
        m.start("{}");
        let is_time = m.incidents().is_empty();
        assert_eq!(is_time, at_deployment(place, text).is_ok(), "{computed}");
    }
}

/// A version that was less strict may have stored it, and its cases go on.
#[test]
fn a_stored_diagram_with_a_time_that_is_none_is_still_compiled() {
    let xml = whole(&process(Place::TimeToLive, "soon"));
    assert!(compile("p.bpmn", &xml).is_err());
    assert!(compile_one(xml.as_bytes(), "p").is_some());
}

#[test]
fn a_date_of_a_task_that_names_no_zone_is_warned_of() {
    for (text, is_warned) in [
        ("2030-03-28T08:00:00", true),
        ("2030-03-28T08:00", true),
        ("2030-03-28T08:00:00Z", false),
        ("2030-03-28T08:00:00+03:30", false),
        ("2030-03-28T08:00@Asia/Tehran", false),
        ("=at", false),
    ] {
        let resource = compile("p.bpmn", &whole(&process(Place::DueDate, text)));
        let Ok(Resource::Bpmn { warnings, .. }) = resource else {
            panic!("{text}");
        };
        let found = warnings
            .iter()
            .find(|found| found.code == "date-without-zone");
        assert_eq!(found.is_some(), is_warned, "{text}: {warnings:?}");
        if let Some(found) = found {
            assert_eq!(found.element_id.as_deref(), Some("e"));
            assert!(found.message.contains("read as UTC"), "{}", found.message);
        }
    }
}
