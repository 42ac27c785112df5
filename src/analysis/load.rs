//! The figures of one load record, in the units of the JSON summary.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::model::engine::Engine;
use crate::model::load::{Arrival, LoadRecord};
use crate::model::plan::request_of;
use crate::model::record::{Ceiling, Trial};

use super::floor::{self, Floor, Found};
use super::statistics::number;
use super::validity::{Counted, generator_bound, overloaded, void_reasons, whole};

/// Percentiles of a histogram in microseconds; zero when it is empty, `null` where the tool that made the load does not tell.
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
    pub p999: Option<f64>,
    /// The largest single value.
    pub max: f64,
    /// The arithmetic mean.
    pub mean: Option<f64>,
}

/// Percentiles of the send lateness in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Lateness {
    /// Half are below.
    pub p50: f64,
    /// 99 % are below.
    pub p99: f64,
    /// The largest single lateness.
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
    /// The request, or `all` for the sum of a mix; what it is filed under (`list.at_60`) is written as the request alone, since
    /// `utilisation` tells the rest.
    #[serde(serialize_with = "request_alone")]
    pub request: String,
    /// The tool that made it. What another tool does not tell is `null`.
    pub engine: Engine,
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
    pub connections_opened: Option<u64>,
    /// Answers per connection opened.
    pub requests_per_connection: Option<f64>,
    /// Of an operating point: the share of what the slower side sustains that was asked for.
    pub utilisation: Option<f64>,
    /// Of an operating point: what the slower side sustains, 1/s.
    pub ceiling_rate: Option<f64>,
    /// How often the load was done in the trial; the figures are of all repetitions together.
    pub repetitions: u32,
    /// Open loop: asked rate, 1/s.
    pub rate_asked: Option<f64>,
    /// Sent rate, 1/s.
    pub rate_sent: f64,
    /// Good answers per second.
    pub rate_served: f64,
    /// Latency, us.
    pub latency_us: Percentiles,
    /// Service time, us.
    pub service_us: Option<Percentiles>,
    /// Connect time, us.
    pub connect_us: Option<Percentiles>,
    /// Send lateness, us.
    pub lateness_us: Option<Lateness>,
    /// The network floor beside the load, us: what a server that does nothing took in the load's own way. `null` where it was
    /// not read, or where an answer of the load was faster than the median reading.
    pub floor_us: Option<Floor>,
    /// The load's fastest answer, us, where that is below the median reading: the floor is not known, only that it is no more.
    pub floor_at_most_us: Option<f64>,
    /// X·R / N; 1 when the record agrees with itself (closed loop only).
    pub littles_law: Option<f64>,
    /// CPU seconds of the generator, or of the tool's processes; `null` when they ran on other machines.
    pub generator_cpu_s: Option<f64>,
    /// Seconds that the generator could run and waited for a CPU, summed over its threads; `null` where that is not counted.
    pub generator_waited_s: Option<f64>,
    /// Whether the generator, not the target, set the figures.
    pub generator_bound: bool,
    /// Whether the target could not hold the offered rate.
    pub overloaded: bool,
    /// Why no figure of it enters a comparison or a claim; empty when they do.
    pub void: Vec<String>,
}

impl LoadFigures {
    /// The figures of one record of that trial, of which `counted` says what counts.
    #[must_use]
    pub fn new(counted: &[Counted<'_>], trial: &Trial, record: &LoadRecord, ceiling: Option<&Ceiling>) -> Self {
        let seconds = record.seconds();
        let rate = |count: u64| if seconds > 0.0 { number(count) / seconds } else { 0.0 };
        let closed = record.arrival == Arrival::Closed;
        let all = whole(trial, record);
        let own = record.engine.is_own();
        let floor = floor::found(&[record]);
        Self {
            target: trial.target.clone(),
            trial: trial.block,
            load: record.load.clone(),
            request: record.request.clone(),
            engine: record.engine,
            arrival: record.arrival,
            connections: record.connections,
            sent: record.sent,
            answered: record.answered,
            good: record.good,
            seconds,
            statuses: record.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
            errors: record.errors.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
            connections_opened: record.connections_opened,
            requests_per_connection: record
                .connections_opened
                .map(|opened| number(all.answered) / number(opened.max(1))),
            utilisation: record.utilisation,
            ceiling_rate: record.ceiling_rate,
            repetitions: record.repetitions,
            rate_asked: record.rate_asked,
            rate_sent: rate(record.sent_in_window()),
            rate_served: rate(record.good_in_window()),
            latency_us: latency(record),
            service_us: own.then(|| percentiles(&record.service)),
            connect_us: own.then(|| percentiles(&record.connect)),
            lateness_us: own.then(|| lateness(&record.lateness)),
            floor_us: floor.as_ref().and_then(Found::known),
            floor_at_most_us: floor.as_ref().and_then(Found::at_most),
            // X·R / N with X·R = time in the system over the window and N = busy connection-time over the window.
            littles_law: (closed && record.busy_ns > 0 && all.request == record.request)
                .then(|| number(record.in_system_ns) / number(record.busy_ns)),
            generator_cpu_s: record.generator_cpu_ns.map(|ns| number(ns) / 1e9),
            generator_waited_s: record.generator_waited_ns.map(|ns| number(ns) / 1e9),
            generator_bound: generator_bound(all, ceiling).is_some(),
            overloaded: overloaded(all),
            void: void_reasons(counted, trial, record, ceiling),
        }
    }
}

fn request_alone<S: serde::Serializer>(subject: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(request_of(subject))
}

/// The latency, as far as the engine tells it.
fn latency(record: &LoadRecord) -> Percentiles {
    let all = percentiles(&record.latency);
    Percentiles {
        p999: all.p999.filter(|_| record.engine.nines_told() >= 3.0),
        mean: all.mean.filter(|_| record.engine.tells_every_latency()),
        ..all
    }
}

fn percentiles(histogram: &Histogram<u64>) -> Percentiles {
    if histogram.is_empty() {
        return Percentiles { p999: Some(0.0), mean: Some(0.0), ..Percentiles::default() };
    }
    let at = |quantile: f64| number(histogram.value_at_quantile(quantile)) / 1e3;
    Percentiles {
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: Some(at(0.999)),
        max: number(histogram.max()) / 1e3,
        mean: Some(histogram.mean() / 1e3),
    }
}

fn lateness(histogram: &Histogram<u64>) -> Lateness {
    let all = percentiles(histogram);
    Lateness { p50: all.p50, p99: all.p99, max: all.max }
}
