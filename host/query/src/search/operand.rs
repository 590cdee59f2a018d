//! The types of value that clients compare fields with, and how each is written in JSON.

use std::fmt;

use gardesh_engine::definition::read_instant;
use gardesh_engine::variables::{parse_document, write_document};
use rusqlite::types::Value;
use serde::de::{Error as _, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};

use super::condition::{Condition, Criterion, Operand, Operator};
use super::sql::Sql;
use crate::limits::INDEXED_CHARS;

impl Operand for String {
    const IS_TEXT: bool = true;

    fn value(&self) -> Value {
        self.clone().into()
    }
}

impl Operand for i64 {
    const IS_ORDERED: bool = true;

    fn value(&self) -> Value {
        (*self).into()
    }
}

impl Operand for bool {
    fn value(&self) -> Value {
        (*self).into()
    }
}

/// A key: a decimal string, as everywhere in the API, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub i64);

impl Operand for Key {
    fn value(&self) -> Value {
        self.0.into()
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, written as a decimal string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Key, E> {
        text.parse()
            .map(Key)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Key, E> {
        Ok(Key(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Key, E> {
        i64::try_from(number)
            .map(Key)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }
}

/// An instant in milliseconds since the epoch, written as ISO 8601 with a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub i64);

impl Instant {
    /// Reads RFC 3339; anything finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        read_instant(text).ok().map(Self)
    }
}

impl Operand for Instant {
    const IS_ORDERED: bool = true;

    fn value(&self) -> Value {
        self.0.into()
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        read_instant(&text).map(Self).map_err(|hint| {
            let hint = match hint {
                "" => String::new(),
                hint => format!(" Hint: {hint}."),
            };
            D::Error::custom(format_args!(
                "Expected a time as in \"2026-11-21T10:00:00.000Z\", but found {text:?}.{hint}"
            ))
        })
    }
}

/// A variable's value as JSON, in the form in which the engine writes it, so that equal
/// values are equal texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Reads any JSON value.
    pub fn parse(json: &str) -> Option<Self> {
        // What is put between the braces is one value and nothing else.
        serde_json::from_str::<IgnoredAny>(json).ok()?;
        let document = parse_document(&format!("{{\"v\":{json}}}")).ok()?;
        let text = write_document(&document);
        text.strip_prefix("{\"v\":")?
            .strip_suffix('}')
            .map(|value| Self(value.to_owned()))
    }
}

impl Operand for JsonText {
    const IS_TEXT: bool = true;

    fn value(&self) -> Value {
        self.0.clone().into()
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format_args!(
                "expected a variable's value as JSON, such as \"17\" or \"\\\"text\\\"\", but got {text:?}"
            ))
        })
    }
}

/// A condition on a variable's value. Long values are found by their beginning first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ValueCondition(pub Condition<JsonText>);

impl Criterion for ValueCondition {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        for operator in self.0.operators() {
            if let Operator::Eq(JsonText(text)) = operator {
                let beginning: String = text.chars().take(INDEXED_CHARS).collect();
                sql.push(" AND substr(value,1,64) = ").bind(beginning);
            }
        }
        self.0.render(column, sql);
    }
}

/// A condition that one of a list's items meets, for columns that hold a list of names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct AnyItem(pub Condition<String>);

impl Criterion for AnyItem {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        sql.push(" AND EXISTS (SELECT 1 FROM json_each(")
            .push(column)
            .push(") AS item WHERE 1");
        self.0.render("item.value", sql);
        sql.push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let table = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21T10:00:00.000Z", Some(1_795_255_200_000)),
            ("2026-11-21T11:00:00.5+01:00", Some(1_795_255_200_500)),
            ("2026-11-21T10:00Z", Some(1_795_255_200_000)),
            ("2026-11-21T11:00:00+01:00[Europe/Berlin]", None),
            ("2026-11-21", None),
            ("2026-13-21T10:00:00Z", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(Instant::parse(text).map(|at| at.0), expected, "{text}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused_with_a_hint() {
        let fault = serde_json::from_str::<Instant>("\"2026-11-21T13:30:00+0330\"").unwrap_err();
        let expected = "Expected a time as in \"2026-11-21T10:00:00.000Z\", but found \"2026-11-21T13:30:00+0330\". Hint: write the offset with hours, a colon and minutes, such as +03:30.";
        assert!(fault.to_string().contains(expected), "{fault}");
    }

    #[test]
    fn json_is_brought_into_the_engines_form() {
        let table = [
            ("17", Some("17")),
            (" 17 ", Some("17")),
            ("\"\\u0061\"", Some("\"a\"")),
            ("[1, 2]", Some("[1,2]")),
            ("{\"a\": null}", Some("{\"a\":null}")),
            ("1,\"w\":2", None),
            ("1}", None),
            ("", None),
            ("abc", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                JsonText::parse(text).as_ref().map(|json| &*json.0),
                expected,
                "{text}"
            );
        }
        assert_eq!(JsonText::parse(&"[".repeat(100_000)), None);
    }

    #[test]
    fn keys() {
        let key = |json: &str| serde_json::from_str::<Key>(json).map(|key| key.0).ok();
        assert_eq!(key("\"2251799813685249\""), Some(2_251_799_813_685_249));
        assert_eq!(key("2251799813685249"), Some(2_251_799_813_685_249));
        for json in [
            "\"1; DROP TABLE jobs\"",
            "\"\"",
            "1.5",
            "18446744073709551615",
            "null",
            "true",
        ] {
            assert_eq!(key(json), None, "{json}");
        }
    }
}
