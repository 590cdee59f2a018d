//! How long the history of a process's cases is kept, as its diagram says it.

use super::Compiler;
use crate::definition::time::read_retention;

/// The property of the process that says it.
const PROPERTY: &str = "gardesh:historyTimeToLive";

impl Compiler<'_> {
    /// Milliseconds, where the process says.
    pub(super) fn retention(&mut self) -> Option<u64> {
        let (_, root) = self.process.indexed().next()?;
        let (_, text) = root.properties.iter().find(|(name, _)| name == PROPERTY)?;
        let history_ms = read_retention(text);
        if history_ms.is_none() {
            let message = format!(
                "Expected an ISO 8601 duration in the property {PROPERTY}, such as P90D or P10Y, but it is '{text}'. Correct it, or remove the property to keep the history as long as the tenant does."
            );
            let place = (root.line, root.column);
            self.problem("invalid-retention", &root.id, place, message);
        }
        history_ms
    }
}
