//! A Cargo package to a component: build the library for wasm, encode it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::toolchain::Toolchain;
use crate::{Error, Progress, encode, process, read_wasm};

const TARGET: &str = "wasm32-unknown-unknown";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// Builds the package in `folder`.
pub(crate) fn build(folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, Error> {
    let manifest = folder.join("Cargo.toml");
    let metadata = metadata(&manifest)?;
    let library = library(&metadata, &manifest)?;
    let toolchain = Toolchain::near(folder);
    let target_folder = metadata.target_directory.join("gardesh");
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            TARGET,
            "--manifest-path",
        ])
        .arg(&manifest);
    cargo.arg("--target-dir").arg(&target_folder);
    // Cargo sets this for the programs it runs; it would choose the outer toolchain here.
    cargo.env_remove("RUSTUP_TOOLCHAIN");
    match compiler(&toolchain)? {
        Some(rustc) => {
            cargo.env("RUSTC", rustc);
            forget_older_std(&toolchain, &target_folder)?;
        }
        None => {
            cargo.env_remove("RUSTC");
        }
    }
    progress(Progress::Stage(format!(
        "cargo build --release --target {TARGET}"
    )));
    process::run("cargo build", &mut cargo, progress)?;
    let module = target_folder
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", library.replace('-', "_")));
    progress(Progress::Stage("encoding the component".into()));
    encode::component(&read_wasm(&module)?)
}

fn metadata(manifest: &Path) -> Result<Metadata, Error> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--manifest-path",
        ])
        .arg(manifest);
    let text = process::output("cargo metadata", &mut cargo)?;
    serde_json::from_str(&text).map_err(|error| Error::Manifest {
        path: manifest.into(),
        expected: "metadata that cargo can tell".into(),
        found: error.to_string(),
        hint: "update Rust".into(),
    })
}

/// The name of the package's cdylib.
fn library<'a>(metadata: &'a Metadata, manifest: &Path) -> Result<&'a str, Error> {
    let package = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path == manifest);
    let mut targets = package.iter().flat_map(|package| &package.targets);
    let library = targets.find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"));
    library
        .map(|target| target.name.as_str())
        .ok_or_else(|| Error::Manifest {
            path: manifest.into(),
            expected: "a package with a library of crate-type \"cdylib\"".into(),
            found: if package.is_some() {
                "it has none".into()
            } else {
                "it is only a workspace".into()
            },
            hint: "add [lib] crate-type = [\"cdylib\", \"rlib\"], or name a member's folder".into(),
        })
}

/// The compiler to use in place of cargo's own, which is preferred when it has the target.
fn compiler(toolchain: &Toolchain) -> Result<Option<PathBuf>, Error> {
    let mut rustc = Command::new("rustc");
    let sysroot = process::output(
        "rustc",
        rustc
            .args(["--print", "sysroot"])
            .env_remove("RUSTUP_TOOLCHAIN"),
    )?;
    if Path::new(&sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .is_dir()
    {
        return Ok(None);
    }
    toolchain
        .file("rust/bin/rustc")
        .map(Some)
        .ok_or_else(|| Error::NoTool {
            tool: format!("Rust's {TARGET} standard library"),
            looked: format!("{sysroot} lacks it and no .toolchain folder has it"),
            hint: format!(
                "run 'rustup target add {TARGET}', or 'make toolchains' in a Gardesh checkout"
            ),
        })
}

/// Objects built against an earlier std of the toolchain folder do not link with the
/// present one (E0463), and cargo does not notice.
fn forget_older_std(toolchain: &Toolchain, target_folder: &Path) -> Result<(), Error> {
    let Some(installed) = toolchain.installed("rust") else {
        return Ok(());
    };
    let note = target_folder.join("toolchain");
    if std::fs::read_to_string(&note).is_ok_and(|noted| noted == installed) {
        return Ok(());
    }
    let stale = target_folder.join(TARGET);
    if stale.exists() {
        std::fs::remove_dir_all(&stale).map_err(Error::io("remove", &stale))?;
    }
    std::fs::create_dir_all(target_folder).map_err(Error::io("create", target_folder))?;
    std::fs::write(&note, installed).map_err(Error::io("write", &note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata_of(crate_types: &str) -> Metadata {
        let text = format!(
            r#"{{"packages":[{{"manifest_path":"/a/Cargo.toml","targets":[{{"name":"my-step","crate_types":{crate_types}}}]}}],"target_directory":"/a/target"}}"#
        );
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_library_is_the_cdylib() {
        let metadata = metadata_of(r#"["cdylib","rlib"]"#);
        assert_eq!(
            library(&metadata, Path::new("/a/Cargo.toml")).ok(),
            Some("my-step")
        );
    }

    #[test]
    fn a_package_without_one_is_told_what_to_add() {
        for (manifest, found) in [
            ("/a/Cargo.toml", "it has none"),
            ("/Cargo.toml", "only a workspace"),
        ] {
            let metadata = metadata_of(r#"["lib"]"#);
            let error = library(&metadata, Path::new(manifest))
                .expect_err("refused")
                .to_string();
            assert!(
                error.contains(found) && error.contains("crate-type"),
                "{error}"
            );
        }
    }
}
