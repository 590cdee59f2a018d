//! Values as JSON. Numbers pass as decimal text in both directions, never through a float, which
//! is why the reader is our own: the JSON crates give numbers as floats or only behind options
//! that would change them for every other crate in the program. What has more digits than FEEL's numbers
//! is written as it came; all else by its value: `1.10` as `1.1`, `1E+2` as `100`, `-0` as `0`.
//!
//! Writing: dates, times and durations become their ISO 8601 text (regions as `@Europe/Paris`),
//! ranges become their FEEL text, functions become null.

mod read;
mod serde;
mod write;

pub use read::JsonError;

use crate::Value;

impl Value {
    /// Reads one JSON text (RFC 8259). Of equal keys in an object the last one wins. The caller
    /// bounds the size of the text.
    ///
    /// # Errors
    /// Says at which byte the text is not JSON, is nested more than [`crate::MAX_JSON_DEPTH`] deep, or holds a
    /// number out of range.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Value, JsonError> {
        read::read(text.as_ref())
    }

    pub fn to_json(&self) -> String {
        let mut output = String::new();
        self.write_json(&mut output);
        output
    }

    pub fn write_json(&self, output: &mut String) {
        write::write(self, output);
    }
}

#[cfg(test)]
mod tests;
