//! Reading what the command line names: JSON given in place, in a file or on standard
//! input, and files with a bound on their size. JSON is checked and passed on word for
//! word, so that no number goes through floating point.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::limits::{MAX_INPUT_BYTES, MAX_SHOWN_JSON_CHARS};

/// A JSON object from an argument: in place, `@file`, or `-` for standard input.
pub fn json_object(argument: &str) -> Result<Box<RawValue>, Failure> {
    let json = json_value(argument)?;
    if json.get().starts_with('{') {
        return Ok(json);
    }
    let found: String = json.get().chars().take(MAX_SHOWN_JSON_CHARS).collect();
    Err(Failure::Usage(format!(
        "Expected a JSON object such as '{{\"amount\": 100}}', but {} holds {found}",
        source_name(argument)
    )))
}

/// Any JSON value from an argument, as [`json_object`] takes it.
pub fn json_value(argument: &str) -> Result<Box<RawValue>, Failure> {
    let text = match argument.strip_prefix('@') {
        Some(file) => utf8(file_bytes(Path::new(file))?, file)?,
        None if argument == "-" => utf8(bounded(io::stdin(), "standard input")?, "standard input")?,
        None => argument.to_owned(),
    };
    serde_json::from_str(text.trim()).map_err(|error| {
        Failure::Usage(format!(
            "Expected JSON in {}, but {error}",
            source_name(argument)
        ))
    })
}

/// `{}`: no variables.
pub fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// A whole file.
pub fn file_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|error| Failure::Usage(format!("Expected to read {name}, but {error}")))?;
    bounded(file, &name)
}

/// A text file.
pub fn file_text(path: &Path) -> Result<String, Failure> {
    utf8(file_bytes(path)?, &path.display().to_string())
}

fn bounded(reader: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_INPUT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Usage(format!("Expected to read {name}, but {error}")))?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        return Err(Failure::Usage(format!(
            "Expected at most {MAX_INPUT_BYTES} bytes, but {name} has more"
        )));
    }
    Ok(bytes)
}

fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Failure::Usage(format!(
            "Expected UTF-8 text in {name}, but byte {offset} is none"
        ))
    })
}

fn source_name(argument: &str) -> &str {
    match argument.strip_prefix('@') {
        Some(file) => file,
        None if argument == "-" => "standard input",
        None => "the argument",
    }
}

/// `name=text`, as in `--header`.
pub fn pair(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((name, text)) if !name.is_empty() => Ok((name.to_owned(), text.to_owned())),
        _ => Err("expected name=value".to_owned()),
    }
}

/// `name=json`, as in `--config`.
pub fn json_pair(argument: &str) -> Result<(String, Box<RawValue>), String> {
    let (name, text) = pair(argument)?;
    let json = serde_json::from_str(&text).map_err(|error| {
        format!("expected JSON after '{name}=', but {error}; a text needs quotes: {name}='\"…\"'")
    })?;
    Ok((name, json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_as_they_were_written() {
        let text = r#"{"amount": 12.10, "big": 123456789012345678901234567890}"#;
        assert_eq!(json_object(text).unwrap().get(), text);
    }

    #[test]
    fn what_is_no_object_is_refused_and_quoted() {
        for (argument, part) in [
            ("[1,2]", "but the argument holds [1,2]"),
            ("{\"a\":", "but EOF while parsing"),
            ("{\"a\": NaN}", "Expected JSON in the argument"),
            (
                "@does-not-exist.json",
                "Expected to read does-not-exist.json",
            ),
            ("", "EOF"),
        ] {
            let error = json_object(argument).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{argument}");
            assert!(error.to_string().contains(part), "{argument}: {error}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let deep = "[".repeat(100_000);
        assert!(json_value(&deep).is_err());
    }

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(pair("=b").is_err());
        assert!(pair("a").is_err());
        let (name, json) = json_pair("limit=25").unwrap();
        assert_eq!((name.as_str(), json.get()), ("limit", "25"));
        let error = json_pair("plan=gold").unwrap_err();
        assert!(error.contains("plan='\"…\"'"), "{error}");
    }
}
