//! A JavaScript or TypeScript module to a component: esbuild bundles it, componentize-qjs
//! puts it with the QuickJS engine into a component.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::python::unknown_world;
use crate::toolchain::Toolchain;
use crate::wit::WitFolders;
use crate::{Error, Progress, World, process, read_wasm};

#[derive(Deserialize)]
struct Package {
    gardesh: Option<Settings>,
}

/// The `gardesh` member of `package.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `step` or `trigger`.
    world: String,
    /// The module that exports `handler`, relative to the project.
    main: PathBuf,
}

/// Builds the project in `folder`. WASI stays imported, as for Python.
pub(crate) fn build(folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, Error> {
    let manifest = folder.join("package.json");
    let settings = settings(&manifest)?;
    let world =
        World::named(&settings.world).ok_or_else(|| unknown_world(&manifest, &settings.world))?;
    let toolchain = Toolchain::near(folder);
    let esbuild = toolchain.tool("javascript/node_modules/.bin/esbuild")?;
    let componentize = toolchain.tool("javascript/node_modules/.bin/componentize-qjs")?;
    let work =
        tempfile::tempdir().map_err(Error::io("create a folder in", &std::env::temp_dir()))?;
    let (bundle, component) = (
        work.path().join("bundle.js"),
        work.path().join("component.wasm"),
    );

    progress(Progress::Stage(format!(
        "esbuild {}",
        settings.main.display()
    )));
    let mut command = Command::new(esbuild);
    command.current_dir(folder).arg(&settings.main);
    command.args([
        "--bundle",
        "--format=esm",
        "--platform=neutral",
        "--main-fields=module,main",
        "--target=es2023",
    ]);
    // What the world imports is resolved inside the component, not by the bundler.
    command.args([
        "--external:gardesh:*",
        "--external:wasi:*",
        "--log-level=warning",
    ]);
    command.arg(joined("--outfile=", &bundle));
    process::run("esbuild", &mut command, progress)?;

    progress(Progress::Stage("componentize-qjs".into()));
    let wit = WitFolders::write()?;
    let mut command = Command::new(componentize);
    command
        .current_dir(work.path())
        .arg("--wit")
        .arg(wit.package_of(world))
        .args(["--world", world.name()]);
    command
        .arg("--js")
        .arg(&bundle)
        .arg("-o")
        .arg(&component)
        .args(["--sync", "--opt-size"]);
    process::run("componentize-qjs", &mut command, progress)?;
    read_wasm(&component)
}

fn joined(flag: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(flag);
    argument.push(path);
    argument
}

fn settings(manifest: &Path) -> Result<Settings, Error> {
    let text = std::fs::read_to_string(manifest).map_err(Error::io("read", manifest))?;
    let wrong = |found: String| Error::Manifest {
        path: manifest.into(),
        expected: "a member \"gardesh\" with \"world\" and \"main\"".into(),
        found,
        hint: "add \"gardesh\": {\"world\": \"step\", \"main\": \"step.ts\"}".into(),
    };
    let package: Package = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    package.gardesh.ok_or_else(|| wrong("there is none".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_read_or_its_mistake_named() {
        let folder = tempfile::tempdir().expect("folder");
        let manifest = folder.path().join("package.json");
        for (text, expected) in [
            (
                r#"{"gardesh": {"world": "step", "main": "a.ts"}}"#,
                Ok("a.ts"),
            ),
            (r#"{"name": "x"}"#, Err("there is none")),
            (r#"{"gardesh": {"world": "step"}}"#, Err("main")),
            ("{", Err("EOF")),
        ] {
            std::fs::write(&manifest, text).expect("file");
            match (settings(&manifest), expected) {
                (Ok(settings), Ok(main)) => assert_eq!(settings.main, Path::new(main)),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (other, _) => panic!("{text}: {:?}", other.map(|settings| settings.main)),
            }
        }
    }
}
