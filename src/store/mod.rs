//! Stored runs: the only thing that passes from the measuring wing to the reading wing.
//!
//! ```text
//! runs/ID/run.json            plan, facts, trials; written whole and atomically after every trial
//!         histograms/T.hlog   HdrHistogram interval log of trial T, a tag per load and histogram
//!         samples/T.csv[.zst] readings of /proc during trial T
//!         output/             what the servers and builds printed
//!         wrk/ ab/ oha/ jmeter/ what another load tool read and wrote, JMeter's dashboard included
//!         SHA256SUMS          `sha256sum -c` checks it
//! runs/latest                 link to the last run
//! ```
//!
//! A trial's histograms and samples are written once, before the `run.json` that names the trial, so that whatever
//! moment the program is killed at, every trial in `run.json` is readable.

mod checksums;
mod folder;
mod histograms;
mod samples;

use std::io;
use std::path::{Path, PathBuf};

pub use folder::Folder;

use crate::model::record::{FORMAT, Run};

/// Why a run could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder or file could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("could not read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `--out` names something that is there already.
    #[error("{} exists already; a run needs a new folder", .0.display())]
    Exists(PathBuf),
    /// The folder holds no run.
    #[error("{} is not a stored run: it has no run.json", .0.display())]
    NotARun(PathBuf),
    /// `run.json` is not what this program writes.
    #[error("{} is not a run file: {why}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// In words.
        why: String,
    },
    /// Written by a newer version.
    #[error("{} has format {format}; this version reads up to format {FORMAT}", path.display())]
    TooNew {
        /// Which.
        path: PathBuf,
        /// The number under `format` in its `run.json`.
        format: u64,
    },
    /// A file does not match its checksum.
    #[error("{} was changed after the run was stored: it does not match SHA256SUMS", .0.display())]
    Edited(PathBuf),
}

impl Error {
    fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}

/// Reads a stored run whole: checks every checksum, then the format, then the content.
///
/// # Errors
/// Each way in which a folder can fail to be a run that this version wrote has its own error.
pub fn open(path: &Path) -> Result<(Folder, Run), Error> {
    let folder = Folder::existing(path)?;
    let run = folder.load(true)?;
    Ok((folder, run))
}

/// Reads a stored run without the samples of its trials, which is several times as fast: what is derived from it lacks
/// memory under load.
///
/// # Errors
/// As [`open`], but files that are not read are not checked either.
pub fn glance(path: &Path) -> Result<Run, Error> {
    Folder::existing(path)?.load(false)
}

#[cfg(test)]
mod tests;
