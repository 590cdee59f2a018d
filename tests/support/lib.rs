//! What whole-system tests share: the real binary as a process on a free port, an HTTP
//! client for it, and a browser's driver. What is tested lives in `tests/`.

mod api;
mod browser;
mod http;
mod server;
mod twins;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use browser::{Element, Phone, Rect, key};
pub use http::{Client, Reply};
pub use server::{Options, Server, binary};
pub use twins::{Twins, dump};

/// How long anything may take that is not itself being measured: the two cores of a CI
/// machine are shared, so this is generous.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The root of the repository.
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// Where the build puts its results, and tests what is for the eye.
pub fn target() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    folder.map_or_else(|| repository().join("target"), PathBuf::from)
}

/// Asks again and again until there is an answer, and gives it.
///
/// # Panics
/// When there is none within [`PATIENCE`].
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "Expected {what} within {PATIENCE:?}, but it did not come."
        );
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// A component that `make components hostile-guests` has built, by its folder's name.
///
/// # Panics
/// When it is not there.
pub fn component(name: &str) -> Vec<u8> {
    let path = target().join("components").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|e| {
        panic!(
            "Expected a component at {}, but {e}. Build it with `make components hostile-guests`.",
            path.display()
        )
    })
}
