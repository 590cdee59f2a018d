//! Runs WebAssembly components in a sandbox: one invocation in, one outcome out.
//!
//! This is the only crate that names wasmtime, and none of wasmtime shows in its
//! interface. It knows the contracts in `wit/` and nothing of processes, journals or HTTP.

mod component;
mod digest;
mod error;
mod invocation;
mod limits;
mod report;

pub use component::{
    ComponentInfo, Description, EVENT_TYPES, StepDescription, Subscription, TriggerDescription,
    World,
};
pub use digest::{Digest, InvalidDigest};
pub use error::{Error, Refusal};
pub use invocation::{CaseFacts, Configuration, CustomerFacts, Facts, StepJob, TriggerEvent};
pub use limits::Limits;
pub use report::{
    Decision, Fault, FaultKind, LogLevel, LogLine, StepOutcome, StepReport, TriggerOutcome,
    TriggerReport, Usage,
};
