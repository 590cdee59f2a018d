//! Everything that can go wrong while building, each with a hint at what to do.

use std::path::{Path, PathBuf};

/// Why no component came out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path is neither a project nor a module.
    #[error(
        "Expected a project folder (Cargo.toml, pyproject.toml or gardesh.toml, or package.json) or a .wasm file, \
         but {} is {found}. Hint: name the folder that holds the component's own manifest", path.display()
    )]
    NoProject {
        /// What was asked for.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// The project's manifest lacks or mistakes something.
    #[error("Expected {expected} in {}, but {found}. Hint: {hint}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
        /// What to do.
        hint: String,
    },
    /// A tool is not installed.
    #[error("Expected {tool}, but it was not found ({looked}). Hint: {hint}")]
    NoTool {
        /// The tool.
        tool: String,
        /// Where it was looked for.
        looked: String,
        /// How to get it.
        hint: String,
    },
    /// A tool ran and failed.
    #[error("Expected {tool} to succeed, but {status}:\n{tail}")]
    ToolFailed {
        /// The tool.
        tool: String,
        /// Its exit status.
        status: String,
        /// The last lines that it printed.
        tail: String,
    },
    /// The module is not one that can become a component.
    #[error("Expected a module that can become a component, but {reason}. Hint: {hint}")]
    Encode {
        /// What is wrong with it.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// What was built is not a Gardesh component.
    #[error(
        "Expected a component of world gardesh:step/step or gardesh:cx/trigger, but {found}. Hint: {hint}"
    )]
    WrongWorld {
        /// What the component is.
        found: String,
        /// What to do.
        hint: &'static str,
    },
    /// A file past the bound.
    #[error("Expected at most {} MiB, but {} has {bytes} bytes", crate::limits::MAX_COMPONENT_BYTES >> 20, path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The file system said no.
    #[error("Expected to {action} {}, but {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Error {
    /// For `map_err`: an I/O error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
