//! Any text as a FEEL expression and as unary tests, evaluated when it is one. What must hold is in `src/feel.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: gardesh_fuzz::prepare(), |data: &[u8]| gardesh_fuzz::feel::check(data));
