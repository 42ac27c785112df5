//! One metric of one target over its trials.

use serde::Serialize;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Times, memory, CPU, errors.
    Lower,
    /// Throughput and sent rate.
    Higher,
}

/// One metric of one target. `values` holds one figure per trial (per launch for startup and idle memory), in the
/// order they were taken; `low` and `high` are the smallest and largest of them.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Metric {
    /// The name, for instance `latency.list.p50`.
    pub metric: String,
    /// The unit: `ms`, `MiB`, `1/s`, `%`, `us`, `ns`, `bytes` or empty.
    pub unit: &'static str,
    /// Which way is better.
    pub better: Better,
    /// The target's name.
    pub target: String,
    /// One figure per trial or launch.
    pub values: Vec<f64>,
    /// Their median.
    pub median: f64,
    /// Their smallest.
    pub low: f64,
    /// Their largest.
    pub high: f64,
    /// How many.
    pub n: usize,
    /// (block, figure) of each valid trial: what a comparison pairs.
    #[serde(skip)]
    pub by_block: Vec<(u32, f64)>,
    /// Why the figure decides no claim, for instance `few requests`; empty when it may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}
