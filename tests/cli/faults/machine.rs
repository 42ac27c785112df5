//! Machines that lack something: what cannot be done is said, what can be done is done.

use std::os::unix::process::CommandExt as _;

use super::apart::{mounts, ordinary, words};
use crate::lab::{Lab, truth};
use crate::skipped::{impossible, missing};

#[test]
fn too_few_open_files_are_said_with_the_limit_to_raise() {
    let lab = Lab::of(&truth(&[]));
    let said = lab.run_under(&["prlimit", "--nofile=64:64"], &["load", "--requests", "10", "--connections", "100"]);
    said.code(2).says(&["open files, and this process may have 64 (ulimit -Hn)", "hint: raise the limit first"]);
    // A soft limit that is too low is raised.
    lab.run_under(&["prlimit", "--nofile=64:4096"], &["load", "--requests", "10", "--connections", "100"]).code(0);
}

#[test]
fn a_single_cpu_is_enough_and_is_told() {
    let lab = Lab::of(&truth(&["--service-mix", "1x2ms"]));
    let said = lab.run_under(&["taskset", "-c", "0"], &["load", "--requests", "100", "--connections", "2"]);
    said.code(0).answers(&["share 1 CPU", "100 good"]);
    lab.run_under(&["taskset", "-c", "0"], &["doctor"]).answers(&["! 1 CPU"]);
}

#[test]
fn little_memory_is_told_by_doctor_and_measured_with() {
    let lab = Lab::of(&truth(&[]));
    std::fs::write(lab.at("meminfo"), "MemTotal: 1000000 kB\nMemFree: 300000 kB\nMemAvailable: 500000 kB\n").unwrap();
    let setup = format!("mount --bind {} /proc/meminfo", lab.at("meminfo").display());
    let Some(wrapper) = mounts(&setup) else { return };
    lab.run_under(&words(&wrapper), &["doctor"]).answers(&["MiB of memory", "may not fit"]);
    lab.run_under(&words(&wrapper), &["profile", "--idle-after", "50ms"]).code(0);
}

#[test]
fn a_proc_that_hides_strangers_hides_nothing_of_ours() {
    let Some(wrapper) = ordinary("mount -t proc -o hidepid=2 proc /proc") else { return };
    let lab = Lab::of(&truth(&["--workers", "2"]));
    let document = lab.run_under(&words(&wrapper), &["profile", "--idle-after", "100ms", "--json"]).code(0).json();
    let metric = document["metrics"].as_array().unwrap().iter().find(|metric| metric["metric"] == "idle.processes");
    assert_eq!(metric.unwrap()["median"], 3.0, "{document:#}");
    lab.run_under(&words(&wrapper), &["doctor"]).answers(&["hides other users' processes"]);
}

#[test]
fn a_cgroup_that_is_read_only_leaves_the_clocks_of_processes() {
    let setup = "awk '$5 ~ \"^/sys/fs/cgroup\" { print $5 }' /proc/self/mountinfo | \
        while read point; do mount -o remount,bind,ro \"$point\" || exit 1; done";
    let Some(wrapper) = mounts(setup) else { return };
    let lab = Lab::of(&truth(&["--burn", "50"]));
    let document = lab.run_under(&words(&wrapper), &["startup", "--launches", "1", "--json"]).code(0).json();
    assert!(document["launches"][0]["cpu_ms"].as_f64().unwrap() >= 50.0, "{document:#}");
}

/// Refuses netlink sockets as a container's seccomp profile may: for this process and all that descend from it.
fn without_netlink() -> std::io::Result<()> {
    let op = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let load = |offset: u32| op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let equal = |k: u32, no: u8| op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, no, k);
    let answer = |k: u32| op(libc::BPF_RET | libc::BPF_K, 0, 0, k);
    // struct seccomp_data: nr at 0, args[0] at 16.
    let mut program = [
        load(0),
        equal(u32::try_from(libc::SYS_socket).unwrap(), 3),
        load(16),
        equal(u32::try_from(libc::AF_NETLINK).unwrap(), 1),
        answer(libc::SECCOMP_RET_ERRNO | u32::try_from(libc::EPROTONOSUPPORT).unwrap()),
        answer(libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: u16::try_from(program.len()).unwrap(), filter: program.as_mut_ptr() };
    // SAFETY: both calls change this process alone; the program outlives the call.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) != 0
    };
    if refused { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

#[test]
fn without_netlink_listening_is_seen_by_connecting_and_that_is_told() {
    let lab = Lab::of(&truth(&[]));
    let run = |arguments: &[&str]| {
        let mut command = lab.command(arguments);
        // SAFETY: only system calls between fork and exec.
        unsafe { command.pre_exec(without_netlink) };
        command.output()
    };
    let output = match run(&["startup", "--launches", "1", "--out", "it"]) {
        Ok(output) => output,
        Err(error) => return impossible(&error.to_string()),
    };
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(lab.stored("it").unwrap()["trials"][0]["launches"][0]["listen_seen_by"], "connect");
    let doctor = String::from_utf8(run(&["doctor"]).unwrap().stdout).unwrap();
    assert!(doctor.contains("netlink sock_diag is refused"), "{doctor}");
    assert_eq!(lab.alive(), Vec::<String>::new());
}

/// A wall clock that goes back by an hour at each look, for a program that is linked with the C library.
const CLOCK: &str = r"
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t id, struct timespec *now) {
    static long looks;
    int failed = syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME) now->tv_sec -= 3600 * __sync_fetch_and_add(&looks, 1);
    return failed;
}
";

#[test]
fn a_wall_clock_that_goes_back_changes_no_figure() {
    let lab = Lab::of(&truth(&["--service-mix", "1x5ms"]));
    std::fs::write(lab.at("clock.c"), CLOCK).unwrap();
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o", "clock.so", "clock.c"])
        .current_dir(lab.path())
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        return missing("a C compiler (cc)");
    }
    let preload = format!("LD_PRELOAD={}", lab.at("clock.so").display());
    let options = ["load", "--requests", "100", "--connections", "2", "--json", "--out", "it"];
    let document = lab.run_under(&["env", &preload], &options).code(0).json();
    let load = &document["loads"][0];
    assert_eq!(load["answered"], 100, "{load}");
    assert!((5_000.0..1e6).contains(&load["latency_us"]["p50"].as_f64().unwrap()), "{load}");
    let run = lab.stored("it").unwrap();
    assert!(run["updated"].as_str().unwrap() < run["started"].as_str().unwrap(), "the clock went back");
    lab.run(&["report", "it"]).code(0);
}
