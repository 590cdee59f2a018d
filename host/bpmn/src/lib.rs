//! BPMN 2.0 XML with the zeebe extension namespace, read into a validated, linked model.
//! No I/O, no clock, no execution: FEEL stays source text, running a process is the engine's affair.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod limits;
mod model;
mod read;
mod stage;
mod validate;
mod xml;

pub use gardesh_xml::{Diagnostic, Severity, encoding_name};
pub use model::*;

use stage::Stage;

/// What could be read of a file, and everything that was found about it.
#[derive(Debug)]
pub struct Reading {
    /// The model, unless the file is not BPMN at all. It may be unfit for execution: see `diagnostics`.
    pub model: Option<Model>,
    /// Errors and warnings, causes before consequences, and otherwise in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and validates a file for deployment. Warnings are in [`Model::warnings`].
///
/// Only processes with `isExecutable="true"` must be executable; whether there is one is a question of its own:
/// [`Model::require_executable`].
///
/// # Errors
/// All diagnostics at once, warnings included, when at least one is an error.
pub fn parse(xml: &(impl AsRef<[u8]> + ?Sized)) -> Result<Model, Vec<Diagnostic>> {
    let reading = read(xml);
    match reading.model {
        Some(mut model) if !reading.diagnostics.iter().any(Diagnostic::is_error) => {
            model.warnings = reading.diagnostics;
            Ok(model)
        }
        _ => Err(reading.diagnostics),
    }
}

/// Reads a file as far as possible, whatever is wrong with it: for showing a diagram together with its faults.
#[must_use]
pub fn read(xml: &(impl AsRef<[u8]> + ?Sized)) -> Reading {
    let (model, diagnostics) = gardesh_xml::read(xml, |root, report| {
        report.enter(Stage::Element as u8);
        let model = read::read(root, report);
        for process in model.iter().flat_map(Model::executable) {
            validate::validate(process, report);
        }
        model
    });
    Reading { model, diagnostics }
}
