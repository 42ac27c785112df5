//! What shall be done, fully resolved: every default filled in, every name checked, every path absolute.
//!
//! `config` makes a [`Plan`] from a file and the command line; nothing below it has heard of TOML or flags. A stored run
//! carries its plan, with secrets redacted.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secret::Secret;
use crate::unit::seconds;

/// Everything one command will do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The implementations under test, in the order of the config.
    pub targets: Vec<TargetPlan>,
    /// Who is compared with whom; `None` gives measurements without ratios.
    pub comparison: Option<ComparisonPlan>,
    /// The database that the targets work on, if any.
    pub database: Option<DatabasePlan>,
    /// The requests that loads and claims name.
    pub requests: Vec<RequestPlan>,
    /// The phases of a trial, in order.
    pub phases: Vec<Phase>,
    /// Every load profile that a phase names.
    pub loads: Vec<LoadPlan>,
    /// What somebody claims of the candidate.
    pub claims: Vec<ClaimPlan>,
    /// The corpus that both sides must answer alike, if any.
    pub parity: Option<ParityPlan>,
    /// How often and in which order.
    pub schedule: Schedule,
}

impl Plan {
    /// The target of that name.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&TargetPlan> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The request of that name.
    #[must_use]
    pub fn request(&self, name: &str) -> Option<&RequestPlan> {
        self.requests.iter().find(|request| request.name == name)
    }

    /// The load profile of that name.
    #[must_use]
    pub fn load(&self, name: &str) -> Option<&LoadPlan> {
        self.loads.iter().find(|load| load.name == name)
    }

    /// What that target is in the comparison.
    #[must_use]
    pub fn role(&self, target: &str) -> Role {
        match &self.comparison {
            Some(comparison) if comparison.baseline == target => Role::Baseline,
            Some(comparison) if comparison.candidate == target => Role::Candidate,
            _ => Role::Other,
        }
    }
}

/// What a target is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The old implementation.
    Baseline,
    /// The new one, of which something is claimed.
    Candidate,
    /// Measured, not compared.
    Other,
}

/// Two target names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonPlan {
    /// The old implementation.
    pub baseline: String,
    /// The new implementation.
    pub candidate: String,
}

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
    pub command: Vec<String>,
    /// Variables added to its environment, substituted like the argv.
    pub env: BTreeMap<String, Secret>,
    /// Commands run once before the first launch, each an argv, in `dir`.
    pub build: Vec<Vec<String>>,
    /// Commands whose first line of output is a version, by the name of the thing.
    pub versions: BTreeMap<String, Vec<String>>,
    /// When it counts as ready.
    pub ready: ReadyPlan,
    /// How it is stopped.
    pub stop: StopPlan,
    /// The CPUs it is confined to, as in `taskset -c`; `None` leaves it free.
    pub cpus: Option<String>,
    /// Its in-process benchmark of one handler, if it has one.
    pub benchmark: Option<BenchmarkPlan>,
}

/// A server that already runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachPlan {
    /// Where it answers, for instance `http://127.0.0.1:8000`.
    pub url: Option<String>,
    /// Its root process.
    pub pid: Option<u32>,
}

/// When a target counts as ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyPlan {
    /// The path asked for.
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

/// The database of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatabasePlan {
    /// The user's own server; `None` starts a private one.
    pub url: Option<Secret>,
    /// SQL files that create the tables, in order, absolute.
    pub schema: Vec<PathBuf>,
    /// SQL files that fill them, in order, absolute; they read the settings `pianoprof.scale` and `pianoprof.seed`.
    pub seed: Vec<PathBuf>,
    /// Multiplies the row counts.
    pub scale: f64,
    /// Picks the data.
    pub seed_number: u64,
}

/// One request of the config. `path`, header values and `body` are templates: `{int:LOW..HIGH}` draws a seeded integer
/// (both ends included), `{pick:A|B|C}` draws one of the words; any other brace is itself, so that JSON needs no escape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestPlan {
    /// Its name in the config.
    pub name: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines beside `Host` and `Content-Length`.
    pub headers: Vec<(String, Secret)>,
    /// The body, if any.
    pub body: Option<String>,
    /// What a good answer is.
    pub expect: ExpectPlan,
    /// The table that every good answer adds one row to, if any.
    pub inserts: Option<String>,
}

/// What a good answer is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectPlan {
    /// The good status; `None` takes any 2xx.
    pub status: Option<u16>,
    /// The body's length in bytes.
    pub length: Option<u64>,
    /// A text that the body must contain.
    pub contains: Option<String>,
    /// A JSON pointer (RFC 6901) and the value that must stand there.
    pub json: Option<(String, serde_json::Value)>,
}

