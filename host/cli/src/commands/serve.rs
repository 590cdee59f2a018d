//! `gardesh serve`: the server, its log and the signals that end it.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gardesh_server::{Error, ServerConfig};
use serde_json::json;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use super::{Session, helper};
use crate::failure::{Failure, exit};
use crate::input::file_text;
use crate::limits::LEFT_OVER_TIME;

/// Names the environment variable that says what goes into the log.
const LOG_VARIABLE: &str = "GARDESH_LOG";

/// The arguments of `gardesh serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh serve --data ./data
  gardesh serve --data /var/lib/gardesh --listen 0.0.0.0:8080 --api-token-file /etc/gardesh/token \\
      --public-url https://gardesh.example.com

The log goes to standard error; GARDESH_LOG sets what is in it (info, debug, gardesh_server=debug …).
Ctrl-C or SIGTERM ends the server within two seconds, a second one at once; what was acknowledged
is on the disk at any moment.")]
pub struct Serve {
    /// Folder that holds everything; made where it is missing
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Address at which customers reach the survey pages
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// File that holds the API token; needed for an address beyond this machine
    #[arg(long, value_name = "FILE")]
    api_token_file: Option<PathBuf>,
    /// Go on although the store has lost entries that were acknowledged; `gardesh data verify
    /// --accept-loss` says which
    #[arg(long)]
    accept_loss: bool,
    /// How the log is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

impl Serve {
    /// Serves until a signal comes.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        start_log(self.log_format)?;
        let token = self.api_token_file.as_deref().map(file_text).transpose()?;
        let config = ServerConfig {
            data_dir: self.data,
            listen: self.listen,
            public_url: self.public_url,
            accept_loss: self.accept_loss,
            api_token: token.map(|token| token.trim().to_owned()),
            helper: helper::program()?,
        };
        let executor = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::Unexpected(format!("Expected threads to serve with, but {error}"))
            })?;
        let served = executor.block_on(serve(session, config));
        // A search that still reads the disk is not waited for.
        executor.shutdown_timeout(LEFT_OVER_TIME);
        served
    }
}

async fn serve(session: &Session, config: ServerConfig) -> Result<(), Failure> {
    let out = session.out;
    let (said, listening) = oneshot::channel();
    let announce = move |address: SocketAddr| {
        let url = format!("http://{address}");
        // The other end outlives the server.
        let _ = said.send(out.own_result(&json!({"listening": url}), || {
            format!("Gardesh listens on {url}. Ctrl-C ends it.\n")
        }));
    };
    let served = gardesh_server::serve(config, announce, signal()).await;
    served.map_err(|error| match error {
        Error::Unprotected(_) | Error::Access(_) | Error::DataFolder { .. } => {
            Failure::Usage(error.to_string())
        }
        Error::Store { .. } => Failure::Refused(error.to_string()),
        other => Failure::Unexpected(other.to_string()),
    })?;
    // A closed standard output is a failure only if nothing else was one.
    listening.await.unwrap_or(Ok(()))
}

/// Resolves at the first Ctrl-C or SIGTERM. The second one ends the process where it is: what
/// was acknowledged is on the disk at any moment.
async fn signal() {
    let mut signals = Signals::listen();
    signals.next().await;
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(exit::UNEXPECTED.into());
    });
}

/// Signals that end the server, none of which is missed.
#[cfg(unix)]
struct Signals([Option<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    async fn next(&mut self) {
        std::future::poll_fn(|cx| {
            let mut signals = self.0.iter_mut().flatten();
            match signals.any(|signal| signal.poll_recv(cx).is_ready()) {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        })
        .await;
    }
}

/// Signals that end the server.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn start_log(format: LogFormat) -> Result<(), Failure> {
    let filter = match std::env::var(LOG_VARIABLE) {
        Ok(directives) => EnvFilter::try_new(&directives).map_err(|error| {
            Failure::Usage(format!(
                "Expected {LOG_VARIABLE} such as info or gardesh_server=debug, but got \
                 {directives:?}: {error}"
            ))
        })?,
        Err(_) => EnvFilter::new("info"),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(|error| Failure::Unexpected(format!("Expected to start the log, but {error}")))
}
