//! The generator's own limits on this machine.

use std::time::Duration;

use super::endpoint::Endpoint;
use super::engine::run;
use super::error::Error;
use super::job::{Job, JobArrival};
use super::null_server::NullServer;
use crate::interrupt::Interrupt;
use crate::model::load::LoadRecord;
use crate::model::plan::{ExpectPlan, RequestPlan, StopRule};
use crate::model::record::Ceiling;

/// Connections that saturate one generator thread.
const CONNECTIONS: u32 = 64;

/// Measures one generator thread against a null server in this process: CPU per request with many connections over four
/// fifths of `duration`, then the median latency of one connection.
///
/// The ceiling is what the thread would make of a whole CPU. Requests over the clock's time would be less than that
/// wherever the null server is the slower of the two, or shares the generator's CPU.
///
/// # Errors
/// When the null server or the load cannot be started.
pub fn ceiling(duration: Duration) -> Result<Ceiling, Error> {
    let server = NullServer::start(2)?;
    let endpoint = Endpoint::at(server.address());
    let many = measure(&endpoint, CONNECTIONS, duration.mul_f64(0.8))?;
    let one = measure(&endpoint, 1, duration.mul_f64(0.2))?;
    let cpu_per_request_ns = many.generator_cpu_ns.unwrap_or(0) / many.good.max(1);
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 ns")]
    let requests_per_s = if cpu_per_request_ns > 0 { 1e9 / cpu_per_request_ns as f64 } else { 0.0 };
    Ok(Ceiling { requests_per_s, floor_ns: one.latency.value_at_quantile(0.5), cpu_per_request_ns })
}

fn measure(endpoint: &Endpoint, connections: u32, duration: Duration) -> Result<LoadRecord, Error> {
    let job = Job {
        load: "ceiling".to_owned(),
        endpoint: endpoint.clone(),
        requests: vec![(null_request(), 1.0)],
        arrival: JobArrival::Closed,
        connections,
        stop: StopRule::Duration(duration.max(Duration::from_millis(1))),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        seed: 1,
        threads: 1,
        cpus: None,
    };
    let mut records = run(&job, &Interrupt::new(), None)?;
    Ok(records.pop().expect("a job of one request gives one record"))
}

/// What a null server is asked.
pub(super) fn null_request() -> RequestPlan {
    RequestPlan {
        name: "null".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        expect: ExpectPlan { status: None, length: None, contains: None, json: None },
        inserts: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_is_a_physical_figure() {
        let ceiling = ceiling(Duration::from_millis(250)).expect("loopback works");
        assert!(ceiling.requests_per_s > 100.0, "{ceiling:?}");
        assert!(ceiling.floor_ns > 500 && ceiling.cpu_per_request_ns > 100, "{ceiling:?}");
    }
}
