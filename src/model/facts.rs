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
    /// Versions by the name of the thing, for instance `python`; `unknown` where its command gave none.
    #[serde(serialize_with = "super::scrub::named")]
    pub versions: BTreeMap<String, String>,
    /// SHA-256 of the program file, hexadecimal.
    pub program_sha256: Option<String>,
    /// SHA-256 of the files in the target's folder that pin what it depends on, by name, hexadecimal.
    #[serde(default)]
    pub locks: BTreeMap<String, String>,
    /// Variables of its environment that its plan inherits or that change speed: the latter by value, others by the first
    /// digits of a checksum.
    #[serde(default, serialize_with = "super::scrub::named")]
    pub environment: BTreeMap<String, String>,
    /// The version of Go that the program was built with, where it is a Go program.
    #[serde(default)]
    pub built_with_go: Option<String>,
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
    /// Why statements, rows and buffers per request are unknown; `null` where they were counted.
    #[serde(default)]
    pub statements_unknown: Option<String>,
}

/// The `source` of a server of the user's own.
pub const OWN_SERVER: &str = "url";

impl DatabaseFacts {
    /// Whether the server is the user's own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.source == OWN_SERVER
    }
}

/// Disjoint sets of CPUs by user, the same for every side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Placement {
    /// The load generator's.
    pub generator: Vec<usize>,
    /// The database's.
    pub database: Vec<usize>,
    /// The target's, unless its plan names its own.
    pub target: Vec<usize>,
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
    /// Processes that the kernel ended for lack of memory.
    #[serde(default)]
    pub out_of_memory: Option<u64>,
}

/// Steal above this share of all CPU time (percent) voids a trial: at 5 % the two sides of a block easily differ by more
/// than the few percent that an interval claims to resolve.
pub const STEAL_PERCENT: f64 = 5.0;
/// Other programs above this share of one core (percent) void a trial: on two cores that is a tenth of the machine, more
/// than what a desktop or an agent needs when nothing happens (1-5 %).
pub const FOREIGN_CPU_PERCENT: f64 = 20.0;
/// More throttled periods than this void a trial: a period stops every task for up to 100 ms, so ten of them are a second
/// of standstill, enough to reach p99 of a minute.
pub const THROTTLED: u64 = 10;

impl Noise {
    /// How the machine disturbed what was measured meanwhile, each as a sentence; empty when it did not. Blind to every
    /// metric, so that leaving out or doing again what was disturbed favours no side.
    #[must_use]
    pub fn disturbances(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(steal) = self.steal_percent.filter(|steal| *steal > STEAL_PERCENT) {
            found.push(format!("the hypervisor took {steal:.1} % of the CPU time (limit {STEAL_PERCENT} %)"));
        }
        if let Some(foreign) = self.foreign_cpu_percent.filter(|foreign| *foreign > FOREIGN_CPU_PERCENT) {
            found.push(format!("other programs used {foreign:.0} % of a core (limit {FOREIGN_CPU_PERCENT} %)"));
        }
        if let Some(throttled) = self.throttled.filter(|throttled| *throttled > THROTTLED) {
            found.push(format!("the CPU quota stopped it {throttled} times (limit {THROTTLED})"));
        }
        found
    }
}
