//! The HTTP interface of the real binary: what clients of the Camunda REST API rely on, and
//! what they get when they are mistaken. Pages for customers are in `survey_page.rs`.

mod access;
mod batches;
mod case;
mod configuration;
mod decisions;
mod deletion;
mod deployment;
mod long_poll;
mod messages;
mod mistakes;
mod operations;
mod read_model;
mod stopping;
mod tenants;

/// A claim that a worker pays and a person approves.
const CLAIM: &str = include_str!("claim.bpmn");

/// The form of the approval.
const APPROVAL: &str = r#"{"id": "approval", "type": "default", "components": []}"#;
