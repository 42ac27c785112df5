//! What sampling costs, and whether it costs the target anything.

use std::time::{Duration, Instant};

use pianoprof::interrupt::Interrupt;
use pianoprof::load::{self, Endpoint, Job, JobArrival};
use pianoprof::model::plan::{ExpectPlan, RequestPlan, StopRule};
use pianoprof::sampler::Sampler;

use super::Disturbance;
use super::gunicorn::Gunicorn;

/// The default of `run`.
const HZ: f64 = 20.0;
/// Rounds of three windows.
const ROUNDS: usize = 12;
const WINDOW: Duration = Duration::from_secs(2);

/// The exercises list in a closed loop.
fn job(url: &str) -> Job {
    let request = RequestPlan {
        name: "list".to_owned(),
        method: "GET".to_owned(),
        path: "/api/piano/exercises".to_owned(),
        headers: Vec::new(),
        body: None,
        expect: ExpectPlan { status: Some(200), length: None, contains: None, json: None },
        inserts: None,
    };
    Job {
        load: "list".to_owned(),
        endpoint: Endpoint::parse(url).unwrap(),
        requests: vec![(request, 1.0)],
        arrival: JobArrival::Closed,
        connections: 8,
        stop: StopRule::Duration(WINDOW),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        seed: 1,
        threads: 0,
        cpus: None,
    }
}

/// Good answers per second.
fn throughput(job: &Job) -> f64 {
    let records = load::run(job, &Interrupt::new(), None).unwrap();
    let [record] = &records[..] else { panic!("one request, one record") };
    record.good as f64 / ((record.ended_ns - record.started_ns) as f64 / 1e9)
}

#[test]
#[ignore = "a measurement, not a test"]
fn what_sampling_costs() {
    let _busy = Disturbance::begin();
    let gunicorn = Gunicorn::start();
    let groups = gunicorn.groups();
    for (detail, words) in [(false, "as under a closed loop"), (true, "with PSS, as in idle and open-loop windows")] {
        let sampler = Sampler::start(&groups, HZ);
        sampler.set_detail(detail);
        let start = Instant::now();
        std::thread::sleep(Duration::from_secs(10));
        let elapsed = start.elapsed();
        let processes: Vec<u32> = sampler.latest().values().map(|sample| sample.processes).collect();
        let (taken, cpu) = sampler.stop();
        println!(
            "sampling gunicorn, PostgreSQL and ourselves ({processes:?} processes) at {HZ} Hz, {words}: {:.2} % of a core \
             (limit 1 %; {} samples)",
            cpu as f64 / elapsed.as_nanos() as f64 * 100.0,
            taken.len()
        );
    }
}

#[test]
#[ignore = "a measurement, not a test"]
fn throughput_with_the_sampler_on_and_off() {
    let _busy = Disturbance::begin();
    let gunicorn = Gunicorn::start();
    let (groups, job) = (gunicorn.groups(), job(&gunicorn.url));
    let off = || throughput(&job);
    let on = || {
        let sampler = Sampler::start(&groups, HZ);
        let seen = throughput(&job);
        drop(sampler);
        seen
    };
    off();
    let (mut sampled, mut noise) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // In turn first and last, so that neither a drift nor a warm cache favours one.
        let (first, with, second) = if round % 2 == 0 {
            let first = off();
            (first, on(), off())
        } else {
            let with = on();
            (off(), with, off())
        };
        sampled.push(with / first);
        noise.push(second / first);
    }
    for (what, mut ratios) in [("sampled against not", sampled), ("not against not (the noise)", noise)] {
        ratios.sort_by(f64::total_cmp);
        println!(
            "throughput of gunicorn, {what}: median {:.4}, from {:.4} to {:.4}, middle half {:.4} to {:.4} ({ROUNDS} pairs)",
            f64::midpoint(ratios[ROUNDS / 2 - 1], ratios[ROUNDS / 2]),
            ratios[0],
            ratios[ROUNDS - 1],
            ratios[ROUNDS / 4],
            ratios[ROUNDS - 1 - ROUNDS / 4]
        );
    }
}
