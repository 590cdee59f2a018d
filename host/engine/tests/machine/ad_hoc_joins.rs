//! Joins in ad-hoc subprocesses: the tokens of different paths never meet, which is told at
//! deployment and, where a path waits in vain, by an incident.

use gardesh_engine::command::{CompleteJob, ResolveIncident, Resource};
use gardesh_engine::definition::compile;
use gardesh_engine::operation::*;

use crate::modify::*;
use crate::support::*;

fn gateway(kind: &str, id: &str) -> String {
    format!(r#"<bpmn:{kind}Gateway id="{id}" />"#)
}

/// An ad-hoc subprocess that enters some elements.
fn process(chosen: &str, inner: &str) -> String {
    let ids: Vec<String> = chosen
        .split(' ')
        .map(|id| format!("&quot;{id}&quot;"))
        .collect();
    start_and_end()
        + &format!(
            r#"<bpmn:adHocSubProcess id="h"><bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=[{}]" /></bpmn:extensionElements>{inner}</bpmn:adHocSubProcess>"#,
            ids.join(", ")
        )
        + &flows(&["start>h", "h>end"])
}

/// Two tasks, `a` and `b`, that lead to a join with `c` after it.
fn joined(kind: &str) -> String {
    service("a", "")
        + &service("b", "")
        + &service("c", "")
        + &gateway(kind, "j")
        + &flows(&["a>j", "b>j", "j>c"])
}

fn warnings(body: &str) -> Vec<String> {
    let Ok(Resource::Bpmn { warnings, .. }) = compile("p.bpmn", &diagram(body)) else {
        panic!("{body}");
    };
    let of_joins = warnings
        .iter()
        .filter(|found| found.code == "join-of-paths");
    of_joins
        .filter_map(|found| found.element_id.clone())
        .collect()
}

#[test]
fn a_join_that_no_choice_fills_is_warned_of() {
    let forked =
        service("a", "") + &gateway("parallel", "f") + &service("x", "") + &service("y", "");
    let fork = |kind: &str| {
        forked.clone() + &gateway(kind, "j") + &flows(&["a>f", "f>x", "f>y", "x>j", "y>j"])
    };
    let boundary = r#"<bpmn:boundaryEvent id="late" attachedToRef="a" cancelActivity="false"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"#;
    let inside = r#"<bpmn:subProcess id="s"><bpmn:startEvent id="begin" />"#.to_owned()
        + &gateway("parallel", "f")
        + &joined("parallel")
        + &flows(&["begin>f", "f>a", "f>b"])
        + "</bpmn:subProcess>";
    let table = [
        (joined("parallel"), vec!["j"]),
        (joined("inclusive"), vec!["j"]),
        (joined("exclusive"), vec![]),
        (fork("parallel"), vec![]),
        (fork("inclusive"), vec![]),
        // One more way, from another choice: the parallel one waits for that, too.
        (
            fork("parallel") + &service("b", "") + &flows(&["b>j"]),
            vec!["j"],
        ),
        (
            fork("inclusive") + &service("b", "") + &flows(&["b>j"]),
            vec![],
        ),
        // The task and the event on its boundary.
        (
            service("a", "") + boundary + &gateway("parallel", "j") + &flows(&["a>j", "late>j"]),
            vec![],
        ),
        (inside, vec![]),
    ];
    for (inner, expected) in table {
        assert_eq!(warnings(&process("a", &inner)), expected, "{inner}");
    }
    let in_process = start_and_end() + &joined("parallel") + &gateway("parallel", "f");
    let in_process = in_process + &flows(&["start>f", "f>a", "f>b", "c>end"]);
    assert_eq!(warnings(&in_process), Vec::<String>::new());
}

#[test]
fn a_path_that_waits_in_vain_is_an_incident_that_a_modification_mends() {
    let mut m = Machine::with(&process("a b", &joined("parallel")));
    let case = m.start("{}");
    m.do_job("a", "{}");
    let incidents = m.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].kind.name(), "UNSPECIFIED");
    for part in ["join 'j'", "subprocess 'h'", "modification"] {
        assert!(
            incidents[0].message.contains(part),
            "{}",
            incidents[0].message
        );
    }
    // Resolved without a mend, it is there again.
    let incident = incidents[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    assert_eq!(m.incidents().len(), 1);
    // What is missing is done in the same path.
    let path = m.incidents()[0].element_instance;
    let missing = Activation {
        ancestor: Ancestor::Given(path),
        ..before("b")
    };
    activate(&mut m, case, vec![missing]);
    let jobs = m.activate("b");
    assert_eq!(jobs.len(), 2);
    m.run(CompleteJob {
        job: jobs[1].key,
        attempt: None,
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    m.do_job("c", "{}");
    assert!(m.incidents().is_empty());
    // The other path waits in vain as well, and is ended.
    m.run(CompleteJob {
        job: jobs[0].key,
        attempt: None,
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    let path = m.incidents()[0].element_instance;
    let terminate = vec![Target::One(path)];
    modify(
        &mut m,
        case,
        Modification {
            terminate,
            ..Modification::default()
        },
    )
    .unwrap();
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn a_path_that_an_operator_begins_at_a_join_waits_in_vain_as_well() {
    let mut m = Machine::with(&process("a", &joined("parallel")));
    let case = m.start("{}");
    activate(&mut m, case, vec![after("a")]);
    assert_eq!(m.incidents().len(), 1);
}

#[test]
fn a_fork_and_a_join_in_one_path_meet_beside_other_paths() {
    let inner = service("a", "")
        + &gateway("parallel", "f")
        + &service("x", "")
        + &service("y", "")
        + &gateway("parallel", "j")
        + &service("c", "")
        + &flows(&["a>f", "f>x", "f>y", "x>j", "y>j", "j>c"]);
    let mut m = Machine::with(&process("a a", &inner));
    let case = m.start("{}");
    for job in ["a", "x", "y", "c"] {
        m.do_jobs(job);
    }
    assert!(!m.is_running(case));
    assert_eq!(m.trail().matches("+c").count(), 2);
    assert_nothing_is_left(&m);
}

#[test]
fn an_inclusive_join_lets_each_path_go_on() {
    let mut m = Machine::with(&process("a b", &joined("inclusive")));
    let case = m.start("{}");
    for job in ["a", "b", "c"] {
        m.do_jobs(job);
    }
    assert!(!m.is_running(case) && m.incidents().is_empty());
    assert_eq!(m.trail().matches("+c").count(), 2);
    assert_nothing_is_left(&m);
}

#[test]
fn a_path_that_waits_in_vain_ends_with_the_subprocess() {
    let inner = joined("parallel") + "<bpmn:completionCondition>=done</bpmn:completionCondition>";
    let inner = inner + &service("other", "");
    let mut m = Machine::with(&process("a other", &inner));
    let case = m.start(r#"{"done": true}"#);
    m.do_job("a", "{}");
    assert_eq!(m.incidents().len(), 1);
    m.do_job("other", "{}");
    assert!(!m.is_running(case) && m.incidents().is_empty());
    assert_nothing_is_left(&m);
}
