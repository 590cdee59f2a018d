//! Reading a finished component's world back, so that a wrong one is refused where its
//! author sees it and not at upload. The host's own check at upload is stricter: it
//! compares every type.

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::Error;

/// A world of Gardesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// `gardesh:step/step`.
    Step,
    /// `gardesh:cx/trigger`.
    Trigger,
}

impl World {
    /// The world that a manifest names, in short (`step`) or in full (`gardesh:step/step`).
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "step" | "gardesh:step/step" => Some(Self::Step),
            "trigger" | "gardesh:cx/trigger" => Some(Self::Trigger),
            _ => None,
        }
    }

    /// The name inside its package.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Trigger => "trigger",
        }
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Step => "gardesh:step/step",
            Self::Trigger => "gardesh:cx/trigger",
        })
    }
}

/// What a component turned out to be.
pub(crate) struct Checked {
    pub world: World,
    pub imports: Vec<String>,
}

/// The handlers by which a world is known, without their patch version.
const HANDLERS: [(&str, World); 2] = [
    ("gardesh:step/handler@0.1.", World::Step),
    ("gardesh:cx/handler@0.1.", World::Trigger),
];

/// Validates the bytes and finds the world among the exports.
pub(crate) fn check(component: &[u8]) -> Result<Checked, Error> {
    let wrong = |found: String| Error::WrongWorld {
        found,
        hint: "build it against the WIT files in /wit",
    };
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(component)
        .map_err(|error| wrong(format!("it is not valid WebAssembly: {error}")))?;
    let (resolve, world) =
        match wit_component::decode(component).map_err(|error| wrong(format!("{error:#}")))? {
            DecodedWasm::Component(resolve, world) => (resolve, world),
            DecodedWasm::WitPackage(..) => {
                return Err(wrong("it is a WIT package without code".into()));
            }
        };
    let imports = names(&resolve, resolve.worlds[world].imports.iter());
    let exports = names(&resolve, resolve.worlds[world].exports.iter());
    HANDLERS
        .iter()
        .find(|(handler, _)| exports.iter().any(|export| export.starts_with(handler)))
        .map(|(_, world)| Checked {
            world: *world,
            imports,
        })
        .ok_or_else(|| {
            wrong(format!(
                "it exports {}",
                if exports.is_empty() {
                    "nothing".into()
                } else {
                    exports.join(", ")
                }
            ))
        })
}

fn names<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<String> {
    items.map(|(key, _)| resolve.name_world_key(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_component_of_ours_is_named() {
        let component =
            wat::parse_str(r#"(component (import "acme:vault/secret" (func)))"#).expect("wat");
        let module = wat::parse_str("(module)").expect("wat");
        for (bytes, expected) in [
            (component.as_slice(), "it exports nothing"),
            (module.as_slice(), "module"),
            (b"\0asm\x0d\0\x01\0\xff".as_slice(), "not valid WebAssembly"),
            (b"text".as_slice(), "not valid WebAssembly"),
        ] {
            let error = check(bytes).err().expect("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
