//! Any bytes as JSON. What must hold is in `src/json.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: gardesh_fuzz::prepare(), |data: &[u8]| gardesh_fuzz::json::check(data));
