//! A step as small as a real one gets: it reads an amount, adds to a score and hands both on.
//! The benchmarks run it, so that they measure the host and not the guest.

use gardesh::StepError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct Input {
    amount: u32,
    #[serde(default)]
    score: u32,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    score: u32,
}

#[gardesh::step(name = "score", title = "Adds to a score")]
fn score(input: Input) -> Result<Output, StepError> {
    Ok(Output {
        score: input.score + input.amount / 100,
    })
}
