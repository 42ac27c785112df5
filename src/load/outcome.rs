//! What the generator threads did, put together into records.

use hdrhistogram::Histogram;

use super::job::{Job, JobArrival};
use super::tally::Tally;
use super::window::Window;
use crate::clock::Nanos;
use crate::model::engine::Engine;
use crate::model::load::{Arrival, LoadRecord};

/// What one thread did.
pub(super) struct Outcome {
    pub window: Window,
    /// One per request of the job.
    pub tallies: Vec<Tally>,
    pub connect: Histogram<u64>,
    pub lateness: Histogram<u64>,
    pub opened: u64,
    pub busy_ns: u64,
    pub cpu_ns: Nanos,
    pub stall_ns: Nanos,
    pub waited_ns: Option<Nanos>,
    pub backlog: Vec<u64>,
    pub unsent: u64,
}

impl Outcome {
    /// Adds another thread's.
    pub fn add(&mut self, other: &Self) {
        self.window.start = self.window.start.min(other.window.start);
        self.window.end = self.window.end.max(other.window.end);
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.add(theirs);
        }
        self.connect.add(&other.connect).expect("all connect histograms have the same bounds");
        self.lateness.add(&other.lateness).expect("all lateness histograms have the same bounds");
        self.opened += other.opened;
        self.busy_ns += other.busy_ns;
        self.cpu_ns += other.cpu_ns;
        self.stall_ns = self.stall_ns.max(other.stall_ns);
        self.waited_ns = self.waited_ns.zip(other.waited_ns).map(|(mine, theirs)| mine + theirs);
        self.backlog.resize(self.backlog.len().max(other.backlog.len()), 0);
        for (mine, theirs) in self.backlog.iter_mut().zip(&other.backlog) {
            *mine += theirs;
        }
        self.unsent += other.unsent;
    }

    /// One record per request, and for a mix one of all.
    pub fn records(self, job: &Job) -> Vec<LoadRecord> {
        let mut records: Vec<LoadRecord> = job
            .requests
            .iter()
            .zip(&self.tallies)
            .map(|((plan, _), tally)| self.record(job, &plan.name, tally))
            .collect();
        if let [first, rest @ ..] = self.tallies.as_slice()
            && !rest.is_empty()
        {
            let mut all = first.clone();
            for tally in rest {
                all.add(tally);
            }
            records.push(self.record(job, "all", &all));
        }
        records
    }

    fn record(&self, job: &Job, request: &str, tally: &Tally) -> LoadRecord {
        let (arrival, rate_asked) = match job.arrival {
            JobArrival::Closed => (Arrival::Closed, None),
            JobArrival::Open { rate, .. } => (Arrival::Open, Some(rate)),
        };
        LoadRecord {
            load: job.load.clone(),
            request: request.to_owned(),
            engine: Engine::Pianoprof,
            arrival,
            connections: job.connections,
            started_ns: self.window.start,
            ended_ns: self.window.end,
            sent: tally.sent,
            answered: tally.answered,
            good: tally.good,
            ramped: tally.ramped,
            drained: tally.drained,
            unsent: self.unsent,
            good_total: tally.good_total,
            statuses: tally.statuses(),
            errors: tally.errors(),
            connections_opened: Some(self.opened),
            body_bytes: tally.body_bytes,
            rate_asked,
            utilisation: None,
            ceiling_rate: None,
            repetitions: 1,
            between_ns: 0,
            backlog: self.backlog.clone(),
            in_system_ns: tally.in_system_ns,
            busy_ns: self.busy_ns,
            generator_cpu_ns: Some(self.cpu_ns),
            generator_stall_ns: self.stall_ns,
            generator_waited_ns: self.waited_ns,
            generator_threads: job.generator_threads(),
            notes: vec![],
            floor_ns: vec![],
            latency: tally.latency.clone(),
            service: tally.service.clone(),
            connect: self.connect.clone(),
            lateness: self.lateness.clone(),
        }
    }
}
