//! Runs WebAssembly components in a sandbox: one invocation in, one outcome out.
//!
//! This is the only crate that names wasmtime and jsonschema, and none of them shows in its
//! interface. It knows the contracts in `wit/` and nothing of processes, journals or HTTP.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod bindings;
mod blueprint;
mod cache;
mod compiler;
mod component;
mod configuration;
mod context;
mod convert;
mod description;
mod digest;
mod engine;
mod error;
mod fault;
mod guest;
mod helper;
mod host;
mod invocation;
mod invoke;
mod library;
mod limiter;
pub mod limits;
mod loaded;
mod log;
mod meter;
mod outline;
mod output;
mod random;
mod registry;
mod report;
mod runtime;
mod say;
mod schema;
mod source;
mod system;
mod threads;
mod ticker;
mod wasi;

pub use component::{
    ComponentInfo, Description, EVENT_TYPES, StepDescription, Subscription, TriggerDescription,
    World,
};
pub use context::{JobContext, JobKind, ListenerEvent, UserTaskProperties};
pub use digest::{Digest, InvalidDigest};
pub use error::{ConfigurationError, Error, Refusal};
pub use helper::{HelperProgram, help_parent};
pub use invocation::{CaseFacts, Configuration, CustomerFacts, Facts, StepJob, TriggerEvent};
pub use limits::Limits;
pub use report::{
    ChosenElement, Corrections, Decision, Fault, FaultKind, JobResult, LogLevel, LogLine,
    StepOutcome, StepReport, TriggerOutcome, TriggerReport, Usage,
};
pub use runtime::{Places, Runtime, RuntimeConfig};
pub use schema::{Finding, Findings};
pub use source::ComponentSource;
