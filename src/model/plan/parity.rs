//! The corpus check.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
