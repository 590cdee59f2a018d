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

#[cfg(test)]
mod tests {
    use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
    use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

    use super::*;
    use crate::World;
    use crate::check::check;
    use crate::wit::WitFolders;

    fn typed(mut module: Vec<u8>, wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::new();
        let package = resolve.push_source("test.wit", wit).expect("WIT");
        let world = resolve.select_world(&[package], None).expect("world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .expect("embeds");
        module
    }

    fn dummy(world: World) -> Vec<u8> {
        let folders = WitFolders::write().expect("folders");
        let mut resolve = Resolve::new();
        let (package, _) = resolve.push_dir(folders.package_of(world)).expect("WIT");
        let id = resolve
            .select_world(&[package], Some(world.name()))
            .expect("world");
        let mut module = dummy_module(&resolve, id, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
        embed_component_metadata(&mut module, &resolve, id, StringEncoding::UTF8, false)
            .expect("embeds");
        module
    }

    #[test]
    fn a_module_of_either_world_becomes_its_component() {
        for world in [World::Step, World::Trigger] {
            let encoded = component(&dummy(world)).unwrap_or_else(|error| panic!("{error}"));
            let checked = check(&encoded).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(checked.world, world);
            assert!(
                checked
                    .imports
                    .contains(&"gardesh:step/host@0.1.0".to_owned())
            );
            let again = component(&encoded).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again, encoded, "a component stays as it is");
        }
    }

    #[test]
    fn preview1_is_adapted() {
        let module = r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "stop") (call $exit (i32.const 1))))"#;
        let module = wat::parse_str(module).expect("wat");
        let module = typed(module, "package a:b; world w { export stop: func(); }");
        let encoded = component(&module).unwrap_or_else(|error| panic!("{error}"));
        let error = check(&encoded).err().expect("not ours").to_string();
        assert!(error.contains("it exports stop"), "{error}");
    }

    #[test]
    fn what_cannot_become_a_component_is_told_why() {
        let bare = wat::parse_str("(module)").expect("wat");
        let foreign = wat::parse_str(r#"(module (import "env" "f" (func)))"#).expect("wat");
        let mut garbled = bare.clone();
        garbled.extend([0, 16, 14]);
        garbled.extend(b"component-type!");
        for (module, expected) in [
            (bare, "no component-type section"),
            (typed(foreign, "package a:b; world w {}"), "env"),
            (garbled, "component-type"),
            (b"\0asm".to_vec(), "not valid"),
        ] {
            let error = component(&module).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
