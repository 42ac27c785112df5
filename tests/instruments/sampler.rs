//! The sampler against a server whose truth is known.

use pianoprof::clock::Nanos;
use pianoprof::model::record::{Group, PeakSource};
use pianoprof::process::cpu::TreeCpu;
use pianoprof::process::tree::Anchor;
use pianoprof::sampler::Sampler;
use pianoprof::target::Launched;

use crate::support::{Bench, LONG, get, stamps, until};

const MIB: u64 = 1 << 20;

/// What the server and its waited-for children used, by their own account, ns.
fn own_cpu(port: u16) -> Nanos {
    let own = stamps(port);
    own["cpu_ns"].as_u64().unwrap() + own["children_cpu_us"].as_u64().unwrap() * 1000
}

fn sampler(launched: &Launched) -> Sampler {
    Sampler::start(&[(Group::Target, launched.server.guardian()), (Group::Pianoprof, std::process::id())], 50.0)
}

#[test]
fn a_peak_is_of_its_window_and_not_of_what_came_before() {
    let sampler = Sampler::start(&[(Group::Pianoprof, std::process::id())], 50.0);
    let touch_and_free = |mib: u64| drop(std::hint::black_box(vec![1_u8; usize::try_from(mib * MIB).unwrap()]));
    touch_and_free(256);
    let before = sampler.reading(Group::Pianoprof).unwrap();
    assert!(before.peak.unwrap() >= before.rss + 200 * MIB, "{before:?}");
    assert!(sampler.reset_peak(Group::Pianoprof));
    let from = pianoprof::clock::now();
    touch_and_free(64);
    let peak = sampler.peak_since(Group::Pianoprof, from, true).unwrap();
    assert_eq!(peak.how, PeakSource::Reset);
    // Other tests of this program run beside it and use a few MiB.
    assert!((peak.bytes - before.rss).abs_diff(64 * MIB) <= 16 * MIB, "{before:?} {peak:?}");
}

#[test]
fn touched_memory_is_seen_to_128_kib_and_peaks_are_the_servers_own() {
    let bench = Bench::new(&[]);
    let launched = bench.start();
    let sampler = sampler(&launched);
    get(launched.port, "/touch?mib=1");
    let before = sampler.reading(Group::Target).unwrap();
    get(launched.port, "/touch?mib=64");
    let after = sampler.reading(Group::Target).unwrap();
    assert!((after.rss - before.rss).abs_diff(64 * MIB) <= 128 * 1024, "{before:?} {after:?}");
    // The program's own pages are private only while no other test runs the same program.
    let program = before.rss - MIB;
    let grown = after.uss.unwrap() - before.uss.unwrap();
    assert!(grown.abs_diff(64 * MIB) <= 128 * 1024 + program && program < 8 * MIB, "{before:?} {after:?}");
    assert!(after.peak.unwrap() >= after.rss - 128 * 1024 && before.peak.unwrap() < 64 * MIB);
    assert_eq!(after.processes, 1);
    until("a sample sees it", || {
        sampler.latest().get(&Group::Target).is_some_and(|sample| sample.rss.abs_diff(after.rss) <= 128 * 1024)
    });
    let (taken, own_cpu) = sampler.stop();
    assert!(own_cpu > 0);
    assert!(taken.windows(2).all(|pair| pair[0].t_ns <= pair[1].t_ns));
    assert!(taken.iter().any(|sample| sample.group == Group::Pianoprof && sample.processes == 1));
    assert!(taken.iter().all(|sample| sample.pss.is_none()), "no detail was allowed");
}

#[test]
fn shared_memory_counts_once_in_pss_and_never_in_uss() {
    let bench = Bench::new(&["--workers", "3", "--shared", "32"]);
    let launched = bench.start();
    let sampler = sampler(&launched);
    sampler.set_detail(true);
    let reading = sampler.reading(Group::Target).unwrap();
    assert_eq!(reading.processes, 4);
    let (pss, uss) = (reading.pss.unwrap(), reading.uss.unwrap());
    assert!((32 * MIB..48 * MIB).contains(&pss) && uss < 16 * MIB, "{reading:?}");
    until("a sample with detail", || {
        sampler.latest().get(&Group::Target).is_some_and(|sample| sample.pss.is_some_and(|pss| pss > 32 * MIB))
            || sampler_has_detail(&sampler)
    });
}

/// Detail comes at the slow beat: sometimes another sample is the latest already.
fn sampler_has_detail(sampler: &Sampler) -> bool {
    std::thread::sleep(std::time::Duration::from_millis(15));
    sampler.latest().get(&Group::Target).is_some_and(|sample| sample.uss.is_some())
}

