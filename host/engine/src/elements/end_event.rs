//! End events that do more than end their path.

use super::activated;
use crate::context::{Active, Context, Failure, Step};
use crate::definition::Source;
use crate::variables::Document;

/// An error end event throws to the scopes around it.
pub(super) fn throw_error(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    code: &Source,
) -> Result<(), Failure> {
    let code = ctx.text(code, active, input)?;
    activated(ctx, active, input);
    ctx.then(Step::ThrowError {
        instance: active.instance,
        element: active.key,
        message: format!("thrown by the end event '{}'", active.node().id).into(),
        code,
        variables: Document::new(),
    });
    Ok(())
}
