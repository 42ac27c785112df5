//! Measurements of the instruments themselves, run by hand: `cargo test --test accuracy -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test may panic, helpers of tests too")]

#[path = "support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use pianoprof::model::record::Group;
use pianoprof::sampler::Sampler;

use support::{Bench, stamps};

fn summary(mut micros: Vec<f64>) -> String {
    micros.sort_by(f64::total_cmp);
    let at = |share: usize| micros[(micros.len() - 1) * share / 100];
    format!("p50 {:.0}  p95 {:.0}  max {:.0} us  (n = {})", at(50), at(95), at(100), micros.len())
}

#[test]
#[ignore = "a measurement, not a test"]
fn marks_against_the_servers_stamps() {
    for options in [vec!["--delay", "3"], vec!["--delay", "50"], vec!["--delay", "3", "--listen-then-503", "50"]] {
        let (mut listen, mut good, mut exec) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..100 {
            let launched = Bench::new(&options).start();
            let own = stamps(launched.port);
            let launch = &launched.launch;
            let error = |hit: u64, name: &str| {
                let own = own[name].as_u64().unwrap();
                ((hit + launch.t0_ns).cast_signed() - own.cast_signed()) as f64 / 1e3
            };
            listen.push(error(launch.listen.unwrap().first_hit_ns, "listening"));
            good.push(error(
                launch.first_ok.unwrap().first_hit_ns,
                if options.len() > 2 { "ready" } else { "first_ok" },
            ));
            exec.push(launch.exec_ns as f64 / 1e3);
        }
        println!(
            "{options:?}\n  listening  {}\n  first good {}\n  exec seen  {}",
            summary(listen),
            summary(good),
            summary(exec)
        );
    }
}

#[test]
#[ignore = "a measurement, not a test"]
fn what_sampling_costs() {
    let database: Option<u32> = std::env::var("DATABASE_PID").ok().and_then(|pid| pid.parse().ok());
    let bench = Bench::new(&["--workers", "4", "--touch", "64"]);
    let launched = bench.start();
    let mut groups = vec![(Group::Target, launched.server.guardian()), (Group::Pianoprof, std::process::id())];
    groups.extend(database.map(|pid| (Group::Database, pid)));
    for detail in [false, true] {
        let sampler = Sampler::start(&groups, 20.0);
        sampler.set_detail(detail);
        let start = Instant::now();
        std::thread::sleep(Duration::from_secs(10));
        let elapsed = start.elapsed();
        let latest = sampler.latest();
        let (taken, cpu) = sampler.stop();
        let share = cpu as f64 / elapsed.as_nanos() as f64 * 100.0;
        println!("detail {detail}: {} samples, {share:.2} % of a core; {latest:?}", taken.len());
    }
}
