//! `gardesh health`: whether the server is well.

use clap::Args;
use serde_json::Value;

use super::Session;
use crate::failure::Failure;
use crate::output::text;
use crate::table::facts;

/// The arguments of `gardesh health`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh health
  gardesh health --server https://gardesh.example.com && echo up")]
pub struct Health {}

impl Health {
    /// Asks and prints; a server that is not well is a failure.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let answer = client.get("/v1/health", &[])?;
        let health: Value = answer.json()?;
        session.out.result(&answer.body, || {
            let mut entries = vec![("server", client.base().to_owned())];
            if let Value::Object(members) = &health {
                entries.extend(members.iter().map(|(name, v)| (name.as_str(), text(v))));
            }
            facts(&entries)
        })?;
        match health.get("status").and_then(Value::as_str) {
            Some("ok") => Ok(()),
            _ => Err(Failure::Reported),
        }
    }
}
