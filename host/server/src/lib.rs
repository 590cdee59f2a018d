//! The server: driver, effects, HTTP API and web pages, and how they are started and
//! stopped. The command line around it is in `cli`.

#![forbid(unsafe_code)]

mod app;
pub mod compact;
mod driver;
mod http;
mod secret;
pub mod verify;
mod web;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gardesh_query::ReadModel;
use gardesh_runtime::{Digest, Runtime, RuntimeConfig};
use gardesh_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use app::ServerConfig;
use app::{App, AppState};

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
    #[error("the data folder {path} cannot be used: {source}")]
    DataFolder { path: PathBuf, source: io::Error },
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
    #[error("cannot listen on {address}: {source}")]
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

/// The store in a data folder.
pub(crate) fn store_file(data_dir: &Path) -> PathBuf {
    data_dir.join("gardesh.redb")
}

/// The read model in a data folder.
pub(crate) fn read_model_file(data_dir: &Path) -> PathBuf {
    data_dir.join("query.sqlite")
}

/// What is checked or mended must be there: opening a store would make one.
pub(crate) fn expect_store(data_dir: &Path) -> Result<(), Error> {
    if store_file(data_dir).exists() {
        return Ok(());
    }
    let source = io::Error::new(io::ErrorKind::NotFound, "there is no store in it");
    Err(Error::DataFolder {
        path: data_dir.to_owned(),
        source,
    })
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
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| Error::Listen {
            address: config.listen,
            source,
        })?;
    config.listen = listener.local_addr()?;
    let address = config.listen;
    let (app, stopped) = open(config)?;
    let pages = web::router().with_state(app.clone());
    let router = http::router(app, pages);
    ready(address);
    let mut failing = stopped.clone();
    let either = async move {
        tokio::select! {
            () = shutdown => {}
            _ = failing.wait_for(Option::is_some) => {}
        }
    };
    http::serve(listener, router, either).await;
    match stopped.borrow().clone() {
        Some(reason) if !reason.is_empty() => Err(Error::Stopped(reason)),
        _ => Ok(()),
    }
}

fn open(config: ServerConfig) -> Result<(App, watch::Receiver<Option<String>>), Error> {
    let access = http::Access::new(
        config.api_token.as_deref(),
        config.listen,
        config.public_url.as_deref(),
    )?;
    make_private(&config.data_dir)?;
    let file = store_file(&config.data_dir);
    let failed = |source| Error::Store {
        file: file.clone(),
        source,
    };
    let store = Arc::new(Store::open(&file).map_err(failed)?);
    let last = store.last_entry().map_err(failed)?;
    let query = Arc::new(ReadModel::open(&read_model_file(&config.data_dir))?);
    let secret = secret::read_or_make(&config.data_dir).map_err(|source| Error::DataFolder {
        path: config.data_dir.clone(),
        source,
    })?;
    let runtime = Runtime::new(RuntimeConfig {
        secret,
        ..RuntimeConfig::new(
            config.data_dir.join("compiled"),
            Arc::new(source(&store)),
            config.compiler.clone(),
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

/// The folder holds cases, answers and compiled code: it is nobody else's business.
fn make_private(folder: &Path) -> Result<(), Error> {
    let failed = |source| Error::DataFolder {
        path: folder.to_owned(),
        source,
    };
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)
}
