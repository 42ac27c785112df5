//! How disturbed the machine was over a stretch of time, from evidence that is blind to every metric.

use super::{Roots, cpu, cpu::own_cgroup};
use crate::clock::{self, Nanos};
use crate::model::facts::Noise;

/// Nanoseconds of one tick of `/proc/stat` (`USER_HZ` is 100 on every Linux architecture in use, proc(5)).
const TICK_NS: u64 = 10_000_000;

/// Below this nothing can be said of strangers: a tick or two of rounding on each CPU would be a large share of it.
const TELLING_NS: Nanos = 500_000_000;
/// Ticks of each CPU that rounding may add: a task that is caught by the tick is charged the whole of it.
const ROUNDING_TICKS: u64 = 2;

/// Readings at the start of a stretch of time.
#[derive(Debug)]
pub struct NoiseWatch<'a> {
    roots: &'a Roots,
    started_ns: Nanos,
    ticks: Option<Ticks>,
    pressure_us: Option<u64>,
    throttled: Option<u64>,
    out_of_memory: Option<u64>,
}

/// Ticks since boot over all CPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    steal: u64,
    all: u64,
}

impl<'a> NoiseWatch<'a> {
    /// Begins to watch.
    #[must_use]
    pub fn start(roots: &'a Roots) -> Self {
        Self {
            roots,
            started_ns: clock::now(),
            ticks: ticks_now(roots),
            pressure_us: pressure_now(roots),
            throttled: throttled_now(roots),
            out_of_memory: out_of_memory_now(roots),
        }
    }

    /// What happened since. `own_cpu_ns` is the CPU time that the run's own processes used meanwhile: target,
    /// database and this program; what was busy beyond it was foreign.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shares need no more than 53 bits")]
    pub fn finish(self, own_cpu_ns: Nanos) -> Noise {
        let elapsed_ns = clock::now().saturating_sub(self.started_ns).max(1);
        let percent = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        let ticks = self.ticks.zip(ticks_now(self.roots));
        Noise {
            steal_percent: ticks.filter(|_| elapsed_ns >= TELLING_NS).map(|(old, new)| steal_percent(old, new)),
            foreign_cpu_percent: ticks.and_then(|(old, new)| {
                let busy_ns = new.busy.saturating_sub(old.busy) * TICK_NS;
                let foreign_ns = foreign(busy_ns, own_cpu_ns, elapsed_ns, cpu::count() as u64)?;
                Some(percent(foreign_ns, elapsed_ns))
            }),
            cpu_pressure_percent: self
                .pressure_us
                .zip(pressure_now(self.roots))
                .map(|(old, new)| percent(new.saturating_sub(old) * 1000, elapsed_ns)),
            throttled: self.throttled.zip(throttled_now(self.roots)).map(|(old, new)| new.saturating_sub(old)),
            out_of_memory: self
                .out_of_memory
                .zip(out_of_memory_now(self.roots))
                .map(|(old, new)| new.saturating_sub(old)),
        }
    }
}

/// Share of all ticks between two readings that the hypervisor took.
#[expect(clippy::cast_precision_loss, reason = "shares need no more than 53 bits")]
fn steal_percent(old: Ticks, new: Ticks) -> f64 {
    100.0 * new.steal.saturating_sub(old.steal) as f64 / new.all.saturating_sub(old.all).max(1) as f64
}

/// CPU time of strangers: what was busy beyond our own use and beyond what rounding to ticks explains.
fn foreign(busy_ns: Nanos, own_ns: Nanos, elapsed_ns: Nanos, cpus: u64) -> Option<Nanos> {
    (elapsed_ns >= TELLING_NS).then(|| busy_ns.saturating_sub(own_ns).saturating_sub(ROUNDING_TICKS * cpus * TICK_NS))
}

fn ticks_now(roots: &Roots) -> Option<Ticks> {
    ticks(&roots.proc("stat")?)
}

/// The `cpu` line: user nice system idle iowait irq softirq steal guest `guest_nice`; guest time is in user already.
fn ticks(stat: &str) -> Option<Ticks> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields = line.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
    let &[user, nice, system, idle, iowait, irq, softirq, steal, ..] = fields.as_slice() else { return None };
    let busy = user + nice + system + irq + softirq;
    Some(Ticks { busy, steal, all: busy + idle + iowait + steal })
}

fn pressure_now(roots: &Roots) -> Option<u64> {
    let text = roots.proc("pressure/cpu")?;
    text.lines().next()?.rsplit_once("total=")?.1.parse().ok()
}

fn throttled_now(roots: &Roots) -> Option<u64> {
    let text = own_cgroup(roots, "cpu.stat")?;
    text.lines().find_map(|line| line.strip_prefix("nr_throttled "))?.parse().ok()
}

/// `oom_kill` counts what the kernel ended on the whole machine since boot, memory cgroups included (Linux 4.13 and later).
fn out_of_memory_now(roots: &Roots) -> Option<u64> {
    roots.proc("vmstat")?.lines().find_map(|line| line.strip_prefix("oom_kill "))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_line_is_summed() {
        assert_eq!(ticks("cpu  10 1 5 100 2 3 4 7 9 9\ncpu0 …"), Some(Ticks { busy: 23, steal: 7, all: 132 }));
        assert_eq!(ticks("cpu  10 1 5"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn strangers_are_what_is_left_after_our_own_use_and_rounding() {
        const S: Nanos = 1_000_000_000;
        assert_eq!(foreign(2 * S, S, 10 * S, 2), Some(960_000_000));
        assert_eq!(foreign(S, S, 10 * S, 2), Some(0));
        assert_eq!(foreign(S, 0, S / 10, 2), None);
    }

    #[test]
    fn steal_is_a_share_of_all_ticks() {
        let (old, new) = (ticks("cpu  0 0 0 0 0 0 0 0 0 0").unwrap(), ticks("cpu  60 0 20 100 0 0 0 20 0 0").unwrap());
        assert!((steal_percent(old, new) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_short_stretch_and_a_machine_without_files_tell_nothing() {
        let proc = tempfile::tempdir().unwrap();
        let roots = Roots { proc: proc.path().into(), sys: proc.path().into() };
        std::fs::write(proc.path().join("stat"), "cpu  0 0 0 0 0 0 0 0 0 0").unwrap();
        let noise = NoiseWatch::start(&roots).finish(0);
        assert_eq!((noise.steal_percent, noise.foreign_cpu_percent), (None, None));
        assert_eq!((noise.cpu_pressure_percent, noise.throttled, noise.out_of_memory), (None, None, None));
    }

    #[test]
    fn what_the_kernel_ended_is_counted() {
        let proc = tempfile::tempdir().unwrap();
        let roots = Roots { proc: proc.path().into(), sys: proc.path().into() };
        let vmstat = |text: &str| std::fs::write(proc.path().join("vmstat"), text).unwrap();
        vmstat("pgfault 9\noom_kill 3\ndrop_pagecache 1\n");
        let watch = NoiseWatch::start(&roots);
        vmstat("pgfault 9\noom_kill 5\ndrop_pagecache 1\n");
        assert_eq!(watch.finish(0).out_of_memory, Some(2));
    }
}
