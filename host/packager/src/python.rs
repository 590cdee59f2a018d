//! A Python module to a component, by componentize-py: the interpreter, the module and
//! what it imports, initialised at build time.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::toolchain::Toolchain;
use crate::wit::WitFolders;
use crate::{Error, Progress, World, process, read_wasm};

/// `gardesh.toml`, or `[tool.gardesh]` of `pyproject.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `step` or `trigger`.
    world: String,
    /// The module that exports `Handler` (the SDK's decorator puts it there).
    module: String,
    /// Folders with further modules, relative to the project.
    #[serde(default)]
    path: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct PyProject {
    tool: Option<Tools>,
}

#[derive(Deserialize)]
struct Tools {
    gardesh: Option<Settings>,
}

/// Builds the project in `folder`.
///
/// WASI stays imported and is not stubbed: the interpreter's own use of clocks and random
/// numbers would trap in stubs, and the host answers it deterministically.
pub(crate) fn build(folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, Error> {
    let (manifest, settings) = settings(folder)?;
    let world =
        World::named(&settings.world).ok_or_else(|| unknown_world(&manifest, &settings.world))?;
    let componentize = Toolchain::near(folder).tool("python/bin/componentize-py")?;
    let wit = WitFolders::write()?;
    let out =
        tempfile::tempdir().map_err(Error::io("create a folder in", &std::env::temp_dir()))?;
    let component = out.path().join("component.wasm");
    let mut command = Command::new(componentize);
    command
        .current_dir(folder)
        .arg("-d")
        .arg(wit.package_of(world))
        .args(["-w", world.name()]);
    command.args(["componentize", &settings.module, "-p", "."]);
    for path in &settings.path {
        command.arg("-p").arg(path);
    }
    progress(Progress::Stage(format!(
        "componentize-py {} (about 15 seconds)",
        settings.module
    )));
    process::run(
        "componentize-py",
        command.arg("-o").arg(&component),
        progress,
    )?;
    read_wasm(&component)
}

fn settings(folder: &Path) -> Result<(PathBuf, Settings), Error> {
    let own = folder.join("gardesh.toml");
    if own.is_file() {
        let settings = parse::<Settings>(&own)?;
        return Ok((own, settings));
    }
    let manifest = folder.join("pyproject.toml");
    match parse::<PyProject>(&manifest)?
        .tool
        .and_then(|tools| tools.gardesh)
    {
        Some(settings) => Ok((manifest, settings)),
        None => Err(Error::Manifest {
            path: manifest,
            expected: "a table [tool.gardesh]".into(),
            found: "there is none".into(),
            hint: "add it with world = \"step\" and module = \"<the module with the step>\"".into(),
        }),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
    toml::from_str(&text).map_err(|error| Error::Manifest {
        path: path.into(),
        expected: "a manifest with Gardesh's settings".into(),
        found: error.to_string().trim().to_owned(),
        hint: "world and module are required, path is a list of folders".into(),
    })
}

pub(crate) fn unknown_world(manifest: &Path, world: &str) -> Error {
    Error::Manifest {
        path: manifest.into(),
        expected: "world to be \"step\" or \"trigger\"".into(),
        found: format!("it is \"{world}\""),
        hint: "a step serves a job type, a trigger decides about surveys".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings_of(file: &str, text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join(file), text).expect("file");
        settings(folder.path())
            .map(|(_, settings)| settings)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn both_manifests_are_read() {
        let own = settings_of(
            "gardesh.toml",
            "world = \"step\"\nmodule = \"m\"\npath = [\"lib\"]",
        );
        let pyproject = settings_of(
            "pyproject.toml",
            "[tool.gardesh]\nworld = \"step\"\nmodule = \"m\"",
        );
        assert_eq!(own.expect("settings").path, [PathBuf::from("lib")]);
        assert_eq!(pyproject.expect("settings").module, "m");
    }

    #[test]
    fn mistakes_are_named() {
        for (file, text, expected) in [
            (
                "pyproject.toml",
                "[project]\nname = \"x\"",
                "[tool.gardesh]",
            ),
            ("gardesh.toml", "world = \"step\"", "module"),
            (
                "gardesh.toml",
                "world = \"step\"\nmodule = \"m\"\ncolour = 1",
                "colour",
            ),
            ("gardesh.toml", "world =", "gardesh.toml"),
        ] {
            let error = settings_of(file, text).err().expect("refused");
            assert!(error.contains(expected), "{error}");
        }
    }
}
