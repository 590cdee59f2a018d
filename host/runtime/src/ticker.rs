//! The clock that interrupts running components: a thread that advances the engines'
//! epoch while anything runs, and sleeps otherwise.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};

use wasmtime::{Engine, EngineWeak};

use crate::limits::TICK;

/// The handle of the thread; dropping it ends the thread.
pub struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    running: AtomicUsize,
    stop: AtomicBool,
    engines: Vec<EngineWeak>,
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start<'a>(engines: impl Iterator<Item = &'a Engine>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            engines: engines.map(Engine::weak).collect(),
        });
        let ticking = Arc::clone(&shared);
        let handle = thread::Builder::new()
            .name("gardesh-epoch".into())
            .spawn(move || ticking.tick())?;
        Ok(Self {
            shared,
            thread: handle.thread().clone(),
        })
    }

    /// The epoch advances for as long as the returned value lives.
    pub fn running(&self) -> Running {
        if self.shared.running.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Running(Arc::clone(&self.shared))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Shared {
    fn tick(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            if self.running.load(Ordering::SeqCst) == 0 {
                thread::park();
                continue;
            }
            thread::sleep(TICK);
            for engine in &self.engines {
                if let Some(engine) = engine.upgrade() {
                    engine.increment_epoch();
                }
            }
        }
    }
}

/// Stands for one running component.
pub struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
