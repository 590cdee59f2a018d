//! Language runtimes import network interfaces that a step is never granted, and mostly
//! never calls. Sealing puts a stand-in that traps in their place, inside the component,
//! so that the host sees, and has to grant, only what can be granted.

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId};

use crate::Error;

/// What is never granted to a step, whatever the language.
const REFUSED: [&str; 2] = ["wasi:sockets/", "wasi:http/"];

/// Replaces the refused imports of `component`; one without any comes back as it is.
pub(crate) fn seal(component: Vec<u8>) -> Result<Vec<u8>, Error> {
    try_seal(component).map_err(|reason| Error::Encode {
        reason: format!("its network imports cannot be closed off: {reason}"),
        hint: "report this: a newer version of the language's tool may import something new",
    })
}

fn try_seal(component: Vec<u8>) -> Result<Vec<u8>, String> {
    let DecodedWasm::Component(mut resolve, world) = wit_component::decode(&component).map_err(text)? else {
        return Ok(component);
    };
    let refused = refused_imports(&resolve, world);
    if refused.is_empty() {
        return Ok(component);
    }
    let stand_in = stand_in(&mut resolve, &refused)?;
    compose(&component, &stand_in)
}

fn refused_imports(resolve: &Resolve, world: WorldId) -> Vec<String> {
    let names = resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key));
    names.filter(|name| REFUSED.iter().any(|refused| name.starts_with(refused))).collect()
}

/// A component that exports the interfaces and traps in each of their functions.
fn stand_in(resolve: &mut Resolve, interfaces: &[String]) -> Result<Vec<u8>, String> {
    let exports: String = interfaces.iter().map(|name| format!("export {name};\n")).collect();
    let wit = format!("package gardesh:seal;\nworld seal {{\n{exports}}}\n");
    let package = resolve.push_source("seal.wit", &wit).map_err(text)?;
    let world = resolve.select_world(&[package], Some("seal")).map_err(text)?;
    let mut module = dummy_module(resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).map_err(text)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module).and_then(|encoder| encoder.encode()).map_err(text)
}

fn compose(component: &[u8], stand_in: &[u8]) -> Result<Vec<u8>, String> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: &[u8]| {
        let package = Package::from_bytes(name, None, bytes.to_owned(), graph.types_mut()).map_err(text)?;
        graph.register_package(package).map_err(|error| error.to_string())
    };
    let (step, stand_in) = (register("gardesh:guest", component)?, register("gardesh:seal", stand_in)?);
    plug(&mut graph, vec![stand_in], step).map_err(|error| error.to_string())?;
    graph.encode(EncodeOptions::default()).map_err(|error| error.to_string())
}

fn text(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
