//! What shall be done, fully resolved: every default filled in, every name checked, every path absolute.
//!
//! `config` makes a [`Plan`] from a file and the command line; nothing below it has heard of TOML or flags. A stored run
//! carries its plan, with secrets redacted.

mod target;
mod request;
mod load;
mod claim;
mod parity;

pub use claim::{Bound, ClaimPlan, Expected};
pub use load::{ArrivalPlan, LoadPart, LoadPlan, LoadRequests, Rate, Spacing, StopRule, request_of, subject};
pub use parity::{ParityCompare, ParityPlan, ParityRule};
pub use request::{ExpectPlan, RequestPlan};
pub use target::{
    AttachPlan, BenchmarkFormat, BenchmarkPlan, ReadyBy, ReadyPlan, Runtime, StopPlan, TargetPlan, mentions_port,
};

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::engine::Engine;
use crate::model::scrub::scrubbed;
use crate::model::secret::Secret;
use crate::unit::seconds;

/// The block counts at which a session may be looked at: looks elsewhere would need multipliers of their own.
pub const LOOKS: [u32; 3] = [5, 10, 20];

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
    /// The corpus, where a whole comparison plays it: what answers unlike does unlike work, which matters to requests and
    /// loads. Startup and idle memory compare no work. A plan without phases is the corpus alone.
    #[must_use]
    pub fn corpus_to_play(&self) -> Option<&ParityPlan> {
        let works = |phase: &Phase| matches!(phase, Phase::FirstRequest | Phase::Load(_));
        let needed = self.phases.is_empty() || self.phases.iter().any(works);
        self.parity.as_ref().filter(|_| self.comparison.is_some() && needed)
    }

    /// The target of that name.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&TargetPlan> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The same with requests as they may be stored and shown.
    #[must_use]
    pub fn scrubbed(&self) -> Self {
        let mut plan = self.clone();
        for request in &mut plan.requests {
            request.path = scrubbed(&request.path);
            request.body = request.body.as_deref().map(scrubbed);
        }
        plan
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

    /// Whether startup is an experiment of its own; a single launch is that of the trial.
    #[must_use]
    pub fn startup_is_apart(&self) -> bool {
        self.phases.contains(&Phase::Startup) && self.schedule.launches > 1
    }

    /// Blocks of trials: none where there is nothing to measure but startup, which has an experiment of its own.
    #[must_use]
    pub fn trial_blocks(&self) -> u32 {
        let launches_only = self.phases.iter().all(|phase| matches!(phase, Phase::Startup | Phase::FirstRequest));
        if self.startup_is_apart() && launches_only { 0 } else { self.schedule.blocks }
    }

    /// The phases of a trial of that target in that block.
    #[must_use]
    pub fn phases_in(&self, target: &str, block: u32) -> Vec<Phase> {
        let is_in = |phase: &&Phase| match phase {
            Phase::Load(name) => self.load(name).is_some_and(|load| load.is_in(block)),
            Phase::Startup | Phase::FirstRequest => !self.startup_is_apart(),
            Phase::Idle => self.schedule.idle_blocks.is_none_or(|blocks| block <= blocks),
            Phase::Warmup => true,
        };
        self.phases_of(target).iter().filter(is_in).cloned().collect()
    }

    /// What that target is in the comparison.
    #[must_use]
    pub fn role(&self, target: &str) -> Role {
        match &self.comparison {
            Some(comparison) if comparison.baseline == target => Role::Baseline,
            Some(comparison) if comparison.candidate == target => Role::Candidate,
            Some(comparison) if comparison.rivals.iter().any(|rival| rival == target) => Role::Rival,
            _ => Role::Other,
        }
    }

    /// The phases of that target's trials, in order. A rival is there for the claims alone: of the loads it runs those
    /// that a claim's metric names.
    #[must_use]
    pub fn phases_of(&self, target: &str) -> Vec<Phase> {
        let claimed = |load: &str| self.claims.iter().any(|claim| claim.metric.split('.').next() == Some(load));
        let rival = self.role(target) == Role::Rival;
        let runs = |phase: &&Phase| match phase {
            Phase::Load(load) => !rival || claimed(load),
            _ => true,
        };
        self.phases.iter().filter(runs).cloned().collect()
    }

    /// The parts of a load that the target's trials do. A rival does those that a claim's metric names: `points.list.at_60.cpu`
    /// asks for one rate of several.
    #[must_use]
    pub fn parts_of(&self, target: &str, load: &LoadPlan) -> Vec<LoadPart> {
        let is_claimed = |part: &LoadPart| {
            let prefix = format!("{}.{}.", load.name, part.subject());
            self.claims.iter().any(|claim| claim.metric.starts_with(&prefix))
        };
        let mut parts = load.parts();
        // A claim on one request of a mix names no part, but needs the whole mix.
        if self.role(target) == Role::Rival && parts.iter().any(is_claimed) {
            parts.retain(is_claimed);
        }
        parts
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
    /// Another form of the old implementation, for instance tuned: how much better the candidate is than this one stands
    /// beside each claim.
    Rival,
    /// Measured, not compared.
    Other,
}

/// Who is compared, by target names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonPlan {
    /// The old implementation.
    pub baseline: String,
    /// The new implementation.
    pub candidate: String,
    /// Targets that each claim's candidate is also compared with; the verdict stays about the baseline.
    #[serde(default)]
    pub rivals: Vec<String>,
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
    /// Whether the server counts statements, rows and buffers (`pg_stat_statements`), the same for every target.
    #[serde(default = "counted")]
    pub statements: bool,
}

/// Runs that were stored before there was a choice.
fn counted() -> bool {
    true
}

/// A phase of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Launches in interleaved pairs, before the blocks and apart from them.
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

    /// Whether requests are sent in it.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(self, Self::FirstRequest | Self::Warmup | Self::Load(_))
    }
}

/// How often, how long and in which order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Blocks: one trial of each target, adjacent in time.
    pub blocks: u32,
    /// Block counts at which a decision may be taken, of [`LOOKS`] in their order, the last of them `blocks`; empty for a
    /// fixed number of blocks.
    pub looks: Vec<u32>,
    /// Launches of each target for startup, in pairs, one of each target right after the other; one more of each goes before
    /// them and is not counted.
    pub launches: u32,
    /// Whether the page cache is dropped before each launch.
    pub cold: bool,
    /// The idle window after ready.
    #[serde(with = "seconds")]
    pub idle_after: Duration,
    /// The idle window is part of the first so many blocks only; `None` for every block.
    #[serde(default)]
    pub idle_blocks: Option<u32>,
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
    /// The load tool that makes one of the loads once more after the blocks, if one was asked for.
    #[serde(default)]
    pub second_opinion: Option<Engine>,
}
