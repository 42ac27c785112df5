//! What ends a session.

use crate::{benchmark, database, engine, load, parity, process, store, target};

/// Why the session could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run could not be stored.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The database could not do what was asked.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// A target could not be started.
    #[error("target {target}: {source}")]
    Target {
        /// The target's name in the configuration.
        target: String,
        /// Why.
        source: target::Error,
    },
    /// A build step failed.
    #[error("the build of target {target} failed: {command:?} ended with {status}, output in {output}{}", shown(said))]
    Build {
        /// The target's name in the configuration.
        target: String,
        /// Program and arguments of the build step that failed.
        command: Vec<String>,
        /// How it ended.
        status: String,
        /// The file with what it printed.
        output: String,
        /// Its first and last lines.
        said: String,
    },
    /// A process could not be started.
    #[error("target {target}: {source}")]
    Process {
        /// The target's name in the configuration.
        target: String,
        /// Why.
        source: process::Error,
    },
    /// A load could not be run at all.
    #[error("load {load} on target {target}: {source}")]
    Load {
        /// The load's name.
        load: String,
        /// The target's name.
        target: String,
        /// Why.
        source: load::Error,
    },
    /// Another tool could not make a load.
    #[error("load {load} on target {target}: {source}")]
    Engine {
        /// The load's name.
        load: String,
        /// The target's name.
        target: String,
        /// Why.
        source: engine::Error,
    },
    /// The generator's ceiling could not be measured.
    #[error("the generator's self-check failed: {0}")]
    Ceiling(load::Error),
    /// A handler benchmark failed.
    #[error("the in-process benchmark of target {target} failed: {source}")]
    Benchmark {
        /// The target's name.
        target: String,
        /// Why.
        source: benchmark::Error,
    },
    /// A target could not be traced.
    #[error("the garbage collector of target {target} could not be traced: {source}")]
    Trace {
        /// The target's name.
        target: String,
        /// Why.
        source: std::io::Error,
    },
    /// The corpus could not be played.
    #[error(transparent)]
    Parity(#[from] parity::Error),
    /// The targets answer differently.
    #[error("the targets do not answer alike: {outcome}\n{readable}")]
    Differs {
        /// How many requests, and in how many places.
        outcome: String,
        /// The first differences, one place a line, both sides beside each other.
        readable: String,
    },
    /// The run is resumed and its seed gives other rows than before.
    #[error(
        "the seed gives another database than when the run was begun: its fingerprint is {found}, it was {expected}"
    )]
    Reseeded {
        /// What it was.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The run is resumed and a target's program or lock files are not those of its finished trials.
    #[error("target {target} is another build than when the run was begun: {what} differs")]
    Rebuilt {
        /// The target's name.
        target: String,
        /// The program, or the name of a lock file.
        what: String,
    },
    /// A fresh copy of the database is not the seeded one.
    #[error("the database of block {block}, target {target}, has fingerprint {found}, the seeded one has {expected}")]
    Fingerprint {
        /// The block whose trial was to begin, from 1.
        block: u32,
        /// The target's name.
        target: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
}

fn shown(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it printed:\n{said}") }
}
