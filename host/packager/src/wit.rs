//! The WIT packages of `/wit`, carried inside the program, and written to a folder for
//! the tools that want one.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Error, World};

const STEP: &str = include_str!("../../../wit/step/step.wit");
const CX: &str = include_str!("../../../wit/cx/cx.wit");

/// One folder per package; removed when dropped.
pub(crate) struct WitFolders {
    folder: TempDir,
}

impl WitFolders {
    /// Writes both packages, `cx` with `step` among its dependencies.
    pub fn write() -> Result<Self, Error> {
        let folder =
            tempfile::tempdir().map_err(Error::io("create a folder in", &std::env::temp_dir()))?;
        let this = Self { folder };
        this.file("step/step.wit", STEP)?;
        this.file("cx/cx.wit", CX)?;
        this.file("cx/deps/step/step.wit", STEP)?;
        Ok(this)
    }

    fn file(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.path().join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        std::fs::write(&path, text).map_err(Error::io("write", &path))
    }

    /// The folder of the package that has `world`, dependencies included.
    pub fn package_of(&self, world: World) -> PathBuf {
        self.folder.path().join(match world {
            World::Step => "step",
            World::Trigger => "cx",
        })
    }
}
