//! Configurations and the schemas that they are held against, in the helper that bounds it. What
//! each keyword finds is tested beside it, in `schema.rs`.

use std::time::{Duration, Instant};

use gardesh_runtime::{Configuration, ConfigurationError, HelperProgram, Limits, Refusal};
use serde_json::{Map, Value, json};

use crate::support::{Sandbox, configured};

fn configuration(values: &Value) -> Configuration {
    let values = values.as_object().unwrap().iter();
    values
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

async fn check(
    sandbox: &Sandbox,
    schema: Option<&Value>,
    values: &Value,
) -> Result<(), ConfigurationError> {
    let schema = schema.map(Value::to_string);
    let (runtime, values) = (&sandbox.runtime, configuration(values));
    runtime
        .check_configuration(schema.as_deref(), &values)
        .await
}

#[tokio::test]
async fn a_configuration_is_held_against_its_schema() {
    let sandbox = Sandbox::new(Limits::default());
    let schema = json!({"properties": {"limit": {"type": "integer"}}, "required": ["limit"]});
    for (schema, values, expected) in [
        (Some(&schema), json!({"limit": 5}), None),
        (None, json!({}), None),
        (
            Some(&schema),
            json!({"limit": "x"}),
            Some("does not: at /limit, expected an integer, but found \"x\""),
        ),
        (
            Some(&schema),
            json!({}),
            Some("does not: at /limit, expected a value, but found none"),
        ),
        (
            None,
            json!({"limit": 5, "plan": 1}),
            Some("describes none, but it has values for limit, plan"),
        ),
    ] {
        let checked = check(&sandbox, schema, &values).await;
        match (checked, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(expected)) => {
                assert!(error.to_string().ends_with(expected), "{error}");
                assert!(error.to_string().starts_with("Expected "), "{error}");
            }
            (checked, _) => panic!("{values}: {checked:?}"),
        }
    }
}

/// Definitions that each refer twice to the next: as many checks as two to their number.
fn fanning_out(keyword: &str, end: &Value) -> Value {
    const LEVELS: usize = 60;
    let mut definitions = Map::new();
    for level in 0..LEVELS {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        definitions.insert(format!("d{level}"), json!({keyword: [next, next]}));
    }
    definitions.insert(format!("d{LEVELS}"), end.clone());
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

/// Definitions that each refer to the next, as many as a schema has room for.
fn chain() -> Value {
    const LINKS: usize = 1_200;
    let link = |n: usize| {
        let next = format!("#/$defs/d{}", n + 1);
        (format!("d{n}"), json!({"allOf": [{"$ref": next}]}))
    };
    let mut definitions: Map<_, _> = (0..LINKS).map(link).collect();
    definitions.insert(format!("d{LINKS}"), json!({"type": "object"}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[tokio::test]
async fn what_a_schema_may_take_is_bounded() {
    let little_time = Limits {
        check_cpu_time: Duration::from_secs(1),
        ..Limits::default()
    };
    let little_memory = Limits {
        check_cpu_time: Duration::from_secs(20),
        check_memory_bytes: 64 << 20,
        ..Limits::default()
    };
    let successes = fanning_out("allOf", &json!({"minProperties": 1}));
    let failures = fanning_out("allOf", &json!({"minProperties": 2}));
    for (limits, schema, expected) in [
        (little_time, successes, "more than 1s of processor time"),
        (little_memory, failures, "more than 64 MiB of memory"),
    ] {
        let began = Instant::now();
        let sandbox = Sandbox::new(limits);
        let error = check(&sandbox, Some(&schema), &json!({"a": 1})).await;
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains(expected),
            "{message} after {:?}",
            began.elapsed()
        );
        // The next has a helper.
        check(&sandbox, Some(&json!({})), &json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn references_in_circles_and_long_chains_come_to_an_end() {
    let sandbox = Sandbox::new(Limits::default());
    let of_two = json!({
        "allOf": [{"$ref": "#/$defs/a"}],
        "$defs": {"a": {"allOf": [{"$ref": "#"}]}},
    });
    let by_name = json!({"$dynamicAnchor": "a", "allOf": [{"$dynamicRef": "#a"}]});
    for schema in [json!({"$ref": "#"}), of_two, by_name, chain()] {
        let checked = check(&sandbox, Some(&schema), &json!({"a": 1})).await;
        assert_eq!(checked, Ok(()), "{schema}");
    }
}

#[tokio::test]
async fn a_component_whose_schema_cannot_be_used_is_refused() {
    let sandbox = Sandbox::new(Limits::default());
    for (schema, expected) in [
        (json!({"type": "integre"}), "at /type, expected"),
        (
            json!({"$ref": "https://example.com/s.json"}),
            "nothing is fetched for it",
        ),
        (json!({"$ref": "#/$defs/absent"}), "leads nowhere"),
        (
            json!({"pattern": "((a{1000}){1000}){1000}"}),
            "a regular expression",
        ),
    ] {
        let wasm = configured(&schema.to_string());
        let refusal = sandbox.runtime.inspect(&wasm).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Description { .. }), "{refusal}");
        let message = refusal.to_string();
        assert!(
            message.contains("its configuration-schema cannot be used: "),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
        assert!(
            sandbox.cached("cwasm").is_empty(),
            "nothing is kept of {refusal}"
        );
    }
    let wasm = configured(r#"{"properties": {"limit": {"type": "integer"}}}"#);
    sandbox.runtime.inspect(&wasm).await.unwrap();
}

#[tokio::test]
async fn a_check_that_cannot_be_made_is_nobodys_fault() {
    let missing = HelperProgram {
        path: "/nowhere/helper".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
    };
    let sandbox = Sandbox::with(Limits::default(), |config| config.helper = missing);
    let error = check(&sandbox, Some(&json!({})), &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, ConfigurationError::Busy(_)), "{error}");
    assert!(error.to_string().contains("/nowhere/helper"), "{error}");
}

#[tokio::test]
async fn a_helper_that_cannot_begin_does_not_blame_the_schema() {
    // Less than its stack.
    let sandbox = Sandbox::new(Limits {
        check_memory_bytes: 4 << 20,
        ..Limits::default()
    });
    let error = check(&sandbox, Some(&json!({})), &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, ConfigurationError::Runtime(_)), "{error}");
    assert!(error.to_string().contains("could not begin"), "{error}");
}
