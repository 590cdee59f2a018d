//! Builds a component from a project in Rust, Python, JavaScript or TypeScript, or from a
//! core wasm module: what stands behind `gardesh component build`. It runs the language's
//! own tools, encodes and checks the result; it does not install tools and does not run
//! components.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

use std::path::{Path, PathBuf};

use crate::limits::MAX_COMPONENT_BYTES;

mod check;
mod encode;
mod error;
mod javascript;
pub mod limits;
mod process;
mod project;
mod python;
mod rust;
mod toolchain;
mod wit;

pub use check::World;
pub use error::Error;
pub use project::Kind;

/// What to build and where to put it.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// A project folder, or a `.wasm` file.
    pub path: PathBuf,
    /// The component to write; `<name>.wasm` in the project folder when absent.
    pub out: Option<PathBuf>,
}

/// What a build tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The next stage begins.
    Stage(String),
    /// A line that a tool printed.
    Line(String),
}

/// A component that was built and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Where it is.
    pub path: PathBuf,
    /// What it was built from.
    pub kind: Kind,
    /// The world that it exports.
    pub world: World,
    /// Its imports, in order (`gardesh:step/host@0.1.0`).
    pub imports: Vec<String>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Builds what `request` names. Tools that are missing, tools that fail and results that
/// are no Gardesh components are errors with a hint; nothing is written then.
pub fn build(request: &BuildRequest, progress: &mut dyn FnMut(Progress)) -> Result<Built, Error> {
    let project = project::detect(&request.path)?;
    let component = match &project.kind {
        Kind::Rust => rust::build(&project.folder, progress)?,
        Kind::Python => python::build(&project.folder, progress)?,
        Kind::JavaScript => javascript::build(&project.folder, progress)?,
        Kind::Module => encode::component(&read_wasm(&request.path)?)?,
    };
    progress(Progress::Stage("checking the component".into()));
    let checked = check::check(&component)?;
    let path = request
        .out
        .clone()
        .unwrap_or_else(|| project.default_output());
    check_size(&path, component.len() as u64)?;
    write(&path, &component)?;
    Ok(Built {
        path,
        kind: project.kind,
        world: checked.world,
        imports: checked.imports,
        bytes: component.len() as u64,
    })
}

/// Reads a file that a tool or the caller named, up to [`MAX_COMPONENT_BYTES`].
fn read_wasm(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::metadata(path)
        .map_err(Error::io("read", path))?
        .len();
    check_size(path, bytes)?;
    std::fs::read(path).map_err(Error::io("read", path))
}

/// Refuses what no server takes.
fn check_size(path: &Path, bytes: u64) -> Result<(), Error> {
    if bytes > MAX_COMPONENT_BYTES {
        return Err(Error::TooLarge {
            path: path.into(),
            bytes,
        });
    }
    Ok(())
}

/// Writes beside the target first, so that a component is either whole or not there.
fn write(path: &Path, component: &[u8]) -> Result<(), Error> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    let written =
        std::fs::write(&partial, component).and_then(|()| std::fs::rename(&partial, path));
    written.map_err(|error| {
        // Best effort: what failed is told either way.
        let _ = std::fs::remove_file(&partial);
        Error::io("write", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_no_server_takes_is_refused() {
        let path = Path::new("step.wasm");
        assert!(check_size(path, MAX_COMPONENT_BYTES).is_ok());
        let error = check_size(path, MAX_COMPONENT_BYTES + 1).unwrap_err();
        assert!(error.to_string().contains("at most 64 MiB"), "{error}");
    }
}
