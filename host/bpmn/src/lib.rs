//! BPMN 2.0 XML with the zeebe extension namespace, read into a validated, linked model.
//! No I/O, no clock, no execution: FEEL stays source text, running a process is the engine's affair.

#![forbid(unsafe_code)]

mod diagnostic;
mod model;

pub use diagnostic::{Diagnostic, Severity};
pub use model::*;
