//! A configuration held against the JSON Schema that its component gives for it. Both are
//! foreign, and no bound of the validator's own holds for each of them: references that fan out
//! take time without end, and references in a circle take the stack. So this runs in a helper
//! (`helper/child.rs`), and who asks for it is in `configuration.rs`. What is wrong is put into
//! words in `schema/finding.rs`.

mod finding;

use std::error::Error;

use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use finding::{Finding, Findings};

use crate::Configuration;
use crate::limits::{PATTERN_BYTES, PATTERN_CACHE_BYTES};

/// What a helper is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Question {
    /// The text of a JSON Schema.
    pub schema: String,
    /// What is to fit it; none to look at the schema alone.
    pub configuration: Option<Configuration>,
}

/// What is wrong with the configuration; nothing, if it fits.
///
/// # Errors
/// When the schema is none, as the second half of a message.
pub fn answer(question: &Question) -> Result<Findings, String> {
    let schema = serde_json::from_str(&question.schema)
        .map_err(|error| format!("it cannot be read: {error}"))?;
    let validator = compile(&schema).map_err(|findings| findings.to_string())?;
    let Some(configuration) = &question.configuration else {
        return Ok(Findings::default());
    };
    Ok(match read(configuration) {
        Ok(values) => Findings::of(validator.iter_errors(&values)),
        Err(unreadable) => unreadable,
    })
}

/// Ready to check; or everything that the standard has against the schema, and if that is
/// nothing, the first thing that is not supported here.
fn compile(schema: &Value) -> Result<Validator, Findings> {
    if let Ok(standard) = jsonschema::meta::validator_for(schema) {
        let findings = Findings::of(standard.iter_errors(schema));
        if !findings.is_empty() {
            return Err(findings);
        }
    }
    // Without look-around and back references matching takes linear time.
    let patterns = PatternOptions::regex()
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_CACHE_BYTES);
    jsonschema::options()
        .with_pattern_options(patterns)
        .with_retriever(NothingElse)
        .build(schema)
        .map_err(|error: ValidationError<'_>| Findings::of([error]))
}

/// The values as one object. The validator reads numbers as doubles; the component gets the text.
fn read(configuration: &Configuration) -> Result<Value, Findings> {
    let mut values = Map::new();
    let mut unreadable = Vec::new();
    for (name, json) in configuration {
        match serde_json::from_str(json) {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(error) => unreadable.push(Finding::unreadable(name, &error)),
        }
    }
    if unreadable.is_empty() {
        return Ok(values.into());
    }
    Err(unreadable.into())
}

/// Has none of what a schema may refer to outside itself: nothing is fetched for it, and no
/// file is read.
struct NothingElse;

