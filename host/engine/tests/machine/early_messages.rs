//! Messages that were published before the process is deployed that they start.

use gardesh_engine::command::{ResumeDefinition, SuspendDefinition};
use gardesh_engine::key::*;

use crate::messages::*;
use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

fn publish_n(m: &mut Machine, key: &'static str, n: &'static str) {
    let variables = n;
    publish(
        m,
        &Letter {
            key,
            variables,
            ..ORDER
        },
    )
    .unwrap();
}

/// Deploys the process that `order` starts, and lets the clock go on.
fn deploy_started(m: &mut Machine) -> ProcessDefinitionKey {
    let definition = deploy(m, &[("p", started())])[0];
    m.tick(0);
    definition
}

/// What the cases that messages started have as `n`, in the order of their start.
fn numbers(m: &Machine) -> Vec<String> {
    takers(m).iter().map(|case| m.variables(*case)).collect()
}

const ONE: &str = r#"{"n":1}"#;
const TWO: &str = r#"{"n":2}"#;
const THREE: &str = r#"{"n":3}"#;

#[test]
fn a_message_that_waits_starts_the_process_once_it_is_deployed() {
    for key in ["", "k"] {
        let mut m = Machine::new();
        publish_n(&mut m, key, ONE);
        deploy_started(&mut m);
        assert_eq!(numbers(&m), [ONE]);
        m.do_job("a", "{}");
        // A later version does not get it again.
        let newer = started() + &service("unused", "");
        deploy(&mut m, &[("p", newer)]);
        m.tick(0);
        assert_eq!(takers(&m).len(), 1);
        m.tick(HOUR_MS);
        // Only the start event waits on.
        assert_eq!(left_over(&m), ["subscriptions", "message_subscriptions"]);
    }
}

#[test]
fn those_of_a_key_start_one_case_after_the_other_in_the_order_of_publication() {
    let mut m = Machine::new();
    publish_n(&mut m, "k", ONE);
    publish_n(&mut m, "other", THREE);
    deploy(&mut m, &[("p", started())]);
    // The clock has not gone on yet, and still the first one comes first.
    publish_n(&mut m, "k", TWO);
    m.tick(0);
    assert_eq!(numbers(&m), [ONE, THREE]);
    m.do_jobs("a");
    let last = takers(&m)[2];
    assert_eq!(m.variables(last), TWO);
}

#[test]
fn without_a_key_all_that_wait_start_cases() {
    let mut m = Machine::new();
    for n in [ONE, TWO] {
        publish_n(&mut m, "", n);
    }
    deploy_started(&mut m);
    publish_n(&mut m, "", THREE);
    assert_eq!(numbers(&m), [ONE, TWO, THREE]);
}

#[test]
fn a_message_that_is_over_starts_nothing() {
    let mut m = Machine::new();
    for ttl_ms in [0, 5] {
        publish(&mut m, &Letter { ttl_ms, ..ORDER }).unwrap();
    }
    m.now_ms += 5;
    deploy_started(&mut m);
    assert_eq!(takers(&m), []);
    publish_n(&mut m, "k", TWO);
    assert_eq!(numbers(&m), [TWO]);
}

#[test]
fn the_oldest_comes_first_whichever_start_event_it_is_for() {
    let body = started() + &event("startEvent", "other", "", "ordered") + &flows(&["other>a"]);
    let mut m = Machine::new();
    for (name, variables) in [("ordered", ONE), ("order", TWO), ("ordered", THREE)] {
        let letter = Letter {
            name,
            key: "k",
            variables,
            ..ORDER
        };
        publish(&mut m, &letter).unwrap();
    }
    deploy(&mut m, &[("p", body)]);
    m.tick(0);
    for expected in [ONE, TWO, THREE] {
        let case = *takers(&m).last().unwrap();
        assert_eq!(m.variables(case), expected);
        m.do_job("a", "{}");
    }
    assert_eq!(takers(&m).len(), 3);
}

#[test]
fn each_process_that_is_deployed_has_its_turn() {
    let mut m = Machine::new();
    publish_n(&mut m, "k", ONE);
    deploy(&mut m, &[("p", started()), ("q", started())]);
    m.tick(0);
    assert_eq!(numbers(&m), [ONE, ONE]);
    deploy(&mut m, &[("r", started())]);
    m.tick(0);
    assert_eq!(numbers(&m), [ONE, ONE, ONE]);
}

#[test]
fn a_version_with_a_start_event_that_is_new_brings_what_waits_for_it() {
    let mut m = machine_without_start();
    publish_n(&mut m, "k", ONE);
    m.tick(0);
    assert_eq!(takers(&m), []);
    deploy_started(&mut m);
    assert_eq!(numbers(&m), [ONE]);
}

fn machine_without_start() -> Machine {
    let mut m = Machine::new();
    let body = start_and_end() + &flows(&["start>end"]);
    deploy(&mut m, &[("p", body)]);
    m
}

#[test]
fn a_suspended_definition_is_passed_by_for_the_version_after_it() {
    for key in ["", "k"] {
        let mut m = Machine::new();
        let definition = deploy_started(&mut m);
        m.run(SuspendDefinition { definition }).unwrap();
        publish_n(&mut m, key, ONE);
        m.tick(0);
        assert_eq!(takers(&m), []);
        deploy(&mut m, &[("p", started() + &service("unused", ""))]);
        m.tick(0);
        assert_eq!(numbers(&m), [ONE]);
        m.run(ResumeDefinition { definition }).unwrap();
        m.tick(0);
        assert_eq!(takers(&m).len(), 1);
    }
}

#[test]
fn very_many_that_wait_start_their_cases_over_several_commands() {
    let mut m = Machine::new();
    for _ in 0..250 {
        publish_n(&mut m, "", ONE);
    }
    deploy(&mut m, &[("p", started())]);
    let mut so_far = 0;
    while takers(&m).len() < 250 {
        m.tick(0);
        let now = takers(&m).len();
        assert!(now > so_far && now - so_far <= 100, "{so_far} then {now}");
        so_far = now;
    }
}
