//! The part of WASI 0.2 that language runtimes need to start, served so that every run is
//! the same: journal time, seeded randomness, no arguments, no environment, no input.
//! What is written to standard output and error goes to the attempt's log. Waiting ends at
//! once, with the monotonic clock moved on. Files and sockets are in `wasi/absent.rs`.

pub mod absent;
mod io;

use crate::bindings::wasi::wasi::{cli, clocks, random};
use crate::guest::{Clock, Guest, Stop};
use crate::log::Stream;
use wasmtime::component::Resource;

/// The only input stream: closed from the start.
pub struct Stdin;

/// An output stream.
pub struct Output;

/// Something to wait for: ready once the monotonic clock has reached `ready_at`.
pub struct Pollable {
    /// Nanoseconds of the monotonic clock.
    pub ready_at: u64,
}

/// A resource of which there is never one: terminals, stream errors.
pub enum Never {}

/// The number behind a handle to standard output or error.
const fn output_rep(stream: Stream) -> u32 {
    match stream {
        Stream::Stdout => 1,
        Stream::Stderr => 2,
    }
}

/// The stream behind a handle. Handles are made by `output_rep` only.
fn output_stream(handle: &Resource<Output>) -> Stream {
    if handle.rep() == output_rep(Stream::Stderr) {
        Stream::Stderr
    } else {
        Stream::Stdout
    }
}

impl clocks::monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.enter()?;
        Ok(self.clock.read_monotonic())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.enter()?;
        Ok(Clock::STEP_NS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.enter()?;
        Ok(self.table.push(Pollable { ready_at: when })?)
    }

    fn subscribe_duration(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.enter()?;
        let ready_at = self.clock.monotonic_ns.saturating_add(when);
        Ok(self.table.push(Pollable { ready_at })?)
    }
}

impl clocks::wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        self.enter()?;
        let (seconds, ms) = (self.clock.now_ms / 1_000, self.clock.now_ms % 1_000);
        Ok(clocks::wall_clock::Datetime {
            seconds,
            nanoseconds: ms as u32 * 1_000_000,
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        self.enter()?;
        Ok(clocks::wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1_000_000,
        })
    }
}

impl random::random::Host for Guest {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.enter()?;
        Ok(self.random_bytes(len)?)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.enter()?;
        Ok(self.random.next_u64())
    }
}

impl random::insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        random::random::Host::get_random_bytes(self, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        random::random::Host::get_random_u64(self)
    }
}

impl random::insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        self.enter()?;
        Ok((self.random.next_u64(), self.random.next_u64()))
    }
}

impl cli::environment::Host for Guest {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.enter()?;
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.enter()?;
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.enter()?;
        Ok(None)
    }
}

impl cli::exit::Host for Guest {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        let code = u8::from(status.is_err());
        Err(Stop::Exit { code }.into())
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        Err(Stop::Exit { code }.into())
    }
}

impl cli::stdin::Host for Guest {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<Stdin>> {
        self.enter()?;
        Ok(Resource::new_own(0))
    }
}

impl cli::stdout::Host for Guest {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<Output>> {
        self.enter()?;
        Ok(Resource::new_own(output_rep(Stream::Stdout)))
    }
}

impl cli::stderr::Host for Guest {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<Output>> {
        self.enter()?;
        Ok(Resource::new_own(output_rep(Stream::Stderr)))
    }
}

impl cli::terminal_input::Host for Guest {}

impl cli::terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, _: Resource<Never>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl cli::terminal_output::Host for Guest {}

impl cli::terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, _: Resource<Never>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl cli::terminal_stdin::Host for Guest {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        self.enter()?;
        Ok(None)
    }
}

impl cli::terminal_stdout::Host for Guest {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        self.enter()?;
        Ok(None)
    }
}

impl cli::terminal_stderr::Host for Guest {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        self.enter()?;
        Ok(None)
    }
}
