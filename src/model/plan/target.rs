//! The implementations under test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::secret::Secret;
use crate::unit::seconds;

/// One implementation under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetPlan {
    /// Its name in the config.
    pub name: String,
    /// Its working folder, absolute.
    pub dir: PathBuf,
    /// A server that already runs: nothing is started or stopped.
    pub attach: Option<AttachPlan>,
    /// Its argv, with `{host}`, `{port}`, `{database_url}` and `{dir}` still to be substituted at launch.
    #[serde(serialize_with = "crate::model::scrub::argv")]
    pub command: Vec<String>,
    /// Variables added to its environment, substituted like the argv.
    pub env: BTreeMap<String, Secret>,
    /// Names that it inherits of the caller's environment beside the few that every target does.
    #[serde(default)]
    pub inherit_env: Vec<String>,
    /// Commands run once before the first launch, each an argv, in `dir`.
    #[serde(serialize_with = "crate::model::scrub::argvs")]
    pub build: Vec<Vec<String>>,
    /// Commands whose first line of output is a version, by the name of the thing.
    #[serde(serialize_with = "crate::model::scrub::named_argvs")]
    pub versions: BTreeMap<String, Vec<String>>,
    /// When it counts as ready.
    pub ready: ReadyPlan,
    /// How it is stopped.
    pub stop: StopPlan,
    /// The CPUs it is confined to, as in `taskset -c`; `None` leaves it free.
    pub cpus: Option<String>,
    /// Its in-process benchmark of one handler, if it has one.
    pub benchmark: Option<BenchmarkPlan>,
    /// Whose garbage collector is traced in an extra life, apart from the measured trials; `None` traces nothing.
    #[serde(default)]
    pub runtime: Option<Runtime>,
}

/// A runtime whose garbage collector can be traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// Go: `GODEBUG=gctrace=1`.
    Go,
    /// `CPython`: `gc.callbacks`.
    Python,
}

/// A server that already runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachPlan {
    /// Where it answers, for instance `http://127.0.0.1:8000`.
    #[serde(serialize_with = "crate::model::scrub::maybe")]
    pub url: Option<String>,
    /// Its root process.
    pub pid: Option<u32>,
}

/// When a target counts as ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyPlan {
    /// The path asked for.
    #[serde(serialize_with = "crate::model::scrub::text")]
    pub path: String,
    /// The status of a good answer.
    pub status: u16,
    /// How long it may take.
    #[serde(with = "seconds")]
    pub timeout: Duration,
}

/// How a target is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopPlan {
    /// The signal's name without `SIG`, for instance `TERM`.
    pub signal: String,
    /// How long it may take before the whole tree is killed.
    #[serde(with = "seconds")]
    pub grace: Duration,
}

/// An in-process benchmark: a command and the way to read its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkPlan {
    /// The request whose handler it measures.
    pub request: String,
    /// The argv, substituted like the target's.
    #[serde(serialize_with = "crate::model::scrub::argv")]
    pub command: Vec<String>,
    /// The format of what it prints.
    pub format: BenchmarkFormat,
}

/// The format of a benchmark's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchmarkFormat {
    /// `go test -bench -benchmem` text.
    Go,
    /// `pytest --benchmark-json=/dev/stdout` JSON.
    Pytest,
}
