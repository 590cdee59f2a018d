//! Tests of the sandbox through its public interface, with components written in the
//! text format, so that they need no guest toolchain.

mod compiling;
mod configuring;
mod determinism;
mod faults;
mod job_result;
mod loading;
mod support;
mod turns;
mod upload;
