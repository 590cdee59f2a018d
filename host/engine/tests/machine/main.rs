//! The engine as a whole, in memory: one binary, so that its parts share a harness.

mod ad_hoc;
mod batch;
mod calls;
mod compensation;
mod components;
mod conditions;
mod cx;
mod decision_imports;
mod decisions;
mod elements;
mod ending;
mod events;
mod history;
mod joins;
mod listeners;
mod messages;
mod migrate;
mod modify;
mod repetition;
mod repetition_with;
mod start_mappings;
mod support;
mod suspend;
mod throwing;
mod user_tasks;
mod values;