impl Retrieve for NothingElse {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        Err(format!("{uri} is not part of the schema, and nothing is fetched for it").into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configuration(values: &Value) -> Configuration {
        let values = values.as_object().unwrap().iter();
        values
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect()
    }

    fn ask(schema: &Value, values: &Value) -> Result<Findings, String> {
        answer(&Question {
            schema: schema.to_string(),
            configuration: Some(configuration(values)),
        })
    }

    #[track_caller]
    fn check(schema: &Value, values: &Value, expected: &str) {
        let found = ask(schema, values).map(|findings| findings.to_string());
        assert_eq!(found.as_deref(), Ok(expected), "{schema} with {values}");
    }

    /// As the guest SDK for Rust derives them.
    fn derived() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Configuration",
            "type": "object",
            "properties": {
                "quietDays": {"type": ["integer", "null"], "format": "uint32", "minimum": 0},
                "mode": {"$ref": "#/$defs/Mode"},
                "limits": {"anyOf": [{"$ref": "#/$defs/Limits"}, {"type": "null"}]},
            },
            "required": ["mode"],
            "$defs": {
                "Mode": {"oneOf": [
                    {"description": "Quick.", "type": "string", "const": "quick"},
                    {"description": "Slow.", "type": "string", "const": "slow"},
                ]},
                "Limits": {
                    "type": "object",
                    "properties": {"a/b": {"type": "number", "maximum": 0.5}},
                    "required": ["a/b"],
                },
            },
        })
    }

    #[test]
    fn what_fits_has_no_findings() {
        for values in [
            json!({"mode": "quick"}),
            json!({"mode": "slow", "quietDays": 30, "limits": null}),
            json!({"mode": "slow", "quietDays": null, "limits": {"a/b": 0.5}}),
            // Nothing says that there is nothing else.
            json!({"mode": "slow", "more": [1]}),
        ] {
            check(&derived(), &values, "");
        }
        // Names of people, in any script.
        let name = json!({"properties": {"name": {"pattern": "^\\p{L}[\\p{L} ]{0,49}$"}}});
        check(&name, &json!({"name": "مریم میرزاخانی"}), "");
    }

    #[test]
    fn findings_name_the_place_and_what_was_expected_there() {
        for (values, expected) in [
            (json!({}), "at /mode, expected a value, but found none"),
            (
                json!({"mode": "fast"}),
                r#"at /mode, expected "quick" or "slow", but found "fast""#,
            ),
            (
                json!({"mode": "quick", "quietDays": "soon"}),
                r#"at /quietDays, expected null or an integer, but found "soon""#,
            ),
            (
                json!({"mode": "quick", "quietDays": -1}),
                "at /quietDays, expected at least 0, but found -1",
            ),
            (
                json!({"mode": "quick", "limits": {"a/b": 0.75}}),
                "at /limits/a~1b, expected at most 0.5, but found 0.75",
            ),
            (
                json!({"mode": "quick", "limits": {}}),
                "at /limits/a~1b, expected a value, but found none",
            ),
            (
                json!({"mode": "quick", "limits": 7}),
                "at /limits, expected an object or null, but found 7",
            ),
            (
                json!({"quietDays": 1.5, "limits": {"a/b": "x"}}),
                "at /mode, expected a value, but found none; \
                 at /limits/a~1b, expected a number, but found \"x\"; \
                 at /quietDays, expected null or an integer, but found 1.5",
            ),
        ] {
            check(&derived(), &values, expected);
        }
    }

    #[test]
    fn each_keyword_has_its_words() {
        for (schema, value, expected) in [
            (json!({"const": 1}), json!(2), "expected 1, but found 2"),
            (
                json!({"enum": [1, "b"]}),
                json!(2),
                "expected one of [1,\"b\"], but found 2",
            ),
            (json!(false), json!(2), "expected no value, but found 2"),
            (
                json!({"exclusiveMaximum": 2}),
                json!(2),
                "expected less than 2, but found 2",
            ),
            (
                json!({"exclusiveMinimum": 2}),
                json!(2),
                "expected more than 2, but found 2",
            ),
            (
                json!({"multipleOf": 0.01}),
                json!(0.015),
                "expected a multiple of 0.01, but found 0.015",
            ),
            (
                json!({"maxLength": 2}),
                json!("abc"),
                "expected at most 2 characters, but found \"abc\"",
            ),
            (
                json!({"minLength": 2}),
                json!("a"),
                "expected at least 2 characters, but found \"a\"",
            ),
            (
                json!({"pattern": "^[a-z]+$"}),
                json!("A"),
                "expected a text that matches \"^[a-z]+$\", but found \"A\"",
            ),
            (
                json!({"maxItems": 1}),
                json!([1, 2]),
                "expected at most 1 item, but found [1,2]",
            ),
            (
                json!({"minItems": 1}),
                json!([]),
                "expected at least 1 item, but found []",
            ),
            (
                json!({"uniqueItems": true}),
                json!([1, 1]),
                "expected items that differ, but found [1,1]",
            ),
            (
                json!({"contains": {"const": 1}}),
                json!([2]),
                "expected an item that fits the schema under \"contains\", but found [2]",
            ),
            (
                json!({"maxProperties": 0}),
                json!({"a": 1}),
                "expected at most 0 members, but found {\"a\":1}",
            ),
            (
                json!({"minProperties": 1}),
                json!({}),
                "expected at least 1 member, but found {}",
            ),
            (
                json!({"not": {"type": "null"}}),
                json!(null),
                "expected a value that does not fit the schema under \"not\", but found null",
            ),
            (
                json!({"oneOf": [true, {}]}),
                json!(1),
                "expected a value that fits exactly one of the schemas under \"oneOf\", but found 1",
            ),
            (
                json!({"anyOf": [{"properties": {"a": false}}, {"properties": {"a": false}}]}),
                json!({"a": 1}),
                "expected a value that fits one of the schemas under \"anyOf\", but found {\"a\":1}",
            ),
        ] {
            let expected = format!("at /v, {expected}");
            check(
                &json!({"properties": {"v": schema}}),
                &json!({"v": value}),
                &expected,
            );
        }
    }

    #[test]
    fn names_are_checked_too() {
        let schema = json!({"properties": {"a": {}}, "additionalProperties": false});
        check(
            &schema,
            &json!({"a": 1, "b": 2, "c~": "x"}),
            "at /b, expected no value of this name, but found 2; \
             at /c~0, expected no value of this name, but found \"x\"",
        );
        let schema = json!({"propertyNames": {"maxLength": 1}});
        check(
            &schema,
            &json!({"ab": 1}),
            "at /ab, expected a name with at most 1 character, but found \"ab\"",
        );
    }

    #[test]
    fn the_form_that_was_meant_is_looked_into() {
        let form = |kind: &str, name: &str| {
            json!({
                "properties": {"kind": {"const": kind}, name: {"type": "integer"}},
                "required": ["kind", name],
            })
        };
        let schema = json!({"properties": {"v": {"oneOf": [form("a", "x"), form("b", "y")]}}});
        check(
            &schema,
            &json!({"v": {"kind": "b", "y": "1"}}),
            "at /v/y, expected an integer, but found \"1\"",
        );
    }

    #[test]
    fn findings_are_bounded_in_number_and_length() {
        let values: Map<_, _> = (0..100)
            .map(|n| {
                (
                    format!("{n:03}{}", "0".repeat(500)),
                    "x".repeat(5_000).into(),
                )
            })
            .collect();
        let schema = json!({"additionalProperties": {"type": "integer"}});
        let findings = ask(&schema, &values.into()).unwrap().to_string();
        assert!(findings.len() < 10_000, "{}", findings.len());
        assert!(findings.ends_with("; and 90 more findings"), "{findings}");
        assert!(findings.contains("xxx…"), "{findings}");
        // What a terminal would take as a command is spelt out.
        let findings = ask(&schema, &json!({"a\u{1b}[2J": "\u{9b}"})).unwrap();
        assert!(
            !findings.to_string().contains(char::is_control),
            "{findings}"
        );
    }

    #[test]
    fn values_that_no_reader_takes_are_findings() {
        let values = [
            ("far", "1e999".to_owned()),
            ("deep", "[".repeat(1_000) + &"]".repeat(1_000)),
        ];
        let configuration = values.map(|(name, json)| (name.to_owned(), json)).into();
        let question = Question {
            schema: "{}".into(),
            configuration: Some(configuration),
        };
        let findings = answer(&question).unwrap().to_string();
        assert!(
            findings.contains("at /deep, expected a value within the bounds of JSON readers, but found one beyond them: recursion"),
            "{findings}"
        );
        assert!(
            findings.contains(
                "at /far, expected a value within the bounds of JSON readers, but found one beyond them: number out of range"
            ),
            "{findings}"
        );
    }

    #[test]
    fn a_schema_that_is_none_is_told_from_one() {
        for (schema, expected) in [
            (json!({"type": "integre"}), "at /type, expected"),
            (
                json!({"properties": {"a": {"minimum": "x"}}}),
                "at /properties/a/minimum, expected a number",
            ),
            (json!({"$ref": "#/$defs/absent"}), "absent"),
            (
                json!({"$ref": "https://example.com/s.json"}),
                "nothing is fetched for it",
            ),
            (
                json!({"$ref": "file:///etc/passwd"}),
                "nothing is fetched for it",
            ),
            (
                json!({"$schema": "https://example.com/meta", "type": "object"}),
                "https://example.com/meta",
            ),
            (
                json!({"properties": {"a": {"pattern": "(?=look)around"}}}),
                "a regular expression",
            ),
            (
                json!({"properties": {"a": {"pattern": "(a)\\1"}}}),
                "a regular expression",
            ),
            (
                json!({"properties": {"a": {"pattern": "(((a{100}){100}){100}){100}"}}}),
                "a regular expression",
            ),
            (
                json!({"patternProperties": {"((x{1000}){1000}){1000}": {}}}),
                "a regular expression",
            ),
        ] {
            let found = ask(&schema, &json!({})).unwrap_err();
            assert!(found.contains(expected), "{schema}: {found}");
            assert!(found.len() < 2_000, "{found}");
        }
        for text in ["{\"maximum\": 1e999}", "{", ""] {
            let question = Question {
                schema: text.into(),
                configuration: None,
            };
            let found = answer(&question).unwrap_err();
            assert!(found.starts_with("it cannot be read: "), "{found}");
        }
    }

    #[test]
    fn schemas_may_refer_to_themselves_and_to_the_standard() {
        let tree = json!({
            "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}, "n": {"type": "integer"}}}},
            "properties": {"tree": {"$ref": "#/$defs/node"}},
        });
        check(
            &tree,
            &json!({"tree": {"next": {"next": {"n": "x"}}}}),
            "at /tree/next/next/n, expected an integer, but found \"x\"",
        );
        let standard = json!({"properties": {"schema": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}});
        check(&standard, &json!({"schema": {"type": "object"}}), "");
        // Older schemas are read by the rules of their time.
        let old = json!({"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"]}});
        check(
            &old,
            &json!({"a": 1}),
            "at /b, expected a value, but found none",
        );
    }
}
