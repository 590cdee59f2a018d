//! The real `gardesh` binary as a child process with its own data folder: start, kill
//! without warning, start again. When it does not come up, the test shows its log.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

use crate::http::Client;
use crate::{eventually, target};

/// Bytes of the log that a failure shows.
const LOG_TAIL_BYTES: u64 = 8 * 1024;

/// How a server is started. The default is what most tests want.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Arguments after `serve --data … --listen …`.
    pub arguments: Vec<String>,
    /// Further environment variables.
    pub environment: Vec<(String, String)>,
    /// A data folder that outlives the server; without one it gets a fresh one.
    pub data: Option<PathBuf>,
    /// The API token to show with each request.
    pub token: Option<String>,
}

/// A running server. It dereferences to its HTTP client and dies with the test.
pub struct Server {
    options: Options,
    process: Option<Child>,
    port: u16,
    data: PathBuf,
    client: Client,
    folder: TempDir,
}

impl Server {
    /// Starts the binary on a free port and waits until it is healthy.
    ///
    /// # Panics
    /// When it does not come up; the message ends with its log.
    pub fn start(options: &Options) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let mut server = Server {
            process: None,
            port,
            data: options
                .data
                .clone()
                .unwrap_or_else(|| folder.path().join("data")),
            client: Client::new(
                &format!("http://127.0.0.1:{port}"),
                options.token.as_deref(),
            ),
            folder,
            options: options.clone(),
        };
        server.restart();
        server
    }

    /// Starts the binary (again) on the same port and data folder and waits until it is
    /// healthy. A server that still runs is killed first.
    pub fn restart(&mut self) {
        self.kill9();
        self.process = Some(self.spawn());
        eventually("a healthy server", || {
            self.assert_running();
            self.client
                .try_get("/v1/health")
                .ok()
                .filter(|reply| reply.status == 200)
        });
    }

    /// Ends the process as a power failure would: SIGKILL, nothing flushed.
    pub fn kill9(&mut self) {
        if let Some(mut process) = self.process.take() {
            // An error means that it is dead already, which is what is wanted.
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// Waits until the process has ended by itself, and says how.
    ///
    /// # Panics
    /// When it does not run, or goes on running.
    pub fn await_end(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("a running server");
        eventually("the end of the server", || {
            process.try_wait().ok().flatten()
        })
    }

    /// The process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// The folder that it keeps its data in.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where it listens, such as `127.0.0.1:4711`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A client to use in other threads.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The end of what the server logged, over all its starts.
    pub fn log_tail(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(self.log_path())?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_else(|e| format!("(no log: {e})"))
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn spawn(&self) -> Child {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .expect("a log file");
        let binary = binary();
        Command::new(&binary)
            .arg("serve")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &self.address()])
            .args(&self.options.arguments)
            .envs(
                self.options
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| {
                panic!(
                    "Expected to run {}, but {e}. Build it with `make build`.",
                    binary.display()
                )
            })
    }

    fn assert_running(&mut self) {
        let ended = self
            .process
            .as_mut()
            .and_then(|process| process.try_wait().ok().flatten());
        assert!(
            ended.is_none(),
            "Expected the server to run, but it ended with {ended:?}:\n{}",
            self.log_tail()
        );
    }
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            eprintln!("--- the server's log ends so ---\n{}", self.log_tail());
        }
    }
}

/// The binary under test: `GARDESH_BIN`, else the release build.
pub fn binary() -> PathBuf {
    std::env::var_os("GARDESH_BIN")
        .map_or_else(|| target().join("release").join("gardesh"), PathBuf::from)
}

/// A port that was free a moment ago. The server is given a fixed one, because links in
/// invitations must still lead to it after a restart.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the port's number").port()
}
