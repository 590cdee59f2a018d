//! Customer experience inside the state machine: which triggers see an event, what their
//! decisions may do, and the surveys that customers answer.

pub(crate) mod bounds;
pub(crate) mod governor;
pub mod language;
pub(crate) mod lifecycle;
pub mod survey;
