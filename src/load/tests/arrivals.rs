//! When requests are sent, and what their latency is counted from.

use std::time::Instant;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use super::scripted::{Act, Server, ok};
use super::*;
use crate::load::{Live, NullServer};
use crate::model::load::Arrival;
use crate::model::plan::Spacing;

fn open(job: &mut Job, rate: f64) {
    job.arrival = JobArrival::Open { rate, spacing: Spacing::Constant };
}

#[test]
fn a_timed_closed_loop_obeys_littles_law() {
    for (millis, connections) in [(0, 1), (0, 20), (7, 5), (90, 8)] {
        let server = Server::always(vec![Act::Pause(Duration::from_millis(millis)), ok("")]);
        let mut job = job(&server.endpoint(), 0);
        job.stop = StopRule::Duration(Duration::from_millis(400));
        job.connections = connections;
        let record = run_one(&job);
        assert_eq!(record.ended_ns - record.started_ns, 400_000_000);
        let law = littles_law(&record);
        assert!((0.99..1.01).contains(&law), "{law} of {}", text(&record));
        // Every connection is always busy: N is the number of connections.
        let busy = busy_connections(&record) / f64::from(connections);
        assert!((0.97..1.001).contains(&busy), "{busy} of {}", text(&record));
        assert!(record.drained <= u64::from(connections));
        assert_eq!((record.arrival, record.lateness.len(), record.backlog.len()), (Arrival::Closed, 0, 0));
    }
}

#[test]
fn a_window_that_begins_before_every_connection_was_opened_uses_each_once() {
    let server = Server::always(vec![Act::Pause(Duration::from_millis(10)), ok("")]);
    for stop in [StopRule::Duration(Duration::from_millis(200)), StopRule::Requests(100)] {
        let mut job = job(&server.endpoint(), 0);
        // Over before the first slot is looked at, as a long ramp is for a thread that did not run at its end.
        (job.ramp, job.connections, job.stop) = (Duration::from_nanos(1), 20, stop);
        let record = run_one(&job);
        assert_eq!((record.errors.len(), record.connections_opened), (0, Some(20)), "{}", text(&record));
        let law = littles_law(&record);
        assert!((0.99..1.01).contains(&law), "{law} of {}", text(&record));
        assert!(busy_connections(&record) <= 20.001, "{}", text(&record));
    }
}

#[test]
fn an_open_loop_sends_its_whole_schedule() {
    let server = NullServer::start(5).unwrap();
    for (spacing, threads) in [(Spacing::Constant, 1), (Spacing::Constant, 2), (Spacing::Poisson, 2)] {
        let mut job = job(&Endpoint::at(server.address()), 0);
        job.arrival = JobArrival::Open { rate: 2000.0, spacing };
        job.stop = StopRule::Duration(Duration::from_millis(500));
        (job.connections, job.threads) = (10, threads);
        let record = run_one(&job);
        if spacing == Spacing::Constant {
            assert_eq!(record.sent, 1000);
        } else {
            assert!((800..1200).contains(&record.sent), "{}", text(&record));
        }
        assert_eq!((record.good, record.unsent, record.lateness.len()), (record.sent, 0, record.sent));
        assert_eq!((record.backlog.len(), record.rate_asked), (10, Some(2000.0)));
        assert_eq!((record.ramped, record.arrival), (10, Arrival::Open));
    }
}

#[test]
fn a_counted_open_loop_is_exact() {
    let server = NullServer::start(5).unwrap();
    let mut job = job(&Endpoint::at(server.address()), 333);
    open(&mut job, 3000.0);
    job.connections = 4;
    job.ramp = Duration::from_millis(100);
    let record = run_one(&job);
    assert_eq!((record.sent, record.good, record.unsent), (333, 333, 0));
    // A rate that rises over the ramp intends half of what it sends later; what a busy machine has not sent by the end of
    // the ramp is not sent any more.
    assert!((1..=150).contains(&record.ramped), "{}", record.ramped);
}

#[test]
fn a_stalled_server_shows_in_every_request_that_was_due() {
    let begin = Instant::now();
    let (from, to) = (Duration::from_millis(600), Duration::from_millis(900));
    let server = Server::start(move |_, _| {
        let now = begin.elapsed();
        let pause = if now >= from { to.saturating_sub(now) } else { Duration::ZERO };
        vec![Act::Pause(pause), ok("")]
    });
    let mut job = job(&server.endpoint(), 0);
    open(&mut job, 500.0);
    job.connections = 10;
    job.stop = StopRule::Duration(Duration::from_secs(3));
    let record = run_one(&job);
    assert_eq!((record.sent, record.good, record.unsent), (1500, 1500, 0));
    // 150 of 1500 requests were due in the stop and waited evenly between 300 ms and nothing: p95 is 150 ms, p99 270 ms.
    // Only the ten in flight at its start would show 300 ms to a closed loop, too few for its p99.
    let at = |quantile| record.latency.value_at_quantile(quantile) / 1_000_000;
    assert!((100..400).contains(&at(0.95)) && (220..500).contains(&at(0.99)), "{} {}", at(0.95), at(0.99));
    assert!(record.service.value_at_quantile(0.95) < record.latency.value_at_quantile(0.95) / 2);
    let backlog = record.backlog.iter().max().unwrap();
    assert!(*backlog <= 200, "{:?}", record.backlog);
    // The queue was the server's doing, not the generator's.
    assert!(record.lateness.value_at_quantile(0.5) < 20_000_000);
}

