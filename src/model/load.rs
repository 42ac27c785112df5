//! What one load did, as the engine saw it.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use crate::clock::Nanos;

/// A latency histogram in nanoseconds, 1 ns to 1 hour at 3 significant digits.
#[must_use]
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 3_600_000_000_000, 3).expect("constant bounds are valid")
}

/// Records of versions that did not repeat a load.
fn once() -> u32 {
    1
}

/// How a request that got no good answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The connection was refused.
    ConnectRefused,
    /// The connection was not there in time.
    ConnectTimeout,
    /// The connection was reset.
    Reset,
    /// The connection was closed before the answer was whole.
    ClosedEarly,
    /// The answer did not come in time.
    Timeout,
    /// The answer's status was not the expected one.
    BadStatus,
    /// The answer was no HTTP/1.x.
    Malformed,
    /// The answer's head was larger than the engine takes.
    TooLarge,
    /// The body check failed.
    BodyMismatch,
    /// There was no connection; another tool made the load and does not say why.
    Connect,
    /// The connection failed before the answer was whole; another tool made the load and does not say how.
    Socket,
}

impl ErrorKind {
    /// The kind as it is written in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectRefused => "connect_refused",
            Self::ConnectTimeout => "connect_timeout",
            Self::Reset => "reset",
            Self::ClosedEarly => "closed_early",
            Self::Timeout => "timeout",
            Self::BadStatus => "bad_status",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::BodyMismatch => "body_mismatch",
            Self::Connect => "connect",
            Self::Socket => "socket",
        }
    }
}

/// Who decided when a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// The answer before it.
    Closed,
    /// A fixed schedule.
    Open,
}

/// The good answers that a latency figure needs to decide a claim: below them, less than 10 (p99.9: 100) requests lie
/// beyond the percentile and its own scatter exceeds what is claimed.
#[must_use]
pub fn requests_needed(figure: &str) -> u64 {
    match figure {
        "p50" | "p90" | "mean" => 1_000,
        "p95" => 2_000,
        "p99" => 10_000,
        "p999" | "max" => 100_000,
        _ => 0,
    }
}

/// One load on one target: counts, and four histograms of *good* answers (nanoseconds).
///
/// Which requests belong to the window, so that `sent = answered + errors without an answer` (+ `drained` where it is apart):
/// * closed loop, timed: those in flight inside the window. What the ramp left in flight at the start counts when its
///   answer comes inside; what is in flight at the deadline is `drained`. Counting by arrival keeps throughput unbiased.
/// * closed loop, counted: exactly the requests asked for, all sent after the start.
/// * open loop: every request *intended* inside the window, whenever it is answered (up to the timeout after the
///   deadline): leaving out the late ones would be coordinated omission at the end.
///
/// An interrupted load ends its window at the interrupt and leaves what was in flight without an outcome.
///
/// A load made by another tool holds what that tool tells: what it does not tell is `None` or empty, and its latency may be
/// that of every answer, bad ones included.
///
/// A mix gives one record per request and one named `all`; counts of connections, the backlog, the generator's own
/// figures and `lateness` are those of the whole mix in each of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadRecord {
    /// The load profile's name, or `adhoc`.
    pub load: String,
    /// The request's name, or `all`; with `.at_60` behind it at 60 % of what the slower side sustains (see
    /// [`super::plan::subject`]).
    pub request: String,
    /// Who made it.
    #[serde(default)]
    pub engine: Engine,
    /// Closed or open loop.
    pub arrival: Arrival,
    /// Connections asked for.
    pub connections: u32,
    /// Start of the measured window (after ramp and connection set-up), monotonic ns.
    pub started_ns: Nanos,
    /// End of the measured window: the last answer of a counted load, the deadline of a timed one.
    pub ended_ns: Nanos,
    /// Requests of the window that were sent.
    pub sent: u64,
    /// Whole answers to them, of whatever status; in a timed closed loop those that came inside the window.
    pub answered: u64,
    /// Good answers among these: the expected status and, where asked, the expected body.
    pub good: u64,
    /// Requests sent before the window and not of it; of these only `good_total` knows more.
    pub ramped: u64,
    /// Whole answers that came after the deadline. Closed loop: in no histogram and not in `answered`. Open loop: they are
    /// in both, so that `answered - drained` came inside the window.
    pub drained: u64,
    /// Open loop: requests whose intended time lay inside the window and that were never sent.
    pub unsent: u64,
    /// Good answers of the whole load, ramp and drain included: what a write check compares with inserted rows.
    pub good_total: u64,
    /// Whole answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without a good answer, by kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    /// Connections opened in all, where that is known.
    pub connections_opened: Option<u64>,
    /// Body bytes received.
    pub body_bytes: u64,
    /// Open loop: requests per second asked for.
    pub rate_asked: Option<f64>,
    /// Of an operating point: the share of the slower side's sustained throughput that was asked for.
    #[serde(default)]
    pub utilisation: Option<f64>,
    /// Of an operating point: that sustained throughput, 1/s.
    #[serde(default)]
    pub ceiling_rate: Option<f64>,
    /// How often the load was done; counts, times and histograms are of all repetitions together.
    #[serde(default = "once")]
    pub repetitions: u32,
    /// Time between the repetitions, in which nothing was measured, ns.
    #[serde(default)]
    pub between_ns: Nanos,
    /// Open loop: requests intended but not yet sent, at the end of each tenth of the window (the last is the deadline).
    pub backlog: Vec<u64>,
    /// Time that requests spent in the system inside the window, ns, by their own stamps, whatever became of them: Little's
    /// L is this over the window.
    pub in_system_ns: u64,
    /// Connection-time of the window that carried a request or a reconnect, ns, summed over connections: the number of busy
    /// connections integrated over the window, N of Little's law. Of the whole mix.
    pub busy_ns: u64,
    /// CPU time of the generator's threads (another tool's: of its processes) inside the window, ns; `None` when it ran on
    /// other machines.
    pub generator_cpu_ns: Option<Nanos>,
    /// The longest time inside the window that a generator thread did not run though it had to, ns, without the time that it
    /// waited for a CPU which others had. Freezes below 5 ms during a wait are not seen.
    pub generator_stall_ns: Nanos,
    /// How long generator threads could run inside the window and waited for a CPU, ns, summed over threads; `None` where
    /// the kernel does not count it, and for other tools.
    #[serde(default)]
    pub generator_waited_ns: Option<Nanos>,
    /// Generator threads.
    pub generator_threads: u32,
    /// What a reader of another tool's figures must know, a sentence each without its full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Readings of the network floor right before and after the load, ns: each the median latency of a short series against a
    /// server that does nothing, in the load's own way. Empty for other tools, and in records of versions without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floor_ns: Vec<Nanos>,
    /// From the intended time (open loop) or the send (closed loop; connect included when one was needed) to the last byte.
    #[serde(skip, default = "histogram")]
    pub latency: Histogram<u64>,
    /// From the actual send to the last byte.
    #[serde(skip, default = "histogram")]
    pub service: Histogram<u64>,
    /// From connect to connected, every connection opened in the window.
    #[serde(skip, default = "histogram")]
    pub connect: Histogram<u64>,
    /// Open loop: how late the generator itself was, every request sent: from the moment it could send (the intended time or,
    /// where all connections were busy then, the moment one became free) to the send.
    #[serde(skip, default = "histogram")]
    pub lateness: Histogram<u64>,
}

