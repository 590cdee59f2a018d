//! Helpers: processes that do what hostile input could make burst, one piece of work each
//! (`helper/child.rs`), with bounded memory and time and low priority, so that nothing is taken
//! from what runs meanwhile. Several are at work at a time, and each purpose has its own line:
//! what has to be made ready for a run does not stand behind uploads. What the work means is
//! for those who ask: `compiler.rs` and `configuration.rs`.

mod child;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use child::{INVALID, Order, UNABLE};
pub use child::{Work, help_parent};

use crate::limits::{HELPER_GRACE, MAX_COMPLAINT_BYTES, MAX_HELPERS};

/// The program that helps: it does nothing but call [`help_parent`].
#[derive(Debug, Clone)]
pub struct HelperProgram {
    /// The executable.
    pub path: PathBuf,
    /// The arguments that make it help.
    pub arguments: Vec<OsString>,
    /// All of its environment variables: what its allocator has to be told, say.
    pub environment: Vec<(OsString, OsString)>,
}

impl HelperProgram {
    /// The running program itself, called with these arguments and variables. On Linux it is
    /// found even when its file was replaced by an upgrade.
    ///
    /// # Errors
    /// When the system does not say where the running program is.
    pub fn itself(arguments: &[&str], environment: &[(&str, &str)]) -> io::Result<Self> {
        let path = match cfg!(target_os = "linux") {
            true => PathBuf::from("/proc/self/exe"),
            false => std::env::current_exe()?,
        };
        Ok(Self {
            path,
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: environment
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        })
    }
}

/// What a helper is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody uploads a component.
    Upload,
    /// A component is stored, and something is to run.
    Run,
    /// Somebody sets a configuration.
    Configuration,
}

/// A piece of work, and what may be spent on it.
pub struct Task {
    /// Who waits for it.
    pub purpose: Purpose,
    /// What is to be done.
    pub work: Work,
    /// What it is to be done with.
    pub input: Arc<[u8]>,
    /// Seconds on processors; less than one counts as one.
    pub cpu_time: Duration,
    /// From its start to its end, whatever else the machine does.
    pub wall_time: Duration,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Bytes of the result.
    pub output_bytes: u64,
}

/// Why there is no result.
#[derive(Debug)]
pub enum Failure {
    /// The platform is short of something, so that the same may succeed later.
    Busy(String),
    /// The platform cannot do its work.
    Broken(String),
    /// The input is not what the work takes, as the helper says.
    Invalid(String),
    /// The work takes more than the task's processor time.
    OutOfTime,
    /// The work takes more than the task's memory.
    OutOfMemory,
    /// The work recurses deeper than the helper's stack.
    OutOfStack,
    /// The result has more bytes than the task's.
    OutputTooLarge,
    /// The helper ended in another way.
    Fallen(String),
}

/// Starts helpers, within bounds.
pub struct Helpers {
    program: HelperProgram,
    /// How long a task waits for a place.
    patience: Duration,
    uploads: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    configurations: Arc<Semaphore>,
}

impl Helpers {
    /// Nothing is started yet.
    pub fn new(program: HelperProgram, patience: Duration) -> Self {
        let places = || Arc::new(Semaphore::new(MAX_HELPERS));
        Self {
            program,
            patience,
            uploads: places(),
            runs: places(),
            configurations: places(),
        }
    }

    /// Has a helper do the task. If nobody waits for it any more, the helper is ended.
    ///
    /// # Errors
    /// When the input is invalid or too much for the bounds, or when there is no place for it.
    pub async fn help(&self, task: Task) -> Result<Vec<u8>, Failure> {
        let place = self.place(task.purpose).await?;
        let (answer, answered) = oneshot::channel();
        let (events, happened) = channel();
        let _cancel_when_dropped = Cancel(events.clone());
        let program = self.program.clone();
        // A thread of its own: the helper ends with the thread that started it.
        let started = thread::Builder::new()
            .name("gardesh-helper".into())
            .spawn(move || {
                let result = run(&program, &task, &events, &happened);
                drop(place);
                // Nobody may be waiting any more.
                let _ = answer.send(result);
            });
        started.map_err(no_thread)?;
        let lost = |_| Err(Failure::Broken("the helper's thread ended".into()));
        answered.await.unwrap_or_else(lost)
    }

