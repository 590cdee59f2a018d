//! Inclusive gateways: which ways they take, for whom they wait, and that nobody waits at
//! them for ever. And gateways that join and fork at once.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, ResolveIncident, SetVariables, ThrowJobError,
};
use gardesh_engine::entities::incident::IncidentKind;
use proptest::prelude::*;

use crate::support::*;

fn gateway(kind: &str, id: &str, attributes: &str) -> String {
    format!(r#"<bpmn:{kind}Gateway id="{id}" {attributes} />"#)
}

fn end(id: &str) -> String {
    format!(r#"<bpmn:endEvent id="{id}" />"#)
}

/// Throws an error from the one job of a type.
fn fail(m: &mut Machine, job_type: &str) {
    let job = m.activate(job_type)[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
}

/// A boundary event for the error of a task, as the source of a flow.
fn on_error(id: &str, task: &str) -> String {
    format!(
        r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{task}"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
    )
}

/// `start`, an inclusive fork to the tasks `a`, `b` and `c`, an inclusive join, `end`.
fn fork_and_join(attributes: &str) -> String {
    start_and_end()
        + &gateway("inclusive", "fork", attributes)
        + &gateway("inclusive", "join", "")
        + &service("a", "")
        + &service("b", "")
        + &service("c", "")
        + &flows(&[
            "start>fork",
            r#"fork>a?list contains(ways, "a")"#,
            r#"fork>b?list contains(ways, "b")"#,
            r#"fork>c?list contains(ways, "c")"#,
            "a>join",
            "b>join",
            "c>join",
            "join>end",
        ])
}

#[test]
fn the_join_waits_for_exactly_the_ways_that_the_fork_took() {
    let body = fork_and_join("");
    for ways in ["a", "c", "ab", "bc", "ca", "abc", "cba"] {
        let mut m = Machine::with(&body);
        let list: Vec<_> = ways.chars().map(|way| format!("\"{way}\"")).collect();
        let case = m.start(&format!(r#"{{"ways": [{}]}}"#, list.join(",")));
        let mut trail = "+start +fork".to_owned();
        for way in ways.chars() {
            assert!(m.is_running(case));
            assert_eq!(m.trail(), trail, "{ways}");
            m.do_job(&way.to_string(), "{}");
            trail += &format!(" +{way}");
        }
        assert_eq!(m.trail(), trail + " +join +end +p", "{ways}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn without_a_condition_that_holds_the_default_is_taken_or_there_is_an_incident() {
    let mut m = Machine::with(&fork_and_join(r#"default="fork_b""#).replace(
        r#"sourceRef="fork" targetRef="b"><bpmn:conditionExpression>=list contains(ways, "b")</bpmn:conditionExpression>"#,
        r#"sourceRef="fork" targetRef="b">"#,
    ));
    m.start(r#"{"ways": []}"#);
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +fork +b +join +end +p");

    let mut m = Machine::with(&fork_and_join(""));
    let case = m.start(r#"{"ways": []}"#);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ConditionError);
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"ways": ["c"]}"#),
        local: false,
    })
    .unwrap();
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    m.do_job("c", "{}");
    assert_eq!(m.trail(), "+start +fork +c +join +end +p");
}

#[test]
fn a_way_that_goes_elsewhere_or_ends_lets_the_join_go_on() {
    let common = start_and_end()
        + &gateway("parallel", "fork", "")
        + &gateway("inclusive", "join", "")
        + &end("elsewhere")
        + &service("a", "")
        + &service("b", "");
    let both = ["start>fork", "fork>a", "fork>b", "a>join", "join>end"];
    let parts: [(&str, String, Vec<&str>, &str); 3] = [
        (
            "an exclusive gateway chooses another way",
            gateway("exclusive", "x", r#"default="x_elsewhere""#),
            vec!["b>x", "x>join?again", "x>elsewhere"],
            "+b +x +elsewhere",
        ),
        (
            "the task is interrupted",
            on_error("caught", "b"),
            vec!["b>join", "caught>elsewhere"],
            "-b +caught +elsewhere",
        ),
        (
            "the way ends in a subprocess that never leads there",
            r#"<bpmn:subProcess id="s"><bpmn:startEvent id="s1" /><bpmn:endEvent id="s2" />"#
                .to_owned()
                + &flows(&["s1>s2"])
                + "</bpmn:subProcess>"
                + &on_error("caught", "s"),
            vec!["b>s", "s>elsewhere", "caught>join"],
            "+b +s1 +s2 +s +elsewhere",
        ),
    ];
    for (name, part, more, trail) in parts {
        let all: Vec<_> = both.iter().copied().chain(more).collect();
        let mut m = Machine::with(&(common.clone() + &part + &flows(&all)));
        let case = m.start(r#"{"again": false}"#);
        m.do_job("a", "{}");
        assert_eq!(m.trail(), "+start +fork +a", "{name}: it waits");
        if trail.starts_with('-') {
            fail(&mut m, "b");
        } else {
            m.do_job("b", "{}");
        }
        assert!(!m.is_running(case), "{name}");
        // The join goes on beside what the other way still does.
        let expected = format!("+start +fork +a {trail} +join +end +p");
        assert_eq!(sorted(&m.trail()), sorted(&expected), "{name}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_way_over_a_boundary_event_and_a_later_parallel_join_is_waited_for() {
    // `b` leads to the join only when it fails; `c` and `e` only through a parallel join.
    let body = start_and_end()
        + &gateway("parallel", "fork", "")
        + &gateway("parallel", "both", "")
        + &gateway("inclusive", "join", "")
        + &end("elsewhere")
        + &on_error("caught", "b")
        + &["a", "b", "c", "e"].map(|id| service(id, "")).concat()
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "fork>c",
            "fork>e",
            "a>join",
            "b>elsewhere",
            "caught>join",
            "c>both",
            "e>both",
            "both>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    for (job, trail) in [
        ("a", "+start +fork +a"),
        ("c", "+start +fork +a +c"),
        ("e", "+start +fork +a +c +e +both"),
    ] {
        m.do_job(job, "{}");
        assert_eq!(m.trail(), trail);
    }
    fail(&mut m, "b");
    assert_eq!(
        m.trail(),
        "+start +fork +a +c +e +both -b +caught +join +end +p"
    );
}

#[test]
fn a_loop_through_the_join_enters_it_each_time() {
    let body = start_and_end()
        + &gateway("inclusive", "join", "")
        + &gateway("exclusive", "x", r#"default="x_end""#)
        + &service("a", "")
        + &flows(&["start>join", "join>a", "a>x", "x>join?again", "x>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", r#"{"again": true}"#);
    m.do_job("a", r#"{"again": false}"#);
    assert_eq!(m.trail(), "+start +join +a +x +join +a +x +end +p");
}

#[test]
fn a_token_more_on_the_same_way_goes_on_alone() {
    // Both `a` and `b` arrive by one flow, and `c` by the other.
    let body = start_and_end()
        + &gateway("parallel", "fork", "")
        + &gateway("exclusive", "merge", "")
        + &gateway("inclusive", "join", "")
        + &["a", "b", "c"].map(|id| service(id, "")).concat()
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "fork>c",
            "a>merge",
            "b>merge",
            "merge>join",
            "c>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +fork +a +merge +b +merge");
    m.do_job("c", "{}");
    assert_eq!(
        m.trail(),
        "+start +fork +a +merge +b +merge +c +join +join +end +end +p"
    );
}

#[test]
fn joins_that_wait_only_for_each_other_go_on() {
    // Each of the joins `j` and `k` leads, by an exclusive gateway, to the other one.
    let body = start_and_end()
        + &gateway("parallel", "fork", "")
        + &gateway("inclusive", "j", "")
        + &gateway("inclusive", "k", "")
        + &gateway("exclusive", "x", r#"default="x_end""#)
        + &gateway("exclusive", "y", r#"default="y_end""#)
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>j",
            "b>k",
            "j>x",
            "k>y",
            "x>k?never",
            "y>j?never",
            "x>end",
            "y>end",
        ]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"never": false}"#);
    m.do_job("a", "{}");
    assert!(m.is_running(case));
    m.do_job("b", "{}");
    assert_eq!(m.trail(), "+start +fork +a +b +j +x +end +k +y +end +p");
}

#[test]
fn what_waits_at_a_join_ends_with_its_scope() {
    let body = start_and_end()
        + &gateway("parallel", "fork", "")
        + &gateway("inclusive", "join", "")
        + r#"<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition /></bpmn:endEvent>"#
        + &on_error("caught", "b")
        + &service("a", "")
        + &service("b", "")
        + &service("c", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "fork>c",
            "a>join",
            "c>join",
            "b>join",
            "caught>stop",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    fail(&mut m, "b");
    assert_eq!(m.trail(), "+start +fork +a -b +caught +stop -c +p");
    assert_eq!(leftovers(&m), Vec::<&str>::new());

    let mut m = Machine::with(&body);
    let case = m.start("{}");
    m.do_job("a", "{}");
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(m.trail(), "+start +fork +a -b -c -p");
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_gateway_with_several_flows_in_and_out_joins_first_and_forks_then() {
    for (kind, out, expected) in [
        ("parallel", ["m>c", "m>e"], "+start +fork +a +b +m +c +e"),
        (
            "inclusive",
            ["m>c?true", "m>e?false"],
            "+start +fork +a +b +m +c",
        ),
        (
            "exclusive",
            ["m>c?true", "m>e?true"],
            "+start +fork +a +m +b +m +c +c",
        ),
    ] {
        let body = start_and_end()
            + &gateway("parallel", "fork", "")
            + &gateway(kind, "m", "")
            + &["a", "b", "c", "e"].map(|id| service(id, "")).concat()
            + &flows(&["start>fork", "fork>a", "fork>b", "a>m", "b>m"])
            + &flows(&out)
            + &flows(&["c>end", "e>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.do_job("a", "{}");
        m.do_job("b", "{}");
        for job_type in ["c", "e"] {
            for job in m.activate(job_type) {
                m.run(CompleteJob {
                    job: job.key,
                    attempt: None,
                    variables: json("{}"),
                    result: None,
                })
                .unwrap();
            }
        }
        let trail = m.trail().replace(" +end", "").replace(" +p", "");
        assert_eq!(trail, expected, "{kind}");
        assert!(!m.is_running(case), "{kind}");
    }
}

#[test]
fn too_many_inclusive_joins_in_too_large_a_process_are_refused() {
    let joins = 3_000;
    let mut body = start_and_end() + &gateway("parallel", "g0", "") + &flows(&["start>g0"]);
    for i in 1..=joins {
        let before = i - 1;
        body += &gateway("inclusive", &format!("g{i}"), "");
        // Two flows from the gateway before, which must not have the same id.
        body += &flows(&[&format!("g{before}>g{i}?true")]);
        body += &flows(&[&format!("g{before}>g{i}?true")]).replacen("id=\"g", "id=\"h", 1);
    }
    body = body.replacen("<bpmn:parallelGateway", "<bpmn:inclusiveGateway", 1);
    body += &flows(&[&format!("g{joins}>end")]);
    let problems = Machine::new().deploy(&diagram(&body)).unwrap_err();
    assert_eq!(problems[0].code, "too-many-inclusive-joins");
}

/// A random way through tasks and gateways that only leads forward: for each element its
/// kind, the elements that it leads to, and which of those ways are taken.
fn drawing() -> impl Strategy<Value = Vec<(u8, Vec<(usize, bool)>)>> {
    let ways = prop::collection::vec((1..4_usize, any::<bool>()), 1..4);
    prop::collection::vec((0..3_u8, ways), 3..10)
}

/// The diagram of a [`drawing`]; `t0` and so on are its elements.
fn draw(elements: &[(u8, Vec<(usize, bool)>)]) -> String {
    let mut body = start_and_end() + &flows(&["start>t0"]);
    for (i, (kind, ways)) in elements.iter().enumerate() {
        let mut targets: Vec<(String, bool)> = Vec::new();
        for (ahead, taken) in ways {
            let target = match i + ahead {
                last if last >= elements.len() => "end".to_owned(),
                next => format!("t{next}"),
            };
            if targets.iter().all(|(known, _)| *known != target) {
                targets.push((target, *taken));
            }
        }
        let id = format!("t{i}");
        let default = format!(r#"default="{id}_{}""#, targets[0].0);
        body += &match kind {
            0 => service(&id, ""),
            1 => gateway("inclusive", &id, &default),
            _ => gateway("exclusive", &id, &default),
        };
        for (at, (target, taken)) in targets.iter().enumerate() {
            let condition = match (kind, at) {
                (0, _) | (_, 0) => String::new(),
                _ => format!("?{taken}"),
            };
            body += &flows(&[&format!("{id}>{target}{condition}")]);
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_case_without_loops_always_ends(elements in drawing(), order in any::<u64>()) {
        let mut m = Machine::with(&draw(&elements));
        let case = m.start("{}");
        let mut order = order;
        for _ in 0..2_000 {
            let mut open = Vec::new();
            for i in 0..elements.len() {
                open.extend(m.activate(&format!("t{i}")).into_iter().map(|job| job.key));
            }
            if open.is_empty() {
                break;
            }
            while !open.is_empty() {
                order = order.rotate_left(7) ^ 0x9E37_79B9_7F4A_7C15;
                let job = open.swap_remove(order as usize % open.len());
                m.run(CompleteJob { job, attempt: None, variables: json("{}"), result: None }).unwrap();
            }
        }
        prop_assert!(!m.is_running(case), "{}", m.trail());
        prop_assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}
