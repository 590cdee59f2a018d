//! What must hold for every input, a module per language, and what makes a stack overflow a
//! finding. Which inputs are tried is libFuzzer's business; how it is run is in `run.sh`.

pub mod bpmn;
pub mod dmn;
pub mod feel;
pub mod json;
mod stack;

use gardesh_feel::{Environment, Limits, Zone};

/// Done once, before the first input.
pub fn prepare() {
    stack::report_overflow();
}

/// Fuel for one evaluation: enough for anything of the length that is tried, and far below
/// what the product gives, so that thousands of inputs a second are tried. Work that costs no fuel
/// shows as an input that takes seconds.
const FUEL: u64 = 4_000;

/// Bounds below the product's where that makes reaching them likelier.
fn environment() -> Environment {
    Environment {
        now_ms: 1_753_500_000_000,
        zone: Zone::UTC,
        seed: 1,
        limits: Limits {
            fuel: FUEL,
            list_length: 5_000,
            string_length: 1 << 16,
            value_size: 1 << 18,
            ..Limits::default()
        },
    }
}
