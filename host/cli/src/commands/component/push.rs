//! `gardesh component push`: components go to the server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use gardesh_runtime::limits::MAX_CONFIGURATION_BYTES;
use serde_json::Value;
use serde_json::value::RawValue;
use ureq::http::Method;

use super::build::build;
use crate::client::{Client, Payload};
use crate::commands::Session;
use crate::failure::Failure;
use crate::input::{file_bytes, json_pair};
use crate::limits::{MAX_ADDRESS_BYTES, UPLOAD_TIMEOUT};
use crate::output::cell;
use crate::progress::Progress;
use crate::table::size;

/// Where components are.
const COMPONENTS: &str = "/v1/components";

/// The arguments of `gardesh component push`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component push finance.wasm
  gardesh component push target/components/*.wasm
  gardesh component push components/assessment --replace
  gardesh component push satisfaction-trigger.wasm --config quietDays=90

A version stands for its bytes: other bytes with the same name and version are refused, unless
--replace says that they are meant to take their place, as while a step is being written.

Without --config a component that is there already keeps those that it has; --no-config takes
them away, and `gardesh component configure` changes them. Values that do not fit the
component's schema are refused, kept ones, too.
With --json, the server's answers come one per line.")]
pub struct Push {
    /// Components (.wasm), or projects to build first
    #[arg(required = true, value_name = "FILE|PROJECT")]
    paths: Vec<PathBuf>,
    /// A configuration value, as JSON
    #[arg(long, value_name = "NAME=JSON", value_parser = json_pair)]
    config: Vec<(String, Box<RawValue>)>,
    /// Take the place of other bytes with the same name and version
    #[arg(long)]
    replace: bool,
    /// Take all configuration values away that the component has
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
}

impl Push {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        if self.paths.len() > 1 && !self.config.is_empty() {
            return Err(Failure::Usage(
                "Expected one component with --config, but got several. Push it by itself".into(),
            ));
        }
        let configuration = match self.no_config {
            true => Some("{}".to_owned()),
            false => configuration(self.config)?,
        };
        let client = session.client()?;
        for path in &self.paths {
            push(
                session,
                &client,
                path,
                configuration.as_deref(),
                self.replace,
            )?;
        }
        Ok(())
    }
}

fn push(
    session: &Session,
    client: &Client,
    path: &Path,
    configuration: Option<&str>,
    replace: bool,
) -> Result<(), Failure> {
    let file = if path.is_dir() {
        build(&session.out, path, None)?.path
    } else {
        path.to_owned()
    };
    let bytes = file_bytes(&file)?;
    let name = file.display();
    let configuration = configuration.map(|json| ("configuration", json));
    let replace = replace.then_some(("replace", "true"));
    let query: Vec<(&str, &str)> = configuration.into_iter().chain(replace).collect();
    check_address(&client.address(COMPONENTS, &query))?;
    let line = Progress::start(
        session.out.quiet,
        format!("Uploading {name} ({})…", size(bytes.len() as u64)),
    );
    let payload = Payload::Bytes {
        media_type: "application/wasm",
        bytes: &bytes,
        sent: &|| line.label(format!("Compiling {name} on the server…")),
    };
    let answer = client
        .request(Method::POST, COMPONENTS, &query, payload, UPLOAD_TIMEOUT)
        .map_err(|failure| failure.about(&name.to_string()))?;
    drop(line);
    let view: Value = answer.json()?;
    let mut text = format!(
        "Pushed {} {} ({}, {}){}.",
        cell(&view, "name"),
        cell(&view, "version"),
        cell(&view, "world"),
        size(bytes.len() as u64),
        match &view["replaced"] {
            Value::Null => String::new(),
            replaced => format!(" in place of {}", cell(replaced, "version")),
        }
    );
    let values = view.get("configuration").and_then(Value::as_object);
    if let Some(values) = values.filter(|values| !values.is_empty() && configuration.is_none()) {
        let names: Vec<_> = values.keys().map(String::as_str).collect();
        text += &format!(" It keeps its configuration: {}.", names.join(", "));
    }
    session.out.done(&answer.body, &text)
}

/// Refuses a configuration that does not fit into the address, where it travels because the component is the body.
fn check_address(address: &str) -> Result<(), Failure> {
    if address.len() <= MAX_ADDRESS_BYTES {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "Expected a configuration with which the address of the request has at most {MAX_ADDRESS_BYTES} bytes, but \
         it has {}. Push the component with fewer values, and set the others with `gardesh component configure`",
        address.len()
    )))
}

/// The configuration as one JSON object.
fn configuration(pairs: Vec<(String, Box<RawValue>)>) -> Result<Option<String>, Failure> {
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut members = BTreeMap::new();
    for (name, json) in pairs {
        if members.insert(name.clone(), json).is_some() {
            return Err(Failure::Usage(format!(
                "Expected each name once with --config, but got {name} twice"
            )));
        }
    }
    let json = serde_json::to_string(&members)
        .map_err(|error| Failure::Unexpected(format!("Expected to write JSON, but {error}")))?;
    if json.len() > MAX_CONFIGURATION_BYTES {
        return Err(Failure::Usage(format!(
            "Expected a configuration of at most {MAX_CONFIGURATION_BYTES} bytes, but it has {}",
            json.len()
        )));
    }
    Ok(Some(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_is_one_object_of_json_values() {
        let pairs = |texts: &[&str]| texts.iter().map(|t| json_pair(t).unwrap()).collect();
        let made = configuration(pairs(&["rate=0.10", "plan=\"gold\""])).unwrap();
        assert_eq!(made.as_deref(), Some(r#"{"plan":"gold","rate":0.10}"#));
        assert_eq!(configuration(Vec::new()).unwrap(), None);
        assert_eq!(
            configuration(pairs(&["a=1", "a=2"]))
                .unwrap_err()
                .exit_code(),
            2
        );
        let long = format!("a=\"{}\"", "x".repeat(MAX_CONFIGURATION_BYTES));
        assert!(configuration(pairs(&[&long])).is_err());
    }

    #[test]
    fn a_configuration_that_the_address_cannot_carry_is_refused() {
        assert!(check_address(&"x".repeat(MAX_ADDRESS_BYTES)).is_ok());
        let failure = check_address(&"x".repeat(MAX_ADDRESS_BYTES + 1)).unwrap_err();
        assert!(
            failure.to_string().contains("component configure"),
            "{failure}"
        );
    }

    /// The HTTP library names no constant for it.
    #[test]
    fn an_address_within_the_bound_can_be_sent() {
        let address = |bytes: usize| "http://x/".to_owned() + &"x".repeat(bytes - 9);
        let read = |bytes| address(bytes).parse::<ureq::http::Uri>();
        assert!(read(MAX_ADDRESS_BYTES).is_ok());
        assert!(read(MAX_ADDRESS_BYTES + 1).is_err());
    }
}
