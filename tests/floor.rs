//! The network floor against the fastest server there is, one that does nothing: no floor is above the smallest latency of the
//! load beside it. `make floor` prints 200 readings on a quiet and on a busy machine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pianoprof::analysis::floor::{Found, found};
use pianoprof::interrupt::Interrupt;
use pianoprof::load::{Endpoint, FloorWay, Job, JobArrival, NullServer, floor, run};
use pianoprof::model::load::LoadRecord;
use pianoprof::model::plan::{ExpectPlan, RequestPlan, Spacing, StopRule};

fn job(server: &NullServer, arrival: JobArrival, connections: u32) -> Job {
    let request = RequestPlan {
        name: "root".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: vec![],
        body: None,
        expect: ExpectPlan { status: None, length: None, contains: None, json: None },
        inserts: None,
    };
    Job {
        load: "load".to_owned(),
        endpoint: Endpoint::at(server.address()),
        requests: vec![(request, 1.0)],
        arrival,
        connections,
        stop: StopRule::Requests(500),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        seed: 1,
        threads: 1,
        cpus: None,
    }
}

/// A load on a null server with the floor read before and after it, as a session does.
fn load_with_floor(arrival: JobArrival, connections: u32) -> LoadRecord {
    let server = NullServer::start(2).unwrap();
    let way = FloorWay { arrival, connections, reconnects: false, generator_cpus: None, target_cpus: None };
    let read = || floor(&way, Duration::from_millis(100), &Interrupt::new()).unwrap();
    let before = read();
    let mut record = run(&job(&server, arrival, connections), &Interrupt::new(), None).unwrap().pop().unwrap();
    record.floor_ns = [before, read()].concat();
    record
}

#[expect(clippy::cast_precision_loss, reason = "a few microseconds")]
fn smallest_us(record: &LoadRecord) -> f64 {
    record.latency.min() as f64 / 1e3
}

/// The floor that is printed: its median, or what it is at most.
fn printed(found: &Found) -> f64 {
    found.known().map(|floor| floor.median).or(found.at_most()).unwrap()
}

const WAYS: [(&str, JobArrival, u32); 4] = [
    ("closed, 1 connection", JobArrival::Closed, 1),
    ("closed, 50 connections", JobArrival::Closed, 50),
    ("open, 1,000 1/s", JobArrival::Open { rate: 1_000.0, spacing: Spacing::Constant }, 4),
    ("open, 5,000 1/s", JobArrival::Open { rate: 5_000.0, spacing: Spacing::Poisson }, 16),
];

#[test]
fn no_floor_is_above_the_smallest_latency_of_the_load_beside_it() {
    for (name, arrival, connections) in WAYS {
        let record = load_with_floor(arrival, connections);
        let found = found(&[&record]).unwrap();
        assert!(printed(&found) <= smallest_us(&record), "{name}: {found:?}, smallest {}", smallest_us(&record));
    }
}

#[test]
#[ignore = "a measurement, not a test: make floor"]
fn two_hundred_readings_on_a_quiet_and_on_a_busy_machine() {
    for busy in [false, true] {
        let stop = AtomicBool::new(false);
        let mut all_above = 0;
        std::thread::scope(|scope| {
            if busy {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            for (name, arrival, connections) in WAYS {
                let records: Vec<LoadRecord> = (0..10).map(|_| load_with_floor(arrival, connections)).collect();
                let mut readings: Vec<u64> = records.iter().flat_map(|record| record.floor_ns.clone()).collect();
                readings.sort_unstable();
                let at = |percent: usize| readings[(readings.len() - 1) * percent / 100] / 100;
                let each: Vec<Found> = records.iter().filter_map(|record| found(&[record])).collect();
                let above =
                    each.iter().zip(&records).filter(|(one, record)| printed(one) > smallest_us(record)).count();
                println!(
                    "{:5} {name:22} {} readings, us: least {} quarter {} median {} three quarters {} most {}; of {} loads: floor \
                     known {}, stable {}, only at most {}; above the smallest latency {above}",
                    if busy { "busy" } else { "quiet" },
                    readings.len(),
                    tenths(at(0)),
                    tenths(at(25)),
                    tenths(at(50)),
                    tenths(at(75)),
                    tenths(at(100)),
                    each.len(),
                    each.iter().filter(|one| one.known().is_some()).count(),
                    each.iter().filter(|one| one.is_stable()).count(),
                    each.iter().filter(|one| one.at_most().is_some()).count(),
                );
                all_above += above;
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(all_above, 0);
    }
}

/// Tenths of a microsecond as microseconds.
fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}
