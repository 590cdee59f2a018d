//! The server: driver, effects, HTTP API and web pages, and how they are started and
//! stopped. The command line around it is in `cli`.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod app;
pub mod backup;
pub mod compact;
mod driver;
mod folder;
mod http;
mod limits;
mod secret;
pub mod verify;
mod web;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use gardesh_query::ReadModel;
use gardesh_runtime::{Digest, Runtime, RuntimeConfig};
use gardesh_store::{Loss, Opening, Store};
use tokio::sync::watch;

pub use app::ServerConfig;
use app::{App, AppState, Stopping};

use crate::limits::REST_TIME;

/// Why a server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It would let everybody in.
    #[error(
        "Expected an API token for listening on {0}, which others can reach, but there is none. Give --api-token-file, or listen on 127.0.0.1."
    )]
    Unprotected(std::net::SocketAddr),
    /// A setting is wrong.
    #[error(transparent)]
    Access(#[from] http::AccessError),
    /// The data folder cannot be used.
    #[error(
        "Expected to use the data folder {path}, but {}",
        folder::why_not(source)
    )]
    DataFolder { path: PathBuf, source: io::Error },
    /// The folder for a copy cannot be used.
    #[error(
        "Expected to copy into {path}, but {source}. Name a folder that is missing or empty, on a disk with room."
    )]
    Backup { path: PathBuf, source: io::Error },
    /// The store cannot be opened.
    #[error("{file}: {source}")]
    Store {
        file: PathBuf,
        source: gardesh_store::Error,
    },
    /// The read model cannot be opened.
    #[error(transparent)]
    Query(#[from] gardesh_query::Error),
    /// The sandbox cannot be set up.
    #[error(transparent)]
    Runtime(#[from] gardesh_runtime::Error),
    /// The address cannot be listened on.
    #[error("Expected to listen on {address}, but {}", why_not_listening(source))]
    Listen {
        address: std::net::SocketAddr,
        source: io::Error,
    },
    /// A thread or the network failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The engine or the store failed; what was acknowledged is on the disk.
    #[error("the server had to stop: {0}")]
    Stopped(String),
}

/// What keeps a server from an address, and what to do about it.
fn why_not_listening(error: &io::Error) -> String {
    let because = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there already. Is it a Gardesh server? Stop it, or give another port with --listen."
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address. Give one of its own with --listen, or 0.0.0.0 for all that it has."
        }
        io::ErrorKind::PermissionDenied => {
            "this user may not have that port. Give one above 1023 with --listen, or let the program have it (on Linux: setcap cap_net_bind_service=+ep)."
        }
        _ => return format!("{error}."),
    };
    because.to_owned()
}

/// Serves until `shutdown` resolves. `ready` is called once with the address.
///
/// # Errors
/// When something needed cannot be had, or the store fails while running.
pub async fn serve(
    mut config: ServerConfig,
    ready: impl FnOnce(std::net::SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    if !config.listen.ip().is_loopback() && config.api_token.is_none() {
        return Err(Error::Unprotected(config.listen));
    }
    let listener = http::listen(config.listen).map_err(|source| Error::Listen {
        address: config.listen,
        source,
    })?;
    config.listen = listener.local_addr()?;
    let address = config.listen;
    let (stop, stopping) = Stopping::new();
    let (app, mut stopped) = open(config, stopping)?;
    let store = Arc::clone(&app.store);
    let pages = web::router().with_state(app.clone());
    let router = http::router(app, pages);
    ready(address);
    let mut failing = stopped.clone();
    let either = async move {
        tokio::select! {
            () = shutdown => {}
            _ = failing.wait_for(Option::is_some) => {}
        }
        stop.send_replace(true);
    };
    http::serve(listener, router, either).await;
    // Nobody can ask any more, so the engine comes to its end, and the store with it.
    let at_rest = stopped.wait_for(Option::is_some);
    match tokio::time::timeout(REST_TIME, at_rest).await {
        Ok(_) => close(store).await,
        Err(_) => tracing::info!("the engine was still at work when the server stopped"),
    }
    match stopped.borrow().clone() {
        Some(reason) if !reason.is_empty() => Err(Error::Stopped(reason)),
        _ => Ok(()),
    }
}

/// Closes the store, so that the next start need not read all of it.
async fn close(store: Arc<Store>) {
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    if let Ok(Err(error)) = closed {
        tracing::warn!(%error, "the store could not be closed in order; the next start reads all of it");
    }
}

fn open(
    config: ServerConfig,
    stopping: Stopping,
) -> Result<(App, watch::Receiver<Option<String>>), Error> {
    let access = http::Access::new(
        config.api_token.as_deref(),
        config.listen,
        config.public_url.as_deref(),
    )?;
    folder::make_private(&config.data_dir)?;
    let opening = Opening {
        accept_loss: config.accept_loss,
        ..Opening::default()
    };
    let (store, loss) = folder::open_store(&config.data_dir, opening)?;
    if let Some(Loss { position, expected }) = loss {
        tracing::warn!(
            position,
            expected,
            "entries of the journal are lost, which was accepted; what is left goes on"
        );
    }
    let store = Arc::new(store);
    let last = store.last_entry().map_err(|source| Error::Store {
        file: folder::store_file(&config.data_dir),
        source,
    })?;
    let query = Arc::new(ReadModel::open(&folder::read_model_file(&config.data_dir))?);
    let secret = secret::read_or_make(&config.data_dir).map_err(|source| Error::DataFolder {
        path: config.data_dir.clone(),
        source,
    })?;
    let runtime = Runtime::new(RuntimeConfig {
        secret,
        ..RuntimeConfig::new(
            folder::compiled_folder(&config.data_dir),
            Arc::new(source(&store)),
            config.helper.clone(),
        )
    })?;
    let parts = driver::Parts {
        store: Arc::clone(&store),
        last,
        runtime: runtime.clone(),
        query: Arc::clone(&query),
        clock: driver::system_clock(),
    };
    let (engine, stopped) = driver::start(parts)?;
    Ok((
        App::new(AppState {
            engine,
            query,
            runtime,
            store,
            access,
            stopping,
            config,
        }),
        stopped,
    ))
}

/// The runtime reads components from the store.
fn source(
    store: &Arc<Store>,
) -> impl Fn(&Digest) -> io::Result<Option<Vec<u8>>> + Send + Sync + 'static {
    let store = Arc::clone(store);
    move |digest| store.blob(&digest.to_string()).map_err(io::Error::other)
}
