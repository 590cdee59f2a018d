//! What the job that leads an ad-hoc subprocess chooses. It takes effect when the step returns
//! its output, and is forgotten when it fails. What can be entered is in the variable
//! `adHocSubProcessElements`: a list of objects with `elementId` and `elementName`.
//!
//! ```ignore
//! #[gardesh::step(name = "triage", title = "Chooses what is looked into next")]
//! fn triage(claim: Claim) -> Result<Nothing, StepError> {
//!     match claim.report {
//!         None => ad_hoc::activate_element("inspect", &Visit { urgent: claim.amount > 10_000 })?,
//!         Some(_) => ad_hoc::fulfil_completion_condition(),
//!     }
//!     Ok(Nothing {})
//! }
//! ```

use serde::Serialize;

use crate::StepError;

#[cfg(target_arch = "wasm32")]
use crate::bindings::step::gardesh::step::ad_hoc as raw;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw;

/// Enters an element, with `variables` (which serialise to a JSON object) of its own. Calls
/// add up to at most 100 elements; one that is named twice is entered twice.
///
/// # Errors
/// Variables that are no JSON object are fatal.
pub fn activate_element(
    element_id: impl Into<String>,
    variables: &impl Serialize,
) -> Result<(), StepError> {
    let variables = serde_json::to_value(variables)?;
    if !variables.is_object() {
        return Err(StepError::Fatal(format!(
            "Expected the element's variables to be a JSON object, but got {variables}"
        )));
    }
    raw::activate_element(&element_id.into(), &variables.to_string());
    Ok(())
}

/// The completion condition is fulfilled: the subprocess is left as soon as nothing in it is
/// active. Nobody does this and activates elements as well.
pub fn fulfil_completion_condition() {
    raw::fulfil_completion_condition();
}

/// Ends what is active in the subprocess, before anything else that was chosen happens.
pub fn cancel_remaining_instances() {
    raw::cancel_remaining_instances();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[test]
    fn a_choice_can_be_asserted_on() {
        activate_element("x", &json!({"n": 1})).expect("an object");
        activate_element("x", &crate::Nothing {}).expect("an object");
        cancel_remaining_instances();
        let choice = testing::take_choice();
        let expected = [
            ("x".to_owned(), json!({"n": 1})),
            ("x".to_owned(), json!({})),
        ];
        assert_eq!(choice.elements, expected);
        assert!(choice.cancel_remaining && !choice.is_fulfilled);
        fulfil_completion_condition();
        assert!(testing::take_choice().is_fulfilled);
    }

    #[test]
    fn variables_are_an_object() {
        let refused = activate_element("x", &[1, 2]);
        assert!(matches!(refused, Err(StepError::Fatal(text)) if text.contains("[1,2]")));
        assert!(testing::take_choice().elements.is_empty());
    }
}