/// Takes that CPU for itself until then, as far as that is allowed.
fn take_cpu(cpu: usize, begin: Instant, until: Duration) {
    std::thread::spawn(move || {
        let mut set = CpuSet::new();
        set.set(cpu).unwrap();
        sched_setaffinity(Pid::from_raw(0), &set).unwrap();
        let first = libc::sched_param { sched_priority: 1 };
        // SAFETY: one structure of ours is read; the policy is that of this thread, which ends soon.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const first) };
        while begin.elapsed() < until {}
    });
}

#[test]
fn a_server_that_takes_the_generators_cpu_does_not_make_it_stand_still() {
    let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap();
    let cpu = (0..CpuSet::count()).find(|cpu| allowed.is_set(*cpu).unwrap()).unwrap();
    let (from, to) = (Duration::from_millis(300), Duration::from_millis(500));
    for computes in [false, true] {
        let begin = Instant::now();
        let once = std::sync::Once::new();
        let server = Server::start(move |_, _| {
            let now = begin.elapsed();
            if now >= from && computes {
                once.call_once(|| take_cpu(cpu, begin, to));
            }
            let pause = if now >= from { to.saturating_sub(now) } else { Duration::ZERO };
            vec![Act::Pause(pause), ok("")]
        });
        let mut job = job(&server.endpoint(), 0);
        open(&mut job, 500.0);
        (job.connections, job.cpus) = (10, Some(vec![cpu]));
        job.stop = StopRule::Duration(Duration::from_secs(1));
        let record = run_one(&job);
        assert!(record.generator_stall_ns < 100_000_000, "{}", text(&record));
        assert_eq!((record.sent, record.unsent), (500, 0), "{}", text(&record));
        // Only root may take a CPU away from all others.
        if computes && nix::unistd::geteuid().is_root() {
            assert!(record.generator_waited_ns.unwrap() > 100_000_000, "{}", text(&record));
        }
    }
}

#[test]
fn what_a_server_cannot_take_is_backlog_and_then_unsent() {
    let server = Server::always(vec![Act::Pause(Duration::from_millis(50)), ok("")]);
    let mut job = job(&server.endpoint(), 0);
    open(&mut job, 200.0);
    job.stop = StopRule::Duration(Duration::from_millis(500));
    job.timeout = Duration::from_millis(200);
    let record = run_one(&job);
    assert_eq!(record.sent + record.unsent, 100);
    assert!(record.unsent > 50, "{}", text(&record));
    assert!(record.backlog.is_sorted() && record.backlog[9] > 50, "{:?}", record.backlog);
    assert!(record.drained > 0 && record.answered - record.drained <= 11, "{}", text(&record));
}

#[test]
fn a_mix_keeps_its_proportion_and_sums_up() {
    let server = NullServer::start(5).unwrap();
    let mut job = job(&Endpoint::at(server.address()), 4096);
    let mut other = get();
    other.name = "other".to_owned();
    job.requests = vec![(get(), 3.0), (other, 1.0)];
    job.connections = 3;
    let records = run(&job, &Interrupt::new(), None).unwrap();
    let names: Vec<&str> = records.iter().map(|record| record.request.as_str()).collect();
    assert_eq!(names, ["root", "other", "all"]);
    let [root, other, all] = &records[..] else { panic!("three records") };
    assert_eq!((root.sent, other.sent, all.sent), (3072, 1024, 4096));
    assert_eq!(root.in_system_ns + other.in_system_ns, all.in_system_ns);
    assert_eq!(root.latency.len() + other.latency.len(), all.latency.len());
    for record in &records {
        assert_balanced(record);
    }
}

#[test]
fn an_interrupt_ends_the_window_and_keeps_what_was_done() {
    let server = Server::always(vec![Act::Pause(Duration::from_millis(5)), ok("")]);
    for open_loop in [false, true] {
        let mut job = job(&server.endpoint(), 0);
        job.stop = StopRule::Duration(Duration::from_hours(1));
        job.connections = 4;
        if open_loop {
            open(&mut job, 100.0);
        }
        let interrupt = Interrupt::new();
        let (other, live) = (interrupt.clone(), Live::new());
        let watched = live.clone();
        let thread = std::thread::spawn(move || {
            while watched.good() < 20 {
                std::thread::sleep(Duration::from_millis(5));
            }
            other.set(2);
        });
        let record = run(&job, &interrupt, Some(&live)).unwrap().remove(0);
        thread.join().unwrap();
        assert!(record.good >= 10 && record.seconds() < 100.0, "{}", text(&record));
        assert!(record.sent - record.good <= 4);
        assert_eq!(live.good(), record.good_total);
        assert_eq!(live.sent(), record.sent + record.ramped);
    }
}

#[test]
fn an_interrupt_before_the_window_leaves_an_empty_one() {
    let interrupt = Interrupt::new();
    interrupt.set(2);
    let server = NullServer::start(5).unwrap();
    let record = run(&job(&Endpoint::at(server.address()), 5), &interrupt, None).unwrap().remove(0);
    assert_eq!((record.sent, record.good, record.ended_ns - record.started_ns), (0, 0, 0));
}
