//! The Rust guest SDK: a step is a function from a serde type to a serde type, a trigger
//! a function from an event and facts to decisions. The attribute macros [`step`] and
//! [`trigger`] make components of them; JSON Schemas come from the types.
//!
//! ```ignore
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Order { amount: u64 }
//!
//! #[derive(serde::Serialize, schemars::JsonSchema)]
//! struct Discount { percent: u8 }
//!
//! #[gardesh::step(name = "discount", title = "Works out the discount")]
//! fn discount(order: Order, job: &gardesh::Job) -> Result<Discount, gardesh::StepError> {
//!     gardesh::log(gardesh::Level::Info, format!("attempt {}", job.attempt));
//!     Ok(Discount { percent: if order.amount > 1_000 { 5 } else { 0 } })
//! }
//! ```
//!
//! A step may be the listener of a user task, which says more by [`verdict`], or lead an
//! ad-hoc subprocess by [`ad_hoc`]; what it is called for is in [`context`].
//!
//! The crate holds no business rules and talks to the outside only through the host
//! interface of `/wit/step/step.wit`.

// The generated bindings and the macros name this crate by its path.
extern crate self as gardesh;

pub mod ad_hoc;
#[doc(hidden)]
pub mod bindings;
pub mod context;
mod error;
mod host;
#[cfg(all(feature = "allocator", target_arch = "wasm32"))]
mod limits;
#[cfg(all(feature = "allocator", target_arch = "wasm32"))]
mod memory;
mod panic;
mod schema;
mod step;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod trigger;
pub mod verdict;

pub use bindings::step::gardesh::step::types::Job;
pub use error::StepError;
pub use gardesh_guest_macros::{step, trigger};
pub use host::{Level, config, log, now, random};
pub use schema::Number;
pub use step::Nothing;
pub use trigger::{Ask, CaseFacts, CustomerFacts, Decision, Event, Facts, Notify, StartProcess};

/// What the macros expand to; not for use by hand.
#[doc(hidden)]
pub mod glue {
    pub use crate::bindings::step::exports::gardesh::step::handler::Guest as StepGuest;
    pub use crate::bindings::step::gardesh::step::types::{
        Description as StepDescription, Failure, Job, Output,
    };
    pub use crate::bindings::trigger::exports::gardesh::cx::handler::Guest as TriggerGuest;
    pub use crate::bindings::trigger::gardesh::cx::types::{
        Decision, Description as TriggerDescription, Event, Facts, Subscription,
    };
    pub use crate::step::{describe, input_schema, output_schema, run};
    pub use crate::trigger::{IntoDecisions, on_event};
}
