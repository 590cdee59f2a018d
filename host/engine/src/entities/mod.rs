//! What there is: one folder for each entity, with the row that is stored of it, its events,
//! what each event says of itself, and in `apply.rs` how the events change the rows.
//!
//! Appliers are the only code that changes state. They are called when an event is emitted and
//! when it is replayed; they decide nothing, read no clock and cannot fail.

pub mod about;
mod apply;
pub mod batch_operation;
pub mod compensation;
pub mod component;
pub mod continuation;
pub mod decision;
pub mod deployment;
pub mod due;
pub mod element_instance;
pub mod experience;
pub mod form;
pub mod incident;
pub mod job;
pub mod message;
pub mod process_definition;
pub mod process_instance;
pub mod repetition;
pub mod retention;
pub mod signal;
pub mod subscription;
pub mod tenant;
pub mod trigger;
pub mod user_task;
pub mod variable;
mod versions;

pub(crate) use apply::apply;
