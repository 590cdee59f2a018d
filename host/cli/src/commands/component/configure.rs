//! `gardesh component configure`: other values for a component that is there.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::value::RawValue;
use ureq::http::Method;

use crate::client::{Payload, segment};
use crate::commands::Session;
use crate::failure::Failure;
use crate::input::json_pair;
use crate::limits::ANSWER_TIMEOUT;
use crate::output::cell;

/// The arguments of `gardesh component configure`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component configure claim-satisfaction quietDays=90
  gardesh component configure claim-satisfaction --unset quietDays

See which values a component takes with `gardesh component inspect`. The other values stay.")]
pub struct Configure {
    /// The component's name
    name: String,
    /// A value, as JSON
    #[arg(value_name = "NAME=JSON", value_parser = json_pair, required_unless_present = "unset")]
    set: Vec<(String, Box<RawValue>)>,
    /// A value to take away
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
}

/// What of a component matters here.
#[derive(serde::Deserialize)]
struct Present {
    configuration: BTreeMap<String, Box<RawValue>>,
}

impl Configure {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let path = format!("/v1/components/{}", segment(&self.name));
        let present: Present = client.get(&path, &[])?.json()?;
        let mut values = present.configuration;
        for name in &self.unset {
            if values.remove(name).is_none() {
                return Err(Failure::Refused(format!(
                    "Expected {} to have a value for {name}, but it has none",
                    self.name
                )));
            }
        }
        values.extend(self.set);
        let bytes = serde_json::to_vec(&values)
            .map_err(|error| Failure::Unexpected(format!("Expected to write JSON, but {error}")))?;
        let payload = Payload::Bytes {
            media_type: "application/json",
            bytes: &bytes,
            sent: &|| {},
        };
        let path = format!("{path}/configuration");
        let answer = client.request(Method::PUT, &path, &[], payload, ANSWER_TIMEOUT)?;
        let view = answer.json()?;
        let values = cell(&view, "configuration");
        let text = format!("Configured {}: {values}", self.name);
        session.out.done(&answer.body, &text)
    }
}
