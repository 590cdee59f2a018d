//! Customer-experience triggers: their types, ways to state a decision, and the call of
//! the author's function.

use std::time::Duration;

pub use crate::bindings::trigger::gardesh::cx::types::{
    Ask, CaseFacts, CustomerFacts, Decision, Event, Facts, Notify, StartProcess,
};
use crate::panic;

/// Asks the customer by survey `survey_id`, at once and by channel `link`.
pub fn ask(survey_id: impl Into<String>, reason: impl Into<String>) -> Ask {
    Ask {
        survey_id: survey_id.into(),
        channel: "link".into(),
        delay_ms: 0,
        reason: reason.into(),
    }
}

/// Does nothing. `code` is for statistics (`asked-recently`), `words` for people.
pub fn nothing(code: &str, words: impl AsRef<str>) -> Decision {
    Decision::Nothing(format!("{code}: {}", words.as_ref()))
}

impl Ask {
    /// Chooses how the link reaches the customer.
    pub fn by(mut self, channel: impl Into<String>) -> Self {
        self.channel = channel.into();
        self
    }

    /// Waits before asking.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

/// What a trigger's function may return: one decision or several.
pub trait IntoDecisions {
    /// The list that the host gets.
    fn into_decisions(self) -> Vec<Decision>;
}

impl IntoDecisions for Decision {
    fn into_decisions(self) -> Vec<Decision> {
        vec![self]
    }
}

impl IntoDecisions for Ask {
    fn into_decisions(self) -> Vec<Decision> {
        vec![Decision::Ask(self)]
    }
}

impl IntoDecisions for Vec<Decision> {
    fn into_decisions(self) -> Vec<Decision> {
        self
    }
}

/// Runs the author's function on one event.
#[doc(hidden)]
pub fn on_event<D: IntoDecisions>(
    event: &Event,
    facts: &Facts,
    decide: impl FnOnce(&Event, &Facts) -> D,
) -> Vec<Decision> {
    panic::install_hook();
    decide(event, facts).into_decisions()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_is_stated_in_one_line() {
        let ask = ask("claim-satisfaction", "case closed")
            .by("email")
            .after(Duration::from_secs(3_600));
        assert_eq!((ask.channel.as_str(), ask.delay_ms), ("email", 3_600_000));
    }

    #[test]
    fn doing_nothing_has_a_code_and_words() {
        let decisions = nothing("no-customer", "the case names none").into_decisions();
        assert!(
            matches!(&decisions[..], [Decision::Nothing(text)] if text == "no-customer: the case names none")
        );
    }
}
