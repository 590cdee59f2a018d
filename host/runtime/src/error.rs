//! The errors of this crate that are not an invocation's outcome: a refused upload, a
//! configuration that does not fit, and a runtime that cannot do its work.

use std::io;
use std::path::PathBuf;

use crate::Digest;
use crate::limits::MAX_SHOWN_NAMES;
use crate::schema::Findings;

/// Why an uploaded component was refused. Every variant but the last two is the uploader's.
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
    /// It is put together of more than it may be. A few kilobytes can ask for a billion
    /// instances.
    #[error(
        "Expected at most {limit} {what}, but the component has more. It would be unfolded \
         into all of them; compose it of fewer parts"
    )]
    TooComplex {
        /// What was counted.
        what: &'static str,
        /// How much of it there may be.
        limit: usize,
    },
    /// The compiler did not get through it within its bounds.
    #[error("Expected the component to compile, but {found}")]
    Compilation {
        /// What happened, with the bound and what to do.
        found: String,
    },
    /// It wants something that nobody grants.
    #[error(
        "Expected imports among {granted}, but the component also imports {}",
        listed(unknown)
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
    /// There is no room for it at the moment: not the component's fault, and worth another
    /// attempt after a pause.
    #[error("Expected to look at the component, but {0}. Try again after a pause")]
    Busy(String),
    /// The runtime could not do its work: not the component's fault.
    #[error("Expected to inspect the component, but the runtime failed: {0}")]
    Runtime(String),
}

impl Refusal {
    /// Whether the platform is short of something, so that the same may succeed later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Runtime(_))
    }
}

/// Why a component does not get a configuration. Every variant but the last two is the fault of
/// whoever wrote the configuration or the component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// The component takes none.
    #[error(
        "Expected no configuration, because the component describes none, but it has values for {}",
        listed(names)
    )]
    Undescribed {
        /// The names of the values.
        names: Vec<String>,
    },
    /// It does not fit the schema that the component gives.
    #[error(
        "Expected a configuration that fits the component's schema, but it does not: {findings}"
    )]
    Unfit {
        /// The places at which it does not fit.
        findings: Findings,
    },
    /// The schema is none, or checking with it takes too much.
    #[error(
        "Expected a JSON Schema to check the configuration with, but what the component gives \
         cannot be used: {found}"
    )]
    Schema {
        /// What is wrong with it.
        found: String,
    },
    /// There is no room for the check at the moment, and it is worth another attempt after a
    /// pause.
    #[error("Expected to check the configuration, but {0}. Try again after a pause")]
    Busy(String),
    /// The runtime could not do its work.
    #[error("Expected to check the configuration, but the runtime failed: {0}")]
    Runtime(String),
}

/// The first few names, and how many more there are: a message is for people.
pub(crate) fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_SHOWN_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_SHOWN_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl Error {
    /// Whether the platform is short of something, so that the same may succeed later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Passing { .. } | Self::Source { .. })
    }
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
    /// The platform is short of something for the moment: the same may succeed later.
    #[error("Expected to make component {digest} ready, but {found}. Try again after a pause")]
    Passing {
        /// Which component.
        digest: Digest,
        /// What there is too little of.
        found: String,
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
