//! The figures of one load record, in the units of the JSON summary.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::load::Arrival;

/// Percentiles of a histogram in microseconds; all zero when it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Percentiles {
    /// Half are below.
    pub p50: f64,
    /// 90 % are below.
    pub p90: f64,
    /// 95 % are below.
    pub p95: f64,
    /// 99 % are below.
    pub p99: f64,
    /// 99.9 % are below.
    pub p999: f64,
    /// The largest.
    pub max: f64,
    /// The arithmetic mean.
    pub mean: f64,
}

/// Percentiles of the send lateness in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Lateness {
    /// Half are below.
    pub p50: f64,
    /// 99 % are below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// One load on one target: the `loads` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct LoadFigures {
    /// The target's name.
    pub target: String,
    /// The block of the trial, from 1.
    pub trial: u32,
    /// The load profile.
    pub load: String,
    /// The request, or `all` for the sum of a mix.
    pub request: String,
    /// Closed or open.
    pub arrival: Arrival,
    /// Connections asked for.
    pub connections: u32,
    /// Requests sent in the window.
    pub sent: u64,
    /// Whole answers in the window.
    pub answered: u64,
    /// Good answers in the window.
    pub good: u64,
    /// Seconds of the window.
    pub seconds: f64,
    /// Answers by status.
    pub statuses: BTreeMap<String, u64>,
    /// Requests without a good answer, by kind.
    pub errors: BTreeMap<String, u64>,
    /// Connections opened.
    pub connections_opened: u64,
    /// Answers per connection opened.
    pub requests_per_connection: f64,
    /// Open loop: asked rate, 1/s.
    pub rate_asked: Option<f64>,
    /// Sent rate, 1/s.
    pub rate_sent: f64,
    /// Good answers per second.
    pub rate_served: f64,
    /// Latency, us.
    pub latency_us: Percentiles,
    /// Service time, us.
    pub service_us: Percentiles,
    /// Connect time, us.
    pub connect_us: Percentiles,
    /// Send lateness, us.
    pub lateness_us: Lateness,
    /// X·R / N; 1 when the record agrees with itself (closed loop only).
    pub littles_law: Option<f64>,
    /// CPU seconds of the generator.
    pub generator_cpu_s: f64,
    /// Whether the generator, not the target, set the figures.
    pub generator_bound: bool,
    /// Whether the target could not hold the offered rate.
    pub overloaded: bool,
}
