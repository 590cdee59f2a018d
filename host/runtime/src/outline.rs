//! A look at an upload before anything is compiled: is it a component at all, what does it
//! import, which world does it implement. How many instances come of it is in `blueprint.rs`;
//! types are left to wasmtime (`loaded.rs`).

use wasmparser::BinaryReaderError;

use crate::blueprint::{Blueprint, Unreadable};
use crate::error::listed;
use crate::limits::READ_AS_TEXT_BYTES;
use crate::{Limits, Refusal, World, wasi};

/// What the outside of a component shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The contract that it implements.
    pub world: World,
    /// Names of its imports.
    pub imports: Vec<String>,
    /// Names of its exports.
    pub exports: Vec<String>,
}

/// Interfaces that the host grants, each in every version that is compatible with the one
/// named here. The two named `types` hold only types, which cost and grant nothing.
const GRANTED: [(&str, &str); 10] = [
    ("gardesh:step/host", "0.1"),
    ("gardesh:step/context", "0.1"),
    ("gardesh:step/verdict", "0.1"),
    ("gardesh:step/ad-hoc", "0.1"),
    ("gardesh:step/types", "0.1"),
    ("gardesh:cx/types", "0.1"),
    ("wasi:io/", "0.2"),
    ("wasi:clocks/", "0.2"),
    ("wasi:random/", "0.2"),
    ("wasi:cli/", "0.2"),
];

/// The same in words, for whoever has to be refused.
const GRANTED_WORDS: &str = "gardesh:step/host@0.1 with gardesh:step/context, \
     gardesh:step/verdict and gardesh:step/ad-hoc at the same version and, at 0.2, wasi:cli, wasi:clocks, \
     wasi:filesystem (without files), wasi:io, wasi:random and wasi:sockets (without a network)";

/// The export of world `step`.
pub const STEP_HANDLER: (&str, &str) = ("gardesh:step/handler", "0.1");
/// The export of world `trigger`.
pub const TRIGGER_HANDLER: (&str, &str) = ("gardesh:cx/handler", "0.1");

impl Outline {
    /// Reads the outline of `wasm`.
    ///
    /// # Errors
    /// When it is no component, cut off, too large, put together of too much, wants what
    /// nobody grants, or implements no world or two.
    pub fn read(wasm: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        if wasm.len() > limits.component_bytes {
            return Err(Refusal::TooLarge {
                limit: limits.component_bytes,
                found: wasm.len(),
            });
        }
        check_preamble(wasm)?;
        let blueprint = Blueprint::read(wasm, limits).map_err(|unreadable| match unreadable {
            Unreadable::Malformed(error) => invalid(wasm, &error),
            Unreadable::Refused(refusal) => refusal,
        })?;
        blueprint.check_size(limits)?;
        let imports: Vec<_> = blueprint.imports().map(str::to_owned).collect();
        let exports: Vec<_> = blueprint.exports().map(str::to_owned).collect();
        check_imports(&imports)?;
        let world = world(&exports)?;
        Ok(Self {
            world,
            imports,
            exports,
        })
    }
}

fn check_preamble(wasm: &[u8]) -> Result<(), Refusal> {
    let not_a_component = |found: &str, hint: &str| {
        Err(Refusal::NotAComponent {
            found: found.to_owned(),
            hint: hint.to_owned(),
        })
    };
    let build = "Build one with `gardesh component build`";
    match wasm {
        [] => not_a_component("the upload is empty", build),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => not_a_component(
            "the upload is a core module",
            "Wrap it with `gardesh component build`, or use a toolchain that makes components",
        ),
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', _, _, _, _, ..] => not_a_component(
            "the upload is a WebAssembly binary of an unknown version",
            "The host may be older than the toolchain",
        ),
        _ if wasm.len() < 8 && b"\0asm".starts_with(&wasm[..wasm.len().min(4)]) => {
            Err(Refusal::Invalid {
                found: format!(
                    "it is cut off after {} bytes, within its header",
                    wasm.len()
                ),
            })
        }
        _ if looks_like_text(wasm) => not_a_component(
            "the upload is in WebAssembly's text format",
            "Upload the binary form: `wasm-tools parse` makes it",
        ),
        _ => {
            let start: Vec<_> = wasm
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let found = format!("the upload begins with the bytes {}", start.join(" "));
            not_a_component(&found, build)
        }
    }
}

/// `(component` or `(module`, after white space and line comments.
fn looks_like_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(READ_AS_TEXT_BYTES)];
    let text = String::from_utf8_lossy(start);
    let code = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(";;"));
    code.is_some_and(|line| line.starts_with("(component") || line.starts_with("(module"))
}

fn invalid(wasm: &[u8], error: &BinaryReaderError) -> Refusal {
    let offset = error.offset();
    let found = if error.message().contains("unexpected end") {
        format!(
            "it is cut off: {} bytes end within what begins before byte {offset}",
            wasm.len()
        )
    } else {
        format!("{} (at byte {offset})", error.message())
    };
    Refusal::Invalid { found }
}

fn check_imports(imports: &[String]) -> Result<(), Refusal> {
    let unknown: Vec<_> = imports
        .iter()
        .filter(|import| !is_granted(import))
        .cloned()
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::UnknownImports {
        granted: GRANTED_WORDS.to_owned(),
        unknown,
    })
}

fn is_granted(import: &str) -> bool {
    GRANTED
        .iter()
        .any(|&granted| is_compatible(import, granted))
        || wasi::absent::PACKAGES
            .iter()
            .any(|&package| is_compatible(import, (package, "0.2")))
}

