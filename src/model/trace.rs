//! What a runtime's collector did, seen in an extra life of a target apart from the measured trials.
//!
//! Tracing changes what it looks at a little, so no measured trial is ever traced; the latency of the traced life stands
//! beside its pauses, to be held against that of the measured trials.

use serde::{Deserialize, Serialize};

use super::plan::Runtime;
use crate::clock::Nanos;

/// One traced life of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trace {
    /// The target's name.
    pub target: String,
    /// The runtime whose collector was traced.
    pub runtime: Runtime,
    /// The loads of that life, in order.
    pub loads: Vec<TracedLoad>,
}

/// One load of a traced life: its latency and the collector's pauses in its window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TracedLoad {
    /// The load profile's name.
    pub load: String,
    /// The request's name, or `all`.
    pub request: String,
    /// The window, ns.
    pub window_ns: Nanos,
    /// Good answers in it.
    pub good: u64,
    /// 99th percentile of their latency, ns.
    pub p99_ns: Nanos,
    /// 99.9th percentile, ns.
    pub p999_ns: Nanos,
    /// The largest, ns.
    pub max_ns: Nanos,
    /// What the collector did in the window.
    pub collector: Collections,
}

/// What a collector did over a stretch of time, summed over the processes of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Collections {
    /// Collections.
    pub collections: u64,
    /// Times that a process stood still for them: two in each of Go's, one in each of Python's.
    pub pauses: u64,
    /// How long these pauses took together, ns.
    pub paused_ns: Nanos,
    /// The longest of them, ns.
    pub longest_ns: Nanos,
}

impl Collections {
    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            collections: self.collections + other.collections,
            pauses: self.pauses + other.pauses,
            paused_ns: self.paused_ns + other.paused_ns,
            longest_ns: self.longest_ns.max(other.longest_ns),
        }
    }
}
