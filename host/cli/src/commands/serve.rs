//! `gardesh serve`: the server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Session;
use crate::failure::Failure;

/// The arguments of `gardesh serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh serve --data ./data
  gardesh serve --data /var/lib/gardesh --listen 0.0.0.0:8080 --api-token-file /etc/gardesh/token \\
      --public-url https://gardesh.example.com")]
pub struct Serve {
    /// Folder that holds everything; made where it is missing
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Address at which customers reach the survey pages
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// File that holds the API token; needed for an address beyond this machine
    #[arg(long, value_name = "FILE")]
    api_token_file: Option<PathBuf>,
}
impl Serve { pub fn run(self, _s: &Session) -> Result<(), Failure> { let _ = (self.data, self.listen, self.public_url, self.api_token_file); Ok(()) } }
