//! The ratio of one metric between baseline and candidate, paired by block.

use serde::Serialize;

/// A ratio with its interval. Ratios are 'times better': above 1 the candidate is better, whichever way the metric goes.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// The metric's name.
    pub metric: String,
    /// The metric's unit.
    pub unit: &'static str,
    /// The baseline's median over blocks.
    pub baseline: f64,
    /// The candidate's median over blocks.
    pub candidate: f64,
    /// exp(mean of the logs of the blocks' ratios).
    pub ratio: f64,
    /// Lower end of the 95 % interval, widened by the instrument; `None` below 3 blocks.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Pairs that went into it.
    pub blocks: usize,
    /// Standard deviation of the logs of the blocks' ratios; `None` below 2 blocks.
    #[serde(skip)]
    pub spread: Option<f64>,
    /// Why no claim may rest on it; `None` when one may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}
