//! Load profiles.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::engine::Engine;
use crate::unit::seconds;

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
    /// How often a counted load is done in a trial, each repetition whole, so that its percentiles rest on enough answers; the
    /// figures are those of all repetitions together.
    #[serde(default = "once")]
    pub repeat: u32,
    /// The load is part of the first so many blocks only; `None` for every block.
    #[serde(default)]
    pub blocks: Option<u32>,
    /// Whether `run` does it without being asked for it by name.
    #[serde(default = "yes")]
    pub in_run: bool,
    /// The time over which the connections are opened (JMeter's meaning of ramp-up); zero opens all before the clock starts.
    #[serde(with = "seconds")]
    pub ramp: Duration,
    /// How long one exchange may take.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Which requests it sends.
    pub requests: LoadRequests,
    /// Who makes it.
    #[serde(default)]
    pub engine: Engine,
    /// Machines that run it instead of this one (`JMeter`'s distributed mode).
    #[serde(default)]
    pub remote: Vec<String>,
}

/// Runs that were stored before a load could be left out.
fn yes() -> bool {
    true
}

/// Runs that were stored before there were repetitions.
fn once() -> u32 {
    1
}

impl LoadPlan {
    /// Whether it is part of that block.
    #[must_use]
    pub fn is_in(&self, block: u32) -> bool {
        self.blocks.is_none_or(|blocks| block <= blocks)
    }

    /// The rates that it is done at, one after the other, as a share of what the slower side sustains; `None` stands for the
    /// load's own arrival, of which there is one.
    #[must_use]
    pub fn points(&self) -> Vec<Option<f64>> {
        match &self.arrival {
            ArrivalPlan::Open { rate: Rate::Utilisation(shares), .. } => shares.iter().copied().map(Some).collect(),
            _ => vec![None],
        }
    }

    /// What it sends, one after the other: each request alone or the mix, at each of its rates.
    #[must_use]
    pub fn parts(&self) -> Vec<LoadPart> {
        let sends: Vec<Vec<(String, f64)>> = match &self.requests {
            LoadRequests::Each(names) => names.iter().map(|name| vec![(name.clone(), 1.0)]).collect(),
            LoadRequests::Mix(weights) => vec![weights.clone()],
        };
        let at_each =
            |point: Option<f64>| sends.iter().map(move |requests| LoadPart { requests: requests.clone(), point });
        self.points().into_iter().flat_map(at_each).collect()
    }

    /// What its figures are filed under, in the order of its parts.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.parts().iter().map(LoadPart::subject).collect()
    }
}

/// One request alone or one mix, at one of a load's rates.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPart {
    /// Names of requests with their weights.
    pub requests: Vec<(String, f64)>,
    /// The rate as a share of what the slower side sustains; `None` for the load's own arrival.
    pub point: Option<f64>,
}

impl LoadPart {
    /// The request's name, or `all` for a mix.
    #[must_use]
    pub fn request(&self) -> &str {
        if let [(only, _)] = self.requests.as_slice() { only } else { "all" }
    }

    /// What its figures are filed under.
    #[must_use]
    pub fn subject(&self) -> String {
        subject(self.request(), self.point)
    }
}

/// What the figures of a request are filed under: its name, with `.at_60` where it was asked for at 60 % of what the slower side
/// sustains.
#[must_use]
pub fn subject(request: &str, utilisation: Option<f64>) -> String {
    utilisation.map_or_else(|| request.to_owned(), |share| format!("{request}.at_{:.0}", share * 100.0))
}

/// The request of a [`subject`].
#[must_use]
pub fn request_of(subject: &str) -> &str {
    subject.split_once(".at_").map_or(subject, |(request, _)| request)
}

/// Who decides when a request is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// That many requests per second.
    PerSecond(f64),
    /// That share of the slower side's closed-loop throughput, measured in this run, the same for every side.
    Common(f64),
    /// Each of these shares of it, one after the other.
    Utilisation(Vec<f64>),
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
