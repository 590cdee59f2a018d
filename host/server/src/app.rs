//! What every request handler can reach.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use gardesh_query::ReadModel;
use gardesh_runtime::{HelperProgram, Runtime};
use gardesh_store::Store;
use tokio::sync::watch;

use crate::driver::EngineHandle;
use crate::http::Access;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The folder of everything that is kept: store, read model, compiled components.
    pub data_dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that customers see, in links; without it links name the request's host.
    pub public_url: Option<String>,
    /// Go on although acknowledged entries are missing in the store.
    pub accept_loss: bool,
    /// Whoever uses the API must know it.
    pub api_token: Option<String>,
    /// The program that compiles components and checks configurations.
    pub helper: HelperProgram,
}

/// Whether the server has been told to stop, for those who only wait for something.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// With the one who tells.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (tell, told) = watch::channel(false);
        (tell, Self(told))
    }

    /// Resolves when it has been told.
    pub async fn begun(&self) {
        let mut told = self.0.clone();
        // Who is not there to tell any more has stopped, too.
        let _ = told.wait_for(|stopping| *stopping).await;
    }
}

/// The parts of a running server.
pub struct AppState {
    /// The way to the engine.
    pub engine: EngineHandle,
    /// The read model.
    pub query: Arc<ReadModel>,
    /// The sandbox.
    pub runtime: Runtime,
    /// The durable store.
    pub store: Arc<Store>,
    /// Who may use the API.
    pub access: Access,
    /// Whether it has been told to stop.
    pub stopping: Stopping,
    /// How the server was set up, with the address that it really listens on.
    pub config: ServerConfig,
}

/// A running server, shared by all handlers.
#[derive(Clone)]
pub struct App(Arc<AppState>);

impl App {
    /// Shares the parts.
    pub fn new(state: AppState) -> Self {
        Self(Arc::new(state))
    }
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}
