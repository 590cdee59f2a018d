//! What elements and commands have in common: how instances begin, jobs become ready, messages and
//! signals find those who wait for them, and what an end means for history. Nothing in here knows an
//! element of the diagram or a command.

pub(crate) mod enter;
pub(crate) mod history;
pub(crate) mod job;
pub(crate) mod message;
pub(crate) mod occurrence;
pub(crate) mod signal;
pub(crate) mod start;
