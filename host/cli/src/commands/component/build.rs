//! `gardesh component build`: a project or a module becomes a component.

use std::path::{Path, PathBuf};

use clap::Args;
use gardesh_packager::{BuildRequest, Built, Error};
use serde_json::json;

use crate::commands::Session;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::table::size;

/// The arguments of `gardesh component build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component build components/assessment
  gardesh component build components/finance -o finance.wasm
  gardesh component build module.wasm -o component.wasm")]
pub struct Build {
    /// A project in Rust, Python, JavaScript or TypeScript, or a core module (.wasm)
    path: PathBuf,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Build {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let built = build(&session.out, &self.path, self.out)?;
        let path = built.path.display().to_string();
        let result = json!({
            "path": path,
            "world": built.world.to_string(),
            "imports": built.imports,
            "size": built.bytes,
        });
        session.out.own_result(&result, || {
            format!("Built {path} ({}, {}).\n", built.world, size(built.bytes))
        })
    }
}

/// Builds the component of a project. What the tools print is shown when they fail.
pub(super) fn build(out: &Output, path: &Path, to: Option<PathBuf>) -> Result<Built, Failure> {
    let request = BuildRequest {
        path: path.to_owned(),
        out: to,
    };
    let line = Progress::start(out.quiet, format!("Building {}…", path.display()));
    let mut tell = |news| {
        if let gardesh_packager::Progress::Stage(stage) = news {
            line.label(format!("Building {}: {stage}…", path.display()));
        }
    };
    gardesh_packager::build(&request, &mut tell).map_err(|error| match error {
        Error::Io { .. } | Error::NoProject { .. } | Error::Manifest { .. } => {
            Failure::Usage(error.to_string())
        }
        other => Failure::Refused(other.to_string()),
    })
}
