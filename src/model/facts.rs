//! Facts about the machine and the things measured, and doubts about the data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts about the machine by name, for instance `cpu.model`; `None` is 'unknown'.
pub type Environment = BTreeMap<String, Option<String>>;

/// A reason to doubt the data, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Caveat {
    /// A short stable word, for instance `queueing`.
    pub kind: String,
    /// What is doubtful and why, one or two sentences.
    pub text: String,
    /// What helps.
    pub advice: String,
}

/// What is known of a target beside its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// Versions by the name of the thing, for instance `python`.
    pub versions: BTreeMap<String, String>,
    /// SHA-256 of the program file, hexadecimal.
    pub program_sha256: Option<String>,
}

/// What is known of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DatabaseFacts {
    /// The server's version, for instance `15.18`.
    pub version: String,
    /// Where the server came from: `private: FOLDER OF THE PROGRAMS` or `url`.
    pub source: String,
    /// The fingerprint that every trial started from.
    pub fingerprint: String,
    /// The server's settings that bear on the figures, for instance `fsync`.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// How disturbed the machine was over a stretch of time; evidence that is blind to the metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Noise {
    /// Share of all CPU time that the hypervisor took, percent.
    pub steal_percent: Option<f64>,
    /// CPU used by processes that are not of this run, percent of one core.
    pub foreign_cpu_percent: Option<f64>,
    /// Share of the time in which some task waited for a CPU (PSI some), percent.
    pub cpu_pressure_percent: Option<f64>,
    /// Times that this cgroup was throttled.
    pub throttled: Option<u64>,
}
