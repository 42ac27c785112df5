//! What somebody claims.

use serde::{Deserialize, Serialize};

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
