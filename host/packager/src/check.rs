//! Reading a finished component's world back, so that a wrong one is refused where its
//! author sees it and not at upload. The host's own check at upload is stricter: it
//! compares every type.

use wasmparser::{BinaryReaderError, Encoding, Parser, Payload, Validator, WasmFeatures};

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
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(component)
        .map_err(|error| wrong(format!("it is not valid WebAssembly: {error}")))?;
    let outside = outside(component)
        .map_err(|error| wrong(format!("it cannot be read: {error}")))?
        .ok_or_else(|| wrong("it is a core module".into()))?;
    let Outside { imports, exports } = outside;
    let world = HANDLERS
        .iter()
        .find(|(handler, _)| exports.iter().any(|export| export.starts_with(handler)));
    match world {
        Some((_, world)) => Ok(Checked {
            world: *world,
            imports,
        }),
        None if exports.is_empty() => Err(wrong("it exports nothing".into())),
        None => Err(wrong(format!("it exports {}", exports.join(", ")))),
    }
}

/// The names by which a component meets its host.
#[derive(Default)]
struct Outside {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Reads the outermost component's names, or nothing for a core module. What is nested is
/// the component's own affair.
fn outside(component: &[u8]) -> Result<Option<Outside>, BinaryReaderError> {
    let mut outside = Outside::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Ok(None);
                }
                depth += 1;
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    outside.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    outside.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(Some(outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_component_of_ours_is_named() {
        let component =
            wat::parse_str(r#"(component (import "acme:vault/secret" (func)))"#).expect("wat");
        let module = wat::parse_str("(module)").expect("wat");
        let nested = wat::parse_str(
            r#"(component (component
                (instance $i)
                (export "gardesh:step/handler@0.1.0" (instance $i))))"#,
        )
        .expect("wat");
        for (bytes, expected) in [
            (component.as_slice(), "it exports nothing"),
            (nested.as_slice(), "it exports nothing"),
            (module.as_slice(), "module"),
            (b"\0asm\x0d\0\x01\0\xff".as_slice(), "not valid WebAssembly"),
            (b"text".as_slice(), "not valid WebAssembly"),
        ] {
            let error = check(bytes).err().expect("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
