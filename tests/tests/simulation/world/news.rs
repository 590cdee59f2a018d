//! What clients send: new cases, messages, signals, conditions and questions to decisions.

use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{
    BroadcastSignal, Command, CorrelateMessage, CreateInstance, DecisionRef, EvaluateConditions,
    EvaluateDecision, Once, ProcessRef, PublishMessage,
};
use gardesh_engine::operation::{Activation, Ancestor, Place};

use super::{KEYS, TENANT, document, one, text, variables};
use crate::diagram::{MESSAGES, SIGNALS, START_MESSAGE, START_SIGNAL};

/// A new case; sometimes one that begins in its middle, or ends there.
pub fn start(rng: &mut Rng, engine: &mut Engine) -> Command {
    let note = match rng.bool() {
        true => r#","customer":{"id":"c","language":"fa"}"#,
        false => "",
    };
    let text = format!(
        r#"{{"n":{},"k":"key-{}","items":[1,2,3],"done":false{note}}}"#,
        rng.u32(..10),
        rng.u32(..KEYS)
    );
    let start_at = match rng.u32(..8) {
        0 => element(rng, engine).map(before).into_iter().collect(),
        _ => Vec::new(),
    };
    let stop_after = match rng.u32(..8) {
        0 => element(rng, engine).into_iter().collect(),
        _ => Vec::new(),
    };
    let version = (rng.u32(..4) == 0).then_some(1);
    Command::CreateInstance(CreateInstance {
        process: ProcessRef::Id {
            id: "main".into(),
            version,
        },
        variables: document(&text),
        business_key: rng.bool().then(|| "42".to_owned()),
        start_at,
        stop_after,
        once: (rng.u32(..6) == 0).then(|| Once {
            key: format!("start-{}", rng.u32(..3)).into(),
            digest: [rng.u8(..2); 32],
        }),
    })
}

/// The id of some element of the latest version.
fn element(rng: &mut Rng, engine: &mut Engine) -> Option<String> {
    let latest = (TENANT, Arc::from("main"));
    let key = *engine.state().latest_definitions.get(&latest)?;
    let definition = engine.definition(TENANT, key)?;
    let place = rng.usize(..definition.nodes.len());
    Some(definition.nodes[place].id.to_string())
}

fn before(id: String) -> Activation {
    Activation {
        element: id.into(),
        place: Place::Before,
        ancestor: Ancestor::Sole,
        variables: Vec::new(),
    }
}

/// Something that happened.
pub fn command(rng: &mut Rng) -> Command {
    match rng.u32(..10) {
        0..4 => publish(rng),
        4..6 => Command::BroadcastSignal(BroadcastSignal {
            name: text(rng, &[SIGNALS[0], SIGNALS[1], START_SIGNAL]).into(),
            variables: variables(rng),
        }),
        6 => Command::CorrelateMessage(CorrelateMessage {
            name: text(rng, &[MESSAGES[0], MESSAGES[1], START_MESSAGE]).into(),
            correlation_key: key(rng),
            variables: variables(rng),
        }),
        7 => Command::EvaluateConditions(EvaluateConditions {
            variables: document(&format!(r#"{{"n":{},"k":"key-1"}}"#, rng.u32(..10))),
            process: rng.bool().then(|| "begun".to_owned()),
        }),
        8 => Command::EvaluateDecision(EvaluateDecision {
            decision: DecisionRef::Id("rate".into()),
            variables: variables(rng),
        }),
        _ => publish_start(rng),
    }
}

fn key(rng: &mut Rng) -> String {
    format!("key-{}", rng.u32(..KEYS))
}

fn publish(rng: &mut Rng) -> Command {
    Command::PublishMessage(PublishMessage {
        name: MESSAGES[rng.usize(..MESSAGES.len())].into(),
        correlation_key: key(rng),
        message_id: rng.bool().then(|| format!("id-{}", rng.u32(..20))),
        time_to_live_ms: one(rng, &[0, 1_000, 20_000, 300_000]).unwrap_or_default(),
        variables: variables(rng),
    })
}

/// A message that starts a case; without a key it starts as many as come.
fn publish_start(rng: &mut Rng) -> Command {
    let correlation_key = match rng.u32(..3) {
        0 => String::new(),
        _ => key(rng),
    };
    Command::PublishMessage(PublishMessage {
        name: START_MESSAGE.into(),
        message_id: None,
        time_to_live_ms: rng.u64(..120_000),
        variables: document(&format!(
            r#"{{"n":{},"k":"{correlation_key}","items":[1],"done":false}}"#,
            rng.u32(..10)
        )),
        correlation_key,
    })
}
