//! What wasmtime generates from `wit/`: typed calls into the worlds `step` and `trigger`,
//! and the traits behind `gardesh:step/host` and the served part of WASI. Nothing of this
//! leaves the crate; `convert.rs` translates.

/// World `step`.
pub mod step {
    wasmtime::component::bindgen!({
        path: "../../wit/step",
        world: "gardesh:step/step",
        imports: { default: trappable },
        exports: { default: async },
    });
}

/// World `trigger`; it shares the shapes and the host interface of `step`.
pub mod trigger {
    wasmtime::component::bindgen!({
        path: ["../../wit/step", "../../wit/cx"],
        world: "gardesh:cx/trigger",
        imports: { default: trappable },
        exports: { default: async },
        with: { "gardesh:step": super::step::gardesh::step },
    });
}

/// The served part of WASI 0.2.
pub mod wasi {
    wasmtime::component::bindgen!({
        path: "wit/wasi.wit",
        world: "gardesh:sandbox/runtime",
        imports: { default: trappable },
        with: {
            "wasi:io/error.error": crate::wasi::Never,
            "wasi:io/poll.pollable": crate::wasi::Pollable,
            "wasi:io/streams.input-stream": crate::wasi::Stdin,
            "wasi:io/streams.output-stream": crate::wasi::Output,
            "wasi:cli/terminal-input.terminal-input": crate::wasi::Never,
            "wasi:cli/terminal-output.terminal-output": crate::wasi::Never,
        },
    });
}
