//! Triggers, invitations and answers inside the state machine.

use std::collections::BTreeMap;

use gardesh_engine::command::{RecordDecisions, RecordResponse, RegisterComponent, SaveSurvey};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::experience::{Invitation, SurveyAnswer};
use gardesh_engine::entities::trigger::{Decision, EventType, Subscription};
use gardesh_engine::event::{Event, ExperienceEvent, ProcessInstanceEvent, TriggerEvent};
use gardesh_engine::key::*;

use crate::support::*;

const SURVEY: &str = r#"{"id": "s", "title": {"en": "How was it?"}, "questions": [
    {"id": "recommend", "type": "nps", "title": {"en": "Recommend?"}, "required": true}]}"#;

fn trigger() -> ComponentRow {
    let subscription = Subscription {
        event_type: EventType::InstanceCompleted,
        process_id: Some("p".into()),
        element_id: None,
    };
    ComponentRow {
        name: "t".into(),
        version: "1.0.0".into(),
        title: "t".into(),
        digest: "d1".into(),
        role: ComponentRole::Trigger(vec![subscription]),
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    }
}

/// A machine in which one case has completed, and the firing that came of it.
pub fn completed_case() -> (Machine, FiringKey) {
    let mut m = Machine::with(&(start_and_end() + &flows(&["start>end"])));
    m.run(SaveSurvey {
        document: SURVEY.into(),
    })
    .unwrap();
    m.run(RegisterComponent {
        component: Box::new(trigger()),
        replace: false,
    })
    .unwrap();
    m.start(r#"{"customer": {"id": "c-1", "language": "fa"}}"#);
    let firings: Vec<_> = m
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::InvokeTrigger { firing } => Some(*firing),
            _ => None,
        })
        .collect();
    assert_eq!(firings.len(), 1);
    let firing = firings[0];
    (m, firing)
}

fn ask(survey: &str, delay_ms: u64) -> Decision {
    Decision::Ask {
        survey: survey.into(),
        channel: "link".into(),
        delay_ms,
        reason: "r".into(),
    }
}

fn decided(m: &Machine) -> Vec<Decision> {
    let found = m.events().filter_map(|event| match event {
        Event::Trigger(TriggerEvent::Decided { decisions, .. }) => Some(decisions.clone()),
        _ => None,
    });
    found.last().unwrap()
}

fn invitations(m: &Machine) -> Vec<Invitation> {
    let found = m.events().filter_map(|event| match event {
        Event::Experience(ExperienceEvent::InvitationCreated { invitation }) => {
            Some((**invitation).clone())
        }
        _ => None,
    });
    found.collect()
}

fn answer(
    m: &mut Machine,
    token: &str,
    score: u8,
) -> Result<ResponseKey, gardesh_engine::rejection::Rejection> {
    let answers = BTreeMap::from([("recommend".to_owned(), SurveyAnswer::Score(score))]);
    m.run(RecordResponse {
        token: token.into(),
        language: Some("fa".into()),
        answers,
    })
}

#[test]
fn a_case_is_asked_once_and_answered_once() {
    let (mut m, firing) = completed_case();
    m.run(RecordDecisions {
        firing,
        outcome: Ok(vec![ask("s", 0), ask("s", 0)]),
    })
    .unwrap();
    assert!(
        matches!(&decided(&m)[1], Decision::Nothing { code, .. } if &**code == "already-asked")
    );
    let invitations = invitations(&m);
    assert_eq!(invitations.len(), 1);
    assert_eq!(invitations[0].token.len(), 64, "256 bits in hexadecimal");
    assert_eq!(invitations[0].language.as_deref(), Some("fa"));
    // The trigger's outcome arrives a second time, as after a crash.
    assert!(
        m.run(RecordDecisions {
            firing,
            outcome: Ok(vec![ask("s", 0)])
        })
        .is_err()
    );

    assert!(answer(&mut m, "0000", 9).is_err());
    assert!(
        answer(&mut m, &invitations[0].token, 11).is_err(),
        "past the scale"
    );
    assert!(answer(&mut m, &invitations[0].token, 9).is_ok());
    assert!(answer(&mut m, &invitations[0].token, 9).is_err());
    let responses = m
        .events()
        .filter(|event| {
            matches!(
                event,
                Event::Experience(ExperienceEvent::ResponseRecorded { .. })
            )
        })
        .count();
    assert_eq!(responses, 1);
}

