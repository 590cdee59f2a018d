//! Reading and validating through the public interface, one file per concern. One binary, as linking
//! takes longer than running.

mod hostile;
mod miwg;
mod model;
mod mutation;
mod rules_activities;
mod rules_events;
mod rules_structure;
mod silence;
mod support;
