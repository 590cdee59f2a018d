//! A trigger that misbehaves as its configuration says, so that one component serves all tests
//! and measurements of what a trigger may do to others. It looks at every case that ends.

use std::hint::black_box;

use gardesh::trigger::nothing;
use gardesh::{Decision, Event, Facts, StartProcess};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an operator sets.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "only its schema is used; the values are read one by one"
)]
struct Configuration {
    /// What it does.
    mode: Mode,
    /// The process that it starts, where it starts one.
    process: Option<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Computes for ever.
    Spin,
    /// Starts sixteen cases of the process for each case of it that ends.
    Multiply,
}

/// Cases that are started for one that ended.
const OFFSPRING: usize = 16;

#[gardesh::trigger(
    name = "unruly-trigger",
    title = "Misbehaves as its configuration says",
    config = Configuration,
    on("process-instance.completed"),
)]
fn decide(event: &Event, facts: &Facts) -> Vec<Decision> {
    let process = gardesh::config::<String>("process").ok().flatten();
    match gardesh::config::<Mode>("mode") {
        Ok(Some(Mode::Spin)) => spin(event.time),
        Ok(Some(Mode::Multiply)) if process.as_ref() == Some(&facts.case.process_id) => {
            multiply(&facts.case.process_id)
        }
        _ => vec![nothing("not-mine", "the case is of another process")],
    }
}

fn spin(mut value: u64) -> ! {
    loop {
        value = black_box(
            value
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
    }
}

fn multiply(process: &str) -> Vec<Decision> {
    let start = || {
        Decision::StartProcess(StartProcess {
            process_id: process.into(),
            variables: "{}".into(),
            reason: "more: one becomes sixteen".into(),
        })
    };
    (0..OFFSPRING).map(|_| start()).collect()
}
