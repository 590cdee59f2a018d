//! Events that wait for a time or a signal: in the flow, on boundaries, after event-based
//! gateways, in event subprocesses, and as the start of a process.

use gardesh_engine::command::{BroadcastSignal, CompleteJob, ThrowJobError};

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

/// An event definition with a timer.
fn timer(kind: &str, text: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )
}

fn signal() -> String {
    r#"<bpmn:signalEventDefinition signalRef="alarm" />"#.into()
}

fn event(tag: &str, id: &str, attributes: &str, definition: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}" {attributes}>{definition}</bpmn:{tag}>"#)
}

fn send(m: &mut Machine, variables: &str) {
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json(variables),
    })
    .unwrap();
}

#[test]
fn a_timer_waits_for_its_time_and_fires_once() {
    for (kind, text) in [
        ("timeDuration", "PT1H"),
        ("timeDuration", "=duration(&quot;PT1H&quot;)"),
        ("timeDate", "=now() + duration(&quot;PT1H&quot;)"),
        ("timeDate", "1970-01-01T01:16:40Z"),
    ] {
        let body = start_and_end()
            + &event("intermediateCatchEvent", "wait", "", &timer(kind, text))
            + &flows(&["start>wait", "wait>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.tick(HOUR_MS - 1);
        assert!(m.is_running(case), "{text}");
        m.tick(1);
        assert_eq!(m.trail(), "+start +wait +end +p", "{text}");
        assert_eq!(m.engine.next_due(), None, "{text}");
    }
}

#[test]
fn a_date_that_is_over_is_due_at_once_and_one_beyond_the_calendar_never() {
    for (text, comes) in [
        ("1969-12-31T23:59:59Z", true),
        ("=date and time(&quot;0001-01-01T00:00:00Z&quot;)", true),
        (
            "=date and time(&quot;-999999999-01-01T00:00:00Z&quot;)",
            true,
        ),
        (
            "=&quot;1969-12-31T23:59:59+01:00[Europe/Berlin]&quot;",
            true,
        ),
        ("9999-12-31T23:59:59Z", false),
        (
            "=date and time(&quot;999999999-12-31T23:59:59Z&quot;)",
            false,
        ),
    ] {
        let body = start_and_end()
            + &event(
                "intermediateCatchEvent",
                "wait",
                "",
                &timer("timeDate", text),
            )
            + &flows(&["start>wait", "wait>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        assert_eq!(m.incidents(), [], "{text}");
        m.tick(if comes { 0 } else { 1_000 * 365 * 24 * HOUR_MS });
        assert_eq!(m.is_running(case), !comes, "{text}");
    }
}

#[test]
fn a_monthly_timer_comes_at_the_end_of_each_month() {
    let started = "R/2026-01-31T00:00:00Z/P1M";
    let spelled = format!("=&quot;{started}&quot;");
    for text in [started, &spelled] {
        let body = start_and_end()
            + &event("startEvent", "monthly", "", &timer("timeCycle", text))
            + &flows(&["start>end", "monthly>end"]);
        let mut m = Machine::with(&body);
        let mut dates = Vec::new();
        for _ in 0..4 {
            let due_ms = m.engine.next_due().expect("another time").0;
            dates.push(due_ms / (24 * HOUR_MS));
            m.tick(due_ms - m.now_ms);
        }
        // Days since 1970 of 31 January, 28 February, 31 March and 30 April 2026.
        assert_eq!(dates, [20_484, 20_512, 20_543, 20_573], "{text}");
        assert_eq!(m.trail().matches("+monthly").count(), 4, "{text}");
    }
}

#[test]
fn a_boundary_timer_interrupts_the_task_or_runs_beside_it() {
    for (attributes, expected) in [
        ("attachedToRef=\"a\"", "+start -a +late +end +p"),
        (
            "attachedToRef=\"a\" cancelActivity=\"false\"",
            "+start +late +end +a +end +p",
        ),
    ] {
        let body = start_and_end()
            + &service("a", "")
            + &event(
                "boundaryEvent",
                "late",
                attributes,
                &timer("timeDuration", "PT1H"),
            )
            + &flows(&["start>a", "a>end", "late>end"]);
        let mut m = Machine::with(&body);
        m.start("{}");
        m.tick(HOUR_MS);
        for job in m.activate("a") {
            m.run(CompleteJob {
                job: job.key,
                attempt: None,
                variables: json("{}"),
                result: None,
            })
            .unwrap();
        }
        assert_eq!(m.trail(), expected);
        assert_eq!(m.engine.next_due(), None);
    }
}

#[test]
fn a_boundary_cycle_fires_as_often_as_it_says() {
    let body = start_and_end()
        + &service("a", "")
        + &event(
            "boundaryEvent",
            "remind",
            "attachedToRef=\"a\" cancelActivity=\"false\"",
            &timer("timeCycle", "R3/PT1H"),
        )
        + &flows(&["start>a", "a>end", "remind>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.tick(HOUR_MS);
    assert_eq!(m.trail(), "+start +remind +end");
    m.tick(10 * HOUR_MS);
    m.tick(0);
    assert_eq!(m.trail(), "+start +remind +end +remind +end +remind +end");
    m.do_job("a", "{}");
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn cron_steps_from_a_number_to_the_highest() {
    let body = start_and_end()
        + &event(
            "startEvent",
            "often",
            "",
            &timer("timeCycle", "0 5/25 * * * *"),
        )
        + &flows(&["start>end", "often>end"]);
    let mut m = Machine::with(&body);
    m.trail();
    // Journal time begins at 00:16:40.
    m.tick(HOUR_MS);
    m.tick(HOUR_MS / 2);
    assert_eq!(m.trail(), "+often +end +p +often +end +p");
}

#[test]
fn a_time_that_cannot_be_read_is_found_in_the_diagram() {
    let boundary = r#"attachedToRef="a" cancelActivity="false""#;
    for (tag, attributes, kind, text, part) in [
        ("startEvent", "", "timeCycle", "0 0 25 * * *", "as hours)"),
        ("startEvent", "", "timeCycle", "0 0 9 L-3 * *", "last day"),
        ("boundaryEvent", boundary, "timeCycle", "R0/PT1H", "a cycle"),
        ("boundaryEvent", boundary, "timeDate", "tomorrow", "a date"),
        (
            "startEvent",
            "",
            "timeDate",
            "2030-01-31T08:00:00[Nowhere/Town]",
            "a date",
        ),
        (
            "boundaryEvent",
            boundary,
            "timeDuration",
            "1 hour",
            "a duration",
        ),
        (
            "boundaryEvent",
            boundary,
            "timeDuration",
            "P1H",
            "a duration",
        ),
        (
            "boundaryEvent",
            boundary,
            "timeDate",
            "2030-02-30T08:00:00Z",
            "a date",
        ),
    ] {
        let body = start_and_end()
            + &service("a", "")
            + &event(tag, "bad", attributes, &timer(kind, text))
            + &flows(&["start>a", "a>end", "bad>end"]);
        let found = Machine::new().deploy(&diagram(&body)).unwrap_err();
        let [found] = found.as_slice() else {
            panic!("{text}: {found:?}");
        };
        assert_eq!(found.element_id.as_deref(), Some("bad"), "{text}");
        assert!(found.line > 1 && found.message.contains(part), "{found}");
    }
}

#[test]
fn a_signal_reaches_all_that_wait_and_brings_variables() {
    let body = start_and_end()
        + &event("intermediateCatchEvent", "wait", "", &signal())
        + &flows(&["start>wait", "wait>end"]);
    let mut m = Machine::with(&body);
    let cases: Vec<_> = (0..250).map(|_| m.start("{}")).collect();
    send(&mut m, r#"{"level": 2}"#);
    let late = m.start("{}");
    for _ in 0..3 {
        m.tick(0);
    }
    for case in cases {
        assert!(!m.is_running(case));
    }
    assert!(m.is_running(late), "it began to wait after the signal");
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn the_first_event_after_a_gateway_decides() {
    let body = start_and_end()
        + r#"<bpmn:eventBasedGateway id="race" /><bpmn:endEvent id="late" />"#
        + &event("intermediateCatchEvent", "alarmed", "", &signal())
        + &event(
            "intermediateCatchEvent",
            "waited",
            "",
            &timer("timeDuration", "PT1H"),
        )
        + &flows(&[
            "start>race",
            "race>alarmed",
            "race>waited",
            "alarmed>end",
            "waited>late",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    send(&mut m, "{}");
    assert_eq!(m.trail(), "+start +race +alarmed +end +p");
    assert_eq!(m.engine.next_due(), None);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.tick(HOUR_MS);
    assert_eq!(m.trail(), "+start +race +waited +late +p");
}

#[test]
fn an_event_subprocess_interrupts_the_scope_or_runs_in_it() {
    for (interrupting, expected) in [
        ("true", "+start -a +alarmed +handle +handled +on_alarm +p"),
        ("false", "+start +alarmed +handle +handled +on_alarm"),
    ] {
        let inner = event(
            "startEvent",
            "alarmed",
            &format!("isInterrupting=\"{interrupting}\""),
            &signal(),
        ) + &service("handle", "")
            + r#"<bpmn:endEvent id="handled" />"#
            + &flows(&["alarmed>handle", "handle>handled"]);
        let body = start_and_end()
            + &service("a", "")
            + &event(
                "subProcess",
                "on_alarm",
                "triggeredByEvent=\"true\"",
                &inner,
            )
            + &flows(&["start>a", "a>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        send(&mut m, r#"{"level": 2}"#);
        m.do_job("handle", "{}");
        assert_eq!(m.trail(), expected);
        if m.is_running(case) {
            assert_eq!(m.variables(case), r#"{"level":2}"#);
            m.do_job("a", "{}");
        }
        assert!(!m.is_running(case));
    }
}

#[test]
fn an_error_is_caught_by_an_event_subprocess_of_the_scope() {
    let inner = event(
        "startEvent",
        "failed",
        "",
        r#"<bpmn:errorEventDefinition errorRef="rejected" />"#,
    ) + r#"<bpmn:endEvent id="told" />"#
        + &flows(&["failed>told"]);
    let body = start_and_end()
        + &service("a", "")
        + &event(
            "subProcess",
            "on_error",
            "triggeredByEvent=\"true\"",
            &inner,
        )
        + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    let job = m.activate("a")[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json(r#"{"why": "late"}"#),
    })
    .unwrap();
    assert_eq!(m.trail(), "+start -a +failed +told +on_error +p");
}

#[test]
fn a_start_event_with_a_signal_or_a_timer_starts_the_latest_version_only() {
    let body = |end: &str| {
        event("startEvent", "start", "", &signal())
            + &event("startEvent", "daily", "", &timer("timeCycle", "R/PT24H"))
            + &format!(r#"<bpmn:endEvent id="{end}" />"#)
            + &flows(&[&format!("start>{end}"), &format!("daily>{end}")])
    };
    let mut m = Machine::with(&body("one"));
    m.deploy(&diagram(&body("two"))).unwrap();
    send(&mut m, "{}");
    assert_eq!(m.trail(), "+start +two +p");
    m.tick(24 * HOUR_MS);
    assert_eq!(m.trail(), "+start +two +p +daily +two +p");
    m.tick(10 * 24 * HOUR_MS);
    m.tick(0);
    assert_eq!(m.trail(), "+start +two +p +daily +two +p +daily +two +p");
}

#[test]
fn a_thrown_signal_is_heard_in_the_same_case() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />"#
        + &event("intermediateCatchEvent", "hear", "", &signal())
        + &event("intermediateThrowEvent", "call", "", &signal())
        + &service("a", "")
        + &flows(&[
            "start>fork",
            "fork>hear",
            "fork>a",
            "a>call",
            "call>end",
            "hear>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +fork +a +call +hear +end +end +p");
}

#[test]
fn what_is_interrupted_does_not_go_on_by_what_happened_with_it() {
    let hear = event("intermediateCatchEvent", "hear", "", &signal());
    let handle = |start: &str| {
        event("startEvent", "alarmed", start, &signal())
            + &service("handle", "")
            + &flows(&["alarmed>handle"])
    };
    // The same signal interrupts a scope and reaches an event inside it, before and after.
    let boundary = start_and_end()
        + &event(
            "subProcess",
            "sub",
            "",
            &(r#"<bpmn:startEvent id="in" />"#.to_owned()
                + &hear
                + &service("never", "")
                + &flows(&["in>hear", "hear>never"])),
        )
        + &event("boundaryEvent", "out", "attachedToRef=\"sub\"", &signal())
        + &flows(&["start>sub", "sub>end", "out>end"]);
    let subprocess = start_and_end()
        + &hear
        + &service("never", "")
        + &event("subProcess", "on", "triggeredByEvent=\"true\"", &handle(""))
        + &flows(&["start>hear", "hear>never", "never>end"]);
    for body in [boundary, subprocess] {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        send(&mut m, "{}");
        assert_eq!(m.activate("never").len(), 0, "{body}");
        m.do_jobs("handle");
        assert!(!m.is_running(case), "{body}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn an_interrupting_event_subprocess_leaves_the_boundary_of_its_scope() {
    let inner = start_at("begin")
        + &service("a", "")
        + &event(
            "subProcess",
            "on_alarm",
            "triggeredByEvent=\"true\"",
            &(event("startEvent", "alarmed", "", &signal())
                + &service("handle", "")
                + &flows(&["alarmed>handle"])),
        )
        + &flows(&["begin>a"]);
    let body = start_and_end()
        + &event("subProcess", "inside", "", &inner)
        + &event(
            "boundaryEvent",
            "late",
            "attachedToRef=\"inside\"",
            &timer("timeDuration", "PT1H"),
        )
        + &flows(&["start>inside", "inside>end", "late>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    send(&mut m, "{}");
    m.tick(HOUR_MS);
    assert_eq!(
        m.trail(),
        "+start +begin -a +alarmed -handle -on_alarm -inside +late +end +p"
    );
}

fn start_at(id: &str) -> String {
    format!(r#"<bpmn:startEvent id="{id}" />"#)
}
