//! What the host gives to a component: log, journal time, seeded randomness and
//! configuration. Outside wasm a stand-in answers, so that unit tests run anywhere.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::StepError;

/// How much a log line matters.
pub use crate::bindings::step::gardesh::step::host::Level;

#[cfg(target_arch = "wasm32")]
use crate::bindings::step::gardesh::step::host as raw;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw;

/// Adds a line to the attempt's log, which is bounded.
pub fn log(level: Level, message: impl Display) {
    raw::log(level, &message.to_string());
}

/// Journal time in milliseconds since 1970-01-01T00:00:00Z: when the job was handed
/// out. It stands still while the step runs.
pub fn now() -> u64 {
    raw::now()
}

/// `length` bytes, at most 65,536, from a generator seeded with the job key: the same
/// in every attempt. Not for cryptography.
pub fn random(length: u32) -> Vec<u8> {
    raw::random(length)
}

/// The value that an operator set under `name` in the component's configuration.
///
/// # Errors
/// A value of another shape than `T` is fatal.
pub fn config<T: DeserializeOwned>(name: &str) -> Result<Option<T>, StepError> {
    let Some(text) = raw::config(name) else {
        return Ok(None);
    };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        StepError::Fatal(format!(
            "Expected configuration \"{name}\" in its declared shape, but {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn configuration_is_read_in_its_shape() {
        testing::set_config("limit", &serde_json::json!(5));
        assert_eq!(config::<u32>("limit"), Ok(Some(5)));
        assert_eq!(config::<u32>("absent"), Ok(None));
        assert!(
            matches!(config::<String>("limit"), Err(StepError::Fatal(text)) if text.contains("\"limit\""))
        );
    }

    #[test]
    fn log_lines_can_be_asserted_on() {
        log(Level::Info, format_args!("{} claims", 3));
        assert_eq!(testing::take_log(), ["3 claims"]);
    }
}
