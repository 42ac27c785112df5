//! What another tool shall do, and what came of it.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::Error;
use super::drive::Ended;
use crate::clock::Nanos;
use crate::model::engine::Engine;
use crate::model::load::{Arrival, LoadRecord, histogram};
use crate::model::plan::{LoadPlan, LoadRequests, Plan, RequestPlan};

/// One load on one server.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The whole plan, for the text that a tool reads.
    pub plan: &'a Plan,
    /// The load, reduced to what is sent now: one request, or a mix.
    pub load: &'a LoadPlan,
    /// The server, for instance `http://127.0.0.1:8000`.
    pub url: &'a str,
    /// Requests per second of an open loop.
    pub rate: Option<f64>,
    /// The folder that keeps what the tool reads and writes.
    pub folder: PathBuf,
    /// CPUs that the tool is confined to; `None` leaves it free.
    pub cpus: Option<Vec<usize>>,
}

/// What came of a load.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The records, as our own engine would give them.
    pub records: Vec<LoadRecord>,
    /// CPU time of the tool's processes over their whole life here, ns.
    pub cpu_ns: Nanos,
}

impl Job<'_> {
    /// The requests with their share in percent, if they are a mix.
    pub(super) fn requests(&self) -> Vec<(&RequestPlan, Option<f64>)> {
        match &self.load.requests {
            LoadRequests::Each(names) => {
                names.iter().filter_map(|name| self.plan.request(name)).map(|request| (request, None)).collect()
            }
            LoadRequests::Mix(weights) => {
                let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
                let share = |weight: &f64| Some(100.0 * weight / total);
                weights.iter().filter_map(|(name, weight)| Some((self.plan.request(name)?, share(weight)))).collect()
            }
        }
    }

    /// The request's name in the record: of a mix `all`.
    pub(super) fn name(&self) -> String {
        match self.requests().as_slice() {
            [(only, _)] => only.name.clone(),
            _ => "all".to_owned(),
        }
    }

    /// The server's address in parts.
    pub(super) fn address(&self) -> Result<Url, Error> {
        let wrong = || Error::Address(self.url.to_owned());
        let url = Url::parse(self.url).map_err(|_| wrong())?;
        let known = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
        if known { Ok(url) } else { Err(wrong()) }
    }

    /// A record of that engine with nothing in it yet, whose window is that part of the tool's life.
    pub(super) fn record(&self, engine: Engine, ended: &Ended, window: (Nanos, Nanos)) -> LoadRecord {
        let (started_ns, ended_ns) = window;
        LoadRecord {
            load: self.load.name.clone(),
            request: self.name(),
            engine,
            arrival: if self.rate.is_some() { Arrival::Open } else { Arrival::Closed },
            connections: self.load.connections,
            started_ns,
            ended_ns,
            sent: 0,
            answered: 0,
            good: 0,
            ramped: 0,
            drained: 0,
            unsent: 0,
            good_total: 0,
            statuses: std::collections::BTreeMap::new(),
            errors: std::collections::BTreeMap::new(),
            connections_opened: None,
            body_bytes: 0,
            rate_asked: self.rate,
            utilisation: None,
            ceiling_rate: None,
            repetitions: 1,
            between_ns: 0,
            backlog: vec![],
            in_system_ns: 0,
            busy_ns: 0,
            generator_cpu_ns: Some(ended.cpu_between(started_ns, ended_ns)),
            generator_stall_ns: 0,
            generator_waited_ns: None,
            generator_threads: 1,
            notes: vec![],
            floor_ns: vec![],
            latency: histogram(),
            service: histogram(),
            connect: histogram(),
            lateness: histogram(),
        }
    }
}

/// Whole seconds as the tools count them, rounded up, at least one.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    (duration.as_secs() + u64::from(duration.subsec_nanos() > 0)).max(1)
}

/// Requests of an open loop that were due and not sent.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count far below 2^53"
)]
pub(super) fn not_sent(rate: f64, seconds: f64, sent: u64) -> u64 {
    (rate * seconds - sent as f64).max(0.0) as u64
}
