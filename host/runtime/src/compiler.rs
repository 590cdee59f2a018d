//! Cranelift at arm's length: each component is compiled by a process of its own
//! (`compiler/child.rs`) with bounded memory and time and low priority, so that neither an
//! upload of 18 MB (10-16 s of compiling) nor one made to burst the compiler takes anything
//! from what runs meanwhile. Several compile at a time; what has to be made ready for a run
//! does not stand in line with uploads.

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

pub use child::compile_for_parent;
use child::{INVALID, Order};

use crate::fault::bytes;
use crate::{Limits, Refusal};

/// Components that are compiled at once, for each [`Purpose`]: one that takes long leaves a
/// place to the next. Each takes memory, so there are few.
const PLACES: usize = 2;

/// What is read of the compiler's complaints.
const COMPLAINT_BYTES: u64 = 16 << 10;

/// How long the compiler gets between its own bound and the kill, for its last words.
const GRACE: Duration = Duration::from_millis(200);

/// The program that compiles: it does nothing but call [`compile_for_parent`].
#[derive(Debug, Clone)]
pub struct CompilerProgram {
    /// The executable.
    pub path: PathBuf,
    /// The arguments that make it compile.
    pub arguments: Vec<OsString>,
}

impl CompilerProgram {
    /// The running program itself, called with these arguments. On Linux it is found even
    /// when its file was replaced by an upgrade.
    ///
    /// # Errors
    /// When the system does not say where the running program is.
    pub fn itself(arguments: &[&str]) -> io::Result<Self> {
        let path = match cfg!(target_os = "linux") {
            true => PathBuf::from("/proc/self/exe"),
            false => std::env::current_exe()?,
        };
        Ok(Self {
            path,
            arguments: arguments.iter().map(OsString::from).collect(),
        })
    }
}

/// What a compilation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody uploads it.
    Upload,
    /// It is stored, and something is to run.
    Run,
}

/// Starts compilers, within bounds.
pub struct Compiler {
    program: CompilerProgram,
    limits: Arc<Limits>,
    uploads: Arc<Semaphore>,
    runs: Arc<Semaphore>,
}

impl Compiler {
    /// Nothing is started yet.
    pub fn new(program: CompilerProgram, limits: Arc<Limits>) -> Self {
        Self {
            program,
            limits,
            uploads: Arc::new(Semaphore::new(PLACES)),
            runs: Arc::new(Semaphore::new(PLACES)),
        }
    }

    /// Compiles a component. If nobody waits for it any more, the compiler is ended.
    ///
    /// # Errors
    /// When the component is invalid or too much for the compiler, or when there is no
    /// place for it.
    pub async fn compile(&self, purpose: Purpose, wasm: Arc<[u8]>) -> Result<Vec<u8>, Refusal> {
        let place = self.place(purpose).await?;
        let (answer, answered) = oneshot::channel();
        let (events, happened) = channel();
        let _cancel_when_dropped = Cancel(events.clone());
        let (program, limits) = (self.program.clone(), Arc::clone(&self.limits));
        // A thread of its own: the compiler ends with the thread that started it.
        let started = thread::Builder::new()
            .name("gardesh-compile".into())
            .spawn(move || {
                let compiled = compile(&program, &limits, &wasm, &events, &happened);
                drop(place);
                // Nobody may be waiting any more.
                let _ = answer.send(compiled);
            });
        started.map_err(|error| Refusal::Busy(format!("there are no threads: {error}")))?;
        let lost = |_| Err(Refusal::Runtime("the compiler's thread ended".into()));
        answered.await.unwrap_or_else(lost)
    }

