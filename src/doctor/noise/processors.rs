//! Processors, their clock, and who else uses them.

use super::{Check, View};
use crate::doctor::Finding;

pub(super) const CHECKS: &[Check] =
    &[cpus, virtualised, steal, governor, turbo, cgroup, load_average, pressure, clock_source];

/// Target, database, generator and sampler each have a CPU of their own from four on.
const ENOUGH_CPUS: f64 = 4.0;
/// Steal above this share disturbs a trial, percent of all CPU time.
const STEAL: f64 = 1.0;
/// Waiting for a CPU above this share of the time, percent, is felt before anything is started.
const PRESSURE: f64 = 5.0;

fn cpus(view: &View<'_>) -> Option<Finding> {
    let cpus = view.cpus().filter(|cpus| *cpus < ENOUGH_CPUS)?;
    Some(Finding {
        kind: "cpus",
        seen: format!("{cpus} CPU{}", if cpus > 1.0 { "s" } else { "" }),
        consequence: "target, database, load generator and sampler share them: throughput is that of all together, and \
                      a fast target is held back by its own load",
        advice: "a machine with 4 or more; here, compare CPU per request at a rate both sides hold".to_owned(),
    })
}

fn virtualised(view: &View<'_>) -> Option<Finding> {
    let seen = view.text("virtualisation").filter(|text| text.starts_with("guest"))?;
    Some(Finding {
        kind: "virtualised",
        seen: format!("a virtual machine ({seen})"),
        consequence: "neighbours on the same host come and go unseen, and timers are late by more",
        advice: "more blocks (--blocks 10): sides alternate, so drift hits both".to_owned(),
    })
}

fn steal(view: &View<'_>) -> Option<Finding> {
    let steal = view.probe.steal_percent.filter(|steal| *steal > STEAL)?;
    Some(Finding {
        kind: "steal",
        seen: format!("{steal:.1} % of the CPU time of the last moments was stolen by the hypervisor"),
        consequence: "trials with much steal are repeated, and a run may end as too noisy",
        advice: "run when the host is quiet, or on a machine with CPUs of its own".to_owned(),
    })
}

fn governor(view: &View<'_>) -> Option<Finding> {
    let governor = view.text("cpu.governor").filter(|governor| *governor != "performance")?;
    Some(Finding {
        kind: "governor",
        seen: format!("CPU frequency governor {governor}"),
        consequence: "the clock rises only after load has come: short phases such as startup look slower",
        advice: view.as_root("cpupower frequency-set -g performance"),
    })
}

fn turbo(view: &View<'_>) -> Option<Finding> {
    view.text("cpu.turbo").filter(|turbo| *turbo == "on")?;
    Some(Finding {
        kind: "turbo",
        seen: "turbo boost is on".to_owned(),
        consequence: "the clock depends on temperature and on how many cores are busy: the first trial is the fastest",
        advice: format!(
            "{}   (intel_pstate; else 0 in cpufreq/boost)",
            view.write("1", "/sys/devices/system/cpu/intel_pstate/no_turbo")
        ),
    })
}

fn cgroup(view: &View<'_>) -> Option<Finding> {
    let (quota, period) = view.text("cgroup.cpu_max")?.split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    Some(Finding {
        kind: "cgroup_cpu",
        seen: format!("a cgroup limits this process to {:.1} CPUs", quota / period),
        consequence: "whoever uses the quota up is stopped until the next period: latency gets steps of up to 100 ms",
        advice: "run without a CPU limit (docker: no --cpus), or pin instead (--cpuset-cpus)".to_owned(),
    })
}

fn load_average(view: &View<'_>) -> Option<Finding> {
    let (load, cpus) = (view.number("load.average")?, view.cpus()?);
    (load > 0.5 * cpus).then(|| Finding {
        kind: "load_average",
        seen: format!("load average {load:.2} on {cpus} CPUs"),
        consequence: "other programs are busy: what they take is missing from the side that runs just then",
        advice: "end them, or wait; `top` shows who it is".to_owned(),
    })
}

fn pressure(view: &View<'_>) -> Option<Finding> {
    let share = view.number("pressure.cpu").filter(|share| *share > PRESSURE)?;
    Some(Finding {
        kind: "cpu_pressure",
        seen: format!("in {share:.0} % of the last 10 s some task waited for a CPU"),
        consequence: "the machine is busy before anything is started: latencies contain other programs' turns",
        advice: "end what is busy, or wait; `top` shows who it is".to_owned(),
    })
}

fn clock_source(view: &View<'_>) -> Option<Finding> {
    // These are read in user space, without a system call (vdso(7)).
    let fast = ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"];
    let source = view.text("clock.source").filter(|source| !fast.contains(source))?;
    Some(Finding {
        kind: "clock_source",
        seen: format!("clock source {source}"),
        consequence: "every reading of the clock is a system call of a microsecond or more, which load generator and \
                      targets pay per request",
        advice: format!(
            "{}, where available_clocksource offers it",
            view.write("tsc", "/sys/devices/system/clocksource/clocksource0/current_clocksource")
        ),
    })
}
