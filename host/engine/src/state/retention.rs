//! What is stored of how long history is kept. A definition's own retention is in its row.

use serde::{Deserialize, Serialize};

use crate::key::DefinitionKey;

/// How long a tenant keeps the history of ended cases whose definition does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    /// Milliseconds from the end of a case on; none is for ever.
    pub history_ms: Option<u64>,
    /// When it was set, journal time.
    pub set_at_ms: u64,
    /// The next definition in line whose ended cases it has not reached yet.
    pub next: Option<DefinitionKey>,
}
