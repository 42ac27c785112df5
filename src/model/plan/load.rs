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
