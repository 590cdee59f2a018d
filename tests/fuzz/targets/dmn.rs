//! Any text as a DMN file, evaluated when it is one. What must hold is in `src/dmn.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: gardesh_fuzz::prepare(), |data: &[u8]| gardesh_fuzz::dmn::check(data));
