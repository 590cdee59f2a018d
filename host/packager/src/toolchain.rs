//! Where the tools are: `$GARDESH_TOOLCHAIN`, the nearest `.toolchain/` above the project
//! or the working folder, then `PATH`. `guest-sdk/toolchains/install.sh` fills that
//! folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::Error;

/// What to do about a missing tool.
pub(crate) const HINT: &str = "run 'make toolchains' in a Gardesh checkout, or set GARDESH_TOOLCHAIN to a folder that guest-sdk/toolchains/install.sh filled";

/// The toolchain folder for one project, where there is one.
pub(crate) struct Toolchain {
    folder: Option<PathBuf>,
}

impl Toolchain {
    /// Looks for the folder from `project` upwards, then from the working folder.
    pub fn near(project: &Path) -> Self {
        let set = std::env::var_os("GARDESH_TOOLCHAIN").map(PathBuf::from);
        let above = |start: &Path| {
            start
                .ancestors()
                .map(|folder| folder.join(".toolchain"))
                .find(|folder| folder.is_dir())
        };
        let working = || {
            std::env::current_dir()
                .ok()
                .and_then(|folder| above(&folder))
        };
        Self {
            folder: set.or_else(|| above(project)).or_else(working),
        }
    }

    /// A tool at `inside` the toolchain folder, or on `PATH` by its file name.
    pub fn tool(&self, inside: &str) -> Result<PathBuf, Error> {
        let name = Path::new(inside).file_name().unwrap_or(OsStr::new(inside));
        self.file(inside)
            .or_else(|| on_path(name))
            .ok_or_else(|| Error::NoTool {
                tool: name.to_string_lossy().into_owned(),
                looked: format!("looked in {} and on PATH", self.shown()),
                hint: HINT.into(),
            })
    }

    /// A file inside the toolchain folder, where it exists.
    pub fn file(&self, inside: &str) -> Option<PathBuf> {
        self.folder
            .as_ref()
            .map(|folder| folder.join(inside))
            .filter(|path| path.exists())
    }

    /// When a part was installed, as text: it changes when the part was made anew.
    pub fn installed(&self, part: &str) -> Option<String> {
        let modified = self
            .file(&format!("{part}.stamp"))?
            .metadata()
            .ok()?
            .modified()
            .ok()?;
        Some(format!("{:?}", modified.duration_since(UNIX_EPOCH).ok()?))
    }

    fn shown(&self) -> String {
        self.folder.as_ref().map_or_else(
            || "no .toolchain folder".into(),
            |folder| folder.display().to_string(),
        )
    }
}

fn on_path(name: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
