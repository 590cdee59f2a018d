//! JSON texts that are read, refused and written.

use proptest::prelude::*;

use crate::{Context, Number, Value};

#[test]
fn texts_come_back_as_they_were() {
    let texts = [
        "null",
        "true",
        "-12.5",
        "0.1234567890123456789012345678901234",
        "9007199254740993",
        "1e300",
        "\"\"",
        r#""a\"b\\c\n\u0001é😀""#,
        "[]",
        "[1,[2,[]],{}]",
        r#"{"z":1,"a":{"b":[null,false]},"m":"x"}"#,
    ];
    for text in texts {
        let value = Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value.to_json(), text);
    }
}

#[test]
fn other_spellings_are_read() {
    let cases = [
        (" [ 1 , 2 ] \n", "[1,2]"),
        (r#""\u00e9\ud83d\ude00\/""#, "\"é😀/\""),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        ("1.50", "1.5"),
        ("-0", "0"),
        ("1E+2", "100"),
    ];
    for (text, written) in cases {
        assert_eq!(
            Value::from_json(text)
                .map(|value| value.to_json())
                .as_deref(),
            Ok(written),
            "{text}"
        );
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let cases = [
        ("", 0),
        ("nul", 0),
        ("01", 0),
        ("1.", 2),
        (".5", 0),
        ("+1", 0),
        ("1e", 2),
        ("1e9999", 0),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("{a:1}", 1),
        (r#"{"a" 1}"#, 5),
        ("\"a\nb\"", 2),
        (r#""\x""#, 2),
        (r#""\ud800""#, 3),
        (r#""\udc00""#, 3),
        ("\"abc", 4),
        ("1 2", 2),
        ("NaN", 0),
    ];
    for (text, position) in cases {
        assert_eq!(
            Value::from_json(text).map_err(|error| error.position),
            Err(position),
            "{text}"
        );
    }
    assert!(Value::from_json([b'"', 0xff, b'"']).is_err());
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Value::from_json(nested(128)).is_ok());
    assert!(Value::from_json(nested(129)).is_err());
    assert!(Value::from_json("[".repeat(10_000_000)).is_err());
}

#[test]
fn equal_keys_do_not_cost_more_than_others() {
    let mut text = String::from("{");
    for round in 0..2 {
        for key in 0..50_000 {
            text.push_str(&format!("\"{key}\":{round},"));
        }
    }
    text.push_str("\"end\":0}");
    let value = Value::from_json(&text).expect("valid JSON");
    assert_eq!(value.as_context().map(Context::len), Some(50_001));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (any::<i64>(), -40i32..40).prop_map(|(value, scale)| {
            Value::Number(Number::from_scaled(value.into(), scale).unwrap_or(Number::ZERO))
        }),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|entries| entries.into_iter().collect::<Context>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn writing_and_reading_is_the_identity(value in any_value()) {
        prop_assert_eq!(Value::from_json(value.to_json()), Ok(value));
    }

    #[test]
    fn binary_formats_keep_values_exactly(value in any_value()) {
        let bytes = postcard::to_stdvec(&value).expect("serializable");
        prop_assert_eq!(postcard::from_bytes::<Value>(&bytes), Ok(value));
    }

    #[test]
    fn reading_never_panics(text in ".*") {
        let _ = Value::from_json(text);
    }
}

#[test]
fn serde_json_sees_plain_json() {
    let value = Value::from_json(r#"{"n":12,"list":[1.5,"x",null,true]}"#).expect("valid JSON");
    let text = serde_json::to_string(&value).expect("serializable");
    assert_eq!(text, r#"{"n":12,"list":[1.5,"x",null,true]}"#);
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("readable"),
        value
    );
}
