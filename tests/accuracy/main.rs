//! Measurements of the instruments against the known-truth server: `make accuracy`, and with `BUSY=1` the same while a loop
//! keeps the second CPU busy. They print figures beside their limits and fail for none of them: a machine may be too noisy.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test may panic, helpers of tests too")]

mod gunicorn;
mod sampling;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pianoprof::clock;
use pianoprof::model::record::Group;
use pianoprof::sampler::Sampler;

use support::{Bench, SERVER, get, stamps, until};

const MIB: f64 = 1024.0 * 1024.0;

/// Something that keeps the second CPU busy for as long as it lives, where `BUSY` asks for it.
struct Disturbance(Option<Child>);

impl Disturbance {
    fn begin() -> Self {
        let asked = std::env::var_os("BUSY").is_some();
        let busy = || Command::new("taskset").args(["-c", "1", "sh", "-c", "while :; do :; done"]).spawn().unwrap();
        Self(asked.then(busy))
    }
}

impl Drop for Disturbance {
    fn drop(&mut self) {
        if let Some(busy) = &mut self.0 {
            busy.kill().unwrap();
            busy.wait().unwrap();
        }
    }
}

/// p50, p95 and the largest of some figures, beside the limit on p95.
fn row(what: &str, unit: &str, mut figures: Vec<f64>, limit: f64) {
    figures.sort_by(f64::total_cmp);
    let at = |share: usize| figures[(figures.len() - 1) * share / 100];
    let holds = if at(95) <= limit { "holds" } else { "does not hold" };
    println!(
        "{what:<58} p50 {:>8.3}  p95 {:>8.3}  max {:>8.3} {unit}  limit {limit} {unit} on p95: {holds} (n = {})",
        at(50),
        at(95),
        at(100),
        figures.len()
    );
}

#[test]
#[ignore = "a measurement, not a test"]
fn marks_against_the_servers_stamps() {
    let busy = Disturbance::begin();
    let limit = if busy.0.is_some() { 0.3 } else { 0.2 };
    for (start, launches) in [("3", 200), ("50", 200), ("500", 40)] {
        let (mut listen, mut good, mut outside) = (Vec::new(), Vec::new(), 0);
        for _ in 0..launches {
            let launched = Bench::new(&["--delay", start]).start();
            let own = stamps(launched.port);
            let launch = &launched.launch;
            let own = |name: &str| own[name].as_u64().unwrap().cast_signed() - launch.t0_ns.cast_signed();
            let off = |hit: u64, name: &str| (hit.cast_signed() - own(name)).abs() as f64 / 1e6;
            let first_ok = launch.first_ok.unwrap();
            listen.push(off(launch.listen.unwrap().first_hit_ns, "listening"));
            good.push(off(first_ok.first_hit_ns, "first_ok"));
            let inside = first_ok.last_miss_ns.cast_signed() <= own("first_ok")
                && own("first_ok") <= first_ok.first_hit_ns.cast_signed();
            outside += i32::from(!inside);
        }
        row(&format!("listening, start of {start} ms"), "ms", listen, 0.6);
        row(&format!("first good answer, start of {start} ms"), "ms", good, limit);
        println!("  the bracket held the server's stamp in {} of {launches} launches", launches - outside);
    }
}

#[test]
#[ignore = "a measurement, not a test"]
fn how_much_looking_slows_a_start() {
    let _busy = Disturbance::begin();
    let (mut watched, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        let launched = Bench::new(&["--burn", "300"]).start();
        watched.push((stamps(launched.port)["listening"].as_u64().unwrap() - launched.launch.t0_ns) as f64);
        drop(launched);
        let port = pianoprof::target::port::free().unwrap();
        let began = clock::now();
        let address = format!("127.0.0.1:{port}");
        let mut server =
            Command::new(SERVER).args(["--listen", &address, "--burn", "300"]).stdin(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        until("it listens", || std::net::TcpStream::connect(&address).is_ok());
        alone.push((stamps(port)["listening"].as_u64().unwrap() - began) as f64);
        server.kill().unwrap();
        server.wait().unwrap();
    }
    let median = |figures: &mut Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let slower = (median(&mut watched) / median(&mut alone) - 1.0) * 100.0;
    println!("looking slows a start that computes for 300 ms by {slower:.2} % (limit 2 %, medians of 15)");
}

#[test]
#[ignore = "a measurement, not a test"]
fn memory_against_what_was_touched() {
    let _busy = Disturbance::begin();
    let (mut step, mut sum) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let launched = Bench::new(&[]).start();
        let sampler = Sampler::start(&[(Group::Target, launched.server.guardian())], 20.0);
        get(launched.port, "/touch?mib=1");
        let before = sampler.reading(Group::Target).unwrap().rss;
        get(launched.port, "/touch?mib=64");
        let after = sampler.reading(Group::Target).unwrap().rss;
        step.push((after - before).abs_diff(64 << 20) as f64 / 1024.0);
        sum.push(stamps(launched.port)["resident"].as_u64().unwrap().abs_diff(after) as f64 / 1024.0);
    }
    row("64 MiB touched", "KiB", step, 128.0);
    row("RSS against the server's own smaps_rollup", "KiB", sum, 128.0);
    for workers in ["2", "8"] {
        let options = ["--workers", workers, "--shared", "128", "--worker-touch", "16"];
        let launched = Bench::new(&options).start();
        let sampler = Sampler::start(&[(Group::Target, launched.server.guardian())], 20.0);
        let private = workers.parse::<f64>().unwrap() * 16.0;
        until("all have touched", || {
            sampler.reading(Group::Target).unwrap().uss.is_some_and(|uss| uss as f64 / MIB >= private)
        });
        let reading = sampler.reading(Group::Target).unwrap();
        let (pss, uss) = (reading.pss.unwrap() as f64 / MIB, reading.uss.unwrap() as f64 / MIB);
        let off = (pss / (128.0 + uss) - 1.0) * 100.0;
        println!(
            "{workers} workers share 128 MiB: PSS {pss:.2} MiB, shared and private {:.2}, {off:+.2} % (limit 1 %)",
            128.0 + uss
        );
    }
}

#[test]
#[ignore = "a measurement, not a test"]
fn cpu_against_the_servers_own_clocks() {
    let _busy = Disturbance::begin();
    for place in ["here", "thread", "child"] {
        for (burn, times) in [(50_u64, 1_u64), (25, 40), (500, 10)] {
            let launched = Bench::new(&[]).start();
            let sampler = Sampler::start(&[(Group::Target, launched.server.guardian())], 20.0);
            let path = format!("/burn?ms={burn}&in={place}");
            let own = || {
                let own = stamps(launched.port);
                own["cpu_ns"].as_u64().unwrap() + own["children_cpu_us"].as_u64().unwrap() * 1000
            };
            let (truth, seen) = (own(), sampler.cpu(Group::Target));
            for _ in 0..times {
                get(launched.port, &path);
            }
            let (seen, truth) = (sampler.cpu(Group::Target) - seen, own() - truth);
            let (off, limit) = (seen.abs_diff(truth) as f64 / 1e6, (truth as f64 * 0.002 / 1e6).max(1.0));
            println!(
                "CPU {times:>2} x {burn:>3} ms in {place:<6} truth {:>9.3} ms, off by {off:.3} ms (limit {limit:.2}: {}), {}",
                truth as f64 / 1e6,
                if off <= limit { "holds" } else { "does not hold" },
                if sampler.cpu_is_exact(Group::Target) { "counted by a cgroup" } else { "without a cgroup" }
            );
        }
    }
}
