//! A line on the terminal that shows what a long command is doing and for how long.
//! Where standard error is no terminal, or `--quiet` was given, it shows nothing.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::limits::PROGRESS_PACE;

/// The line; it goes away when this is dropped.
#[derive(Debug, Default)]
pub struct Progress {
    painter: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    /// Shows `label` from now on.
    pub fn start(quiet: bool, label: impl Into<String>) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self::default();
        }
        let label = label.into();
        let (labels, news) = mpsc::channel();
        let painter = std::thread::spawn(move || {
            let began = Instant::now();
            let mut label = label;
            loop {
                draw(&label, began.elapsed());
                match news.recv_timeout(PROGRESS_PACE) {
                    Ok(next) => label = next,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return erase(),
                }
            }
        });
        Self {
            painter: Some((labels, painter)),
        }
    }

    /// Shows another label.
    pub fn label(&self, label: impl Into<String>) {
        if let Some((labels, _)) = &self.painter {
            // A painter that is gone has nothing to draw on.
            let _ = labels.send(label.into());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((labels, painter)) = self.painter.take() {
            drop(labels);
            let _ = painter.join();
        }
    }
}

// Failing to draw is not worth failing for.
fn draw(label: &str, elapsed: Duration) {
    let _ = write!(
        std::io::stderr().lock(),
        "\r\x1b[2K{label} {:.1} s",
        elapsed.as_secs_f64()
    );
}

fn erase() {
    let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
}
