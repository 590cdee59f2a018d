//! Cranelift at arm's length: compilations run on threads of their own and one component
//! at a time, so that an upload of 18 MB (10-16 s of compiling) takes no thread from what
//! runs meanwhile, and the system divides the processors fairly. (At low priority a busy
//! machine would never get it done.)

use std::sync::Arc;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};
use wasmtime::Engine;

use crate::{Error, Refusal};

/// Compiling recurses on nested types and blocks; their depth is bounded, the default
/// stack of 2 MiB is a little close to it.
const STACK_BYTES: usize = 8 << 20;

/// The compiling threads.
pub struct Compiler {
    threads: Arc<ThreadPool>,
    /// One permit: a component is compiled on all threads anyway.
    turn: Arc<Semaphore>,
}

impl Compiler {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no threads to give.
    pub fn new() -> Result<Self, Error> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let threads = ThreadPoolBuilder::new()
            .num_threads(count)
            .stack_size(STACK_BYTES)
            .thread_name(|n| format!("gardesh-compile-{n}"))
            // The default is to abort the process; a panic drops the answer's sender.
            .panic_handler(|_| tracing::error!("the compiler panicked"))
            .build()
            .map_err(|error| Error::Engine(format!("there are no threads: {error}")))?;
        Ok(Self {
            threads: Arc::new(threads),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// Compiles a component. A compilation that was begun is finished even if nobody waits
    /// for it any more, and keeps the next one waiting meanwhile.
    ///
    /// # Errors
    /// When the component is invalid.
    pub async fn compile(&self, engine: &Engine, wasm: Arc<[u8]>) -> Result<Vec<u8>, Refusal> {
        let closed = |_| Refusal::Runtime("the compiler is shut down".into());
        let turn = Arc::clone(&self.turn)
            .acquire_owned()
            .await
            .map_err(closed)?;
        let (sender, receiver) = oneshot::channel();
        let engine = engine.clone();
        self.threads.spawn(move || {
            let compiled = engine.precompile_component(&wasm);
            drop(turn);
            // Nobody may be waiting any more.
            let _ = sender.send(compiled);
        });
        match receiver.await {
            Ok(Ok(code)) => Ok(code),
            Ok(Err(error)) => Err(Refusal::Invalid {
                found: format!("{error:#}"),
            }),
            Err(_) => Err(Refusal::Runtime("the compiler panicked".into())),
        }
    }
}
