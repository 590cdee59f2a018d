//! The errors of this crate that are not an invocation's outcome: a refused upload and a
//! runtime that cannot do its work.

use std::io;
use std::path::PathBuf;

use crate::Digest;

/// Why an uploaded component was refused. Every variant but the last is the uploader's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bytes are no component at all.
    #[error("Expected a WebAssembly component, but {found}. {hint}")]
    NotAComponent {
        /// What was found instead: "the upload is empty", say.
        found: String,
        /// What to do about it.
        hint: String,
    },
    /// The bytes begin as a component, but are cut off or malformed.
    #[error("Expected a complete and valid WebAssembly component, but {found}")]
    Invalid {
        /// What is wrong, and at which offset.
        found: String,
    },
    /// It is too large.
    #[error("Expected a component of at most {limit} bytes, but it has {found}")]
    TooLarge {
        /// [`crate::Limits::component_bytes`].
        limit: usize,
        /// Its size.
        found: usize,
    },
    /// It wants something that nobody grants.
    #[error(
        "Expected imports among {granted}, but the component also imports {}",
        unknown.join(", ")
    )]
    UnknownImports {
        /// What can be imported.
        granted: String,
        /// All imports beyond that.
        unknown: Vec<String>,
    },
    /// An import exists, but not with the type or the function that it asks for.
    #[error("Expected the imports to have the types of wit/, but {found}")]
    ImportMismatch {
        /// Which one differs, and how.
        found: String,
    },
    /// It implements none of the worlds, or two.
    #[error(
        "Expected exactly one export of gardesh:step/handler@0.1.0 (world step) or \
         gardesh:cx/handler@0.1.0 (world trigger), but {found}"
    )]
    WrongWorld {
        /// The exports.
        found: String,
    },
    /// It exports a handler, but not with the functions and types of the contract.
    #[error("Expected {handler} as in wit/, but {found}")]
    ExportMismatch {
        /// The handler's name.
        handler: String,
        /// Which function differs, and how.
        found: String,
    },
    /// It did not answer `describe`.
    #[error("Expected `describe` to return, but it failed: {fault}")]
    Describe {
        /// The fault: "Expected …, but …".
        fault: String,
    },
    /// What it says of itself breaks the contract.
    #[error("Expected a valid description, but {}", problems.join("; "))]
    Description {
        /// All problems at once.
        problems: Vec<String>,
    },
    /// The runtime could not do its work: not the component's fault.
    #[error("Expected to inspect the component, but the runtime failed: {0}")]
    Runtime(String),
}

/// What went wrong in the runtime itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine could not be set up.
    #[error("Expected a working WebAssembly engine, but {0}")]
    Engine(String),
    /// The cache folder cannot be used.
    #[error("Expected to {action} {path}, but {source}", path = path.display())]
    Cache {
        /// "create", "write" …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody has the bytes of a component.
    #[error("Expected component {0} to be stored, but it is not known here; upload it again")]
    UnknownComponent(Digest),
    /// The bytes could not be read.
    #[error("Expected to read component {digest}, but {source}")]
    Source {
        /// Which component.
        digest: Digest,
        /// What the source said.
        source: io::Error,
    },
    /// The bytes are not those that the digest names.
    #[error(
        "Expected the bytes of component {expected}, but they hash to {found}; the store is damaged"
    )]
    DigestMismatch {
        /// The digest asked for.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// A stored component is refused: the host or its worlds changed since its upload.
    #[error("Expected component {digest} to be usable still, but it is refused: {refusal}")]
    Refused {
        /// Which component.
        digest: Digest,
        /// Why.
        refusal: Box<Refusal>,
    },
}