    async fn place(&self, purpose: Purpose) -> Result<OwnedSemaphorePermit, Refusal> {
        let places = match purpose {
            Purpose::Upload => &self.uploads,
            Purpose::Run => &self.runs,
        };
        let wait = self.limits.compile_wait;
        match tokio::time::timeout(wait, Arc::clone(places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(Refusal::Busy("it is shut down".into())),
            Err(_) => Err(Refusal::Busy(format!(
                "all {PLACES} have been at work for {wait:?}"
            ))),
        }
    }
}

/// What a compiler's thread waits for.
enum Happened {
    /// Standard output has ended.
    Code(io::Result<Vec<u8>>),
    /// Nobody wants the result any more.
    Cancelled,
}

/// Tells the compiler's thread when the future that waits for it is dropped.
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

fn compile(
    program: &CompilerProgram,
    limits: &Limits,
    wasm: &Arc<[u8]>,
    events: &Sender<Happened>,
    happened: &Receiver<Happened>,
) -> Result<Vec<u8>, Refusal> {
    let began = Instant::now();
    let cpu_time = cpu_time(limits, wasm.len());
    let order = Order {
        stack_bytes: limits.stack_bytes,
        memory_bytes: limits.compile_memory_bytes,
        cpu_seconds: cpu_time.as_secs().max(1),
        wasm_bytes: wasm.len(),
    };
    let no_process = |error: io::Error| {
        Refusal::Busy(format!("{} cannot be run: {error}", program.path.display()))
    };
    let child = Command::new(&program.path)
        .args(&program.arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(no_process)?;
    let mut child = Killed(child);
    let complaint = attend(&mut child.0, order, wasm, limits.code_bytes, events)
        .map_err(|error| Refusal::Busy(format!("there are no threads: {error}")))?;
    let wait = limits.compile_wall_time.saturating_sub(began.elapsed());
    let code = match happened.recv_timeout(wait) {
        Ok(Happened::Code(Ok(code))) => code,
        Ok(Happened::Code(Err(error))) => {
            return Err(Refusal::Runtime(format!(
                "the compiler cannot be read: {error}"
            )));
        }
        Ok(Happened::Cancelled) => return Err(Refusal::Busy("nobody waited for it".into())),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            let wall = limits.compile_wall_time;
            return Err(Refusal::Busy(format!(
                "it is not done after {wall:?}; the machine has too much to do"
            )));
        }
    };
    if code.len() as u64 > limits.code_bytes {
        let limit = usize::try_from(limits.code_bytes).unwrap_or(usize::MAX);
        return Err(Refusal::Compilation {
            found: format!("it comes to more than {} of machine code", bytes(limit)),
        });
    }
    let status = child.0.wait().map_err(no_process)?;
    let complaint = complaint.recv_timeout(GRACE).unwrap_or_default();
    match status.code() {
        Some(0) => Ok(code),
        Some(code) if code == i32::from(INVALID) => Err(Refusal::Invalid { found: complaint }),
        _ => Err(fallen(status, &complaint, cpu_time, limits)),
    }
}

/// Feeds the compiler and listens to it, each on a thread, because any pipe may be full.
/// Returns where its complaints come.
fn attend(
    child: &mut Child,
    order: Order,
    wasm: &Arc<[u8]>,
    code_bytes: u64,
    events: &Sender<Happened>,
) -> io::Result<Receiver<String>> {
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(io::Error::other("the compiler has no pipes"));
    };
    let wasm = Arc::clone(wasm);
    let helper = || thread::Builder::new().name("gardesh-compile-io".into());
    helper().spawn(move || {
        let line = serde_json::to_string(&order).map_err(io::Error::other);
        let fed = line.and_then(|line| {
            writeln!(stdin, "{line}")?;
            stdin.write_all(&wasm)
        });
        // A compiler that fell says so by its exit.
        drop(fed);
    })?;
    let events = events.clone();
    helper().spawn(move || {
        let code = read_to(stdout, code_bytes.saturating_add(1));
        // The thread may have given up.
        let _ = events.send(Happened::Code(code));
    })?;
    let (said, complaint) = channel();
    helper().spawn(move || {
        let text = read_to(stderr, COMPLAINT_BYTES).unwrap_or_default();
        let _ = said.send(String::from_utf8_lossy(&text).trim().to_owned());
    })?;
    Ok(complaint)
}

fn read_to(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    from.take(limit).read_to_end(&mut read)?;
    Ok(read)
}

/// What a component of this size may take.
fn cpu_time(limits: &Limits, size: usize) -> Duration {
    let mib = u32::try_from(size >> 20).unwrap_or(u32::MAX);
    limits
        .compile_cpu_time
        .saturating_add(limits.compile_cpu_time_per_mib.saturating_mul(mib))
}

/// Why a compiler ended without an answer.
fn fallen(status: ExitStatus, complaint: &str, cpu_time: Duration, limits: &Limits) -> Refusal {
    let memory = bytes(usize::try_from(limits.compile_memory_bytes).unwrap_or(usize::MAX));
    let advice = "Make it smaller: functions with thousands of variables, or very many \
                  functions and types, do this";
    let found = if is_out_of_time(status) {
        format!("the compiler used up its {cpu_time:?} of processor time. {advice}")
    } else if [
        "memory allocation of",
        "annot allocate memory",
        "out of memory",
    ]
    .iter()
    .any(|words| complaint.contains(words))
    {
        format!("the compiler used up its {memory} of memory. {advice}")
    } else {
        format!("the compiler ended with {status}: {complaint}. {advice}")
    };
    Refusal::Compilation { found }
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
