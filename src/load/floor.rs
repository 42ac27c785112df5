//! The network floor: how long an answer takes that needs no work, asked for in the way that a load goes.
//!
//! It depends on the way. Between two requests of a slow schedule both sides sleep, and waking them costs more than all the
//! rest; a closed loop has one of them awake all the time. And it changes with what else the machine does, so that one
//! reading is none: see `analysis::floor` for what several of them say.

use std::time::Duration;

use super::ceiling::null_request;
use super::endpoint::Endpoint;
use super::engine::run;
use super::error::Error;
use super::job::{Job, JobArrival};
use super::null_server::{NullServer, ServerStyle};
use crate::clock::{self, Nanos, duration_nanos};
use crate::interrupt::Interrupt;
use crate::model::plan::StopRule;

/// The most readings of one series.
const READINGS: u64 = 10;
/// Exchanges of one reading in a closed loop: a few milliseconds.
const EXCHANGES: u64 = 32;
/// The fewest exchanges of one reading.
const FEWEST_EXCHANGES: u64 = 8;
/// How long one reading of an open loop lasts, seconds.
const READING: f64 = 0.004;
/// Rates between which a series follows its load. Below them it would take too long, and reads too little rather than too
/// much: the sooner the next request comes, the less deep both sides sleep. Above them the null server would queue.
const RATES: (f64, f64) = (1_000.0, 10_000.0);
/// The most connections of a series; each is used in turn, and none waits for another.
const CONNECTIONS: u32 = 16;

/// The way a load goes, as far as its floor depends on it.
#[derive(Clone, Debug)]
pub struct FloorWay {
    /// Who decides when a request is sent.
    pub arrival: JobArrival,
    /// Connections of the load.
    pub connections: u32,
    /// Whether the target closes each connection after its answer.
    pub reconnects: bool,
    /// CPUs of the generator.
    pub generator_cpus: Option<Vec<usize>>,
    /// CPUs of the target.
    pub target_cpus: Option<Vec<usize>>,
}

/// Median latencies of short series against a null server, at most ten of them and one at least, for about `time`.
///
/// # Errors
/// When the null server or a load on it cannot be started.
pub fn floor(way: &FloorWay, time: Duration, interrupt: &Interrupt) -> Result<Vec<Nanos>, Error> {
    let style = ServerStyle { closes: way.reconnects, cpus: way.target_cpus.clone() };
    let server = NullServer::start_as(2, style)?;
    let endpoint = Endpoint::at(server.address());
    let end = clock::now() + duration_nanos(time);
    let mut readings = Vec::new();
    for number in 0..READINGS {
        if interrupt.is_set() || (number > 0 && clock::now() >= end) {
            break;
        }
        let records = run(&job(way, &endpoint, number), interrupt, None)?;
        readings.extend(records.iter().map(|record| &record.latency).filter(|latency| !latency.is_empty()).map(median));
    }
    Ok(readings)
}

fn median(latency: &hdrhistogram::Histogram<u64>) -> Nanos {
    latency.value_at_quantile(0.5)
}

fn job(way: &FloorWay, endpoint: &Endpoint, number: u64) -> Job {
    // One connection paces itself in a closed loop: with more of them requests wait for each other, which is no floor.
    let (arrival, connections, exchanges) = match way.arrival {
        JobArrival::Closed => (JobArrival::Closed, 1, EXCHANGES),
        JobArrival::Open { rate, spacing } => {
            let rate = rate.clamp(RATES.0, RATES.1);
            (JobArrival::Open { rate, spacing }, way.connections.clamp(1, CONNECTIONS), exchanges_at(rate))
        }
    };
    Job {
        load: "floor".to_owned(),
        endpoint: endpoint.clone(),
        requests: vec![(null_request(), 1.0)],
        arrival,
        connections,
        stop: StopRule::Requests(exchanges),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        seed: number + 1,
        threads: 1,
        cpus: way.generator_cpus.clone(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates lie between 1,000 and 10,000")]
fn exchanges_at(rate: f64) -> u64 {
    ((rate * READING) as u64).max(FEWEST_EXCHANGES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Spacing;

    fn way(arrival: JobArrival, reconnects: bool) -> FloorWay {
        FloorWay { arrival, connections: 4, reconnects, generator_cpus: None, target_cpus: None }
    }

    #[test]
    fn every_way_gives_readings_of_a_physical_size() {
        let open = JobArrival::Open { rate: 50.0, spacing: Spacing::Poisson };
        for way in [way(JobArrival::Closed, false), way(JobArrival::Closed, true), way(open, false), way(open, true)] {
            let readings = floor(&way, Duration::from_secs(5), &Interrupt::new()).expect("loopback works");
            assert_eq!(readings.len() as u64, READINGS, "{way:?}");
            assert!(readings.iter().all(|reading| *reading > 500), "{way:?}: {readings:?}");
        }
    }

    #[test]
    fn a_short_time_gives_one_reading_and_an_interrupt_none() {
        let way = way(JobArrival::Closed, false);
        assert_eq!(floor(&way, Duration::ZERO, &Interrupt::new()).expect("loopback works").len(), 1);
        let interrupt = Interrupt::new();
        interrupt.set(2);
        assert!(floor(&way, Duration::ZERO, &interrupt).expect("nothing was tried").is_empty());
    }

    #[test]
    fn a_target_that_closes_has_a_null_server_that_closes() {
        for (reconnects, opened) in [(false, 1), (true, EXCHANGES)] {
            let way = way(JobArrival::Closed, reconnects);
            let style = ServerStyle { closes: reconnects, cpus: None };
            let server = NullServer::start_as(2, style).expect("loopback works");
            let records =
                run(&job(&way, &Endpoint::at(server.address()), 0), &Interrupt::new(), None).expect("it runs");
            // The connection of the first exchange, which is not counted, is one more.
            let found = records[0].connections_opened.expect("our own engine counts");
            assert!((opened..=opened + 1).contains(&found), "{found} connections");
        }
    }
}
