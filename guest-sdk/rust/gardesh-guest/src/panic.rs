//! A panic ends in a wasm trap that says only "unreachable"; the hook sends its message
//! to the log first.

use std::sync::Once;

use crate::host::{Level, log};

/// Installs the hook once per instance.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| std::panic::set_hook(Box::new(|info| log(Level::Error, info))));
}
