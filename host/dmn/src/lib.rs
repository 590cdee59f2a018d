//! DMN 1.3 to 1.5: decision models, compiled once and evaluated often.
//!
//! [`compile`] reads a model and refuses it with all its faults at once; the [`DecisionModel`] it
//! gives evaluates decisions and decision services under FEEL's fuel and limits, and tells which
//! rules matched on which inputs. No I/O and no clock: time comes in the
//! [`Environment`](gardesh_feel::Environment). What FEEL is lives in `gardesh-feel`.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod compile;
mod evaluate;
mod item_type;
pub mod limits;
mod model;
mod outcome;
mod xml;

pub use gardesh_xml::{Diagnostic, Severity};
pub use model::{DecisionModel, Element, ElementKind};
pub use outcome::{
    DecisionOutcome, EvaluatedDecision, EvaluatedInput, EvaluatedOutput, MatchedRule,
};

/// What could be made of a file, and everything that was found about it.
#[derive(Debug)]
pub struct Reading {
    /// The model, unless the file is not DMN at all. Where it has errors its expressions give null
    /// and say why.
    pub model: Option<DecisionModel>,
    /// Errors and warnings in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a model that imports none. Warnings are in [`DecisionModel::warnings`].
///
/// # Errors
/// All diagnostics at once, warnings included, when at least one is an error.
pub fn compile(xml: &(impl AsRef<[u8]> + ?Sized)) -> Result<DecisionModel, Vec<Diagnostic>> {
    compile_with(xml, &[])
}

/// Compiles a model that may import the given ones, which are found by their namespace.
///
/// # Errors
/// As for [`compile`].
pub fn compile_with(
    xml: &(impl AsRef<[u8]> + ?Sized),
    imports: &[&DecisionModel],
) -> Result<DecisionModel, Vec<Diagnostic>> {
    let reading = read(xml, imports);
    match reading.model {
        Some(model) if !reading.diagnostics.iter().any(Diagnostic::is_error) => Ok(model),
        _ => Err(reading.diagnostics),
    }
}

/// Reads a model as far as possible, whatever is wrong with it: for showing it together with its
/// faults, and for evaluating the decisions that have none.
#[must_use]
pub fn read(xml: &(impl AsRef<[u8]> + ?Sized), imports: &[&DecisionModel]) -> Reading {
    let (mut model, diagnostics) =
        gardesh_xml::read(xml, |root, report| compile::read(root, imports, report));
    if let Some(model) = &mut model {
        let warnings = diagnostics.iter().filter(|found| !found.is_error());
        model.warnings = warnings.cloned().collect();
    }
    Reading { model, diagnostics }
}