/// A phase of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Extra launches, for startup and idle memory.
    Startup,
    /// The first request after the trial's own launch.
    FirstRequest,
    /// No request at all, for `Schedule::idle_after`.
    Idle,
    /// A closed loop over every request of the plan, for `Schedule::warmup`.
    Warmup,
    /// The load profile of that name.
    Load(String),
}

impl Phase {
    /// The name that `--only`, windows and reports use.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Startup => "startup",
            Self::FirstRequest => "first_request",
            Self::Idle => "idle",
            Self::Warmup => "warmup",
            Self::Load(name) => name,
        }
    }
}

/// A load profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// Its name in the config.
    pub name: String,
    /// Closed or open.
    pub arrival: ArrivalPlan,
    /// The number of connections: what a closed loop keeps busy, what an open loop may use at most.
    pub connections: u32,
    /// When it ends.
    pub stop: StopRule,
    /// The time over which the connections are opened (JMeter's meaning of ramp-up); zero opens all before the clock starts.
    #[serde(with = "seconds")]
    pub ramp: Duration,
    /// How long one exchange may take.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Which requests it sends.
    pub requests: LoadRequests,
}

/// Who decides when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalPlan {
    /// Each connection sends when its last answer is in.
    Closed,
    /// A schedule of intended times that no answer can delay.
    Open {
        /// Requests per second.
        rate: Rate,
        /// How the intended times lie.
        spacing: Spacing,
    },
}

/// The rate of an open loop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// That many requests per second.
    PerSecond(f64),
    /// That share of the slower side's closed-loop throughput, measured in this run, the same for every side.
    Common(f64),
}

/// How the intended times of an open loop lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Equal gaps.
    #[default]
    Constant,
    /// Independent exponential gaps, seeded.
    Poisson,
}

/// When a load ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopRule {
    /// After that many requests were sent (and answered).
    Requests(u64),
    /// After that time, the ramp not counted; what is in flight is drained and counted apart.
    Duration(#[serde(with = "seconds")] Duration),
}

/// Which requests a load sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadRequests {
    /// Each of these alone, one load after the other.
    Each(Vec<String>),
    /// All of these together, by weight.
    Mix(Vec<(String, f64)>),
}

/// Something claimed of the comparison or of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimPlan {
    /// The claim in the claimant's words, or a sentence made from the bound.
    pub text: String,
    /// A metric name as in the JSON summary.
    pub metric: String,
    /// What must hold.
    pub bound: Bound,
    /// The figures that the claimant expects of baseline and candidate, in his words.
    pub expected: Option<Expected>,
}

/// What must hold for a claim to be met. Ratios are 'times better'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The ratio is at least this.
    AtLeast(f64),
    /// The ratio is at most this.
    AtMost(f64),
    /// The target's own value, in the metric's unit, is at most this.
    ValueAtMost {
        /// The target's name.
        target: String,
        /// The bound in the metric's unit.
        value: f64,
    },
}

/// Expected figures in the claimant's words, for the table of expected against measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Expected {
    /// For instance `2000 ms`.
    pub baseline: String,
    /// For instance `< 100 ms`.
    pub candidate: String,
    /// For instance `20x`.
    pub improvement: String,
}

/// The corpus check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParityPlan {
    /// The corpus file, absolute.
    pub corpus: PathBuf,
    /// Declared rules for values that may differ, in order; the first that matches counts.
    pub rules: Vec<ParityRule>,
    /// Names of corpus requests whose difference is known and allowed.
    pub allow: Vec<String>,
}

/// A declared rule for one kind of value in the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParityRule {
    /// The last key of the value's path, for instance `created_at`.
    pub key: String,
    /// How the two values are compared.
    pub compare: ParityCompare,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParityCompare {
    /// Both are RFC 3339 times of the same form.
    Time,
    /// Both are positive integers; equal ids of one side match equal ids of the other throughout the corpus.
    Id,
    /// Both are there and of the same JSON type.
    Type,
}

/// How often, how long and in which order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Blocks: one trial of each target, adjacent in time.
    pub blocks: u32,
    /// Block counts at which a decision may be taken; empty for a fixed number of blocks.
    pub looks: Vec<u32>,
    /// Launches per trial for startup and idle memory, the trial's own included.
    pub launches: u32,
    /// Whether the page cache is dropped before each launch.
    pub cold: bool,
    /// The idle window after ready.
    #[serde(with = "seconds")]
    pub idle_after: Duration,
    /// The warm-up before the loads.
    #[serde(with = "seconds")]
    pub warmup: Duration,
    /// Decides the order in each block, the drawn request values and the Poisson gaps.
    pub seed: u64,
    /// Samples per second of the target's tree.
    pub sample_hz: f64,
    /// Whether `--quick` shortened everything.
    pub quick: bool,
    /// Whether placement is left to the kernel even where there are 4 CPUs or more.
    pub no_pin: bool,
}
