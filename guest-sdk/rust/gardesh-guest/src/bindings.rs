//! What wit-bindgen generates from `/wit`: one module per world. The two worlds share
//! the host interface and the step package's types. Nothing here is written by hand.

#![allow(missing_docs, clippy::all)]

/// World `gardesh:step/step`.
pub mod step {
    wit_bindgen::generate!({
        world: "gardesh:step/step",
        path: ["../../../wit/step", "../../../wit/cx"],
        pub_export_macro: true,
        export_macro_name: "export_step",
        default_bindings_module: "gardesh::bindings::step",
        runtime_path: "::gardesh::bindings::wit_bindgen_rt",
    });
}

/// World `gardesh:cx/trigger`.
pub mod trigger {
    wit_bindgen::generate!({
        world: "gardesh:cx/trigger",
        path: ["../../../wit/step", "../../../wit/cx"],
        with: {
            "gardesh:step/types@0.1.0": super::step::gardesh::step::types,
            "gardesh:step/host@0.1.0": super::step::gardesh::step::host,
        },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_trigger",
        default_bindings_module: "gardesh::bindings::trigger",
        runtime_path: "::gardesh::bindings::wit_bindgen_rt",
    });
}

#[doc(hidden)]
pub use wit_bindgen::rt as wit_bindgen_rt;