fn world(exports: &[String]) -> Result<World, Refusal> {
    let has = |handler| exports.iter().any(|export| is_compatible(export, handler));
    let wrong = |found: String| Err(Refusal::WrongWorld { found });
    match (has(STEP_HANDLER), has(TRIGGER_HANDLER)) {
        (true, false) => Ok(World::Step),
        (false, true) => Ok(World::Trigger),
        (true, true) => wrong("the component exports both".into()),
        (false, false) if exports.is_empty() => wrong("the component exports nothing".into()),
        (false, false) => wrong(format!("the component exports {}", listed(exports))),
    }
}

/// Whether `name` (`namespace:package/interface@1.2.3`) is the interface, or one of the
/// package (which ends in `/`), at a version `track.x`. Pre-releases are on no track.
pub fn is_compatible(name: &str, (interface, track): (&str, &str)) -> bool {
    let Some((path, version)) = name.split_once('@') else {
        return false;
    };
    let patch = version
        .strip_prefix(track)
        .and_then(|rest| rest.strip_prefix('.'));
    let same = path == interface || (interface.ends_with('/') && path.starts_with(interface));
    same && patch
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wat: &str) -> Result<Outline, Refusal> {
        Outline::read(&wat::parse_str(wat).unwrap(), &Limits::default())
    }

    fn refused(bytes: &[u8]) -> String {
        Outline::read(bytes, &Limits::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_no_component_is_told_apart() {
        let module = wat::parse_str("(module)").unwrap();
        let cases: [(&[u8], &str); 8] = [
            (b"", "is empty"),
            (&module, "core module"),
            (b"\0as", "cut off after 3 bytes"),
            (b"\0asm\x0d", "cut off after 5 bytes"),
            (b"\0asm\x0d\0\x07\0", "unknown version"),
            (b"  ;; text\n(component)", "text format"),
            (b"PK\x03\x04zip", "bytes 50 4b 03 04"),
            (b"#!/bin/sh", "bytes 23 21"),
        ];
        for (bytes, expected) in cases {
            let message = refused(bytes);
            assert!(message.starts_with("Expected"), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn cut_off_anywhere_is_refused_without_panic() {
        let component = wat::parse_str(
            r#"(component
                (core module $m (func (export "f") (result i32) i32.const 1))
                (core instance $i (instantiate $m))
                (func $f (result u32) (canon lift (core func $i "f")))
                (instance $h (export "describe" (func $f)))
                (export "gardesh:step/handler@0.1.0" (instance $h)))"#,
        )
        .unwrap();
        assert!(Outline::read(&component, &Limits::default()).is_ok());
        for length in 0..component.len() {
            // At a section's border what is left is well formed, but exports no world
            // unless only names for debugging are gone.
            let cut = Outline::read(&component[..length], &Limits::default());
            if let Err(refusal) = cut {
                assert!(refusal.to_string().starts_with("Expected"), "{refusal}");
            }
        }
        let message = refused(&component[..component.len() / 2]);
        assert!(message.contains("cut off"), "{message}");
    }

    #[test]
    fn unknown_imports_are_listed_together() {
        let error = read(
            r#"(component
                (import "gardesh:step/host@0.1.7" (instance))
                (import "gardesh:step/context@0.1.0" (instance))
                (import "gardesh:step/verdict@0.1.0" (instance))
                (import "gardesh:step/ad-hoc@0.1.0" (instance))
                (import "wasi:clocks/wall-clock@0.2.3" (instance))
                (import "wasi:sockets/tcp@0.2.0" (instance))
                (import "wasi:http/outgoing-handler@0.2.0" (instance))
                (import "wasi:io/poll@0.3.0" (instance))
                (import "gardesh:step/hostile@0.1.0" (instance))
                (import "launch-missiles" (func)))"#,
        )
        .unwrap_err();
        let Refusal::UnknownImports { unknown, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(
            unknown.as_slice(),
            [
                "wasi:http/outgoing-handler@0.2.0",
                "wasi:io/poll@0.3.0",
                "gardesh:step/hostile@0.1.0",
                "launch-missiles"
            ]
        );
    }

    #[test]
    fn the_world_is_recognised_by_its_export() {
        let handler =
            |name: &str| format!("(component (instance $i) (export \"{name}\" (instance $i)))");
        let world = |name| read(&handler(name)).map(|outline| outline.world);
        assert_eq!(world("gardesh:step/handler@0.1.0"), Ok(World::Step));
        assert_eq!(world("gardesh:cx/handler@0.1.3"), Ok(World::Trigger));
        for (wat, found) in [
            (
                handler("gardesh:step/handler@0.2.0"),
                "gardesh:step/handler@0.2.0",
            ),
            (handler("wasi:cli/run@0.2.0"), "wasi:cli/run@0.2.0"),
            ("(component)".into(), "exports nothing"),
        ] {
            let message = read(&wat).unwrap_err().to_string();
            assert!(message.contains("gardesh:step/handler@0.1.0"), "{message}");
            assert!(message.contains(found), "{message}");
        }
    }

    #[test]
    fn too_large_is_refused_unread() {
        let limits = Limits {
            component_bytes: 10,
            ..Limits::default()
        };
        let refusal = Outline::read(&[0; 11], &limits).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::TooLarge {
                limit: 10,
                found: 11
            }
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(tail: Vec<u8>) {
            let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
            bytes.extend(tail);
            let _ = Outline::read(&bytes, &Limits::default());
        }
    }
}
