//! From a core module to a component: the bindings' custom sections tell the types, the
//! preview1 adapter is added where the module asks for it.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Encoding, Parser, Payload};
use wit_component::ComponentEncoder;

use crate::Error;

const BINDINGS_HINT: &str =
    "generate the module's bindings with wit-bindgen from the WIT files in /wit";

/// What encoding needs to know of a module.
#[derive(Default)]
struct Facts {
    is_component: bool,
    has_types: bool,
    wants_preview1: bool,
}

/// Encodes a core module; a component is handed back as it is.
pub(crate) fn component(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let facts = inspect(wasm).map_err(|error| Error::Encode {
        reason: format!("it is not valid: {error}"),
        hint: BINDINGS_HINT,
    })?;
    if facts.is_component {
        return Ok(wasm.to_owned());
    }
    if !facts.has_types {
        return Err(Error::Encode {
            reason: "it has no component-type section".into(),
            hint: BINDINGS_HINT,
        });
    }
    encode(wasm, facts.wants_preview1).map_err(|reason| Error::Encode {
        reason,
        hint: "import only what the world grants; in Rust, drop crates that need JavaScript or system calls",
    })
}

fn encode(wasm: &[u8], wants_preview1: bool) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default();
    let mut prepared = encoder.validate(true).module(wasm);
    if wants_preview1 {
        prepared = prepared.and_then(|encoder| {
            encoder.adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        });
    }
    prepared
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

fn inspect(wasm: &[u8]) -> Result<Facts, wasmparser::BinaryReaderError> {
    let mut facts = Facts::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => {
                facts.is_component = true;
                break;
            }
            Payload::CustomSection(section) => {
                facts.has_types |= section.name().starts_with("component-type")
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    facts.wants_preview1 |= import?.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                }
            }
            _ => {}
        }
    }
    Ok(facts)
}
