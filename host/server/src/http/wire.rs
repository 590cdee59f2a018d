//! How single values look in JSON: keys, times, variables. The documents made of them
//! are beside their handlers.

use std::fmt;

use gardesh_engine::definition::read_instant;
use gardesh_engine::variables::{Document, parse_document, write_document};
use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::problem::Problem;

/// A key in a request: text, as the interface writes it, or a number, as older clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub u64);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key (a positive whole number, as text)")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Key, E> {
        Ok(Key(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
        let invalid = || E::invalid_value(de::Unexpected::Str(text), &self);
        parse_key(text).map(Key).ok_or_else(invalid)
    }
}

/// A key in text: decimal digits only. `None` for anything else.
pub fn parse_key(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A whole number in a request. As text, too: clients that hold 64-bit numbers exactly
/// write them so, and Camunda takes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Whole, E> {
        Ok(Whole(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Whole, E> {
        i64::try_from(value)
            .map(Whole)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Whole, E> {
        text.parse()
            .map(Whole)
            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// Journal time in ISO 8601, UTC, with milliseconds: `2026-11-21T10:00:00.000Z`.
pub fn iso(at_ms: u64) -> String {
    // Beyond the year 9999 there is no such text; the last one stands for all of them.
    let ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    format!("{at:.3}")
}

/// Reads a date and time of RFC 3339; milliseconds since the epoch.
/// `None` for other text and for times before the epoch.
pub fn parse_iso(text: &str) -> Option<u64> {
    u64::try_from(read_instant(text).ok()?).ok()
}

/// The variables of a request; absent ones are none. They never pass through floating
/// point: the JSON text goes to the engine's own reader as it came.
pub fn variables(raw: Option<&RawValue>) -> Result<Document, Problem> {
    match raw {
        None => Ok(Document::new()),
        Some(raw) => parse_document(raw.get()).map_err(Problem::from),
    }
}

/// Variables for a response.
pub fn raw_variables(document: &Document) -> Result<Box<RawValue>, Problem> {
    raw_json(write_document(document))
}

/// JSON text that goes into a response as it stands.
pub fn raw_json(json: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(json).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_come_as_text_or_number() {
        for json in ["2251799813685249", "\"2251799813685249\""] {
            assert_eq!(
                serde_json::from_str::<Key>(json).unwrap(),
                Key(2_251_799_813_685_249)
            );
        }
    }

    #[test]
    fn other_keys_are_refused() {
        let long = format!("\"{}\"", "9".repeat(40));
        for json in [
            "-1", "1.5", "1e3", "\"\"", "\"-1\"", "\"+1\"", "\" 1\"", "\"۱\"", "null", "[]", &long,
        ] {
            assert!(serde_json::from_str::<Key>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn whole_numbers_come_as_text_or_number() {
        for (json, expected) in [
            ("-1", Some(-1)),
            ("\"60000\"", Some(60_000)),
            ("1.5", None),
            ("\"x\"", None),
            ("true", None),
        ] {
            assert_eq!(
                serde_json::from_str::<Whole>(json)
                    .ok()
                    .map(|whole| whole.0),
                expected,
                "{json}"
            );
        }
        assert!(serde_json::from_str::<Whole>("18446744073709551615").is_err());
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_795_255_200_000), "2026-11-21T10:00:00.000Z");
        assert_eq!(iso(1_795_255_200_007), "2026-11-21T10:00:00.007Z");
        assert_eq!(iso(u64::MAX).len(), "9999-12-30T22:00:00.999Z".len());
    }

    #[test]
    fn offsets_are_understood() {
        assert_eq!(
            parse_iso("2026-11-21T13:30:00.000+03:30"),
            Some(1_795_255_200_000)
        );
        for text in [
            "",
            "yesterday",
            "2026-11-21",
            "2026-11-21T10:00:00",
            "1960-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn variables_keep_every_digit() {
        let json = r#"{"amount":12345678901234567890.123456789,"rate":0.1}"#;
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        let document = variables(Some(&raw)).unwrap();
        assert_eq!(raw_variables(&document).unwrap().get(), json);
    }

    proptest! {
        #[test]
        fn times_survive_the_round_trip(at_ms in 0..253_402_207_200_000_u64) {
            prop_assert_eq!(parse_iso(&iso(at_ms)), Some(at_ms));
        }
    }
}
