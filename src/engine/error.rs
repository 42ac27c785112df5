//! Why another tool could not make a load.

use std::io;
use std::path::PathBuf;

use crate::model::engine::Engine;
use crate::process;

/// What stopped a load that another tool should make.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tool's files have no place.
    #[error("could not write {}", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The tool could not be started.
    #[error("{engine} could not be started")]
    Start {
        /// Which.
        engine: Engine,
        /// Why.
        source: process::Error,
    },
    /// It failed.
    #[error("{engine} ended with {status}; it said last:\n{output}")]
    Failed {
        /// Which.
        engine: Engine,
        /// How it ended.
        status: String,
        /// The last lines it printed.
        output: String,
    },
    /// What it said has no figures.
    #[error("{engine} gave no result that can be read: {why}; it said last:\n{output}")]
    Unreadable {
        /// Which.
        engine: Engine,
        /// What is wrong.
        why: String,
        /// The last lines it printed.
        output: String,
    },
    /// The target's address is none that another tool could be given.
    #[error("`{0}` is no address of http or https")]
    Address(String),
    /// The load names a tool that the session was not given.
    #[error("{0} is not at hand")]
    Absent(Engine),
    /// Our own engine is no other tool.
    #[error("pianoprof's own engine was asked for as another tool")]
    Own,
}
