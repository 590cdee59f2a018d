//! The process engine: a deterministic state machine from commands to events.