#[test]
fn cpu_of_threads_and_children_that_ended_is_counted() {
    for place in ["here", "thread", "child"] {
        let bench = Bench::new(&[]);
        let launched = bench.start();
        let sampler = sampler(&launched);
        // Without a cgroup (ordinary users) ended children are known to two clock ticks only.
        let ticks = if sampler.cpu_is_exact(Group::Target) { 0 } else { 20_000_000 };
        let mut plain = TreeCpu::new(Anchor::Process(launched.server.pid()));
        plain.read();
        let (own_before, before) = (own_cpu(launched.port), sampler.cpu(Group::Target));
        let plain_before = plain.read();
        for _ in 0..20 {
            get(launched.port, &format!("/burn?ms=25&in={place}"));
        }
        let (plain_after, after) = (plain.read(), sampler.cpu(Group::Target));
        let own = own_cpu(launched.port) - own_before;
        let seen = after - before;
        // The server's own account includes answering for its stamps; what two requests cost is the slack.
        let slack = own / 500 + 2_000_000 + ticks;
        assert!(own.abs_diff(seen) <= slack, "{place}: own {own}, seen {seen}");
        assert!(own.abs_diff(plain_after - plain_before) <= slack + 40_000_000, "{place}: plain");
    }
}

#[test]
fn the_tree_is_whole_with_daemons_and_newborns_and_the_gone_are_no_error() {
    let bench = Bench::new(&["--workers", "2", "--relative", "daemon", "--relative", "session", "--daemonise"]);
    let launched = bench.start();
    let sampler = sampler(&launched);
    // The first worker may answer before the last one is forked.
    until("the whole tree is there", || launched.server.members().len() == 5);
    let mut members = launched.server.members();
    let mut seen = sampler.members(Group::Target);
    members.sort_unstable();
    seen.sort_unstable();
    assert_eq!(members, seen);
    get(launched.port, "/fork?n=3");
    let processes =
        |count| move |sampler: &Sampler| sampler.latest().get(&Group::Target).is_some_and(|s| s.processes == count);
    until("the newborn are sampled", || processes(8)(&sampler));
    drop(launched);
    until("the gone are not", || processes(0)(&sampler));
    let (taken, _) = sampler.stop();
    assert_eq!(taken.last().map(|sample| sample.group), Some(Group::Pianoprof));
}

#[test]
fn a_stopped_server_leaves_its_last_cpu() {
    let bench = Bench::new(&[]);
    let mut launched = bench.start();
    let sampler = sampler(&launched);
    get(launched.port, "/burn?ms=50");
    until("it is seen", || sampler.latest().get(&Group::Target).is_some_and(|sample| sample.cpu_ns >= 50_000_000));
    launched.server.stop("TERM", LONG);
    assert!(sampler.cpu(Group::Target) >= 50_000_000);
}

#[test]
fn a_resident_set_of_a_set_size_is_that_size() {
    let bench = Bench::new(&["--resident", "64"]);
    let launched = bench.start();
    let sampler = sampler(&launched);
    until("it has settled", || {
        let reading = sampler.reading(Group::Target).unwrap();
        let own = stamps(launched.port)["resident"].as_u64().unwrap();
        own.abs_diff(64 * MIB) <= 256 * 1024 && reading.rss.abs_diff(own) <= 256 * 1024
    });
}

#[test]
fn private_memory_of_workers_adds_to_what_they_share() {
    let bench = Bench::new(&["--workers", "2", "--shared", "32", "--worker-touch", "16"]);
    let launched = bench.start();
    let sampler = sampler(&launched);
    until("every worker has touched its own", || {
        sampler.reading(Group::Target).unwrap().uss.is_some_and(|uss| uss >= 32 * MIB)
    });
    let reading = sampler.reading(Group::Target).unwrap();
    let pss = reading.pss.unwrap();
    // What three small processes need beside it.
    assert!((64 * MIB..76 * MIB).contains(&pss), "{reading:?}");
}

#[test]
fn workers_that_end_are_replaced() {
    let bench = Bench::new(&["--workers", "2", "--respawn-after", "3", "--close"]);
    let launched = bench.start();
    until("a worker has ended", || {
        std::panic::catch_unwind(|| stamps(launched.port)).is_ok_and(|own| own["ended"].as_u64().unwrap() > 0)
    });
    until("their number is kept", || launched.server.members().len() == 3);
}

#[test]
fn five_hundred_workers_are_each_counted_and_each_ended() {
    let bench = Bench::new(&["--workers", "500", "--touch", "8"]);
    let mut launched = bench.start();
    let sampler = sampler(&launched);
    until("all are seen", || sampler.latest().get(&Group::Target).is_some_and(|sample| sample.processes == 501));
    let reading = sampler.reading(Group::Target).unwrap();
    assert_eq!(reading.processes, 501);
    // Each shares the 8 MiB of its parent: the sum of RSS counts them 501 times or not at all, PSS once.
    let pss = reading.pss.unwrap();
    assert!((8 * MIB..200 * MIB).contains(&pss) && pss < reading.rss, "{reading:?}");
    let members = launched.server.members();
    launched.server.stop("TERM", LONG);
    let left: Vec<u32> = members.into_iter().filter(|pid| pianoprof::process::procfile::stat(*pid).is_some()).collect();
    assert_eq!(left, Vec::<u32>::new());
}
