//! `wasi:io`: streams, of which there are three, and polling, which never waits.

use wasmtime::component::Resource;

use super::{Never, Output, Pollable, Stdin, output_stream};
use crate::bindings::wasi::wasi::io::{error, poll, streams};
use crate::guest::Guest;
use crate::limits::WRITE_PERMIT_BYTES;
use streams::StreamError;

impl error::Host for Guest {}

impl error::HostError for Guest {
    fn to_debug_string(&mut self, _: Resource<Never>) -> wasmtime::Result<String> {
        self.enter()?;
        Ok(String::new())
    }

    fn drop(&mut self, _: Resource<Never>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl poll::Host for Guest {
    /// Where nothing is ready, time moves on to the first thing that will be.
    fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        self.enter()?;
        let mut ready_at = Vec::with_capacity(pollables.len());
        for pollable in &pollables {
            ready_at.push(self.table.get(pollable)?.ready_at);
        }
        let Some(&first) = ready_at.iter().min() else {
            return Err(wasmtime::Error::msg(
                "Expected something to wait for, but `poll` was called with an empty list",
            ));
        };
        self.clock.sleep_until(first);
        let now = self.clock.monotonic_ns;
        let ready = (0..).zip(ready_at).filter(|&(_, at)| at <= now);
        Ok(ready.map(|(index, _)| index).collect())
    }
}

impl poll::HostPollable for Guest {
    fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        self.enter()?;
        let now = self.clock.read_monotonic();
        Ok(self.table.get(&pollable)?.ready_at <= now)
    }

    fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.enter()?;
        let ready_at = self.table.get(&pollable)?.ready_at;
        self.clock.sleep_until(ready_at);
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.table.delete(pollable)?;
        Ok(())
    }
}

type StreamResult<T> = wasmtime::Result<Result<T, StreamError>>;

impl Guest {
    fn write_output(&mut self, stream: &Resource<Output>, bytes: &[u8]) -> StreamResult<()> {
        self.enter()?;
        self.log.write(output_stream(stream), bytes);
        Ok(Ok(()))
    }

    fn read_closed<T>(&mut self) -> StreamResult<T> {
        self.enter()?;
        Ok(Err(StreamError::Closed))
    }

    fn always_ready(&mut self) -> wasmtime::Result<Resource<Pollable>> {
        self.enter()?;
        Ok(self.table.push(Pollable { ready_at: 0 })?)
    }
}

impl streams::Host for Guest {}

impl streams::HostInputStream for Guest {
    fn read(&mut self, _: Resource<Stdin>, _: u64) -> StreamResult<Vec<u8>> {
        self.read_closed()
    }

    fn blocking_read(&mut self, _: Resource<Stdin>, _: u64) -> StreamResult<Vec<u8>> {
        self.read_closed()
    }

    fn skip(&mut self, _: Resource<Stdin>, _: u64) -> StreamResult<u64> {
        self.read_closed()
    }

    fn blocking_skip(&mut self, _: Resource<Stdin>, _: u64) -> StreamResult<u64> {
        self.read_closed()
    }

    fn subscribe(&mut self, _: Resource<Stdin>) -> wasmtime::Result<Resource<Pollable>> {
        self.always_ready()
    }

    fn drop(&mut self, _: Resource<Stdin>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl streams::HostOutputStream for Guest {
    fn check_write(&mut self, _: Resource<Output>) -> StreamResult<u64> {
        self.enter()?;
        Ok(Ok(WRITE_PERMIT_BYTES))
    }

    fn write(&mut self, stream: Resource<Output>, bytes: Vec<u8>) -> StreamResult<()> {
        self.write_output(&stream, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<Output>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        self.write_output(&stream, &bytes)
    }

    fn flush(&mut self, _: Resource<Output>) -> StreamResult<()> {
        self.enter()?;
        Ok(Ok(()))
    }

    fn blocking_flush(&mut self, _: Resource<Output>) -> StreamResult<()> {
        self.enter()?;
        Ok(Ok(()))
    }

    fn subscribe(&mut self, _: Resource<Output>) -> wasmtime::Result<Resource<Pollable>> {
        self.always_ready()
    }

    /// Zeroes are no text, so nothing of them is kept.
    fn write_zeroes(&mut self, stream: Resource<Output>, _: u64) -> StreamResult<()> {
        self.write_output(&stream, &[])
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<Output>,
        _: u64,
    ) -> StreamResult<()> {
        self.write_output(&stream, &[])
    }

    fn splice(&mut self, _: Resource<Output>, _: Resource<Stdin>, _: u64) -> StreamResult<u64> {
        self.read_closed()
    }

    fn blocking_splice(
        &mut self,
        _: Resource<Output>,
        _: Resource<Stdin>,
        _: u64,
    ) -> StreamResult<u64> {
        self.read_closed()
    }

    fn drop(&mut self, _: Resource<Output>) -> wasmtime::Result<()> {
        Ok(())
    }
}