#[test]
fn every_firing_ends_in_a_recorded_decision() {
    let cases: Vec<(Result<Vec<Decision>, String>, &str)> = vec![
        (Ok(vec![]), "no-decision"),
        (Ok(vec![ask("other", 0)]), "survey-missing"),
        (Ok(vec![ask("s", u64::MAX)]), "delay-too-long"),
        (
            Ok(vec![Decision::Ask {
                survey: "s".into(),
                channel: "pigeon".into(),
                delay_ms: 0,
                reason: "".into(),
            }]),
            "channel-unknown",
        ),
        (
            Ok(vec![Decision::StartProcess {
                process: "q".into(),
                variables: json("{}"),
                reason: "".into(),
            }]),
            "process-missing",
        ),
        (Ok(vec![ask("s", 0); 100]), "too-many-decisions"),
        (Err("it trapped".into()), "trigger-failed"),
    ];
    for (outcome, expected) in cases {
        let (mut m, firing) = completed_case();
        m.run(RecordDecisions { firing, outcome }).unwrap();
        let decided = decided(&m);
        assert!(
            matches!(&decided[0], Decision::Nothing { code, .. } if &**code == expected),
            "{expected}: {decided:?}"
        );
        assert!(invitations(&m).is_empty());
    }
}

#[test]
fn an_invitation_opens_when_its_delay_is_over() {
    let (mut m, firing) = completed_case();
    m.run(RecordDecisions {
        firing,
        outcome: Ok(vec![ask("s", 5_000)]),
    })
    .unwrap();
    let token = invitations(&m)[0].token.clone();
    m.tick(4_999);
    assert!(answer(&mut m, &token, 9).is_err(), "too early");
    assert!(!m.events().any(|event| matches!(
        event,
        Event::Experience(ExperienceEvent::InvitationDue { .. })
    )));
    m.tick(1);
    assert!(m.events().any(|event| matches!(
        event,
        Event::Experience(ExperienceEvent::InvitationDue { .. })
    )));
    assert!(answer(&mut m, &token, 9).is_ok());
}

#[test]
fn a_trigger_can_start_a_recovery_case() {
    let (mut m, firing) = completed_case();
    let start = Decision::StartProcess {
        process: "p".into(),
        variables: json(r#"{"recovery": true}"#),
        reason: "".into(),
    };
    m.run(RecordDecisions {
        firing,
        outcome: Ok(vec![start]),
    })
    .unwrap();
    let started = m
        .events()
        .filter(|event| {
            matches!(
                event,
                Event::ProcessInstance(ProcessInstanceEvent::Created { .. })
            )
        })
        .count();
    assert_eq!(started, 2);
}

#[test]
fn triggers_are_bounded_and_a_new_version_takes_no_place() {
    let mut m = Machine::with(&(start_and_end() + &flows(&["start>end"])));
    let mut register = |name: &str, digest: &str, role: ComponentRole| {
        let component = ComponentRow {
            name: name.into(),
            digest: digest.into(),
            role,
            ..trigger()
        };
        m.run(RegisterComponent {
            component: Box::new(component),
            replace: true,
        })
    };
    for i in 0..100 {
        register(&format!("t{i}"), &format!("d{i}"), trigger().role).unwrap();
    }
    let refused = register("t100", "d100", trigger().role).unwrap_err();
    assert!(
        refused.message.contains("at most 100 triggers"),
        "{refused}"
    );
    register("t7", "newer", trigger().role).unwrap();
    register("step", "s1", ComponentRole::Step).unwrap();
    // A name that becomes a step's gives its place free.
    register("t8", "s2", ComponentRole::Step).unwrap();
    register("t100", "d100", trigger().role).unwrap();
}
