//! What another load tool and other readers of memory say of a target, in an extra life apart from the measured trials.
//!
//! Our own engine makes the same load right before and right after the other tool, so that what the machine does in between
//! is seen, and not taken for a disagreement.

use serde::{Deserialize, Serialize};

use super::engine::Engine;
use crate::clock::Nanos;

/// One target heard twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// The target's name.
    pub target: String,
    /// The load profile that both made.
    pub load: String,
    /// The request's name, or `all`.
    pub request: String,
    /// The other tool.
    pub engine: Engine,
    /// Its version, where it says one.
    pub version: Option<String>,
    /// Our own engine: before and after the other tool.
    pub ours: [Heard; 2],
    /// The other tool.
    pub theirs: Heard,
    /// Memory of the living tree after the loads, read twice; `None` when it could not be read.
    pub memory: Option<MemoryTwice>,
    /// What disturbed the machine meanwhile, a clause each.
    pub disturbances: Vec<String>,
}

/// What one generator saw of one load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The window, ns.
    pub window_ns: Nanos,
    /// Good answers in it.
    pub good: u64,
    /// Median of their latency, ns; 0 when nothing was answered.
    pub p50_ns: Nanos,
    /// 99th percentile, ns.
    pub p99_ns: Nanos,
    /// CPU time of the generator in the window, ns, where it is known.
    pub generator_cpu_ns: Option<Nanos>,
}

/// Memory of one tree at one moment, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryTwice {
    /// Resident, as the sampler reads it (`statm`).
    pub rss: u64,
    /// Resident, as `ps` says; its tree is found by `ps` as well.
    pub ps_rss: Option<u64>,
    /// Shared pages split, as the sampler reads it (`smaps_rollup`).
    pub pss: Option<u64>,
    /// The same, summed over every mapping of `smaps`.
    pub smaps_pss: Option<u64>,
}
