//! Components, triggers and customers. No component runs here; what one would answer is an
//! outcome of its job, or a decision about its firing, like any other.

use std::collections::BTreeMap;

use fastrand::Rng;
use gardesh_engine::command::{
    BindJobs, Command, DisableTrigger, EnableTrigger, RecordDecisions, RecordResponse,
    RegisterComponent, RemoveComponent, SaveSurvey,
};
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::experience::SurveyAnswer;
use gardesh_engine::entities::trigger::{Decision, EventType, Subscription};
use gardesh_engine::key::FiringKey;
use gardesh_engine::state::State;

use super::{TENANT, look, one, text, variables};
use crate::diagram::JOB_TYPES;

const SURVEY: &str = r#"{"id":"s","title":{"en":"How was it?"},"questions":[{"id":"recommend","type":"nps","title":{"en":"Recommend?"},"required":true}]}"#;

pub fn command(rng: &mut Rng, state: &State) -> Option<Command> {
    let firings = look::firings(state);
    // What is open is answered first, so that the whole way is gone to its end.
    if !look::invitations(state).is_empty() && rng.bool() {
        return response(rng, state);
    }
    if !firings.is_empty() && rng.bool() {
        return Some(decision(rng, &firings));
    }
    match rng.u32(..9) {
        0 => Some(Command::SaveSurvey(SaveSurvey {
            document: SURVEY.to_owned(),
        })),
        1 => Some(Command::BindJobs(BindJobs {
            job_type: text(rng, &JOB_TYPES).into(),
        })),
        2 => Some(Command::DisableTrigger(DisableTrigger {
            name: "judge".to_owned(),
        })),
        3 => Some(Command::EnableTrigger(EnableTrigger {
            name: "judge".to_owned(),
        })),
        4 if rng.bool() => Some(Command::RemoveComponent(RemoveComponent {
            name: text(rng, &["judge", JOB_TYPES[0]]).to_owned(),
        })),
        _ => Some(register(rng)),
    }
}

fn decision(rng: &mut Rng, firings: &[FiringKey]) -> Command {
    Command::RecordDecisions(RecordDecisions {
        firing: firings[rng.usize(..firings.len())],
        outcome: match rng.u32(..4) {
            0 => Err("it failed".to_owned()),
            _ => Ok(decisions(rng)),
        },
    })
}

/// A component for a job type, or a trigger that looks at ends.
fn register(rng: &mut Rng) -> Command {
    let version = rng.u32(1..4);
    let (name, role) = match rng.u32(..3) {
        0 => (text(rng, &JOB_TYPES), ComponentRole::Step),
        _ => {
            let event_type = one(
                rng,
                &[EventType::InstanceCompleted, EventType::InstanceTerminated],
            );
            let subscription = Subscription {
                event_type: event_type.unwrap_or(EventType::ElementCompleted),
                process_id: Some("main".into()),
                element_id: None,
            };
            ("judge", ComponentRole::Trigger(vec![subscription]))
        }
    };
    let component = ComponentRow {
        name: name.into(),
        version: format!("{version}.0.0").into(),
        title: name.into(),
        digest: format!("{name}-{version}").into(),
        role,
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    };
    Command::RegisterComponent(RegisterComponent {
        component: Box::new(component),
        replace: false,
    })
}

fn decisions(rng: &mut Rng) -> Vec<Decision> {
    let ask = Decision::Ask {
        survey: "s".into(),
        channel: "link".into(),
        delay_ms: rng.u64(..30_000),
        reason: "r".into(),
    };
    let notify = Decision::Notify {
        audience: "team".into(),
        title: "t".into(),
        body: "b".into(),
    };
    let start = Decision::StartProcess {
        process: "called".into(),
        variables: variables(rng),
        reason: "r".into(),
    };
    match rng.u32(..5) {
        0 => Vec::new(),
        1 => vec![notify],
        2 => vec![start],
        _ => vec![ask],
    }
}

fn response(rng: &mut Rng, state: &State) -> Option<Command> {
    let invitation = one(rng, &look::invitations(state))?;
    let row = state.invitations.get(&(TENANT, invitation))?;
    Some(Command::RecordResponse(RecordResponse {
        token: row.token.to_string(),
        language: None,
        answers: BTreeMap::from([("recommend".to_owned(), SurveyAnswer::Score(rng.u8(..12)))]),
    }))
}
