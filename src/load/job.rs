//! What one load shall do, with every choice made.

use std::time::Duration;

use super::endpoint::Endpoint;
use super::error::Error;
use crate::model::plan::{RequestPlan, Spacing, StopRule};

/// One load on one server.
#[derive(Clone, Debug)]
pub struct Job {
    /// The load profile's name.
    pub load: String,
    /// The server.
    pub endpoint: Endpoint,
    /// The requests with their weights; a single one is sent alone, several are a mix.
    pub requests: Vec<(RequestPlan, f64)>,
    /// Who decides when a request is sent.
    pub arrival: JobArrival,
    /// Connections kept; each carries one request at a time.
    pub connections: u32,
    /// When the load ends.
    pub stop: StopRule,
    /// Time over which the connections are opened; zero opens all and sends one request on each before the clock starts.
    pub ramp: Duration,
    /// How long one request may take, its connect included.
    pub timeout: Duration,
    /// Picks template values, the order of a mix and Poisson gaps.
    pub seed: u64,
    /// Generator threads; 0 takes one.
    pub threads: u32,
    /// CPUs that the generator threads are pinned to, in turn; `None` leaves them free.
    pub cpus: Option<Vec<usize>>,
}

/// Who decides when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JobArrival {
    /// Each connection sends when its last answer is in.
    Closed,
    /// A schedule of intended times that no answer can delay.
    Open {
        /// Requests per second.
        rate: f64,
        /// How the intended times lie.
        spacing: Spacing,
    },
}

impl Job {
    /// The number of generator threads that will run: never more than connections.
    #[must_use]
    pub fn generator_threads(&self) -> u32 {
        self.threads.clamp(1, self.connections.max(1))
    }

    /// Refuses what no engine can do.
    pub(super) fn check(&self) -> Result<(), Error> {
        let why = if self.requests.is_empty() {
            "it has no request"
        } else if self.requests.iter().any(|(_, weight)| !weight.is_finite() || *weight <= 0.0) {
            "the weights of a mix must be above 0"
        } else if self.connections == 0 {
            "it needs at least one connection"
        } else if self.timeout.is_zero() {
            "the timeout must be above 0"
        } else if matches!(self.arrival, JobArrival::Open { rate, .. } if !rate.is_finite() || rate <= 0.0 || rate > 1e7)
        {
            "the rate must be above 0 and at most 10,000,000 per second"
        } else if matches!(self.stop, StopRule::Requests(0)) {
            "the number of requests must be above 0"
        } else if matches!(self.stop, StopRule::Duration(duration) if duration.is_zero()) {
            "the duration must be above 0"
        } else {
            return Ok(());
        };
        Err(Error::Job { load: self.load.clone(), why: why.to_owned() })
    }
}
