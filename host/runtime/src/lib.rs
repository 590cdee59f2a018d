//! Runs WebAssembly components in a sandbox: one invocation in, one outcome out.
