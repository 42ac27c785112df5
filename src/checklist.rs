//! The verification checklist: eight conditions that a comparison must fulfil to be believed, each with evidence.

use serde::Serialize;

/// One item: the `checklist` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// The condition.
    pub item: String,
    /// Whether the run fulfils it.
    pub passed: bool,
    /// The evidence from the run, or what is missing.
    pub evidence: String,
}
