//! The threads that components run on: apart from those that serve HTTP, so that no
//! component, however busy, holds up a request. There are two sets: what is short runs on the
//! first; what turns out to be long goes on at low priority on the second, so that it takes
//! what the others leave.

use std::future::Future;
use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinError, JoinHandle};

use crate::system;

/// A thread looks for new work after every so many turns of old work: with components
/// that give way every few milliseconds the default of 61 would keep new ones waiting.
const LOOK_FOR_NEW_WORK: u32 = 2;

/// Whose turn a thread's is when others want the same processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// That of everything else in the process.
    Usual,
    /// Behind everything else in the process.
    Low,
}

/// A set of threads; dropping it ends what runs there.
pub struct Threads(Option<Runtime>);

impl Threads {
    /// One thread for each processor.
    ///
    /// # Errors
    /// When the system has no threads to give.
    pub fn start(name: &str, priority: Priority) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        Builder::new_multi_thread()
            .worker_threads(count)
            .thread_name(name)
            .on_thread_start(move || {
                if priority == Priority::Low {
                    system::lower_priority();
                }
            })
            .global_queue_interval(LOOK_FOR_NEW_WORK)
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    /// Runs `future` there, to its end.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.handle().spawn(future);
    }

    /// Runs `future` there. It ends early when the returned future is dropped.
    pub async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        AbortOnDrop(self.handle().spawn(future)).await_it().await
    }

    /// Runs `work` where blocking is fine.
    pub async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        self.handle().spawn_blocking(work).await
    }

    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("present until dropped").handle()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Waiting for the threads is not allowed where this may be dropped.
            runtime.shutdown_background();
        }
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn await_it(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
