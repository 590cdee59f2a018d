//! `gardesh:step/host` as the sandbox serves it: log, journal time, seeded randomness and
//! configuration.

use crate::LogLevel;
use crate::bindings::step::gardesh::step::{host, types};
use crate::guest::Guest;

impl types::Host for Guest {}

impl host::Host for Guest {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        self.enter()?;
        let level = match level {
            host::Level::Debug => LogLevel::Debug,
            host::Level::Info => LogLevel::Info,
            host::Level::Warn => LogLevel::Warn,
            host::Level::Error => LogLevel::Error,
        };
        self.log.push(level, message);
        Ok(())
    }

    fn now(&mut self) -> wasmtime::Result<u64> {
        self.enter()?;
        Ok(self.clock.now_ms)
    }

    fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        self.enter()?;
        Ok(self.random_bytes(u64::from(length))?)
    }

    fn config(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        self.enter()?;
        Ok(self.config.get(&name).cloned())
    }
}
