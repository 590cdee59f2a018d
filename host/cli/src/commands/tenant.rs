//! `gardesh tenant`: the tenants of a server.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Session;
use crate::client::segment;
use crate::failure::Failure;
use crate::output::Column;

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Create a tenant
    Create(Create),
    /// List tenants
    List(List),
    /// Delete a tenant in which nothing is left
    Delete(Delete),
}

/// The arguments of `gardesh tenant create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh tenant create claims
  gardesh tenant create claims --name \"Claims department\"
  gardesh --tenant claims deploy claim.bpmn")]
pub struct Create {
    /// Its id: 1 to 31 letters, digits, '_', '-' and '.'
    id: String,
    /// What people call it [default: the id]
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// The arguments of `gardesh tenant list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh tenant list
  gardesh tenant list --json")]
pub struct List {}

/// The arguments of `gardesh tenant delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh tenant delete claims")]
pub struct Delete {
    /// Its id
    id: String,
}

const COLUMNS: [Column; 3] = [
    ("ID", "tenantId"),
    ("NAME", "name"),
    ("DESCRIPTION", "description"),
];

impl Tenant {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(session),
            Self::List(List {}) => list(session),
            Self::Delete(delete) => delete.run(session),
        }
    }
}

impl Create {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = json!({
            "tenantId": &self.id,
            "name": self.name.as_ref().unwrap_or(&self.id),
            "description": &self.description,
        });
        let answer = session.client()?.post("/v2/tenants", &request)?;
        let told = format!("Created tenant '{}'.", self.id);
        session.out.done(&answer.body, &told)
    }
}

fn list(session: &Session) -> Result<(), Failure> {
    let request = json!({"page": {"limit": 10_000}});
    let answer = session.client()?.post("/v2/tenants/search", &request)?;
    session.out.list(&answer.body, &COLUMNS, "tenant")
}

impl Delete {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let path = format!("/v2/tenants/{}", segment(&self.id));
        let answer = session.client()?.delete(&path)?;
        let told = format!("Deleted tenant '{}'.", self.id);
        session.out.done(&answer.body, &told)
    }
}
