//! Tests of whole models through the public interface, one file per concern. One binary, as linking
//! takes longer than running.

mod boxed;
mod coercions;
mod conformance;
mod graphs;
mod hit_policies;
mod hostile;
mod names;
mod refusals;
mod scopes;
mod support;
mod typed_inputs;
