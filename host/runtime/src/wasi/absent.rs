//! Files and sockets as a component sees them that imports them only because its language
//! runtime does: there are no preopened folders, no network, and every attempt to make
//! one is answered with the interface's own error for "not supported".

use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType, Type, Val};
use wasmtime::{Engine, StoreContextMut};

use super::{Never, Output, Pollable, Stdin};
use crate::guest::{Guest, Stop};

/// Packages that are served by this file.
pub const PACKAGES: [&str; 2] = ["wasi:filesystem/", "wasi:sockets/"];

/// Error codes that say "cannot be done here", in WASI's words for files and sockets.
const REFUSALS: [&str; 3] = ["unsupported", "not-supported", "access-denied"];

/// Whether an import is one of those.
pub fn serves(import: &str) -> bool {
    PACKAGES.iter().any(|package| import.starts_with(package))
}

/// Defines whatever `component` imports of files and sockets.
///
/// # Errors
/// When wasmtime refuses a definition.
pub fn add_to_linker(linker: &mut Linker<Guest>, component: &Component) -> wasmtime::Result<()> {
    let engine = component.engine().clone();
    let ty = component.component_type();
    for (name, import) in ty.imports(&engine) {
        if let ComponentItem::ComponentInstance(instance) = import.ty
            && serves(name)
        {
            define(&mut linker.instance(name)?, &engine, name, &instance)?;
        }
    }
    Ok(())
}

fn define(
    linker: &mut LinkerInstance<'_, Guest>,
    engine: &Engine,
    interface: &str,
    instance: &ComponentInstance,
) -> wasmtime::Result<()> {
    for (name, export) in instance.exports(engine) {
        match export.ty {
            ComponentItem::Resource(_) => {
                linker.resource(name, resource_type(name), |_, _| Ok(()))?;
            }
            ComponentItem::ComponentFunc(_) => {
                let function = format!("{interface}#{name}");
                linker.func_new(name, move |store, ty, _, results| {
                    answer(store, &function, &ty, results)
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Resources that come from `wasi:io` are the same types here; of all others there is none.
fn resource_type(name: &str) -> ResourceType {
    match name {
        "pollable" => ResourceType::host::<Pollable>(),
        "input-stream" => ResourceType::host::<Stdin>(),
        "output-stream" => ResourceType::host::<Output>(),
        _ => ResourceType::host::<Never>(),
    }
}

/// Answers with the least that the function's type allows: an empty list, nothing, or an
/// error; otherwise there is no honest answer, and the instance ends.
fn answer(
    mut store: StoreContextMut<'_, Guest>,
    function: &str,
    ty: &ComponentFunc,
    results: &mut [Val],
) -> wasmtime::Result<()> {
    store.data_mut().enter()?;
    for (result, ty) in results.iter_mut().zip(ty.results()) {
        *result = least(&ty).ok_or_else(|| Stop::Absent {
            function: function.to_owned(),
        })?;
    }
    Ok(())
}

fn least(ty: &Type) -> Option<Val> {
    match ty {
        Type::List(_) => Some(Val::List(Vec::new())),
        Type::Option(_) => Some(Val::Option(None)),
        Type::Result(result) => {
            let Some(Type::Enum(codes)) = result.err() else {
                return None;
            };
            let code = codes.names().find(|name| REFUSALS.contains(name))?;
            Some(Val::Result(Err(Some(Box::new(Val::Enum(code.to_owned()))))))
        }
        _ => None,
    }
}