    async fn place(&self, purpose: Purpose) -> Result<OwnedSemaphorePermit, Failure> {
        let places = match purpose {
            Purpose::Upload => &self.uploads,
            Purpose::Run => &self.runs,
            Purpose::Configuration => &self.configurations,
        };
        let wait = self.patience;
        match tokio::time::timeout(wait, Arc::clone(places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(Failure::Busy("it is shut down".into())),
            Err(_) => Err(Failure::Busy(format!(
                "all {MAX_HELPERS} have been at work for {wait:?}"
            ))),
        }
    }
}

/// What a helper's thread waits for.
enum Happened {
    /// Standard output has ended.
    Output(io::Result<Vec<u8>>),
    /// Nobody wants the result any more.
    Cancelled,
}

/// Tells the helper's thread when the future that waits for it is dropped.
struct Cancel(Sender<Happened>);

impl Drop for Cancel {
    fn drop(&mut self) {
        // The thread may have ended.
        let _ = self.0.send(Happened::Cancelled);
    }
}

/// A process that does not outlive its handle.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(
    program: &HelperProgram,
    task: &Task,
    events: &Sender<Happened>,
    happened: &Receiver<Happened>,
) -> Result<Vec<u8>, Failure> {
    let began = Instant::now();
    let no_process = |error: io::Error| {
        Failure::Busy(format!("{} cannot be run: {error}", program.path.display()))
    };
    let child = Command::new(&program.path)
        .args(&program.arguments)
        .env_clear()
        .envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(no_process)?;
    let mut child = Killed(child);
    let complaint = attend(&mut child.0, task, events).map_err(no_thread)?;
    let wait = task.wall_time.saturating_sub(began.elapsed());
    let output = match happened.recv_timeout(wait) {
        Ok(Happened::Output(Ok(output))) => output,
        Ok(Happened::Output(Err(error))) => {
            return Err(Failure::Broken(format!(
                "the helper cannot be read: {error}"
            )));
        }
        Ok(Happened::Cancelled) => return Err(Failure::Busy("nobody waited for it".into())),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            let wall = task.wall_time;
            return Err(Failure::Busy(format!(
                "it is not done after {wall:?}; the machine has too much to do"
            )));
        }
    };
    if output.len() as u64 > task.output_bytes {
        return Err(Failure::OutputTooLarge);
    }
    let status = child.0.wait().map_err(no_process)?;
    let complaint = complaint.recv_timeout(HELPER_GRACE).unwrap_or_default();
    match status.code() {
        Some(0) => Ok(output),
        Some(code) if code == i32::from(INVALID) => Err(Failure::Invalid(complaint)),
        Some(code) if code == i32::from(UNABLE) => Err(Failure::Broken(format!(
            "the helper could not begin: {complaint}"
        ))),
        _ => Err(fallen(status, &complaint)),
    }
}

/// Feeds the helper and listens to it, each on a thread, because any pipe may be full.
/// Returns where its complaints come.
fn attend(
    child: &mut Child,
    task: &Task,
    events: &Sender<Happened>,
) -> io::Result<Receiver<String>> {
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(io::Error::other("the helper has no pipes"));
    };
    let order = Order {
        work: task.work,
        memory_bytes: task.memory_bytes,
        cpu_seconds: task.cpu_time.as_secs().max(1),
        input_bytes: task.input.len(),
    };
    let input = Arc::clone(&task.input);
    let helper = || thread::Builder::new().name("gardesh-helper-io".into());
    helper().spawn(move || {
        let line = serde_json::to_string(&order).map_err(io::Error::other);
        let fed = line.and_then(|line| {
            writeln!(stdin, "{line}")?;
            stdin.write_all(&input)
        });
        // A helper that fell says so by its exit.
        drop(fed);
    })?;
    let (events, limit) = (events.clone(), task.output_bytes.saturating_add(1));
    helper().spawn(move || {
        let output = read_to(stdout, limit);
        // The thread may have given up.
        let _ = events.send(Happened::Output(output));
    })?;
    let (said, complaint) = channel();
    helper().spawn(move || {
        let text = read_to(stderr, MAX_COMPLAINT_BYTES).unwrap_or_default();
        let _ = said.send(String::from_utf8_lossy(&text).trim().to_owned());
    })?;
    Ok(complaint)
}

fn read_to(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    from.take(limit).read_to_end(&mut read)?;
    Ok(read)
}

/// Why a helper ended without an answer.
fn fallen(status: ExitStatus, complaint: &str) -> Failure {
    let complains_of = |words: &[&str]| words.iter().any(|words| complaint.contains(words));
    if is_out_of_time(status) {
        Failure::OutOfTime
    } else if complains_of(&[
        "memory allocation of",
        "annot allocate memory",
        "out of memory",
    ]) {
        Failure::OutOfMemory
    } else if complains_of(&["has overflowed its stack"]) {
        Failure::OutOfStack
    } else {
        Failure::Fallen(format!("{status}: {complaint}"))
    }
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(libc::SIGXCPU)
}

#[cfg(not(unix))]
fn is_out_of_time(_status: ExitStatus) -> bool {
    false
}

fn no_thread(error: io::Error) -> Failure {
    Failure::Busy(format!("there are no threads: {error}"))
}
