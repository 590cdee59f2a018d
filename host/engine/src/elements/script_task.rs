//! Script tasks in FEEL: they compute a variable and are done.

use std::sync::Arc;

use super::{mapping, pass};
use crate::context::{Active, Context, Failure};
use crate::definition::Source;
use crate::entities::incident::IncidentKind;
use crate::variables::{Document, as_variable};

/// Evaluates the script and hands on its value.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    script: &Source,
    result: &Arc<str>,
) -> Result<(), Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, _) = ctx.evaluate(script, active, input, kind)?;
    let value = as_variable(value).map_err(|message| {
        let message = format!(
            "The value of the script '{}' went too far: {message}",
            script.text()
        );
        Failure::new(kind, message)
    })?;
    pass(ctx, active, input);
    let made = Document::from([(Arc::clone(result), value)]);
    mapping::hand_over(ctx, active, &made);
    Ok(())
}
