//! Any text as a BPMN file. What must hold is in `src/bpmn.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: gardesh_fuzz::prepare(), |data: &[u8]| gardesh_fuzz::bpmn::check(data));
