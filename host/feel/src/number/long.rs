//! Numbers that no [`Number`] holds exactly: those of more than 34 digits, and those that are too small.
//! JSON may have them, and a value that is only passed on keeps them as they were written. Whatever
//! calculates or compares takes them as rounded.

use std::fmt;
use std::sync::Arc;

use super::{Number, NumberError};

/// A number as it was written, and rounded.
#[derive(Clone, Debug)]
pub struct LongNumber {
    text: Arc<str>,
    rounded: Number,
}

impl LongNumber {
    /// The number that FEEL takes it for.
    #[must_use]
    pub fn rounded(&self) -> Number {
        self.rounded
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for LongNumber {
    fn eq(&self, other: &LongNumber) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for LongNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A number read from JSON: as a [`Number`] where that is exact.
pub(crate) enum Exact {
    Number(Number),
    Long(LongNumber),
}

/// Reads a number of JSON without losing any of it.
///
/// # Errors
/// It is none, or too large.
pub(crate) fn exact(text: &str) -> Result<Exact, NumberError> {
    let rounded: Number = text.parse()?;
    Ok(match is_exact(text, rounded) {
        true => Exact::Number(rounded),
        false => Exact::Long(LongNumber {
            text: text.into(),
            rounded,
        }),
    })
}

fn is_exact(text: &str, rounded: Number) -> bool {
    let has_exponent = text.contains(['e', 'E']);
    if text.len() <= super::DIGITS as usize && !has_exponent {
        return true;
    }
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_matches('0');
    let parts = rounded.parts().trimmed();
    if parts.coefficient == 0 {
        return significant.is_empty();
    }
    // Where all digits are there, the exponent is, too: a number that is too large is none.
    significant == parts.coefficient.to_string()
}

#[cfg(test)]
mod tests {
    use crate::Value;

    #[test]
    fn what_is_only_passed_on_keeps_every_digit() {
        let cases = [
            "12345678901234567890123456789012345678901234567890",
            "-12345678901234567890123456789012345678901234567890",
            "0.12345678901234567890123456789012345678901234567890",
            "1234567890123456789012345678901234567890.1e5",
            "1e-7000",
            "-1.5E-7000",
            "99999999999999999999999999999999995",
            "[{\"n\":12345678901234567890123456789012345678901234567890}]",
        ];
        for text in cases {
            let value = Value::from_json(text).expect(text);
            assert_eq!(value.to_json(), text);
            let bytes = postcard::to_stdvec(&value).expect("serializable");
            assert_eq!(postcard::from_bytes::<Value>(&bytes), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_a_number_holds_is_one_however_it_is_written() {
        let cases = [
            ("1.10", "1.1"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("1E+2", "100"),
            ("0.00", "0"),
            ("1.00000000000000000000000000000000000000000", "1"),
            (
                "100000000000000000000000000000000000000000000000000",
                "1e50",
            ),
            ("0e-9999", "0"),
            (
                "9999999999999999999999999999999999",
                "9999999999999999999999999999999999",
            ),
        ];
        for (text, written) in cases {
            let value = Value::from_json(text).expect(text);
            assert!(matches!(value, Value::Number(_)), "{text}");
            assert_eq!(value.to_json(), written, "{text}");
        }
        assert!(Value::from_json("1e9999").is_err());
    }
}