impl LoadRecord {
    /// The measured window in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "windows are far below 104 days")]
    pub fn seconds(&self) -> f64 {
        self.ended_ns.saturating_sub(self.started_ns).saturating_sub(self.between_ns) as f64 / 1e9
    }

    /// Adds a later repetition of the same load.
    ///
    /// # Panics
    /// When a histogram has other bounds, which none of a load has.
    pub fn add(&mut self, later: &Self) {
        self.repetitions += later.repetitions;
        self.between_ns += later.started_ns.saturating_sub(self.ended_ns) + later.between_ns;
        self.ended_ns = later.ended_ns;
        self.sent += later.sent;
        self.answered += later.answered;
        self.good += later.good;
        self.ramped += later.ramped;
        self.drained += later.drained;
        self.unsent += later.unsent;
        self.good_total += later.good_total;
        self.body_bytes += later.body_bytes;
        self.in_system_ns += later.in_system_ns;
        self.busy_ns += later.busy_ns;
        self.generator_stall_ns = self.generator_stall_ns.max(later.generator_stall_ns);
        self.generator_cpu_ns = self.generator_cpu_ns.zip(later.generator_cpu_ns).map(|(one, other)| one + other);
        self.connections_opened = self.connections_opened.zip(later.connections_opened).map(|(one, other)| one + other);
        self.floor_ns.extend(&later.floor_ns);
        for (status, count) in &later.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (kind, count) in &later.errors {
            *self.errors.entry(*kind).or_default() += count;
        }
        for (mine, other) in [
            (&mut self.latency, &later.latency),
            (&mut self.service, &later.service),
            (&mut self.connect, &later.connect),
            (&mut self.lateness, &later.lateness),
        ] {
            mine.add(other).expect("all histograms of a load have the same bounds");
        }
    }

    /// Requests sent inside the window: an open loop sends the backlog of the deadline later.
    #[must_use]
    pub fn sent_in_window(&self) -> u64 {
        self.sent.saturating_sub(self.backlog.last().copied().unwrap_or(0))
    }

    /// Good answers that came inside the window: what a served rate is made of.
    #[must_use]
    pub fn good_in_window(&self) -> u64 {
        match self.arrival {
            Arrival::Closed => self.good,
            Arrival::Open => self.good.saturating_sub(self.drained),
        }
    }

    /// The four histograms with their names in the stored log.
    #[must_use]
    pub fn histograms(&self) -> [(&'static str, &Histogram<u64>); 4] {
        [
            ("latency", &self.latency),
            ("service", &self.service),
            ("connect", &self.connect),
            ("lateness", &self.lateness),
        ]
    }
}
