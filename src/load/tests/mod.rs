//! The engine against servers whose every byte is scripted.

mod answers;
mod arrivals;
mod connections;
mod failures;
mod places;
mod scripted;

use std::time::Duration;

use super::{Endpoint, Job, JobArrival, run};
use crate::interrupt::Interrupt;
use crate::model::load::{ErrorKind, LoadRecord};
use crate::model::plan::{ExpectPlan, RequestPlan, StopRule};

/// `GET /`, any 2xx is good.
fn get() -> RequestPlan {
    RequestPlan {
        name: "root".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        expect: ExpectPlan { status: None, length: None, contains: None, json: None },
        inserts: None,
    }
}

/// A closed loop of `count` requests on one connection.
fn job(endpoint: &Endpoint, count: u64) -> Job {
    Job {
        load: "test".to_owned(),
        endpoint: endpoint.clone(),
        requests: vec![(get(), 1.0)],
        arrival: JobArrival::Closed,
        connections: 1,
        stop: StopRule::Requests(count),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(20),
        seed: 7,
        threads: 1,
        cpus: None,
    }
}

/// The single record of a job of one request; its counts must balance.
fn run_one(job: &Job) -> LoadRecord {
    let mut records = run(job, &Interrupt::new(), None).expect("the job is sound");
    let record = records.pop().expect("one record");
    assert!(records.is_empty());
    assert_balanced(&record);
    record
}

/// Every request of the window has exactly one outcome.
fn assert_balanced(record: &LoadRecord) {
    let judged = [ErrorKind::BadStatus, ErrorKind::BodyMismatch];
    let bad: u64 = judged.iter().filter_map(|kind| record.errors.get(kind)).sum();
    let unanswered = record.errors.values().sum::<u64>() - bad;
    let drained = if record.rate_asked.is_none() { record.drained } else { 0 };
    assert_eq!(record.sent, record.answered + unanswered + drained, "{}", text(record));
    assert_eq!(record.answered, record.good + bad);
    assert_eq!(record.answered, record.statuses.values().sum::<u64>());
    assert_eq!((record.latency.len(), record.service.len()), (record.good, record.good));
}

/// The record without its histograms.
fn text(record: &LoadRecord) -> String {
    serde_json::to_string(record).expect("a record is plain data")
}

/// The mean number of busy connections.
#[expect(clippy::cast_precision_loss, reason = "test windows are short")]
fn busy_connections(record: &LoadRecord) -> f64 {
    record.busy_ns as f64 / (record.ended_ns - record.started_ns) as f64
}

/// `busy` against the time in the system: Little's law.
#[expect(clippy::cast_precision_loss, reason = "test windows are short")]
fn littles_law(record: &LoadRecord) -> f64 {
    record.in_system_ns as f64 / record.busy_ns as f64
}
