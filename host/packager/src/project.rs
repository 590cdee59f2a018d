//! Telling from its files what kind of project a path is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Error;

/// What a component is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Cargo package.
    Rust,
    /// `gardesh.toml`, or `pyproject.toml` with `[tool.gardesh]`.
    Python,
    /// `package.json` with a `gardesh` member; JavaScript or TypeScript.
    JavaScript,
    /// A `.wasm` file: a core module, or a component already.
    Module,
}

/// A project that was found.
pub(crate) struct Project {
    pub kind: Kind,
    /// The folder with the manifest; for a module the module's own.
    pub folder: PathBuf,
    name: String,
}

const MANIFESTS: [(&str, Kind); 4] = [
    ("Cargo.toml", Kind::Rust),
    ("gardesh.toml", Kind::Python),
    ("pyproject.toml", Kind::Python),
    ("package.json", Kind::JavaScript),
];

/// Finds out what `path` is.
pub(crate) fn detect(path: &Path) -> Result<Project, Error> {
    let absolute = path.canonicalize().map_err(Error::io("open", path))?;
    if absolute.is_file() {
        return module(&absolute).ok_or_else(|| no_project(path, "a file of another kind"));
    }
    let kind = MANIFESTS
        .iter()
        .find(|(manifest, _)| absolute.join(manifest).is_file())
        .map(|(_, kind)| *kind);
    let name = file_name(absolute.file_name());
    kind.map(|kind| Project {
        kind,
        folder: absolute,
        name,
    })
    .ok_or_else(|| no_project(path, "a folder with none of these manifests"))
}

fn module(path: &Path) -> Option<Project> {
    let folder = path.parent()?.to_owned();
    let wasm = path.extension() == Some(OsStr::new("wasm"));
    wasm.then(|| Project {
        kind: Kind::Module,
        folder,
        name: format!("{}.component", file_name(path.file_stem())),
    })
}

fn file_name(name: Option<&OsStr>) -> String {
    name.map_or_else(
        || "component".into(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn no_project(path: &Path, found: &str) -> Error {
    Error::NoProject {
        path: path.into(),
        found: found.into(),
    }
}

impl Project {
    /// `<name>.wasm` in the project folder; for a module `<name>.component.wasm`, so that
    /// it is not overwritten.
    pub fn default_output(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_tells_the_kind() {
        for (manifest, kind) in MANIFESTS {
            let folder = tempfile::tempdir().expect("folder");
            std::fs::write(folder.path().join(manifest), "").expect("file");
            let project = detect(folder.path()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(project.kind, kind);
        }
    }

    #[test]
    fn a_module_is_not_overwritten_by_its_component() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("step.wasm");
        std::fs::write(&path, "").expect("file");
        let project = detect(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(project.kind, Kind::Module);
        assert!(project.default_output().ends_with("step.component.wasm"));
    }

    #[test]
    fn anything_else_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let text = folder.path().join("notes.txt");
        std::fs::write(&text, "").expect("file");
        for (path, expected) in [
            (folder.path(), "none of these manifests"),
            (&text, "a file of another kind"),
            (Path::new("/does/not/exist"), "No such file"),
        ] {
            let error = detect(path).err().expect("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
