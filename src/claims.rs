//! Judging what somebody claims against what was measured.

use serde::Serialize;

use crate::model::plan::{Bound, Expected};

/// The judgement of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub enum Verdict {
    /// The whole interval lies on the claim's side.
    #[serde(rename = "met")]
    Met,
    /// The whole interval lies on the other side.
    #[serde(rename = "not met")]
    NotMet,
    /// The data cannot tell.
    #[serde(rename = "inconclusive")]
    Inconclusive,
}

/// One claim with its judgement: the `claims` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Judgement {
    /// The claim in words.
    pub claim: String,
    /// The metric it is about.
    pub metric: String,
    /// The judgement.
    pub verdict: Verdict,
    /// The measured ratio, or the value for a claim on one target's value.
    pub ratio: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Why, in one sentence with the figures.
    pub why: String,
    /// What must hold.
    pub bound: Bound,
    /// What the claimant expects, in his words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}
