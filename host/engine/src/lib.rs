//! The process engine: a deterministic state machine from commands to events.
//!
//! A [`command::Record`] goes in; an [`event::Entry`] for the journal, a reply and effects
//! come out. There is no I/O, no clock and no randomness in here: time and entropy arrive
//! in the record, rows come from and go to a [`state::backing::Backing`].

#![forbid(unsafe_code)]
// A new element, event or command must be thought of wherever its kind is told apart.
#![deny(clippy::wildcard_enum_match_arm)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod behaviour;
pub mod clock;
pub mod command;
mod context;
pub mod definition;
pub mod definitions;
pub mod effect;
mod elements;
mod engine;
pub mod entities;
pub mod event;
pub mod experience;
pub mod file_bytes;
pub mod identity;
pub mod invocation;
pub mod key;
pub mod limits;
mod open_effects;
pub mod operation;
mod processors;
mod question;
pub mod rejection;
mod run;
mod shown;
pub mod state;
pub mod table;
pub mod variables;

pub use context::Budget;
pub use engine::{Engine, Processed};
pub use entities::continuation::Continuation;
pub use experience::governor::Customer;
pub use open_effects::OpenEffects;
pub use processors::Request;
pub use question::{Answer, Question};
