//! What a tool must read and nobody else: bodies, paths and headers may hold secrets.
//!
//! They lie in a folder of mode 0700 under `TMPDIR` that the tool's guardian removes, whoever ends the tool or us. The
//! run's folder keeps the same texts without their secrets.

use std::path::{Path, PathBuf};

use super::{Error, Job};
use crate::model::engine::Engine;
use crate::process::{Command, Keeper, Supervised};

/// The folder, and the guardian that the tool will run under.
pub(super) struct Private {
    keeper: Keeper,
    folder: PathBuf,
    engine: Engine,
}

impl Private {
    /// Makes the folder.
    pub fn new(program: &Path, engine: Engine) -> Result<Self, Error> {
        let failed = |source| Error::Start { engine, source };
        let mut keeper = Keeper::new(program).map_err(failed)?;
        let folder = keeper.scratch(&std::env::temp_dir()).map_err(failed)?;
        Ok(Self { keeper, folder, engine })
    }

    /// A new file there.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        write(self.folder.join(name), text)
    }

    /// Starts the tool.
    pub fn launch(self, command: &Command) -> Result<Supervised, Error> {
        let engine = self.engine;
        self.keeper.launch(command).map_err(|source| Error::Start { engine, source })
    }
}

/// Keeps a text in the run's folder, for whoever wants to know what the tool was given.
pub(super) fn keep(job: &Job, name: &str, text: &str) -> Result<(), Error> {
    write(job.folder.join(name), text).map(|_| ())
}

fn write(path: PathBuf, text: &str) -> Result<PathBuf, Error> {
    match std::fs::write(&path, text) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Folder { path, source }),
    }
}
