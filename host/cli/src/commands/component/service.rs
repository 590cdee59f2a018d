//! `gardesh component disable`, `enable` and `remove`: whether a component on the server is at work.

use clap::Args;
use serde_json::json;

use crate::client::segment;
use crate::commands::Session;
use crate::failure::Failure;

/// The arguments of `gardesh component disable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component disable ask-after-claim")]
pub struct Disable {
    /// The trigger's name
    name: String,
}

/// The arguments of `gardesh component enable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component enable ask-after-claim")]
pub struct Enable {
    /// The trigger's name
    name: String,
}

/// The arguments of `gardesh component remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component remove ask-after-claim")]
pub struct Remove {
    /// The component's name
    name: String,
}

impl Disable {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        switch(
            session,
            &self.name,
            "disable",
            "disabled: it looks at no events",
        )
    }
}

impl Enable {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        switch(session, &self.name, "enable", "enabled")
    }
}

fn switch(session: &Session, name: &str, way: &str, state: &str) -> Result<(), Failure> {
    let path = format!("/v1/components/{}/{way}", segment(name));
    let answer = session.client()?.post(&path, &json!({}))?;
    session
        .out
        .result(&answer.body, || format!("Trigger {name} is {state}.\n"))
}

impl Remove {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let path = format!("/v1/components/{}", segment(&self.name));
        session.client()?.delete(&path)?;
        let result = json!({"name": self.name, "removed": true});
        session.out.own_result(&result, || {
            format!(
                "Component {} is removed. Jobs that it has go on with it; later ones wait for an outside worker.\n",
                self.name
            )
        })
    }
}
